//! Ledgers as workbooks: XLSX and ODS, through `calamine`. The first sheet that looks like a ledger is turned into a table
//! of text, which goes the way of all tables.

mod repeats;

use crate::error::{Error, Result};
use crate::evidence::WHOLE;
use calamine::{Data, Ods, Range, Reader as _, Xlsx};
use std::io::{Cursor, Read as _, Write as _};

/// The most cells of a sheet that are looked at.
const CELLS: usize = 4_000_000;
/// The most bytes that a workbook may unpack to.
const UNPACKED: u64 = 64 * 1024 * 1024;
/// The longest table that a sheet is turned into: empty cells between full ones take a byte each.
const TABLE: usize = 64 * 1024 * 1024;

/// Which workbook it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// Excel's.
    Xlsx,
    /// OpenDocument's.
    Ods,
}

/// The sheets of a workbook as tables with tabs, and why one is read in part only.
///
/// # Errors
/// When it is damaged, too large, or unpacks to far more than any real one.
pub fn tables(bytes: Vec<u8>, book: Book, path: &str) -> Result<(Vec<String>, Option<Error>)> {
    let broken = || {
        Error::input("the workbook is damaged, or it is protected by a password")
            .in_file(path)
            .hint("open it and save the table as CSV")
    };
    let large = || {
        Error::input("the workbook unpacks to far more than any real one")
            .in_file(path)
            .hint("ask whoever made it what it is; save the table as CSV")
    };
    let cut = || {
        Error::input("a sheet of the workbook breaks off")
            .in_file(path)
            .hint("the rows before it were read; open it and save the table as CSV")
    };
    if bytes.len() as u64 > WHOLE {
        return Err(Error::input("the workbook is larger than 64 MiB").in_file(path).hint("save the table as CSV"));
    }
    if unpacked(&bytes).ok_or_else(broken)? > UNPACKED {
        return Err(large());
    }
    let mut all = Vec::new();
    let mut damage = None;
    match book {
        Book::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
            for name in book.sheet_names() {
                // Claimed dimensions are not trusted: cells are counted as they come.
                if let Some((text, whole)) = cells(&mut book, &name) {
                    all.push(text);
                    damage = damage.or_else(|| (!whole).then(cut));
                }
            }
        }
        Book::Ods => {
            let content = content(&bytes).ok_or_else(broken)?;
            // What the cells take in memory may be twice as much: each has a value and a formula.
            let (content, fault) = repeats::readable(content, 2 * UNPACKED).ok_or_else(broken)?;
            damage = fault.map(|fault| if fault == repeats::Fault::Large { large() } else { cut() });
            let bytes = if fault.is_some() { closed(content).ok_or_else(broken)? } else { bytes };
            let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(|_| broken())?;
            for name in book.sheet_names() {
                if let Ok(range) = book.worksheet_range(&name)
                    && range.height().saturating_mul(range.width()) <= CELLS
                {
                    all.extend(rows(&range));
                }
            }
        }
    }
    Ok((all, damage))
}

/// What stands in the cells of an OpenDocument workbook.
fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut content = Vec::new();
    archive.by_name("content.xml").ok()?.take(UNPACKED).read_to_end(&mut content).ok()?;
    Some(content)
}

/// A workbook with nothing but this content.
fn closed(content: Vec<u8>) -> Option<Vec<u8>> {
    let members: [(&str, Vec<u8>); 3] = [
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
        ("content.xml", content),
    ];
    let mut book = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        book.start_file(name, zip::write::SimpleFileOptions::default()).ok()?;
        book.write_all(&bytes).ok()?;
    }
    Some(book.finish().ok()?.into_inner())
}

/// The cells of a sheet as text, and whether that is all of them.
fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Option<(String, bool)> {
    let mut reader = book.worksheet_cells_reader(name).ok()?;
    let mut text = String::new();
    let (mut row, mut column, mut count) = (0_u32, 0_u32, 0_usize);
    let whole = loop {
        let cell = match reader.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => break true,
            Err(_) => break false,
        };
        count += 1;
        let (r, c) = cell.get_position();
        // Rows come in order; what goes back is no sheet.
        if count > CELLS || r < row || r - row > 100_000 || c > 4096 || text.len() > TABLE {
            break false;
        }
        if row < r {
            text.extend(std::iter::repeat_n('\n', (r - row) as usize));
            (row, column) = (r, 0);
        }
        text.extend(std::iter::repeat_n('\t', c.saturating_sub(column) as usize));
        column = column.max(c);
        text.push_str(&shown(&Data::from(cell.get_value().clone())));
    };
    text.push('\n');
    Some((text, whole))
}

fn rows(range: &Range<Data>) -> Option<String> {
    let mut text = String::new();
    for row in range.rows() {
        for (n, cell) in row.iter().enumerate() {
            if n > 0 {
                text.push('\t');
            }
            text.push_str(&shown(cell));
        }
        text.push('\n');
        if text.len() > TABLE {
            return None;
        }
    }
    Some(text)
}

fn shown(value: &Data) -> String {
    let text = match value {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.chars().take(10).collect(),
        Data::Float(n) => format!("{n}"),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    };
    // A cell is one line of a table with tabs.
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.starts_with('"') { format!("\"{}\"", clean.replace('"', "\"\"")) } else { clean }
}

/// How much the members unpack to, by unpacking them to nowhere: what they claim is not trusted.
fn unpacked(bytes: &[u8]) -> Option<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut sum = 0_u64;
    for n in 0..archive.len() {
        let member = archive.by_index(n).ok()?;
        sum += std::io::copy(&mut member.take(UNPACKED + 1), &mut std::io::sink()).ok()?;
        if n > 20_000 || sum > UNPACKED {
            return Some(u64::MAX);
        }
    }
    Some(sum)
}
