//! Zips: members are streamed into the readers, within bounds; nothing is unpacked, and no name is used as a path.

use super::read::{Outcome, head_of, rest_of};
use super::sniff::{Sniffed, sniff};
use super::text::{Bad, failed};
use super::{Input, Sink, WHOLE, zone};
use crate::error::{Error, Result};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// The most members, over all levels.
const MEMBERS: u64 = 10_000;
/// The most bytes that may come out, over all members.
const UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
/// From this size on a member may be at most [`RATIO`] times as large as it is packed.
const RATIO_FROM: u64 = 16 * 1024 * 1024;
/// No real text packs better.
const RATIO: u64 = 1000;
/// The longest name that is shown.
const NAME: usize = 200;

/// What may still come out.
struct Budget {
    members: u64,
    bytes: u64,
}

/// Reads the members of a zip.
///
/// # Errors
/// When it is cut off, encrypted, beyond a bound, or when a member of a known kind is broken.
pub fn read<R: Read + Seek>(file: R, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Vec<(String, Outcome)>> {
    let mut budget = Budget { members: MEMBERS, bytes: UNPACKED };
    level(file, about, sink, &mut budget, 0)
}

fn level<R: Read + Seek>(
    mut file: R,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    budget: &mut Budget,
    depth: u8,
) -> Result<Vec<(String, Outcome)>> {
    let claimed = claimed(&mut file).map_err(|e| failed(about.path, &e))?;
    let claimed = claimed.ok_or_else(|| cut_off(about.path))?;
    budget.members = budget.members.checked_sub(claimed).ok_or_else(|| {
        Error::input("the archive has more than 10,000 members")
            .in_file(about.path)
            .hint("unpack it, and give the files that matter")
    })?;
    let mut archive = ZipArchive::new(file).map_err(|e| refused(about.path, e))?;
    if archive.len() as u64 != claimed {
        return Err(Error::input(
            "the archive's list of members doesn't add up: a name stands there twice, or the list is damaged",
        )
        .in_file(about.path)
        .hint("unpack it, and give the files that matter"));
    }
    if let Some(reason) = other_format(&archive) {
        return Ok(vec![(about.path.to_owned(), Outcome::unknown(reason))]);
    }
    let mut all = Vec::new();
    for index in 0..archive.len() {
        let (name, packed) = {
            let member = archive.by_index_raw(index).map_err(|e| refused(about.path, e))?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            if name.ends_with('/') || name.starts_with("__MACOSX/") {
                continue;
            }
            if member.encrypted() {
                return Err(Error::input("the archive is encrypted, so decamp can't read it")
                    .in_file(about.path)
                    .hint("unpack it with its password, give the files, and delete them afterwards"));
            }
            (name, member.compressed_size())
        };
        let path = format!("{}!{}", about.path, shown(&name));
        let about = Input { path: &path, domains: about.domains };
        let member = match archive.by_index(index) {
            Ok(member) => member,
            Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
                all.push((path, Outcome::unknown("it is packed in a way that decamp doesn't read; unpack it first")));
                continue;
            }
            Err(e) => return Err(refused(&path, e)),
        };
        let mut input = BufReader::new(Bounded { inner: member, budget, out: 0, packed });
        all.extend(member_of(&mut input, &about, sink, depth)?);
    }
    Ok(all)
}

fn member_of<R: Read>(
    input: &mut BufReader<Bounded<'_, R>>,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    depth: u8,
) -> Result<Vec<(String, Outcome)>> {
    let head = head_of(input, about.path)?;
    if sniff(&head, None) != Sniffed::Zip {
        let outcome = rest_of(&head, input, about, sink, &zone::no_include)?;
        return Ok(vec![(about.path.to_owned(), outcome)]);
    }
    if depth > 0 {
        return Ok(vec![(about.path.to_owned(), Outcome::unknown("it is a zip in a zip in a zip; unpack it first"))]);
    }
    let mut bytes = head;
    input.take(WHOLE + 1).read_to_end(&mut bytes).map_err(|e| failed(about.path, &e))?;
    if bytes.len() as u64 > WHOLE {
        return Ok(vec![(
            about.path.to_owned(),
            Outcome::unknown("it is a zip of more than 64 MiB in a zip; unpack it first"),
        )]);
    }
    level(Cursor::new(bytes), about, sink, input.get_mut().budget, depth + 1)
}

/// How many members the end of the file claims; `None` when the end is missing. Asked before the crate reads the
/// list, which would take memory for each.
fn claimed<R: Read + Seek>(file: &mut R) -> io::Result<Option<u64>> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = length.min(66 * 1024);
    file.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes)?;
    let Some(at) = bytes.windows(4).rposition(|w| w == b"PK\x05\x06") else { return Ok(None) };
    let Some(count) = bytes.get(at + 10..at + 12) else { return Ok(None) };
    let mut members = u64::from(u16::from_le_bytes([count[0], count[1]]));
    // With 65,535 or more, the true number stands in the record of ZIP64 before it.
    if let Some(wide) = bytes[..at].windows(4).rposition(|w| w == b"PK\x06\x06")
        && let Some(count) = bytes.get(wide + 32..wide + 40).and_then(|b| <[u8; 8]>::try_from(b).ok())
    {
        members = members.max(u64::from_le_bytes(count));
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(Some(members))
}

/// Zips that are another format.
fn other_format<R: Read + Seek>(archive: &ZipArchive<R>) -> Option<&'static str> {
    let has = |name: &str| archive.file_names().flatten().any(|n| n == name);
    if has("[Content_Types].xml") || has("mimetype") {
        Some("it is a spreadsheet or document; save the table as CSV")
    } else if has("export.data") && has("export.attributes") {
        Some("it is 1Password's own format (.1pux); export CSV instead")
    } else {
        None
    }
}

/// A member's name for people: no control or direction characters, not too long.
fn shown(name: &str) -> String {
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

fn cut_off(path: &str) -> Error {
    Error::input("the zip is cut off or damaged: its list of members is missing")
        .in_file(path)
        .hint("download it again")
}

fn refused(path: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(e) if e.raw_os_error().is_some() => failed(path, &e),
        _ => Error::input("the zip is cut off or damaged").in_file(path).hint("download it again"),
    }
}

/// Counts what comes out of a member, and stops what is a bomb.
struct Bounded<'b, R> {
    inner: R,
    budget: &'b mut Budget,
    out: u64,
    packed: u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bad = |what, hint| Bad { what, hint, line: None }.into_io();
        let n = self.inner.read(buffer).map_err(|e| {
            if e.raw_os_error().is_some() || e.kind() == io::ErrorKind::Interrupted {
                e
            } else {
                bad("the zip is damaged: a member doesn't unpack", "download it again")
            }
        })?;
        self.out += n as u64;
        let left = self.budget.bytes.checked_sub(n as u64);
        self.budget.bytes = left.ok_or_else(|| {
            bad("the archive unpacks to more than 4 GiB", "unpack it, and give the files that matter")
        })?;
        if self.out > RATIO_FROM && self.out / RATIO > self.packed {
            return Err(bad(
                "a member unpacks to a thousand times its size, as only a bomb does",
                "ask whoever made it what it is",
            ));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests;
