//! Archives: members are streamed into the readers, within bounds; nothing is unpacked, and no name is used as a path.
//!
//! An export that is one thing to people (a workspace of Slack, a Takeout, a Mailchimp audience) is one source, however many
//! files it has: [`Pack`] puts them together.

mod bounds;
pub mod gzip;
#[cfg(test)]
mod tests;
pub mod zip;

use super::exports::{Seen, Shapes};
use super::mail::{Mailbox, maildir_of};
use super::read::{Outcome, offer_export};
use super::sniff::{Sniffed, sniff};
use super::text::failed;
use super::zone::is_below;
use super::{Counts, Input, Kind, Place, Signal, Sink, host};
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read, Seek, SeekFrom};

/// Hears of each member: its name, and what is in it.
pub type Member<'f> = &'f mut dyn FnMut(&str, &mut dyn BufRead) -> Result<()>;

/// Gives the members of a zip or of a gzipped tar, within the same bounds; `false` when it is neither.
///
/// # Errors
/// When it is damaged, encrypted or beyond a bound.
pub fn members<R: Read + Seek>(mut file: R, path: &str, found: Member<'_>) -> Result<bool> {
    let mut head = [0; 4];
    let got = file.read(&mut head).map_err(|e| failed(path, &e))?;
    file.seek(SeekFrom::Start(0)).map_err(|e| failed(path, &e))?;
    match sniff(&head[..got], None, Shapes::none()) {
        Sniffed::Zip => zip::each(file, path, found).map(|()| true),
        Sniffed::Gzip => gzip::each(file, path, found).map(|()| true),
        _ => Ok(false),
    }
}

/// The longest name that is shown.
const NAME: usize = 200;

/// A member's name for people: no control or direction characters, not too long.
pub(super) fn shown(name: &str) -> String {
    let clean = |c: char| {
        if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            '\u{fffd}'
        } else {
            c
        }
    };
    let mut out: String = name.chars().take(NAME).map(clean).collect();
    if name.chars().nth(NAME).is_some() {
        out.push('…');
    }
    out
}

/// Whether a file below a folder `Takeout` is as Google's has it: by its form, or by the product whose folder it lies in.
fn is_of_takeout(product: &str, file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    let form = [".mbox", ".ics", ".vcf", ".json", ".subscriberinfo.html", "archive_browser.html"];
    let known = ["Drive", "Groups", "Grupos", "Keep", "Chrome", "Tasks"];
    form.iter().any(|f| file.ends_with(f))
        || known.contains(&product)
        || product.starts_with("Google ")
        || product.contains("YouTube Music")
}

/// The members of one archive, or of one folder, while they are read.
#[derive(Debug)]
pub(crate) struct Pack {
    /// Where it lies.
    path: String,
    /// What was read, but for the exports.
    all: Vec<(String, Outcome)>,
    /// Exports, all files of a kind together, with how many there are and the first reason.
    exports: BTreeMap<Kind, (Seen, u64, Option<Outcome>)>,
    /// Takeout's products, by the names of their folders.
    products: BTreeSet<String>,
    files: u64,
    /// Something in it is as only Google's Takeout has it: a kitchen may have a folder of that name, too.
    is_takeout: bool,
    /// Some mail of it came to the group's own domains.
    own_mail: bool,
    /// Of a Takeout: the domain of the account, by the names of its calendars.
    account: Option<String>,
    /// It holds mail; it holds videos of the account's own.
    mail: bool,
    videos: bool,
    /// Maildirs, by their folders.
    maildirs: BTreeMap<String, Mailbox>,
}

impl Pack {
    pub(crate) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            all: Vec::new(),
            exports: BTreeMap::new(),
            products: BTreeSet::new(),
            files: 0,
            is_takeout: false,
            own_mail: false,
            account: None,
            mail: false,
            videos: false,
            maildirs: BTreeMap::new(),
        }
    }

    /// Whether a member is read at all: of a Takeout, which holds everything that a person ever wrote, only mail.
    pub(crate) fn wants(&mut self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix("Takeout/").or_else(|| name.split_once("/Takeout/").map(|(_, r)| r)) else {
            return true;
        };
        self.files += 1;
        if let Some((product, _)) = rest.split_once('/').filter(|_| self.products.len() < 1000) {
            self.products.insert(shown(product));
        }
        let file = rest.rsplit('/').next().unwrap_or(rest);
        self.is_takeout |= is_of_takeout(rest.split('/').next().unwrap_or_default(), file);
        if let Some((_, domain)) = file.strip_suffix(".ics").and_then(|f| f.rsplit_once('@')) {
            let known = host::valid(domain).name().filter(|d| !d.ends_with("calendar.google.com"));
            self.account = self.account.take().or(known);
        }
        self.videos |= rest.starts_with("YouTube") && (rest.contains("/videos/") || rest.contains("/vídeos/"));
        let mail = file.to_ascii_lowercase().ends_with(".mbox");
        let product = rest.split('/').next().unwrap_or_default();
        self.mail |= mail && matches!(product, "Mail" | "Correo" | "Gmail" | "Correo electrónico");
        mail
    }

    /// The mailbox that a member is a letter of, with where it lies.
    fn maildir(&mut self, name: &str) -> Option<(String, &mut Mailbox)> {
        let root = maildir_of(name)?;
        let path = self.below(root);
        Some((path, self.maildirs.entry(root.to_owned()).or_insert_with(|| Mailbox::new(Kind::Maildir))))
    }

    fn below(&self, name: &str) -> String {
        if name.is_empty() { self.path.clone() } else { format!("{}!{}", self.path, shown(name)) }
    }

    /// Takes what became of a member.
    pub(crate) fn add(&mut self, path: String, outcome: Outcome) {
        match &outcome.export {
            Some(seen) => {
                let entry = self.exports.entry(outcome.kind).or_default();
                for (what, n) in &seen.counts {
                    *entry.0.counts.entry(what.clone()).or_default() += n;
                }
                entry.0.last = entry.0.last.max(seen.last);
                entry.1 += 1;
                if let Some(matched) = outcome.counts.0.get("matched") {
                    *entry.0.counts.entry("matched".into()).or_default() += matched;
                }
                if outcome.damage.is_some() && entry.2.is_none() {
                    entry.2 = Some(outcome);
                }
            }
            None => {
                self.own_mail |= outcome.own_mail;
                self.all.push((path, outcome));
            }
        }
    }

    /// Offers the exports, and lists all.
    pub(crate) fn finish(mut self, about: &Input<'_>, sink: &mut dyn Sink, all: &mut Vec<(String, Outcome)>) {
        let domains = about.domains;
        let maildirs: BTreeMap<String, Mailbox> = std::mem::take(&mut self.maildirs)
            .into_iter()
            .map(|(root, mailbox)| (self.below(&root), mailbox))
            .collect();
        // What a server keeps beside the letters (indexes, subscriptions) says nothing.
        let beside = |p: &str| p.rsplit_once(['/', '!']).is_some_and(|(folder, _)| maildirs.contains_key(folder));
        self.all.retain(|(p, o)| o.kind != Kind::Unknown || !beside(p));
        for (path, mailbox) in maildirs {
            let done = mailbox.done(&about.at(&path), sink);
            all.push((path, done));
        }
        let is_export = !self.exports.is_empty() || !self.products.is_empty();
        for (kind, (mut seen, files, damaged)) in std::mem::take(&mut self.exports) {
            let matched = seen.counts.remove("matched");
            offer_export(kind, &self.path, &seen, sink);
            let mut outcome = Outcome::read(kind, Counts(seen.counts.clone()));
            if let Some(matched) = matched {
                outcome.counts.add("matched", matched);
            }
            if files > 1 {
                outcome.counts.add("files", files);
            }
            if let Some(damaged) = damaged {
                (outcome.reason, outcome.damage) = (damaged.reason, damaged.damage);
            }
            all.push((self.path.clone(), outcome));
        }
        if !self.products.is_empty() && !self.is_takeout {
            let reason =
                "a folder is called Takeout, but nothing in it is as Google's Takeout has it; call it otherwise";
            all.push((self.path.clone(), Outcome::unknown(reason)));
        } else if !self.products.is_empty() {
            let mut counts = Counts::default();
            counts.add("products", self.products.len() as u64);
            counts.add("files", self.files);
            let own = self.account.as_ref().is_some_and(|a| domains.iter().any(|d| is_below(a, d)));
            let free = self.account.as_deref().map_or(!self.own_mail, |a| a == "gmail.com");
            let names = [
                (own, "takeout-workspace"),
                (self.mail && !own && free, "takeout-gmail"),
                (self.videos, "takeout-youtube"),
            ];
            for (_, name) in names.iter().filter(|(is, _)| *is) {
                let signal = Signal::Export { name: Some(name), counts: &counts.0, last: None };
                sink.offer(Kind::Takeout, Place { path: &self.path, line: None }, &signal);
            }
            let damaged = self.all.iter().filter(|(_, o)| o.damage.is_some()).count();
            let reason = (damaged > 0).then(|| format!("{damaged} of its files can't be read to the end"));
            all.push((self.path.clone(), Outcome { reason, ..Outcome::read(Kind::Takeout, counts) }));
        }
        // Beside an export, what is none of it (pictures, read-me files) is not worth a line each.
        let known = |o: &Outcome| o.kind != Kind::Unknown || o.damage.is_some();
        all.extend(self.all.into_iter().filter(|(_, o)| !is_export || known(o)));
    }
}
