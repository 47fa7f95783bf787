//! What an OpenDocument sheet grows to: a cell or row may be said to stand there a million times, and the crate that reads
//! sheets writes each of them out.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{BufRead, BufReader, Cursor};

/// What an empty cell takes in memory: its value, and its formula.
const CELL: u64 = 56;

/// How many bytes the cells of all sheets take once they are written out; `None` when the file can't be read.
pub(super) fn expanded(bytes: &[u8]) -> Option<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let content = archive.by_name("content.xml").ok()?;
    weigh(&mut Reader::from_reader(BufReader::new(content)))
}

/// A row while it is read.
#[derive(Default)]
struct Row {
    /// How often it stands there.
    times: u64,
    /// Cells up to the last full one, and after it.
    cells: u64,
    blank: u64,
    text: u64,
    /// How often the open cell stands there, and its text.
    cell_times: u64,
    cell_text: u64,
}

fn weigh(reader: &mut Reader<impl BufRead>) -> Option<u64> {
    let (mut sum, mut widest, mut blank_rows) = (0_u64, 0_u64, 0_u64);
    let mut row = Row::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(e) => match e.name().as_ref() {
                "table:table" => (widest, blank_rows) = (0, 0),
                "table:table-row" => row = Row { times: repeated(&e, "table:number-rows-repeated"), ..Row::default() },
                "table:table-cell" | "table:covered-table-cell" => begin(&mut row, &e),
                _ => {}
            },
            Event::Empty(e) => match e.name().as_ref() {
                "table:table-cell" | "table:covered-table-cell" => {
                    begin(&mut row, &e);
                    end(&mut row);
                }
                "table:table-row" => {
                    blank_rows = blank_rows.saturating_add(repeated(&e, "table:number-rows-repeated"));
                }
                _ => {}
            },
            Event::Text(text) => row.cell_text = row.cell_text.saturating_add(text.len() as u64),
            Event::End(e) => match e.name().as_ref() {
                "table:table-cell" | "table:covered-table-cell" => end(&mut row),
                "table:table-row" if row.cells == 0 => blank_rows = blank_rows.saturating_add(row.times),
                "table:table-row" => {
                    widest = widest.max(row.cells);
                    let each = widest.saturating_mul(CELL).saturating_add(row.text);
                    // The blank rows before it are written out, too.
                    let before = blank_rows.saturating_mul(widest).saturating_mul(CELL);
                    sum = sum.saturating_add(each.saturating_mul(row.times)).saturating_add(before);
                    blank_rows = 0;
                }
                _ => {}
            },
            Event::Eof => return Some(sum),
            _ => {}
        }
    }
}

fn begin(row: &mut Row, e: &BytesStart<'_>) {
    row.cell_times = repeated(e, "table:number-columns-repeated");
    // A value stands in an attribute, too.
    let values = e.attributes().flatten().filter(|a| a.key.as_ref().starts_with("office:"));
    row.cell_text = values.map(|a| a.value.len() as u64).sum();
}

fn end(row: &mut Row) {
    if row.cell_text == 0 {
        row.blank = row.blank.saturating_add(row.cell_times);
    } else {
        row.cells = row.cells.saturating_add(row.blank).saturating_add(row.cell_times);
        row.blank = 0;
        row.text = row.text.saturating_add(row.cell_text.saturating_mul(row.cell_times));
    }
    (row.cell_times, row.cell_text) = (0, 0);
}

fn repeated(e: &BytesStart<'_>, name: &str) -> u64 {
    let found = e.attributes().flatten().find(|a| a.key.as_ref() == name);
    found.and_then(|a| a.value.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn weight(table: &str) -> u64 {
        weigh(&mut Reader::from_reader(format!("<t><table:table>{table}</table:table></t>").as_bytes())).unwrap()
    }

    #[test]
    fn blank_cells_at_the_end_weigh_nothing() {
        let row = "<table:table-row><table:table-cell><text:p>abc</text:p></table:table-cell>\
                   <table:table-cell table:number-columns-repeated=\"16383\"/></table:table-row>";
        let rest = "<table:table-row table:number-rows-repeated=\"1048575\">\
                    <table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>";
        assert_eq!(weight(&format!("{row}{rest}")), CELL + 3);
        // Before a full row they are written out.
        assert!(weight(&format!("{row}{rest}{row}")) > 50_000_000);
    }

    #[test]
    fn what_is_repeated_weighs_as_often() {
        let row = "<table:table-row table:number-rows-repeated=\"1000\">\
                   <table:table-cell table:number-columns-repeated=\"10\"><text:p>abc</text:p></table:table-cell>\
                   </table:table-row>";
        assert_eq!(weight(row), 10_000 * (CELL + 3));
        assert_eq!(weight(&row.replace("1000", "99999999999999999999")), 10 * (CELL + 3));
    }
}
