//! One file to its end: look at the beginning, choose the reader, hand it the rest.

use super::sniff::{Format, HEAD, Sniffed, sniff};
use super::text::{Bad, Encoding, Text, failed};
use super::{Counts, Input, Kind, Sink, WHOLE, archive, ledger, logins, page, users, zone};
use crate::error::Result;
use sha2::{Digest as _, Sha256};
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it is.
    pub kind: Kind,
    /// What is said of it under `sources`.
    pub counts: Counts,
    /// Why it is unknown.
    pub reason: Option<String>,
    /// The zone itself, for rendering.
    pub zone: Option<zone::Zone>,
    /// Of a zone: the hash over its bytes and those of the files it includes, in hexadecimal.
    pub sha256: Option<String>,
}

impl Outcome {
    /// A file that was read.
    fn read(kind: Kind, counts: Counts) -> Self {
        Self { kind, counts, reason: None, zone: None, sha256: None }
    }

    /// A file that was not, and why.
    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::read(Kind::Unknown, Counts::default()) }
    }
}

/// Reads a file or, when it is a zip, its members: what each is called, and what became of it.
///
/// # Errors
/// When a file of a known kind is broken, cut off or beyond a bound.
pub fn read_file<R: Read + Seek>(
    mut file: R,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Vec<(String, Outcome)>> {
    let mut head = [0; 4];
    let got = fill(&mut file, &mut head).map_err(|e| failed(about.path, &e))?;
    file.seek(SeekFrom::Start(0)).map_err(|e| failed(about.path, &e))?;
    if sniff(&head[..got], None) == Sniffed::Zip {
        return archive::read(file, about, sink);
    }
    let outcome = read_stream(&mut BufReader::new(file), about, sink, include)?;
    Ok(vec![(about.path.to_owned(), outcome)])
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
pub(super) fn head_of(input: &mut dyn BufRead, path: &str) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEAD as u64).read_to_end(&mut head).map_err(|e| failed(path, &e))?;
    Ok(head)
}

/// Reads a stream that is no zip (stdin, a member of a zip).
///
/// # Errors
/// When a file of a known kind is broken, cut off or beyond a bound.
pub fn read_stream(
    input: &mut dyn BufRead,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let head = head_of(input, about.path)?;
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
    let (format, encoding) = match sniff(head, Some(about.path)) {
        Sniffed::Known(format, encoding) => (format, encoding),
        Sniffed::Zip => return Ok(Outcome::unknown("it is a zip, which can't be read from here; give it by its path")),
        Sniffed::Unknown(reason) => return Ok(Outcome::unknown(reason)),
    };
    let mut all = Cursor::new(head).chain(input);
    let kind = format.kind();
    let counts = match format {
        Format::Zone => return read_zone(&mut all, encoding, about, sink, include),
        Format::Html => page::html::read(Text::new(&mut all, encoding), about, sink)?,
        Format::Har => page::har::read(Text::new(&mut all, encoding), about, sink)?,
        Format::Ledger(format) => ledger::read(Text::new(&mut all, encoding), &format, about, sink)?,
        Format::Users(kind, layout) => users::read(Text::new(&mut all, encoding), kind, layout, about, sink)?,
        Format::Logins(format) => logins::read(Text::new(&mut all, encoding), format, about, sink)?,
    };
    Ok(Outcome::read(kind, counts))
}

fn read_zone(
    input: &mut dyn BufRead,
    encoding: Encoding,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    include: zone::Include<'_>,
) -> Result<Outcome> {
    let mut bytes = Vec::new();
    input.take(WHOLE + 1).read_to_end(&mut bytes).map_err(|e| failed(about.path, &e))?;
    if bytes.len() as u64 > WHOLE {
        let hint = "give the part of it that matters, or split it";
        return Err(Bad { what: "the zone is longer than 64 MiB", hint, line: None }.about(about.path));
    }
    let mut hash = Sha256::new();
    hash.update(&bytes);
    if encoding != Encoding::Utf8 {
        // The tokenizer keeps bytes as they are, so only what can't be read as bytes is decoded first.
        bytes = encoding.decode(&bytes).into_bytes();
    }
    let origin = match about.domains {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let zone = zone::parse(&bytes, zone::Options { path: about.path, origin, include })?;
    hash.update(&zone.included);
    zone::offer(&zone, Kind::Zone, sink);
    let mut counts = Counts::default();
    counts.add("records", zone.records.len() as u64);
    let sha256 = hash.finalize().iter().fold(String::with_capacity(64), |mut hex, b| {
        use std::fmt::Write as _;
        // Writing to a string can't fail.
        let _ = write!(hex, "{b:02x}");
        hex
    });
    Ok(Outcome { zone: Some(zone), sha256: Some(sha256), ..Outcome::read(Kind::Zone, counts) })
}

#[cfg(test)]
mod tests;
