//! Zips: members are streamed into the readers, within bounds; nothing is unpacked, and no name is used as a path.

use super::bounds::{Bounded, Budget, room};
use super::{Member as Listener, Pack, shown};
use crate::error::{Error, Kind as Fault, Result};
use crate::evidence::ledger::sheet;
use crate::evidence::read::{Outcome, head_of, rest_of, told};
use crate::evidence::sniff::{Sniffed, sniff};
use crate::evidence::text::failed;
use crate::evidence::{Input, Kind, Sink, WHOLE, ledger, zone};
use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::ZipArchive;
use zip::result::ZipError;

/// Reads the members of a zip into `all`.
///
/// # Errors
/// When it is cut off, encrypted or beyond a bound; what was read before stays in `all`.
pub fn read<R: Read + Seek>(
    file: R,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    all: &mut Vec<(String, Outcome)>,
) -> Result<()> {
    level(file, about, sink, &mut Budget::new(), 0, all)
}

fn level<R: Read + Seek>(
    mut file: R,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    budget: &mut Budget,
    depth: u8,
    all: &mut Vec<(String, Outcome)>,
) -> Result<()> {
    let claimed = claimed(&mut file).map_err(|e| failed(about.path, &e))?;
    let (claimed, list) = claimed.ok_or_else(|| cut_off(about.path))?;
    budget.members(claimed, about.path)?;
    short(list, about.path)?;
    let mut archive = ZipArchive::new(file).map_err(|e| refused(about.path, e))?;
    let complete = archive.len() as u64 == claimed;
    if let Some(book) = workbook(&mut archive) {
        let mut bytes = Vec::new();
        let mut file = archive.into_inner();
        file.seek(SeekFrom::Start(0)).map_err(|e| failed(about.path, &e))?;
        file.take(WHOLE + 1).read_to_end(&mut bytes).map_err(|e| failed(about.path, &e))?;
        let done = told(Kind::Ledger, ledger::read_book(bytes, book, about, sink));
        all.push((about.path.to_owned(), done?));
        return Ok(());
    }
    if let Some(reason) = other_format(&archive) {
        all.push((about.path.to_owned(), Outcome::unknown(reason)));
        return Ok(());
    }
    let mut pack = Pack::new(about.path);
    let mut done = Ok(());
    for index in 0..archive.len() {
        done = member(&mut archive, index, about, sink, budget, depth, &mut pack);
        if done.is_err() {
            break;
        }
    }
    pack.finish(about, sink, all);
    if done.is_ok() && !complete {
        let why = "a name stands twice in the archive's list of members, and only one of the two was read";
        return Err(Error::input(why).in_file(about.path).hint("unpack it, and give the files that matter"));
    }
    done
}

fn member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    budget: &mut Budget,
    depth: u8,
    pack: &mut Pack,
) -> Result<()> {
    let (name, packed) = {
        let member = archive.by_index_raw(index).map_err(|e| refused(about.path, e))?;
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if name.ends_with('/') || name.starts_with("__MACOSX/") {
            return Ok(());
        }
        if member.encrypted() {
            return Err(Error::input("the archive is encrypted, so decamp can't read it")
                .in_file(about.path)
                .hint("unpack it with its password, give the files, and delete them afterwards"));
        }
        (name, member.compressed_size())
    };
    if !pack.wants(&name) {
        return Ok(());
    }
    let path = format!("{}!{}", about.path, shown(&name));
    let about = about.at(&path);
    let member = match archive.by_index(index) {
        Ok(member) => member,
        Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
            pack.add(path, Outcome::unknown("it is packed in a way that decamp doesn't read; unpack it first"));
            return Ok(());
        }
        Err(e) => {
            let done = told(Kind::Unknown, Err(refused(&path, e)))?;
            pack.add(path, done);
            return Ok(());
        }
    };
    let packed = Rc::new(Cell::new(packed));
    let room = room(member.size());
    let mut input = BufReader::with_capacity(room, Bounded::new(member, budget, packed));
    if let Some((path, mailbox)) = pack.maildir(&name) {
        return match mailbox.file(&mut input, &about.at(&path), sink) {
            Err(e) if e.kind == Fault::Input && !input.get_ref().budget.spent => {
                mailbox.broken();
                Ok(())
            }
            done => done,
        };
    }
    member_of(&mut input, &about, sink, depth, pack)
}

fn member_of<R: Read>(
    input: &mut BufReader<Bounded<'_, R>>,
    about: &Input<'_>,
    sink: &mut dyn Sink,
    depth: u8,
    pack: &mut Pack,
) -> Result<()> {
    let head = match head_of(input, about.path) {
        // What is damaged in one member is told of it; the others are read.
        Err(e) if e.kind == Fault::Input && !input.get_ref().budget.spent => {
            pack.add(about.path.to_owned(), Outcome::damaged(Kind::Unknown, e));
            return Ok(());
        }
        head => head?,
    };
    if sniff(&head, None, about.shapes) != Sniffed::Zip {
        let outcome = rest_of(&head, input, about, sink, &zone::no_include)?;
        // A bomb ends the reading of the whole archive.
        return match outcome.damage {
            Some(e) if input.get_ref().budget.spent => Err(e),
            _ => {
                pack.add(about.path.to_owned(), outcome);
                Ok(())
            }
        };
    }
    if depth > 0 {
        let reason = "it is a zip in a zip in a zip; unpack it first";
        pack.add(about.path.to_owned(), Outcome::unknown(reason));
        return Ok(());
    }
    let mut bytes = head;
    input.take(WHOLE + 1).read_to_end(&mut bytes).map_err(|e| failed(about.path, &e))?;
    if bytes.len() as u64 > WHOLE {
        let reason = "it is a zip of more than 64 MiB in a zip; unpack it first";
        pack.add(about.path.to_owned(), Outcome::unknown(reason));
        return Ok(());
    }
    let mut inner = Vec::new();
    let done = level(Cursor::new(bytes), about, sink, input.get_mut().budget, depth + 1, &mut inner);
    pack.all.append(&mut inner);
    done
}

/// Gives the members that can be unpacked.
pub(super) fn each<R: Read + Seek>(mut file: R, path: &str, found: Listener<'_>) -> Result<()> {
    let mut budget = Budget::new();
    let (claimed, list) = claimed(&mut file).map_err(|e| failed(path, &e))?.ok_or_else(|| cut_off(path))?;
    budget.members(claimed, path)?;
    short(list, path)?;
    let mut archive = ZipArchive::new(file).map_err(|e| refused(path, e))?;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|e| refused(path, e))?;
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if name.ends_with('/') || name.starts_with("__MACOSX/") {
            continue;
        }
        let packed = Rc::new(Cell::new(member.compressed_size()));
        let room = room(member.size());
        found(&name, &mut BufReader::with_capacity(room, Bounded::new(member, &mut budget, packed)))?;
    }
    Ok(())
}

/// The longest list of members: a name may have 64 KiB, with as much again behind it.
const LIST: u64 = 48 * 1024 * 1024;

/// How many members the end of the file claims, and how long the list of them may be at most; `None` when the end is missing.
/// Asked before the crate reads the list, which takes memory for each.
fn claimed<R: Read + Seek>(file: &mut R) -> io::Result<Option<(u64, u64)>> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = length.min(66 * 1024);
    file.seek(SeekFrom::Start(length - tail))?;
    let mut bytes = Vec::new();
    file.take(tail).read_to_end(&mut bytes)?;
    let Some(at) = bytes.windows(4).rposition(|w| w == b"PK\x05\x06") else { return Ok(None) };
    let Some(count) = bytes.get(at + 10..at + 12) else { return Ok(None) };
    let mut members = u64::from(u16::from_le_bytes([count[0], count[1]]));
    let offset = bytes.get(at + 16..at + 20).and_then(|b| <[u8; 4]>::try_from(b).ok());
    let mut begins = u64::from(offset.map_or(0, u32::from_le_bytes));
    // With 65,535 or more, the true number stands in the record of ZIP64 before it.
    if let Some(wide) = bytes[..at].windows(4).rposition(|w| w == b"PK\x06\x06")
        && let Some(count) = bytes.get(wide + 32..wide + 40).and_then(|b| <[u8; 8]>::try_from(b).ok())
    {
        members = members.max(u64::from_le_bytes(count));
        let offset = bytes.get(wide + 48..wide + 56).and_then(|b| <[u8; 8]>::try_from(b).ok());
        let wide = offset.map_or(0, u64::from_le_bytes);
        begins = if begins == u64::from(u32::MAX) { wide } else { begins.min(wide) };
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(Some((members, length.saturating_sub(begins))))
}

fn short(list: u64, path: &str) -> Result<()> {
    if list > LIST {
        return Err(Error::input("the zip's list of members is longer than 48 MiB")
            .in_file(path)
            .hint("unpack it, and give the files that matter"));
    }
    Ok(())
}

/// Which workbook it is, if it is one.
fn workbook<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Option<sheet::Book> {
    let has = |name: &str| archive.file_names().flatten().any(|n| n == name);
    if has("xl/workbook.xml") {
        return Some(sheet::Book::Xlsx);
    }
    if !has("mimetype") {
        return None;
    }
    let mut kind = String::new();
    archive.by_name("mimetype").ok()?.take(100).read_to_string(&mut kind).ok()?;
    kind.contains("opendocument.spreadsheet").then_some(sheet::Book::Ods)
}

/// Zips that are another format.
fn other_format<R: Read + Seek>(archive: &ZipArchive<R>) -> Option<&'static str> {
    let has = |name: &str| archive.file_names().flatten().any(|n| n == name);
    if has("[Content_Types].xml") || has("mimetype") {
        Some("it is a document; save tables in it as CSV")
    } else if has("export.data") && has("export.attributes") {
        Some("it is 1Password's own format (.1pux); export CSV instead")
    } else {
        None
    }
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
