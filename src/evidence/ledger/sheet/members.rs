//! The members of a workbook, looked at before the crate that reads workbooks sees them: it takes each tag and text whole,
//! remembers every open element, and makes as much room for texts as a file says that it has.

use super::UNPACKED;
use crate::evidence::markup::Markup;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{BufReader, Cursor, Read};
use zip::{ZipArchive, ZipWriter};

/// The most members; a workbook has some for each sheet.
const MEMBERS: usize = 20_000;
/// The most texts that all cells share: none has more cells.
const TEXTS: u64 = super::CELLS as u64;

/// Why a workbook is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It doesn't unpack.
    Broken,
    /// It unpacks to more, or says that it holds more, than any real one.
    Large,
}

/// The workbook with only those members that can be read as XML, and how much they unpack to: what they claim of that is not
/// trusted.
pub(super) fn sound(bytes: Vec<u8>) -> Result<(Vec<u8>, u64), Unfit> {
    let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(|_| Unfit::Broken)?;
    if archive.len() > MEMBERS {
        return Err(Unfit::Large);
    }
    let mut sum = 0_u64;
    let mut others = Vec::new();
    for n in 0..archive.len() {
        let member = archive.by_index(n).map_err(|_| Unfit::Broken)?;
        let name = String::from_utf8_lossy(member.name_raw()).to_ascii_lowercase();
        let named = name.ends_with(".xml") || name.ends_with(".rels");
        let mut left = member.take(UNPACKED + 1 - sum.min(UNPACKED));
        let before = left.limit();
        let looked = look(&mut left, named);
        sum += before - left.limit();
        if sum > UNPACKED {
            return Err(Unfit::Large);
        }
        match looked {
            Ok(()) => {}
            // Pictures and the like.
            Err(Unfit::Large) if !named => others.push(n),
            Err(unfit) => return Err(unfit),
        }
    }
    drop(archive);
    if others.is_empty() {
        return Ok((bytes, sum));
    }
    Ok((without(&bytes, &others).ok_or(Unfit::Broken)?, sum))
}

/// Unpacks a member to nowhere.
fn look(member: &mut impl Read, named: bool) -> Result<(), Unfit> {
    let refused = |e: &std::io::Error| match e.get_ref() {
        Some(inner) if inner.is::<crate::evidence::text::Bad>() => Unfit::Large,
        _ => Unfit::Broken,
    };
    let mut reader = Reader::from_reader(Markup::new(BufReader::with_capacity(64 * 1024, &mut *member)));
    let mut buffer = Vec::new();
    let mut texts = 0_u64;
    // Where it breaks off the rest is unpacked all the same, for its size.
    loop {
        if !named {
            break;
        }
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(e) | Event::Empty(e)) => {
                texts += u64::from(e.local_name().as_ref() == "si");
                if texts > TEXTS || claims(&e) > TEXTS {
                    return Err(Unfit::Large);
                }
                if !is_placed(&e) {
                    return Err(Unfit::Broken);
                }
            }
            Ok(Event::Eof) => return Ok(()),
            Err(quick_xml::Error::Io(e)) => return Err(refused(&e)),
            Err(_) => break,
            Ok(_) => {}
        }
    }
    std::io::copy(&mut reader.into_inner(), &mut std::io::sink()).map(drop).map_err(|e| refused(&e))
}

/// How many texts the list of them claims to have.
fn claims(e: &BytesStart<'_>) -> u64 {
    if e.local_name().as_ref() != "sst" {
        return 0;
    }
    let mut all = e.attributes();
    let claim = all.with_checks(false).flatten().filter(|a| a.key.local_name().as_ref() == "uniqueCount");
    claim.map(|a| a.value.parse().unwrap_or(u64::MAX)).max().unwrap_or(0)
}

/// Whether a row, a cell or the size of a sheet stands where one can: at most `XFD1048576`, and its end not before its
/// beginning. The crate calculates with whatever letters and digits stand there.
fn is_placed(e: &BytesStart<'_>) -> bool {
    if !matches!(e.local_name().as_ref(), "row" | "c" | "dimension") {
        return true;
    }
    let fits = |range: &str| {
        let mut parts = range.split(':').map(place);
        match (parts.next().flatten(), parts.next()) {
            (Some(_), None) => true,
            (Some(from), Some(Some(to))) => from.0 <= to.0 && from.1 <= to.1,
            _ => false,
        }
    };
    let mut all = e.attributes();
    all.with_checks(false).all(|a| a.is_ok_and(|a| !matches!(a.key.as_ref(), "r" | "ref") || fits(&a.value)))
}

/// Column and row of a cell; a row has no column.
fn place(text: &str) -> Option<(u32, u32)> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &text[..text.len() - digits.len()];
    if letters.len() > 3 || digits.len() > 7 {
        return None;
    }
    let column = letters.bytes().fold(0, |n, b| n * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    // Without digits it is no place, which the crate says itself.
    Some((column, digits.parse().unwrap_or(0)))
}

/// A workbook without some of its members, which stay packed as they are.
fn without(bytes: &[u8], others: &[usize]) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut book = ZipWriter::new(Cursor::new(Vec::new()));
    for n in (0..archive.len()).filter(|n| !others.contains(n)) {
        book.raw_copy_file(archive.by_index_raw(n).ok()?).ok()?;
    }
    Some(book.finish().ok()?.into_inner())
}
