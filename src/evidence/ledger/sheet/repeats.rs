//! What an OpenDocument sheet grows to: a cell or row may be said to stand there a million times, and the crate that reads
//! sheets writes each of them out. And where one breaks off, which that crate doesn't forgive.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;

/// What an empty cell takes in memory: its value, and its formula.
const CELL: u64 = 56;

/// Why a sheet is read in part only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It breaks off.
    Cut,
    /// Its cells take too much room once they are written out.
    Large,
}

/// As much of `content.xml` as can be read within `most` bytes, closed behind the last whole row; `None` when that is nothing.
pub(super) fn readable(mut xml: Vec<u8>, most: u64) -> Option<(Vec<u8>, Option<Fault>)> {
    let mut sheets = Sheets::default();
    let Some(fault) = sheets.weigh(&mut Reader::from_reader(xml.as_slice()), most) else { return Some((xml, None)) };
    let (at, depth) = sheets.good?;
    xml.truncate(at);
    for name in sheets.open.iter().take(depth).rev() {
        xml.extend_from_slice(format!("</{name}>").as_bytes());
    }
    Some((xml, Some(fault)))
}

/// All sheets while they are read.
#[derive(Default)]
struct Sheets {
    /// What the sheets before this one take.
    before: u64,
    /// How many rows of this one are written out, how wide, and how much text is in them.
    rows: u64,
    widest: u64,
    text: u64,
    /// Rows without a cell, which count only when another one follows.
    blank: u64,
    /// The elements that are open around the rows, and how many are open within one.
    open: Vec<String>,
    within: u64,
    /// Behind the last whole row: where, and how many elements are open there.
    good: Option<(usize, usize)>,
}

impl Sheets {
    /// What all cells take once they are written out: what is blank between full ones, too.
    fn sum(&self) -> u64 {
        let cells = self.rows.saturating_mul(self.widest).saturating_mul(CELL);
        self.before.saturating_add(cells).saturating_add(self.text)
    }

    fn weigh(&mut self, reader: &mut Reader<impl BufRead>, most: u64) -> Option<Fault> {
        let mut row = Row::default();
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let Ok(event) = reader.read_event_into(&mut buffer) else { return Some(Fault::Cut) };
            match event {
                Event::Start(e) => {
                    let name = e.name();
                    let name = name.as_ref();
                    match name {
                        "table:table-row" => {
                            row = Row { times: repeated(&e, "table:number-rows-repeated"), ..Row::default() };
                        }
                        "table:table-cell" | "table:covered-table-cell" => begin(&mut row, &e),
                        _ => {}
                    }
                    if self.within > 0 || name == "table:table-row" {
                        self.within += 1;
                    } else {
                        self.open.push(name.to_owned());
                    }
                }
                Event::Empty(e) => match e.name().as_ref() {
                    "table:table-cell" | "table:covered-table-cell" => {
                        begin(&mut row, &e);
                        end(&mut row);
                    }
                    "table:table-row" => {
                        self.blank = self.blank.saturating_add(repeated(&e, "table:number-rows-repeated"));
                    }
                    _ => {}
                },
                Event::Text(text) => row.cell_text = row.cell_text.saturating_add(text.len() as u64),
                Event::End(e) => {
                    match e.name().as_ref() {
                        "table:table-cell" | "table:covered-table-cell" => end(&mut row),
                        "table:table-row" => self.take(&row),
                        "table:table" => self.next_sheet(),
                        _ => {}
                    }
                    if self.sum() > most {
                        return Some(Fault::Large);
                    }
                    if self.within > 0 {
                        self.within -= 1;
                    } else {
                        self.open.pop();
                    }
                    if self.within == 0 {
                        self.good = usize::try_from(reader.buffer_position()).ok().map(|at| (at, self.open.len()));
                    }
                }
                Event::Eof => return (!self.open.is_empty() || self.within > 0).then_some(Fault::Cut),
                _ => {}
            }
        }
    }

    fn take(&mut self, row: &Row) {
        if row.cells == 0 {
            self.blank = self.blank.saturating_add(row.times);
            return;
        }
        self.widest = self.widest.max(row.cells);
        self.rows = self.rows.saturating_add(std::mem::take(&mut self.blank)).saturating_add(row.times);
        self.text = self.text.saturating_add(row.text.saturating_mul(row.times));
    }

    fn next_sheet(&mut self) {
        self.before = self.sum();
        (self.rows, self.widest, self.text, self.blank) = (0, 0, 0, 0);
    }
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
        let mut sheets = Sheets::default();
        let xml = format!("<t><table:table>{table}</table:table></t>");
        assert_eq!(sheets.weigh(&mut Reader::from_reader(xml.as_bytes()), u64::MAX), None);
        sheets.sum()
    }

    fn row(text: &str) -> String {
        format!("<table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>")
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

    #[test]
    fn one_wide_row_makes_all_rows_wide() {
        let wide = "<table:table-row><table:table-cell table:number-columns-repeated=\"10000\"><text:p>a</text:p>\
                    </table:table-cell></table:table-row>";
        assert!(weight(&format!("{}{wide}", row("abc").repeat(1000))) > 1000 * 10_000 * CELL);
    }

    #[test]
    fn what_stands_before_a_break_is_closed() {
        let whole = format!("<a><b><table:table>{}{}", row("one"), row("two"));
        let xml = format!("{whole}<table:table-row><table:table-cell><text:p>thr");
        let (cut, fault) = readable(xml.into_bytes(), u64::MAX).unwrap();
        assert_eq!(
            (String::from_utf8(cut).unwrap(), fault),
            (format!("{whole}</table:table></b></a>"), Some(Fault::Cut))
        );
        assert!(readable(b"<a><b><table:table><table:table-row>".to_vec(), u64::MAX).is_none());
        let whole = format!("{whole}</table:table></b></a>").into_bytes();
        assert_eq!(readable(whole.clone(), u64::MAX), Some((whole, None)));
    }

    #[test]
    fn what_grows_too_large_is_left_out() {
        let first = format!("<a><table:table><g>{}</g>", row("one"));
        let large = row("two").replace("<table:table-row", "<table:table-row table:number-rows-repeated=\"99999\"");
        let xml = format!("{first}<g>{large}</g>{}</table:table></a>", row("three"));
        let (cut, fault) = readable(xml.into_bytes(), 10_000).unwrap();
        assert_eq!(
            (String::from_utf8(cut).unwrap(), fault),
            (format!("{first}</table:table></a>"), Some(Fault::Large))
        );
    }
}
