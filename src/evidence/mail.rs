//! The kinds `mbox`, `maildir` and `eml`: who writes to the group from which services, by the headers alone.
//!
//! [`mbox`] cuts a mailbox into letters and passes over their bodies, [`letter`] reads the few headers that matter, and
//! [`words`] tells a receipt from a newsletter. What is offered are domains and dates; no address, subject or text is kept.

pub mod letter;
pub mod mbox;
#[cfg(test)]
mod tests;
pub mod words;

use super::exports::Shapes;
use super::read::Outcome;
use super::sniff::{Format, Sniffed, sniff};
use super::zone::is_below;
use super::{Counts, Input, Kind, Place, Signal, Sink, host};
use crate::error::{Error, Result};
use jiff::civil::Date;
use letter::Headers;
use std::collections::HashSet;
use std::io::BufRead;

/// What kind of letter a service sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Letter {
    /// It only claims to be from there: neither signature nor return path is the sender's.
    Claimed,
    /// To many people.
    Newsletter,
    /// Something happened, or somebody invites: it may be somebody else's account.
    Notice,
    /// A new or changed way in: somebody has an account.
    Security,
    /// Somebody signed up.
    SignUp,
    /// Money was paid, or is due.
    Receipt,
}

impl Letter {
    /// Whether it speaks for an account of the reader's own.
    pub fn is_account(self) -> bool {
        self >= Self::Security
    }

    /// In words, for `saw`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Claimed => "unsigned mail that claims to be",
            Self::Newsletter => "newsletter",
            Self::Notice => "notice",
            Self::Security => "security notice",
            Self::SignUp => "sign-up",
            Self::Receipt => "receipt",
        }
    }
}

/// The most domains of senders that are counted apart.
const SENDERS: usize = 200_000;

/// A mailbox while its letters are read, in one file or in many.
#[derive(Debug)]
pub struct Mailbox {
    kind: Kind,
    letters: u64,
    matched: u64,
    /// Letters whose headers can't be read.
    damaged: u64,
    /// It begins or ends in the middle of a letter.
    cut: bool,
    senders: HashSet<u64>,
    /// Some letter came to an address of the group's own domains.
    own: bool,
    /// The newest date of any letter, also of one that says nothing else.
    newest: Option<Date>,
}

impl Mailbox {
    /// An empty one.
    pub fn new(kind: Kind) -> Self {
        Self { kind, letters: 0, matched: 0, damaged: 0, cut: false, senders: HashSet::new(), own: false, newest: None }
    }

    /// Takes the headers of one letter; `about` is the mailbox.
    fn letter(&mut self, raw: &[u8], about: &Input<'_>, sink: &mut dyn Sink) {
        let headers = Headers::of(raw);
        self.letters += 1;
        self.newest = self.newest.max(headers.date);
        self.damaged += u64::from(raw.contains(&0) || headers.from_domain.is_none());
        let place = Place { path: about.path, line: None };
        let own = |domain: &str| about.domains.iter().any(|d| is_below(domain, d));
        let mut offers: Vec<Signal<'_>> = Vec::new();
        if let Some(from) = &headers.from_domain {
            if own(from) {
                // The group's own mail: what carried it when it went to many.
                if headers.bulk {
                    let through = headers.signers.iter().chain(&headers.return_domain).filter(|d| !own(d));
                    offers.extend(through.map(|domain| Signal::Through { domain, date: headers.date }));
                }
            } else if let Some(letter) = headers.letter() {
                offers.push(Signal::Sender { domain: from, letter, date: headers.date });
            }
        }
        let to =
            headers.delivered_domain.as_ref().or(headers.to_domain.as_ref().filter(|to| headers.exchange && own(to)));
        if headers.exchange && to.is_some_and(|to| own(to)) {
            offers.push(Signal::Through { domain: "protection.outlook.com", date: headers.date });
        }
        if let Some(to) = to {
            offers.push(Signal::Mailbox { domain: to, date: headers.date });
            // Where the group's own address is received; anybody else's mail passes many hosts.
            if own(to) {
                self.own = true;
                let at = headers.received_by.iter();
                offers.extend(at.map(|domain| Signal::Through { domain, date: headers.date }));
            }
        }
        let mut matched = false;
        for signal in &offers {
            matched |= sink.offer(self.kind, place, signal);
        }
        self.matched += u64::from(matched);
        if let Some(from) = headers.from_domain.as_deref().filter(|from| !own(from))
            && self.senders.len() < SENDERS
        {
            self.senders.insert(super::hash(host::registrable(from).unwrap_or(from)));
        }
    }

    /// Takes a file with one letter.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn file(&mut self, input: &mut dyn BufRead, about: &Input<'_>, sink: &mut dyn Sink) -> Result<()> {
        let whole = mbox::one(input, about.path, &mut |headers| self.letter(headers, about, sink))?;
        self.cut |= !whole;
        Ok(())
    }

    /// Takes a letter that can't be read.
    pub fn broken(&mut self) {
        self.letters += 1;
        self.damaged += 1;
    }

    /// What was counted, and what is wrong with it.
    pub fn done(self, about: &Input<'_>, sink: &mut dyn Sink) -> Outcome {
        if let Some(date) = self.newest {
            sink.offer(self.kind, Place { path: about.path, line: None }, &Signal::Newest { date });
        }
        let damaged = match (self.damaged, self.cut) {
            (0, false) => None,
            (0, true) => Some("it begins or ends in the middle of a letter".to_owned()),
            (n, _) => Some(format!("the headers of {n} of {} letters can't be read", self.letters)),
        };
        let hint = "the other letters were read; export the mailbox again if these matter";
        let damage = damaged.map(|what| Error::input(what).in_file(about.path).hint(hint));
        let (kind, own) = (self.kind, self.own);
        Outcome { own_mail: own, ..Outcome::with_damage(kind, self.counts(), damage) }
    }

    fn counts(self) -> Counts {
        let mut counts = Counts::default();
        counts.add("messages", self.letters);
        counts.add("senders", self.senders.len() as u64);
        counts.add("matched", self.matched);
        counts
    }
}

/// How the letters of a file are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The file is one letter.
    One,
    /// Letters stand one after the other (mbox), or it is a single one: by its first line. Other files have none.
    ByContent,
}

/// Gives the headers of each letter of a file; says whether there is mail in it.
///
/// # Errors
/// When it can't be read to its end.
pub fn headers(input: &mut dyn BufRead, path: &str, cut: Cut, found: &mut dyn FnMut(&[u8])) -> Result<bool> {
    if cut == Cut::One {
        return mbox::one(input, path, found).map(|_| true);
    }
    let head = input.fill_buf().map_err(|e| super::text::failed(path, &e))?;
    match sniff(head, Some(path), Shapes::none()) {
        Sniffed::Known(Format::Mbox, _) => mbox::split(input, path, found).map(|_| true),
        Sniffed::Known(Format::Eml, _) => mbox::one(input, path, found).map(|_| true),
        _ => Ok(false),
    }
}

/// Whether a file in a folder of this name is a letter of a Maildir: in `cur` or `new`, called by the second at which it came
/// (maildir(5) of Courier).
pub fn is_letter(folder: &str, file: &str) -> bool {
    let digits = file.bytes().take_while(u8::is_ascii_digit).count();
    (folder == "cur" || folder == "new") && digits >= 9 && file[digits..].starts_with(['.', '_'])
}

/// The Maildir of a letter, by the path in an archive: `mail/info/cur/FILE` → `mail/info`.
pub fn maildir_of(path: &str) -> Option<&str> {
    let (folders, file) = path.rsplit_once('/')?;
    let (root, folder) = folders.rsplit_once('/').unwrap_or(("", folders));
    is_letter(folder, file).then_some(root)
}

/// Reads a mailbox in one file.
///
/// # Errors
/// When it can't be read to its end.
pub fn read_mbox(input: &mut dyn BufRead, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Outcome> {
    let mut mailbox = Mailbox::new(Kind::Mbox);
    let whole = mbox::split(input, about.path, &mut |headers| mailbox.letter(headers, about, sink))?;
    mailbox.cut |= !whole;
    Ok(mailbox.done(about, sink))
}

/// Reads one letter: an `.eml`, or a file of a Maildir.
///
/// # Errors
/// When it can't be read.
pub fn read_eml(input: &mut dyn BufRead, kind: Kind, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Outcome> {
    let mut mailbox = Mailbox::new(kind);
    mailbox.file(input, about, sink)?;
    Ok(mailbox.done(about, sink))
}
