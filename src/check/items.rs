//! Calendars and address books: the entries of an export against those at the new place, by UID.
//!
//! Lines are looked at one by one (RFC 5545 §3.1, RFC 6350 §3.2): one odd line of a vendor's must not hide the entries around
//! it, as it would for a parser of the whole.

use super::{About, Finding, Group, Report, State, clean, text};
use std::collections::{BTreeMap, BTreeSet};

/// What an entry is: it stands for itself in its file.
const ENTRIES: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VCARD"];

/// Entries by UID, each with what people call it. Entries without one go by that name and their start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Events, tasks, notes.
    pub calendar: BTreeMap<String, String>,
    /// People.
    pub contacts: BTreeMap<String, String>,
    /// What entries without a UID would go by, of all: a server gives each a UID when it takes it.
    named: BTreeSet<String>,
    /// How many stood there in all, repeats too.
    pub total: u64,
}

#[derive(Default)]
struct Open {
    uid: Option<String>,
    title: String,
    start: String,
}

impl Entries {
    /// Takes the entries of a file or of an answer.
    pub fn take(&mut self, content: &str) {
        let mut parts: Vec<String> = Vec::new();
        let mut open: Option<(usize, Open)> = None;
        for line in unfolded(content) {
            let Some((name, value)) = property(&line) else { continue };
            match name.as_str() {
                "BEGIN" => {
                    let part = value.trim().to_ascii_uppercase();
                    if open.is_none() && ENTRIES.contains(&part.as_str()) {
                        open = Some((parts.len(), Open::default()));
                    }
                    // Deeper than any real entry is nested.
                    if parts.len() < 32 {
                        parts.push(part);
                    }
                }
                "END" => {
                    let part = parts.pop().unwrap_or_default();
                    if let Some((_, entry)) = open.take_if(|(depth, _)| *depth == parts.len()) {
                        self.add(part == "VCARD", entry);
                    }
                }
                _ => {
                    // An alarm within an event may have a UID of its own.
                    if let Some((_, entry)) = open.as_mut().filter(|(depth, _)| *depth + 1 == parts.len()) {
                        match name.as_str() {
                            "UID" => entry.uid = Some(value.trim().to_owned()).filter(|uid| !uid.is_empty()),
                            "SUMMARY" | "FN" => value.trim().clone_into(&mut entry.title),
                            "DTSTART" | "DUE" => value.trim().clone_into(&mut entry.start),
                            _ => {}
                        }
                    }
                }
            }
        }
    }

    fn add(&mut self, card: bool, entry: Open) {
        self.total += 1;
        let named = format!("{} {}", entry.title, entry.start).trim().to_owned();
        self.named.insert(named.clone());
        let key = entry.uid.unwrap_or(named);
        let into = if card { &mut self.contacts } else { &mut self.calendar };
        into.entry(key).or_insert(entry.title);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

/// The lines, each with those that continue it.
fn unfolded(content: &str) -> impl Iterator<Item = String> {
    let mut lines = content.lines().peekable();
    std::iter::from_fn(move || {
        let mut line = lines.next()?.trim_end_matches('\r').to_owned();
        while let Some(more) = lines.next_if(|l| l.starts_with([' ', '\t'])) {
            line.push_str(more[1..].trim_end_matches('\r'));
        }
        Some(line)
    })
}

/// `item1.UID;X=y:value` → `UID`, `value`.
fn property(line: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let colon = line.find(|c: char| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let name = line[..colon].split(';').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default().trim_start_matches('\u{feff}');
    Some((name.to_ascii_uppercase(), &line[colon + 1..]))
}

/// Holds an export against what is there. Of `unknown` entries the server gave nothing: as many may be there after all.
pub fn compare(old: &Entries, new: &Entries, unknown: u64, redact: bool) -> Report {
    let mut report = Report::default();
    let named = &new.named;
    for (about, old, new) in
        [(About::Calendar, &old.calendar, &new.calendar), (About::Contacts, &old.contacts, &new.contacts)]
    {
        if old.is_empty() {
            continue;
        }
        let mut group = Group {
            name: about.says().en,
            exported: old.len() as u64,
            there: Some(new.len() as u64),
            ..Group::default()
        };
        for (uid, title) in old {
            if new.contains_key(uid) || named.contains(uid) {
                group.found += 1;
                report.count(about, State::Found, 1);
                continue;
            }
            let state = if unknown > 0 { State::Unknown } else { State::Missing };
            *(if unknown > 0 { &mut group.unknown } else { &mut group.missing }) += 1;
            report.add(Finding {
                about,
                name: clean(uid),
                state,
                at: None,
                expected: Vec::new(),
                saw: if redact { Vec::new() } else { vec![clean(title)] },
                until: None,
                says: None,
            });
        }
        report.groups.push(group);
        report.doubt_arrival(about);
    }
    let repeats = old.total - (old.calendar.len() + old.contacts.len()) as u64;
    if repeats > 0 {
        report.notes.push(text(
            &format!(
                "{repeats} entries of the export have the UID of another one (changed dates of a series, or copies)"
            ),
            &format!(
                "{repeats} entradas de la exportación tienen el UID de otra (fechas cambiadas de una serie, o copias)"
            ),
        ));
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_those_of_the_entries() {
        let mut entries = Entries::default();
        entries.take(
            "BEGIN:VCALENDAR\r\nUID:not-this\r\nBEGIN:VTIMEZONE\r\nUID:nor-this\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=\"es:MX\":Asamblea\r\nUID:a\r\n b@x\r\nBEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:ab@x\r\nRECURRENCE-ID:20260101\r\nEND:VEVENT\r\nBEGIN:VTODO\r\nSUMMARY:sin uid\r\nDUE:20260102\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
        );
        entries.take("\u{feff}BEGIN:VCARD\nVERSION:3.0\nitem1.FN:Ana\nuid:urn:uuid:1\nEND:VCARD\nBEGIN:VCARD\nFN:Beto\nEND:VCARD\n");
        let names = |map: &BTreeMap<String, String>| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&entries.calendar), ["ab@x", "sin uid 20260102"]);
        assert_eq!(names(&entries.contacts), ["Beto", "urn:uuid:1"]);
        assert_eq!((entries.total, entries.calendar["ab@x"].as_str()), (5, "Asamblea"));
    }

    #[test]
    fn what_the_server_did_not_give_is_unknown() {
        let (mut old, mut new) = (Entries::default(), Entries::default());
        for uid in ["a", "b", "c"] {
            old.take(&format!("BEGIN:VEVENT\nUID:{uid}\nEND:VEVENT\n"));
        }
        new.take("BEGIN:VEVENT\nUID:a\nEND:VEVENT\n");
        let report = compare(&old, &new, 0, false);
        assert_eq!(report.findings.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        let count = &compare(&old, &new, 1, false).counts[&About::Calendar];
        assert_eq!((count.missing, count.unknown), (0, 2));
    }
}
