//! CSV (RFC 4180): a quoted cell that no spreadsheet takes for a formula.

/// Signs with which a cell becomes a formula, also in their full width, and a tab, which some programs pass over.
const FORMULA: [char; 9] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\t'];

/// The value in quotation marks. Before one that would be a formula stands an apostrophe, by which spreadsheets know text.
///
/// # Errors
/// When it holds a line feed or another control character: some programs read only one line a row.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    // White space, quotation marks and separators before the sign don't make it harmless.
    let first = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';'));
    let mark = if first.starts_with(FORMULA) { "'" } else { "" };
    Ok(format!("\"{mark}{}\"", value.replace('"', "\"\"")))
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
}
