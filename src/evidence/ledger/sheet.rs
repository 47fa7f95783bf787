//! Ledgers as workbooks: XLSX and ODS, through `calamine`. The first sheet that looks like a ledger is turned into a table
//! of text, which goes the way of all tables.

mod repeats;

use crate::error::{Error, Result};
use crate::evidence::WHOLE;
use calamine::{Data, Ods, Range, Reader as _, Xlsx};
use std::io::{Cursor, Read as _};

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

/// The sheets of a workbook as tables with tabs.
///
/// # Errors
/// When it is damaged, too large, or unpacks to far more than any real one.
pub fn tables(bytes: Vec<u8>, book: Book, path: &str) -> Result<Vec<String>> {
    let broken = || {
        Error::input("the workbook is damaged, or it is protected by a password")
            .in_file(path)
            .hint("open it and save the table as CSV")
    };
    if bytes.len() as u64 > WHOLE {
        return Err(Error::input("the workbook is larger than 64 MiB").in_file(path).hint("save the table as CSV"));
    }
    let mut size = unpacked(&bytes).ok_or_else(broken)?;
    if book == Book::Ods && size <= UNPACKED {
        // What the cells take in memory may be twice as much: each has a value and a formula.
        size = size.max(repeats::expanded(&bytes).ok_or_else(broken)? / 2);
    }
    if size > UNPACKED {
        return Err(Error::input("the workbook unpacks to far more than any real one")
            .in_file(path)
            .hint("ask whoever made it what it is; save the table as CSV"));
    }
    let mut all = Vec::new();
    match book {
        Book::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
            for name in book.sheet_names() {
                // Claimed dimensions are not trusted: cells are counted as they come.
                if let Some(text) = cells(&mut book, &name) {
                    all.push(text);
                }
            }
        }
        Book::Ods => {
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
    Ok(all)
}

fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Option<String> {
    let mut reader = book.worksheet_cells_reader(name).ok()?;
    let mut text = String::new();
    let (mut row, mut column, mut count) = (0_u32, 0_u32, 0_usize);
    while let Ok(Some(cell)) = reader.next_cell() {
        count += 1;
        let (r, c) = cell.get_position();
        // Rows come in order; what goes back is no sheet.
        if count > CELLS || r < row || r - row > 100_000 || c > 4096 || text.len() > TABLE {
            return None;
        }
        if row < r {
            text.extend(std::iter::repeat_n('\n', (r - row) as usize));
            (row, column) = (r, 0);
        }
        text.extend(std::iter::repeat_n('\t', c.saturating_sub(column) as usize));
        column = column.max(c);
        text.push_str(&shown(&Data::from(cell.get_value().clone())));
    }
    text.push('\n');
    Some(text)
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
