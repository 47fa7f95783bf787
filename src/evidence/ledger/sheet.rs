//! Ledgers as workbooks: XLSX and ODS, through `calamine`. The first sheet that looks like a ledger is turned into a table
//! of text, which goes the way of all tables.

mod members;
mod repeats;

use crate::error::{Error, Result};
use crate::evidence::WHOLE;
use calamine::{Data, DataRef, Ods, Range, Reader as _, Xlsx};
use std::io::{Cursor, Read as _, Write as _};

/// The most cells of a sheet that are looked at.
const CELLS: usize = 4_000_000;
/// The most bytes that a workbook may unpack to.
const UNPACKED: u64 = 48 * 1024 * 1024;
/// How much may be read of all sheets together: many names may stand for one sheet.
const READ: u64 = 8 * UNPACKED;
/// The longest tables that all sheets are turned into: empty cells between full ones take a byte each.
const TABLE: usize = 48 * 1024 * 1024;
/// How much of a cell's text is looked at; a cell of Excel holds at most 32,767 characters.
const CELL: usize = 4096;

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
    let (bytes, unpacked) = match members::sound(bytes) {
        Ok(sound) => sound,
        Err(members::Unfit::Broken) => return Err(broken()),
        Err(members::Unfit::Large) => return Err(large()),
    };
    let mut all: Vec<String> = Vec::new();
    let mut damage = None;
    // Each sheet takes from what is left.
    let mut left = Left { cells: CELLS, text: TABLE, sheets: READ / unpacked.max(READ / 1000) };
    match book {
        Book::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
            for name in book.sheet_names() {
                if left.sheets == 0 {
                    damage = damage.or_else(|| Some(large()));
                    break;
                }
                left.sheets -= 1;
                // Claimed dimensions are not trusted: cells are counted as they come.
                if let Some((text, whole)) = cells(&mut book, &name, &mut left) {
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
                    all.extend(rows(&range, &mut left));
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

/// What may still be read of a workbook.
struct Left {
    cells: usize,
    text: usize,
    sheets: u64,
}

/// The cells of a sheet as text, and whether that is all of them.
fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str, left: &mut Left) -> Option<(String, bool)> {
    let mut reader = book.worksheet_cells_reader(name).ok()?;
    let mut text = String::new();
    let (mut row, mut column) = (0_u32, 0_u32);
    let whole = loop {
        let cell = match reader.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => break true,
            Err(_) => break false,
        };
        left.cells = left.cells.saturating_sub(1);
        let (r, c) = cell.get_position();
        // Rows come in order; what goes back is no sheet.
        if left.cells == 0 || r < row || r - row > 100_000 || c > 4096 || text.len() > left.text {
            break false;
        }
        if row < r {
            text.extend(std::iter::repeat_n('\n', (r - row) as usize));
            (row, column) = (r, 0);
        }
        text.extend(std::iter::repeat_n('\t', c.saturating_sub(column) as usize));
        column = column.max(c);
        // A text is not copied whole: many cells may have the same long one.
        match cell.get_value() {
            DataRef::String(long) => text.push_str(&line(long)),
            DataRef::SharedString(long) => text.push_str(&line(long)),
            other => text.push_str(&shown(&Data::from(other.clone()))),
        }
    };
    text.push('\n');
    left.text = left.text.saturating_sub(text.len());
    Some((text, whole))
}

fn rows(range: &Range<Data>, left: &mut Left) -> Option<String> {
    let mut text = String::new();
    for row in range.rows() {
        for (n, cell) in row.iter().enumerate() {
            if n > 0 {
                text.push('\t');
            }
            text.push_str(&shown(cell));
        }
        text.push('\n');
        if text.len() > left.text {
            return None;
        }
    }
    left.text -= text.len();
    Some(text)
}

fn shown(value: &Data) -> String {
    match value {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => line(text.get(..10).unwrap_or(text)),
        Data::Float(n) => format!("{n}"),
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => line(text),
        other => line(&other.to_string()),
    }
}

/// A cell is one line of a table with tabs.
fn line(text: &str) -> String {
    let clean: String = text.chars().take(CELL).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.starts_with('"') { format!("\"{}\"", clean.replace('"', "\"\"")) } else { clean }
}
