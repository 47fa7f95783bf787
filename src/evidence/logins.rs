//! The kind `logins`: what a password manager or browser exports.
//!
//! These files hold the keys to everything, so the readers take the host names of sites and look at nothing else: no
//! user name, password, note, card or code is kept, offered, counted or put into a message, and no line is shown.

pub mod csv;
pub mod json;
pub mod xml;

use super::host::{self, Host};
use super::table::Layout;
use super::text::Text;
use super::{Counts, Input, Kind, Place, Signal, Sink, WHOLE};
use crate::error::{Error, Result};
use std::collections::HashSet;

/// Which form an export has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFormat {
    /// Bitwarden's JSON.
    BitwardenJson,
    /// KeePass 2's XML.
    KeePassXml,
    /// A table of some manager or browser.
    Csv(csv::Source, Layout),
}

/// Reads an export to its end.
///
/// # Errors
/// When it is encrypted, broken or cut off.
pub fn read(text: Text<'_>, format: LoginFormat, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut sites =
        Sites { path: about.path, sink, entries: 0, distinct: 0, matched: 0, numbers: 0, seen: HashSet::new() };
    match format {
        LoginFormat::BitwardenJson => json::read(text.bounded(WHOLE), &mut sites)?,
        LoginFormat::KeePassXml => xml::read(text.bounded(WHOLE), &mut sites)?,
        LoginFormat::Csv(_, layout) => csv::read(text, layout, &mut sites)?,
    }
    Ok(sites.counts())
}

/// An encrypted export is refused, and decamp never asks for its password.
pub(super) fn encrypted(path: &str) -> Error {
    Error::input("the export is encrypted, so decamp can't read it")
        .in_file(path)
        .hint("only the names of the sites are needed: write them into a bookmark folder and give its export, or answer the questions of `interview`")
        .hint("don't keep an unencrypted export for this; if you make one, pipe it in and delete it")
}

/// Offers sites and counts them.
pub struct Sites<'a> {
    path: &'a str,
    sink: &'a mut dyn Sink,
    entries: u64,
    distinct: u64,
    matched: u64,
    numbers: u64,
    seen: HashSet<u64>,
}

impl std::fmt::Debug for Sites<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sites").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl<'a> Sites<'a> {
    /// The file's name as given.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Counts an entry, whatever it is.
    pub fn entry(&mut self) {
        self.entries += 1;
    }

    /// Takes an address of the entry; only its host goes further.
    pub fn address(&mut self, line: Option<u64>, address: &str) {
        self.host(line, host::of_site(address));
    }

    /// Takes the host of an address of the entry.
    pub fn host(&mut self, line: Option<u64>, host: Host) {
        let name = match host {
            Host::Name(name) => name,
            Host::Number => {
                self.numbers += 1;
                return;
            }
            Host::None => return,
        };
        // A hash and not the name, so that the sites that nobody recognises are not gathered even here.
        if self.seen.insert(super::hash(&name)) {
            self.distinct += 1;
        }
        let place = Place { path: self.path, line };
        if self.sink.offer(Kind::Logins, place, &Signal::Login { host: &name }) {
            self.matched += 1;
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        counts.add("entries", self.entries);
        counts.add("sites", self.distinct);
        counts.add("matched", self.matched);
        if self.numbers > 0 {
            counts.add("addresses", self.numbers);
        }
        counts
    }
}

#[cfg(test)]
mod tests;
