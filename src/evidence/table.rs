//! Rows of delimited text (RFC 4180 and what programs make of it), one at a time.
//!
//! Ours, for three things that evidence needs: the line that each row starts on even after blank lines, a bound on
//! a row that an unclosed quotation would make endless, and an error for a quotation that the end of the file cuts.

use super::LINE;
use super::text::{Bad, Text, failed};
use crate::error::{Error, Result};
use memchr::{memchr_iter, memchr3};
use std::io::BufRead as _;

/// Where the table stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// `,`, `;`, tab or `|`.
    pub delimiter: u8,
    /// The line of the column names, from 1.
    pub header: u64,
}

/// The delimiters that are tried.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// One row.
#[derive(Default)]
pub struct Row {
    /// The line it starts on, from 1.
    pub line: u64,
    /// What stands in it.
    text: String,
    /// Where each cell begins and ends there.
    cells: Vec<(usize, usize)>,
    /// Where the cell at hand begins.
    start: usize,
    /// What was taken byte by byte, before it becomes the text.
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Row {
    // The cells may hold secrets, so they are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Row {
    /// The cell of column `n`, without white space around it; empty when the row is too short.
    pub fn cell(&self, n: usize) -> &str {
        let Some(&(start, end)) = self.cells.get(n) else { return "" };
        let cell = self.text.get(start..end).unwrap_or_default();
        match cell.as_bytes() {
            [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => cell,
            _ => cell.trim(),
        }
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// As column names, for comparing.
    pub fn names(&self) -> Vec<String> {
        self.cells().map(plain_name).collect()
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.cells.len()).map(|n| self.cell(n))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.bytes.clear();
        self.cells.clear();
        self.start = 0;
    }

    fn close(&mut self) {
        self.cells.push((self.start, self.bytes.len()));
        self.start = self.bytes.len();
    }

    /// Sets the text, once all bytes are there. What is cut is UTF-8, and cut at ASCII bytes only, so this can't fail.
    fn set(&mut self) {
        if let Ok(text) = std::str::from_utf8(&self.bytes) {
            self.text.push_str(text);
        }
    }

    /// Takes a whole line without quotation marks.
    fn take(&mut self, line: &str, delimiter: u8) {
        self.text.push_str(line);
        for at in memchr_iter(delimiter, line.as_bytes()) {
            self.cells.push((self.start, at));
            self.start = at + 1;
        }
        self.cells.push((self.start, line.len()));
    }
}

/// Cuts a text into rows.
#[derive(Debug)]
pub struct Table<'a, 'p> {
    text: Text<'a>,
    delimiter: u8,
    line: u64,
    path: &'p str,
    /// How many column names there are, and how many cells the last row had.
    width: usize,
    cells: usize,
    /// The last row had no end of line.
    cut: bool,
}

impl<'a, 'p> Table<'a, 'p> {
    /// The rows from the line of the column names on (that line is the first row).
    ///
    /// # Errors
    /// When the lines before it can't be read.
    pub fn open(text: Text<'a>, layout: Layout, path: &'p str) -> Result<Self> {
        let mut table = Self { text, delimiter: layout.delimiter, line: 1, path, width: 0, cells: 0, cut: false };
        let mut skipped = Vec::new();
        while table.line < layout.header {
            if !table.text.read_into(&mut skipped).map_err(|e| failed(path, &e))? {
                break;
            }
            table.line += 1;
        }
        Ok(table)
    }

    /// The rows below the column names, and the row of these.
    ///
    /// # Errors
    /// When there is no such row, or it can't be read.
    pub fn headed(text: Text<'a>, layout: Layout, path: &'p str) -> Result<(Self, Row)> {
        let mut table = Self::open(text, layout, path)?;
        let mut row = Row::default();
        if !table.next_into(&mut row)? {
            return Err(no_header(path));
        }
        table.width = row.len();
        Ok((table, row))
    }

    /// Reads the next row that isn't blank; `false` at the end.
    ///
    /// # Errors
    /// On a NUL byte, a line or row of more than 1 MiB, and a quotation that is never closed.
    pub fn next_into(&mut self, row: &mut Row) -> Result<bool> {
        row.clear();
        row.line = self.line;
        let mut state = State::Start;
        loop {
            let text = self.text.fill_text().map_err(|e| failed(self.path, &e))?;
            let ready = text.as_bytes();
            if ready.is_empty() {
                let done = Self::ended(self.path, row, state);
                if matches!(done, Ok(true)) {
                    (self.cut, self.cells) = (true, row.len());
                }
                return done;
            }
            if state == State::Start && row.is_empty() {
                let blank = ready.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
                if blank > 0 {
                    // Blank lines, or the `\n` of a `\r\n`.
                    self.line += ready[..blank].iter().filter(|b| **b == b'\n').count() as u64;
                    row.line = self.line;
                    self.text.consume(blank);
                    continue;
                }
                if let Some(end) = memchr3(b'\n', b'\r', b'"', ready).filter(|end| ready[*end] != b'"') {
                    // Most rows are one line, at hand, and without quotation marks.
                    row.take(&text[..end], self.delimiter);
                    self.line += u64::from(ready[end] == b'\n');
                    self.text.consume(end + 1);
                    return Ok(true);
                }
            }
            let mut used = 0;
            let mut complete = false;
            for &b in ready {
                used += 1;
                self.line += u64::from(b == b'\n');
                state = step(row, state, b, self.delimiter);
                complete = state == State::Start && (b == b'\n' || b == b'\r');
                if complete {
                    break;
                }
            }
            self.text.consume(used);
            if complete {
                row.set();
                return Ok(true);
            }
            if row.bytes.len() + row.cells.len() > 2 * LINE {
                return Err(open_quotation(row.line, "a row is longer than 2 MiB").about(self.path));
            }
        }
    }

    /// After the last row: whether the file was cut inside it.
    ///
    /// # Errors
    /// When it was.
    pub fn whole(&self) -> Result<()> {
        if self.cut && self.cells < self.width {
            let hint = "the rows before it were read; export it again";
            return Err(Bad { what: "the last row is cut off", hint, line: Some(self.line) }.about(self.path));
        }
        Ok(())
    }

    fn ended(path: &str, row: &mut Row, state: State) -> Result<bool> {
        match state {
            State::Quoted => Err(open_quotation(row.line, "a quotation is never closed").about(path)),
            State::Start if row.is_empty() => Ok(false),
            _ => {
                row.close();
                row.set();
                Ok(true)
            }
        }
    }
}

fn open_quotation(line: u64, what: &'static str) -> Bad {
    let hint = "a quotation mark is missing, or the file was cut off; export it again";
    Bad { what, hint, line: Some(line) }
}

/// Takes one byte. A row ends when this returns `Start` for a line's end while the row has cells.
fn step(row: &mut Row, state: State, b: u8, delimiter: u8) -> State {
    match (state, b) {
        (State::Quoted, b'"') => State::Closed,
        // A doubled quotation mark stands for one.
        (State::Quoted, _) | (State::Closed, b'"') => {
            row.bytes.push(b);
            State::Quoted
        }
        (State::Start, b'"') => State::Quoted,
        (_, b'\n' | b'\r') => {
            row.close();
            State::Start
        }
        (_, b) if b == delimiter => {
            row.close();
            State::Start
        }
        (_, b) => {
            row.bytes.push(b);
            State::Plain
        }
    }
}

/// The cells of one line, for looking at column names.
pub fn split_line(line: &str, delimiter: u8) -> Vec<String> {
    let mut row = Row::default();
    let mut state = State::Start;
    for b in line.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        state = step(&mut row, state, b, delimiter);
    }
    row.close();
    row.set();
    row.cells().map(str::to_owned).collect()
}

/// A column's name, for comparing: lower case, without accents, what stands in brackets, and punctuation.
pub fn plain_name(name: &str) -> String {
    full_name(name.split(['[', '(']).next().unwrap_or_default())
}

/// The same with the words in brackets.
pub fn full_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        let c = match c {
            'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'í' => 'i',
            'ó' | 'ô' | 'õ' | 'ö' => 'o',
            'ú' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        };
        if c != ' ' || (!out.is_empty() && !out.ends_with(' ')) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The error for a file that lost its column names between the first look and the reading.
pub fn no_header(path: &str) -> Error {
    Error::input("the file has no row of column names").in_file(path).hint("export it again, with column names")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
