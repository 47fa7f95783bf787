//! Mail: the letters of an old export against those of the new mailbox, folder by folder.
//!
//! A letter is known by its Message-ID; without one by its date, sender, recipient and subject. Only hashes are kept.

use super::{About, Finding, Group, Report, State, clean, text};
use crate::catalog::model::Text;
use mail_parser::MessageParser;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use unicode_normalization::UnicodeNormalization as _;

/// The headers by which a letter is known.
pub const HEADERS: &str = "MESSAGE-ID DATE FROM TO SUBJECT";

/// What a letter is known by.
pub type Key = [u8; 16];

/// The value of a header, its lines joined and white space taken together.
fn header(raw: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut value: Option<Vec<u8>> = None;
    for line in raw.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let folded = line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
        match &mut value {
            Some(value) if folded => {
                value.push(b' ');
                value.extend_from_slice(line);
            }
            Some(_) => break,
            None => {
                let colon = line.iter().position(|b| *b == b':');
                let own = colon.is_some_and(|at| line[..at].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()));
                value = colon.filter(|_| own).map(|at| line[at + 1..].to_vec());
            }
        }
    }
    let words = value?;
    let words: Vec<&[u8]> = words.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).collect();
    Some(words.join(&b' '))
}

/// What a letter with these headers is known by.
pub fn key(raw: &[u8]) -> Key {
    let mut hash = Sha256::new();
    match header(raw, "Message-ID").filter(|id| !id.is_empty()) {
        Some(id) => {
            let start = id.iter().position(|b| *b == b'<').map_or(0, |at| at + 1);
            let end = id[start..].iter().position(|b| *b == b'>').map_or(id.len(), |at| start + at);
            hash.update(b"id\0");
            hash.update(&id[start..end]);
        }
        None => {
            for name in ["Date", "From", "To", "Subject"] {
                hash.update(header(raw, name).unwrap_or_default());
                hash.update(b"\0");
            }
        }
    }
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// A folder's name in the form in which those of two programs are compared.
fn normal(name: &str) -> String {
    let name: String = name.nfc().collect();
    match name.split_once('/') {
        Some((first, rest)) if first.eq_ignore_ascii_case("INBOX") => rest.to_owned(),
        None if name.eq_ignore_ascii_case("INBOX") => "INBOX".to_owned(),
        _ => name,
    }
}

#[derive(Debug, Default)]
struct Folder {
    letters: HashMap<Key, u32>,
    count: u64,
    unread: Option<Text>,
}

/// The new mailbox.
#[derive(Debug, Default)]
pub struct Mailbox {
    folders: BTreeMap<String, Folder>,
}

impl Mailbox {
    /// Takes note of a folder, which may be empty.
    pub fn folder(&mut self, name: &str) {
        self.folders.entry(normal(name)).or_default();
    }

    /// Takes note of a letter by its headers.
    pub fn letter(&mut self, folder: &str, headers: &[u8]) {
        let folder = self.folders.entry(normal(folder)).or_default();
        *folder.letters.entry(key(headers)).or_default() += 1;
        folder.count += 1;
    }

    /// Takes note that not all of a folder could be read.
    pub fn unread(&mut self, name: &str, why: Text) {
        self.folders.entry(normal(name)).or_default().unread = Some(why);
    }

    /// How many letters lie in it.
    pub fn count(&self) -> u64 {
        self.folders.values().map(|f| f.count).sum()
    }

    fn find(&self, name: &str) -> Option<String> {
        let name = normal(name);
        if self.folders.contains_key(&name) {
            return Some(name);
        }
        let lower = name.to_lowercase();
        let mut alike = self.folders.keys().filter(|k| k.to_lowercase() == lower);
        match (alike.next(), alike.next()) {
            (Some(one), None) => Some(one.clone()),
            _ => None,
        }
    }
}

/// Holds an export against a mailbox, a letter at a time.
#[derive(Debug)]
pub struct Compare {
    new: Mailbox,
    /// All letters of the new mailbox, for folders that are not there.
    anywhere: HashMap<Key, u32>,
    part_unread: bool,
    groups: BTreeMap<String, Group>,
    /// How often each letter came already in the folder at hand.
    seen: HashMap<Key, u32>,
    seen_in: String,
    redact: bool,
    report: Report,
}

impl Compare {
    /// Against `new`; with `redact`, subjects are left out.
    pub fn new(new: Mailbox, redact: bool) -> Self {
        let mut anywhere: HashMap<Key, u32> = HashMap::new();
        for (key, n) in new.folders.values().flat_map(|f| &f.letters) {
            *anywhere.entry(*key).or_default() += n;
        }
        let part_unread = new.folders.values().any(|f| f.unread.is_some());
        Self {
            new,
            anywhere,
            part_unread,
            groups: BTreeMap::new(),
            seen: HashMap::new(),
            seen_in: String::new(),
            redact,
            report: Report::default(),
        }
    }

    /// Takes a letter of the export; all of a folder come one after the other.
    pub fn letter(&mut self, folder: &str, headers: &[u8]) {
        let key = key(headers);
        if self.seen_in != folder {
            self.seen.clear();
            folder.clone_into(&mut self.seen_in);
        }
        let before = self.seen.entry(key).or_default();
        let nth = *before + 1;
        *before = nth;
        let place = self.new.find(folder);
        let there = place.as_ref().and_then(|p| self.new.folders.get(p));
        // What is labelled several times lies in several folders, so that each folder is held against what is there by itself.
        let (copies, unread) = match there {
            Some(there) => (there.letters.get(&key), there.unread.is_some()),
            None => (self.anywhere.get(&key), self.part_unread),
        };
        let state = match copies {
            Some(copies) if *copies >= nth => State::Found,
            _ if unread => State::Unknown,
            _ => State::Missing,
        };
        let again = nth > 1;
        let group = self.groups.entry(folder.to_owned()).or_insert_with(|| Group {
            name: clean(folder),
            there: there.map(|f| f.count),
            ..Group::default()
        });
        group.exported += 1;
        group.duplicates += u64::from(again);
        match state {
            State::Found => group.found += 1,
            State::Missing => group.missing += 1,
            State::Unknown => group.unknown += 1,
        }
        if state == State::Found {
            self.report.count(About::Mail, state, 1);
        } else {
            self.report.add(named(folder, headers, state, again, self.redact));
        }
    }

    /// The result.
    pub fn finish(mut self) -> Report {
        for (name, group) in &self.groups {
            if group.there.is_none() && group.exported > 0 {
                let name = clean(name);
                self.report.notes.push(text(
                    &format!("the new mailbox has no folder `{name}`; its letters were looked for in all folders"),
                    &format!(
                        "el buzón nuevo no tiene la carpeta `{name}`; sus mensajes se buscaron en todas las carpetas"
                    ),
                ));
            }
        }
        for (name, folder) in &self.new.folders {
            if let Some(why) = &folder.unread {
                let name = clean(name);
                self.report.notes.push(text(
                    &format!("folder `{name}` was not read to its end: {}", why.en),
                    &format!("la carpeta `{name}` no se leyó hasta el final: {}", why.es),
                ));
            }
        }
        self.report.groups.extend(self.groups.into_values());
        self.report.doubt_arrival(About::Mail);
        self.report
    }
}

/// A letter that is not there, by what helps to find it in the old mailbox.
fn named(folder: &str, headers: &[u8], state: State, again: bool, redact: bool) -> Finding {
    let id =
        header(headers, "Message-ID").map_or_else(|| "-".to_owned(), |id| String::from_utf8_lossy(&id).into_owned());
    let message = MessageParser::default().parse_headers(headers);
    let date = message.as_ref().and_then(|m| m.date()).map(mail_parser::DateTime::to_rfc3339);
    let subject = message.as_ref().and_then(|m| m.subject()).filter(|_| !redact);
    let says =
        again.then(|| text("another letter with this Message-ID is there", "otro mensaje con este Message-ID sí está"));
    Finding {
        about: About::Mail,
        name: format!("{}: {}", clean(folder), clean(&id)),
        state,
        at: None,
        expected: Vec::new(),
        saw: date.as_deref().into_iter().chain(subject).map(clean).collect(),
        until: None,
        says,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn letter(id: &str, subject: &str) -> Vec<u8> {
        format!("Message-ID: {id}\r\nDate: Tue, 1 Dec 2026 10:00:00 +0000\r\nSubject: {subject}\r\n\r\n").into_bytes()
    }

    #[test]
    fn a_letter_is_known_by_its_message_id_however_it_is_folded() {
        let one = key(b"Message-ID:\r\n <a@x.example>\r\nSubject: y\r\n");
        assert_eq!(one, key(b"message-id: <a@x.example>\n"));
        assert_eq!(one, key(b"Message-Id: a@x.example\n"));
        assert_ne!(one, key(b"Message-ID: <A@x.example>\n"));
        let none = |subject: &str| key(format!("Date: d\nFrom: f\nSubject: {subject}\n").as_bytes());
        assert_eq!(none("a b"), none("a\r\n b"));
        assert_ne!(none("a"), none("b"));
        // 8-bit headers are bytes.
        assert_ne!(key(b"Subject: \xe1\n"), key(b"Subject: \xe9\n"));
    }

    #[test]
    fn exactly_what_is_missing_is_named() {
        let mut new = Mailbox::default();
        for id in ["<a>", "<dup>", "<new>"] {
            new.letter("INBOX", &letter(id, "s"));
        }
        new.letter("Archivo/A\u{f1}o", &letter("<b>", "s"));
        new.letter("Todos", &letter("<gone>", "s"));
        let mut compare = Compare::new(new, false);
        compare.letter("Inbox", &letter("<a>", "s"));
        compare.letter("Inbox", &letter("<dup>", "s"));
        compare.letter("Inbox", &letter("<dup>", "twice"));
        // A copy in another folder does not make up for it.
        compare.letter("Inbox", &letter("<gone>", "=?utf-8?q?ma=C3=B1ana?="));
        // The same name, composed otherwise, and below INBOX.
        compare.letter("INBOX/Archivo/An\u{303}o", &letter("<b>", "s"));
        // No such folder: anywhere will do.
        compare.letter("Takeout", &letter("<new>", "s"));
        compare.letter("Starred", &letter("<new>", "s"));
        let report = compare.finish();
        let names: Vec<(&str, &[String])> =
            report.findings.iter().map(|f| (f.name.as_str(), f.saw.as_slice())).collect();
        assert_eq!(names.len(), 2);
        assert_eq!(names[0].0, "Inbox: <dup>");
        assert_eq!(names[1], ("Inbox: <gone>", &["2026-12-01T10:00:00Z".to_owned(), "ma\u{f1}ana".to_owned()][..]));
        let inbox = report.groups.iter().find(|g| g.name == "Inbox").unwrap();
        assert_eq!((inbox.exported, inbox.found, inbox.missing, inbox.duplicates, inbox.there), (4, 2, 2, 1, Some(3)));
        assert!(report.needs_attention());
    }

    #[test]
    fn what_was_not_read_is_unknown() {
        let mut new = Mailbox::default();
        new.letter("INBOX", &letter("<a>", "s"));
        new.unread("INBOX", text("time-out", "tiempo agotado"));
        let mut compare = Compare::new(new, true);
        compare.letter("INBOX", &letter("<a>", "s"));
        compare.letter("INBOX", &letter("<b>", "secret"));
        compare.letter("Elsewhere", &letter("<c>", "s"));
        let report = compare.finish();
        let count = &report.counts[&About::Mail];
        assert_eq!((count.found, count.missing, count.unknown), (1, 0, 2));
        assert!(!format!("{report:?}").contains("secret"));
    }
}
