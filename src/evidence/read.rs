//! One file to its end: look at the beginning, choose the reader, hand it the rest.
//!
//! A file that is damaged is no reason to lose the others, nor what stood in it before the damage: it is named with the
//! reason. Only a machine that fails ends the run.

use super::exports::Seen;
use super::sniff::{Format, HEAD, Sniffed, sniff};
use super::table::Layout;
use super::text::{Encoding, Text, failed};
use super::zone::other;
use super::{Counts, Input, Kind, Place, Signal, Sink, WHOLE, whole};
use super::{
    addresses, answers, archive, bookmarks, certificates, cloud, exports, grants, ledger, logins, mail, page, users,
    wxr, zone,
};
use crate::error::{Error, Kind as Fault, Result};
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

/// What became of one file.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it is.
    pub kind: Kind,
    /// What is said of it under `sources`.
    pub counts: Counts,
    /// Why it is unknown.
    pub reason: Option<String>,
    /// What is wrong with it; what stands before that was read.
    pub damage: Option<Error>,
    /// The zones in it, for rendering, and whether each is whole.
    pub zones: Vec<(zone::Zone, bool)>,
    /// Of a zone: the hash over its bytes and those of the files it includes, in hexadecimal.
    pub sha256: Option<String>,
    /// Of a service's own export: what it holds. It may be one of several files of the same export.
    pub export: Option<Seen>,
    /// Of a mailbox: some letter came to an address of the group's own domains.
    pub own_mail: bool,
}

impl Outcome {
    /// A file that was read.
    pub fn read(kind: Kind, counts: Counts) -> Self {
        Self {
            kind,
            counts,
            reason: None,
            damage: None,
            zones: Vec::new(),
            sha256: None,
            export: None,
            own_mail: false,
        }
    }

    /// A file that was not, and why.
    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::read(Kind::Unknown, Counts::default()) }
    }

    /// A file of which some may be damaged.
    pub fn with_damage(kind: Kind, counts: Counts, damage: Option<Error>) -> Self {
        let mut outcome = damage.map_or_else(|| Self::read(kind, Counts::default()), |e| Self::damaged(kind, e));
        outcome.counts = counts;
        outcome
    }

    /// A file that is damaged.
    pub(super) fn damaged(kind: Kind, error: Error) -> Self {
        let line = error.at.as_ref().and_then(|at| at.line).map_or(String::new(), |n| format!(" (line {n})"));
        let hint = error.hints.first().map_or(String::new(), |h| format!("; {h}"));
        let reason = format!("{}{line}{hint}", error.message);
        Self { damage: Some(error), ..Self { reason: Some(reason), ..Self::read(kind, Counts::default()) } }
    }
}

/// Whose fault it is: what is wrong with the file is told of the file.
pub(super) fn told(kind: Kind, done: Result<Outcome>) -> Result<Outcome> {
    match done {
        Err(e) if e.kind == Fault::Input => Ok(Outcome::damaged(kind, e)),
        other => other,
    }
}

/// Reads a file or, when it is an archive, its members: what each is called, and what became of it.
///
/// # Errors
/// When the machine fails.
pub fn read_file<R: Read + Seek>(
    mut file: R,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Vec<(String, Outcome)>> {
    let mut head = [0; 4];
    let got = fill(&mut file, &mut head).map_err(|e| failed(about.path, &e))?;
    file.seek(SeekFrom::Start(0)).map_err(|e| failed(about.path, &e))?;
    let mut all = Vec::new();
    let done = match sniff(&head[..got], None, about.shapes) {
        Sniffed::Zip => archive::zip::read(file, about, sink, &mut all),
        Sniffed::Gzip => archive::gzip::read(file, about, sink, &mut all),
        _ => {
            let outcome = read_stream(&mut BufReader::with_capacity(256 * 1024, file), about, sink, include)?;
            all.push((about.path.to_owned(), outcome));
            Ok(())
        }
    };
    match done {
        Err(e) if e.kind == Fault::Input => {
            let damaged = Outcome::damaged(Kind::Unknown, e);
            // What was read of an export before the damage is the same source.
            match all.iter_mut().find(|(path, o)| path == about.path && o.kind != Kind::Unknown && o.damage.is_none()) {
                Some((_, read)) => (read.reason, read.damage) = (damaged.reason, damaged.damage),
                None => all.push((about.path.to_owned(), damaged)),
            }
        }
        other => other?,
    }
    if all.is_empty() {
        all.push((about.path.to_owned(), Outcome::unknown("it is an archive that holds no file")));
    }
    Ok(all)
}

fn fill(input: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match input.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// Takes the first [`HEAD`] bytes.
///
/// # Errors
/// When they can't be read.
pub fn head_of(input: &mut dyn BufRead, path: &str) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEAD as u64).read_to_end(&mut head).map_err(|e| failed(path, &e))?;
    Ok(head)
}

/// A stream whose beginning was taken, from its start.
pub fn with_head<'s>(head: &'s [u8], input: &'s mut dyn BufRead) -> impl BufRead + 's {
    Cursor::new(head).chain(input)
}

/// Reads a stream that is no archive (stdin, a member of an archive).
///
/// # Errors
/// When the machine fails.
pub fn read_stream(
    input: &mut dyn BufRead,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let head = match head_of(input, about.path) {
        Err(e) if e.kind == Fault::Input => return Ok(Outcome::damaged(Kind::Unknown, e)),
        head => head?,
    };
    rest_of(&head, input, about, sink, include)
}

/// Reads a stream whose beginning was taken already.
pub(super) fn rest_of(
    head: &[u8],
    input: &mut dyn BufRead,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let (format, encoding, damaged) = match sniff(head, Some(about.path), about.shapes) {
        Sniffed::Known(format, encoding) => (format, encoding, false),
        Sniffed::Damaged(format, encoding) => (format, encoding, true),
        Sniffed::Zip => return Ok(Outcome::unknown("it is a zip, which can't be read from here; give it by its path")),
        Sniffed::Gzip => {
            return Ok(Outcome::unknown("it is a gzip file, which can't be read from here; unpack it first"));
        }
        Sniffed::Unknown(reason) => return Ok(Outcome::unknown(reason)),
    };
    let kind = format.kind();
    if kind == Kind::History && !about.named {
        return Ok(Outcome::unknown(
            "it is a browser's history, which is read only when the file is named on the command line",
        ));
    }
    let mut all = with_head(head, input);
    let mut outcome = told(kind, of_format(&format, encoding, &mut all, about, sink, include))?;
    if damaged && outcome.reason.is_none() {
        outcome.reason = Some("some of it is no text: it is damaged; download or export it again".into());
    }
    Ok(outcome)
}

fn of_format(
    format: &Format,
    encoding: Encoding,
    all: &mut dyn BufRead,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let kind = format.kind();
    let counts = match format {
        Format::Zone => return read_zone(None, all, encoding, about, sink, include),
        Format::OtherZone(form) => return read_zone(Some(*form), all, encoding, about, sink, include),
        Format::Mbox => return mail::read_mbox(all, about, sink),
        Format::Eml => return mail::read_eml(all, kind, about, sink),
        Format::Footed(layout, why) => return Ok(read_footed(*layout, why, encoding, all, about)),
        Format::Table(..) | Format::Json(_) | Format::Wxr => return read_export(format, encoding, all, about, sink),
        Format::Sitemap => counted(addresses::sitemap(Text::new(all, encoding), about.path, &mut |_| ())?),
        Format::Links(form) => counted(addresses::links(Text::new(all, encoding), form, about.path, &mut |_| ())?),
        Format::Certificates => certificates::read(Text::new(all, encoding), about)?,
        Format::Html => page::html::read(Text::new(all, encoding), about, sink)?,
        Format::Har => page::har::read(Text::new(all, encoding), about, sink)?,
        Format::Ledger(format) => ledger::read(Text::new(all, encoding), format, Kind::Ledger, about, sink)?,
        Format::Users(kind, layout) => users::read(Text::new(all, encoding), *kind, *layout, about, sink)?,
        Format::Grants(kind, form) => grants::read(Text::new(all, encoding), *kind, *form, about, sink)?,
        Format::Logins(format) => logins::read(Text::new(all, encoding), *format, about, sink)?,
        Format::Visited(kind, form) => bookmarks::read(Text::new(all, encoding), *kind, *form, about, sink)?,
        Format::Answers(layout) => answers::read(Text::new(all, encoding), *layout, about, sink)?,
        Format::Cloud(kind, form) => cloud::read(Text::new(all, encoding), *kind, form, about, sink)?,
    };
    Ok(Outcome::read(kind, counts))
}

/// What is said of a list of addresses.
fn counted(read: addresses::Read) -> Counts {
    let mut counts = Counts::default();
    counts.add("addresses", read.pages);
    if read.sitemaps > 0 {
        counts.add("sitemaps", read.sitemaps);
    }
    counts
}

/// A service's own export. What was counted before a damage stays counted.
fn read_export(
    format: &Format,
    encoding: Encoding,
    all: &mut dyn BufRead,
    about: &Input<'_>,
    sink: &mut dyn Sink,
) -> Result<Outcome> {
    let mut seen = Seen::default();
    let mut payments = Counts::default();
    let done = match format {
        Format::Table(shape, layout) if shape.ledger => {
            let bytes = whole(all, about.path, WHOLE)?;
            // Who was paid is looked at as in any ledger; who paid is nobody's business.
            if let Some(plan) = ledger::csv::Plan::at(&encoding.decode(&bytes[..bytes.len().min(HEAD)]), *layout) {
                let mut again = bytes.as_slice();
                let format = ledger::LedgerFormat::Csv(plan);
                payments =
                    ledger::read(Text::new(&mut again, encoding), &format, shape.kind, about, sink).unwrap_or_default();
            }
            exports::read_table(Text::new(&mut bytes.as_slice(), encoding), shape, *layout, about, &mut seen)
        }
        Format::Table(shape, layout) => exports::read_table(Text::new(all, encoding), shape, *layout, about, &mut seen),
        Format::Json(shape) => exports::read_json(Text::new(all, encoding), shape, about, &mut seen),
        _ => wxr::read(Text::new(all, encoding), about, &mut seen, sink),
    };
    let mut outcome = told(format.kind(), done.map(|counts| Outcome::read(format.kind(), counts)))?;
    outcome.counts = Counts(seen.counts.clone());
    if let Some(matched) = payments.0.get("matched") {
        outcome.counts.add("matched", *matched);
    }
    outcome.export = Some(seen);
    Ok(outcome)
}

/// A table of unknown columns, by its last lines.
fn read_footed(layout: Layout, why: &str, encoding: Encoding, all: &mut dyn BufRead, about: &Input<'_>) -> Outcome {
    match exports::read_foot(Text::new(all, encoding), layout, about) {
        Ok(Some((kind, seen))) => Outcome { export: Some(seen.clone()), ..Outcome::read(kind, Counts(seen.counts)) },
        // What is wrong with a table that is nobody's doesn't matter.
        Ok(None) | Err(_) => Outcome::unknown(why),
    }
}

/// Offers a service's own export, all its files together.
pub fn offer_export(kind: Kind, path: &str, seen: &Seen, sink: &mut dyn Sink) {
    sink.offer(kind, Place { path, line: None }, &Signal::Export { name: None, counts: &seen.counts, last: seen.last });
}

fn read_zone(
    form: Option<other::Form>,
    input: &mut dyn BufRead,
    encoding: Encoding,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let bytes = whole(input, about.path, zone::LONGEST)?;
    let origin = match about.domains {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let options = zone::Options { path: about.path, origin, include };
    let (loaded, sha256) = zone::load::load(bytes, form, encoding, options)?;
    let mut counts = Counts::default();
    let mut zones = Vec::new();
    let mut damage = None;
    for one in loaded {
        zone::offer(&one.zone, Kind::Zone, sink);
        counts.add("records", one.zone.records.len() as u64);
        // Nothing is written from a zone of which some is missing.
        match one.damage {
            Some(e) => drop(damage.get_or_insert(e)),
            None => zones.push((one.zone, one.complete)),
        }
    }
    Ok(Outcome { zones, sha256: Some(sha256), ..Outcome::with_damage(Kind::Zone, counts, damage) })
}

#[cfg(test)]
mod tests;
