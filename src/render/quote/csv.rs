//! CSV (RFC 4180): a quoted cell that no spreadsheet takes for a formula.

use std::borrow::Cow;

/// Signs with which a cell becomes a formula, also in their full width.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// The value as the text of a cell. Before one that would be a formula stands an apostrophe, by which spreadsheets know text.
pub fn text(value: &str) -> Cow<'_, str> {
    // White space, quotation marks and separators before the sign don't make it harmless.
    let first = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';'));
    let acts = first.starts_with(FORMULA) || value.starts_with(['\t', '\r']);
    if acts { format!("'{value}").into() } else { value.into() }
}

/// The value of a cell that [`text`] wrote.
pub fn value(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|value| text(value) != *value).unwrap_or(cell)
}

/// The value in quotation marks, as [`text`] has it.
///
/// # Errors
/// When it holds a line feed or another control character: some programs read only one line a row.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    Ok(format!("\"{}\"", text(value).replace('"', "\"\"")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_all_come_back() {
        for value in crate::render::quote::tests::HOSTILE.iter().chain(&["@SUM(A1)", " =1+1", "\u{ff1d}1+1", "\"=1"]) {
            let Ok(quoted) = quote(value) else {
                assert!(value.chars().any(char::is_control));
                continue;
            };
            let line = format!("{quoted},x\n");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!(row[0].strip_prefix('\'').filter(|r| r == value).unwrap_or(&row[0]), *value);
            assert!(!row[0].trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}']), "{quoted}");
        }
    }

    #[test]
    fn the_apostrophe_comes_off_again() {
        for wanted in ["=1+1", "'=1", " @x", "-", "\t=1", "\tx", "'x", "it's", "", "\u{ff1d}1"] {
            let cell = text(wanted);
            assert_eq!(value(&cell), wanted);
            assert_eq!(cell.starts_with('\''), !matches!(wanted, "it's" | ""), "{cell}");
        }
    }
}
