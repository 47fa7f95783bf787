//! After the move: what was promised against what answers, as findings and one word. Pure: what answers comes in as values.
//!
//! Each finding is `found`, `missing` or `unknown`. What did not answer is unknown; it is never taken for missing.

pub mod dns;
pub mod items;
pub mod mail;
pub mod site;
#[cfg(test)]
mod tests;
pub mod tree;

use crate::catalog::model::Text;
use jiff::Zoned;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most findings of one check that are listed by name; the rest is counted.
pub const LISTED: usize = 10_000;

/// Whether something is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Found,
    /// An answer says that it is not.
    Missing,
    /// There was no answer.
    Unknown,
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// The domain's records.
    Dns,
    /// Pages of the new site.
    Site,
    /// A mailbox.
    Mail,
    /// Files.
    Files,
    /// Calendars.
    Calendar,
    /// Address books.
    Contacts,
}

impl About {
    /// In words.
    pub fn says(self) -> Text {
        match self {
            Self::Dns => text("DNS", "DNS"),
            Self::Site => text("website", "sitio web"),
            Self::Mail => text("mail", "correo"),
            Self::Files => text("files", "archivos"),
            Self::Calendar => text("calendar", "calendario"),
            Self::Contacts => text("contacts", "contactos"),
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What it belongs to.
    pub about: About,
    /// Its name: `casaabierta.example MX`, a folder and a letter, a path, a UID.
    pub name: String,
    /// Whether it is as it should be.
    pub state: State,
    /// Who was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What was promised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<String>,
    /// What was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saw: Vec<String>,
    /// Of an answer that is only old: when it is forgotten.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "moment")]
    pub until: Option<Zoned>,
    /// What that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<Text>,
}

#[allow(clippy::ref_option)] // serde wants it so
fn moment<S: serde::Serializer>(at: &Option<Zoned>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => to.serialize_str(&stamp(at)),
        None => to.serialize_none(),
    }
}

/// A moment as RFC 3339 writes it, with the offset of its place.
fn stamp(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// How many of one kind are in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// As they should be.
    pub found: u64,
    /// Not.
    pub missing: u64,
    /// Nobody knows.
    pub unknown: u64,
}

/// A folder of mail, or a calendar: how many the export has, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// How many the export has.
    pub exported: u64,
    /// How many of them are there.
    pub found: u64,
    /// How many are not.
    pub missing: u64,
    /// Of how many nobody knows.
    pub unknown: u64,
    /// How many of the export are the second, third, … of the same.
    pub duplicates: u64,
    /// How many lie at the new place in all, newer ones too; absent when the folder is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub there: Option<u64>,
}

/// The one word that a person can read aloud on the phone.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    /// All is as planned.
    Safe,
    /// Old answers are still held, until then.
    Wait(Zoned),
    /// Mail or website are broken: put the old zone back, from this file if it was written.
    GoBack(Option<String>),
    /// Something is missing, did not answer, or was never said.
    CantTell,
}

/// Why nothing better than [`Word::CantTell`] or [`Word::GoBack`] can be said.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Mail or website are broken: what, and the file to go back with.
    Broken(Text, Option<String>),
    /// Anything else.
    Other(Text),
}

/// The result.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What was checked, with counts.
    pub counts: BTreeMap<About, Count>,
    /// The same by folder.
    pub groups: Vec<Group>,
    /// What is not as it should be, and of the DNS also what is.
    pub findings: Vec<Finding>,
    /// What stands against "safe".
    pub doubts: Vec<Doubt>,
    /// What else must be heard.
    pub notes: Vec<Text>,
}

impl Report {
    /// Counts a state without listing it.
    pub fn count(&mut self, about: About, state: State, n: u64) {
        let count = self.counts.entry(about).or_default();
        match state {
            State::Found => count.found += n,
            State::Missing => count.missing += n,
            State::Unknown => count.unknown += n,
        }
    }

    /// Counts and lists a finding.
    pub fn add(&mut self, finding: Finding) {
        self.count(finding.about, finding.state, 1);
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        }
    }

    /// Takes another report's findings too.
    pub fn merge(&mut self, other: Self) {
        for (about, n) in other.counts {
            self.count(about, State::Found, n.found);
            self.count(about, State::Missing, n.missing);
            self.count(about, State::Unknown, n.unknown);
        }
        self.groups.extend(other.groups);
        let room = LISTED.saturating_sub(self.findings.len());
        self.findings.extend(other.findings.into_iter().take(room));
        self.doubts.extend(other.doubts);
        self.notes.extend(other.notes);
    }

    /// Says what stands against "safe" after something was copied.
    pub fn doubt_arrival(&mut self, about: About) {
        let Count { missing, unknown, .. } = self.counts.get(&about).cloned().unwrap_or_default();
        let what = about.says();
        if missing > 0 {
            self.doubts.push(Doubt::Other(text(
                &format!("{}: {missing} did not arrive; they are named below. Copy again, and keep the old account until then", what.en),
                &format!("{}: {missing} no llegaron; abajo están sus nombres. Copien otra vez y conserven la cuenta anterior hasta entonces", what.es),
            )));
        }
        if unknown > 0 {
            self.doubts.push(Doubt::Other(text(
                &format!("{}: of {unknown} nobody knows whether they arrived: the server did not answer", what.en),
                &format!("{}: de {unknown} no se sabe si llegaron: el servidor no respondió", what.es),
            )));
        }
    }

    /// The word on top. What is broken comes first; then what is missing or unknown; then what only takes time.
    pub fn word(&self) -> Word {
        let broken = self.doubts.iter().find_map(|d| match d {
            Doubt::Broken(_, file) => Some(file.clone()),
            Doubt::Other(_) => None,
        });
        if let Some(file) = broken {
            return Word::GoBack(file);
        }
        if !self.doubts.is_empty() {
            return Word::CantTell;
        }
        let until = self.findings.iter().filter_map(|f| f.until.clone()).max();
        until.map_or(Word::Safe, Word::Wait)
    }

    /// Whether anything is missing or unknown.
    pub fn needs_attention(&self) -> bool {
        !self.doubts.is_empty() || self.counts.values().any(|n| n.missing + n.unknown > 0)
    }
}

impl Word {
    /// The name that scripts go by.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Wait(_) => "wait",
            Self::GoBack(_) => "go-back",
            Self::CantTell => "cant-tell",
        }
    }

    /// As it is read aloud; `now` decides whether a time needs its day.
    pub fn says(&self, now: &Zoned) -> Text {
        match self {
            Self::Safe => text("safe", "seguro"),
            Self::Wait(until) => {
                let time = time(until, now);
                text(&format!("wait until {time}"), &format!("esperen hasta {time}"))
            }
            Self::GoBack(_) => text("go back", "vuelvan atrás"),
            Self::CantTell => text("can't tell", "no se sabe"),
        }
    }

    /// The moment, for scripts.
    pub fn until(&self) -> Option<String> {
        match self {
            Self::Wait(until) => Some(stamp(until)),
            _ => None,
        }
    }
}

/// A moment on the clock of the place, rounded up to the minute: `14:20`, or `2026-12-03 14:20` on another day.
pub fn time(at: &Zoned, now: &Zoned) -> String {
    let seconds = i64::from(at.second());
    let at = if seconds > 0 { later(at, 60 - seconds) } else { at.clone() };
    let format = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(format).to_string()
}

/// So many seconds later.
pub fn later(at: &Zoned, seconds: i64) -> Zoned {
    at.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or_else(|_| at.clone())
}

/// What somebody else wrote, as one short line without what could drive a terminal.
pub fn clean(text: &str) -> String {
    let mut clean: String = crate::ui::printable(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = clean.char_indices().nth(200) {
        clean.truncate(end);
        clean.push('…');
    }
    clean
}

pub(crate) fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}
