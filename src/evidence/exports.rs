//! A service's own export: recognised and counted. How it looks stands in the service's file (`shape`), so that a new one
//! needs no line here.
//!
//! Nothing of a row is kept: how many there are, and the newest date among the named columns.

use super::json::{Fields, each};
use super::kind::Kind;
use super::ledger::date::{self, Order};
use super::table::{Layout, Row, Table, full_name, plain_name};
use super::text::Text;
use super::{Counts, Input, people};
use crate::error::Result;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How an export looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its kind.
    pub kind: Kind,
    /// Column names that its table has, all of them, as [`column`] gives them.
    pub columns: Vec<String>,
    /// Paths that its JSON has, all of them (`cards`, `[].ts`, `data[].gid`).
    pub keys: Vec<String>,
    /// A line that stands before the column names.
    pub title: Option<String>,
    /// What stands in the lines below the rows, all of it, as [`full_name`] gives it: such a table is told by its end.
    pub foot: Vec<String>,
    /// What a row is (`contacts`).
    pub counts: String,
    /// Of JSON: where the items stand that are counted.
    pub rows: String,
    /// Columns or keys that hold dates.
    pub dates: Vec<String>,
    /// The rows are payments, too.
    pub ledger: bool,
    /// The rows are resources of a cloud: the column that holds each one's type or ARN.
    pub resources: Option<String>,
    /// The rows are people on a list: where each one's address, name and state stand.
    pub people: Option<people::Columns>,
}

/// All shapes that the catalog knows.
#[derive(Debug, Default)]
pub struct Shapes(pub Vec<Shape>);

static NONE: Shapes = Shapes(Vec::new());

impl Shapes {
    /// None at all.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// The shape of a table with these column names and these lines before them: the one that asks for most.
    pub fn table(&self, names: &[String], before: &[&str]) -> Option<&Shape> {
        let names: BTreeSet<String> = names.iter().flat_map(|n| [plain_name(n), full_name(n)]).collect();
        let titled = |title: &String| before.iter().any(|line| plain_name(line).contains(title.as_str()));
        let fits = |s: &&Shape| {
            (!s.columns.is_empty() || s.title.is_some())
                && s.foot.is_empty()
                && s.keys.is_empty()
                && s.columns.iter().all(|c| names.contains(c))
                && s.title.as_ref().is_none_or(titled)
        };
        self.0.iter().filter(fits).max_by_key(|s| (s.title.is_some(), s.columns.len()))
    }

    /// Whether some tables are told by their ends.
    pub fn has_feet(&self) -> bool {
        self.0.iter().any(|s| !s.foot.is_empty())
    }

    /// The shape of a table with these lines below its rows.
    fn by_foot(&self, foot: &VecDeque<String>) -> Option<&Shape> {
        let fits = |s: &&Shape| !s.foot.is_empty() && s.foot.iter().all(|f| foot.iter().any(|line| line.contains(f)));
        self.0.iter().find(fits)
    }

    /// The shape of JSON with these paths.
    pub fn json(&self, paths: &BTreeSet<String>) -> Option<&Shape> {
        let fits = |s: &&Shape| !s.keys.is_empty() && s.keys.iter().all(|k| paths.contains(k));
        self.0.iter().filter(fits).max_by_key(|s| s.keys.len())
    }
}

/// A column as a shape asks for it. What stands in brackets counts only where the shape has brackets, too: `Amount` is
/// `Amount (USD)` as well, but `Name (Original Name)` is no `Name`.
pub fn column(name: &str) -> String {
    if name.contains(['(', '[']) { full_name(name) } else { plain_name(name) }
}

/// What an export holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What was counted.
    pub counts: BTreeMap<String, u64>,
    /// The newest date.
    pub last: Option<Date>,
}

impl Seen {
    /// Takes a date, as far as it is one.
    pub fn note(&mut self, text: &str) {
        let found = date::parse(text, Order::MonthFirst).or_else(|| epoch(text));
        let sane = found.filter(|d| (1990..=2100).contains(&d.year()));
        self.last = self.last.max(sane);
    }
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<Date> {
    let whole = text.split('.').next()?;
    let n: i64 = whole.parse().ok().filter(|_| (9..=13).contains(&whole.len()))?;
    let seconds = if whole.len() > 10 { n / 1000 } else { n };
    let days = i32::try_from(seconds.div_euclid(86_400)).ok()?;
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// Reads a table.
///
/// # Errors
/// With file and line, never a line's text, when the table is broken.
pub fn read_table(text: Text<'_>, shape: &Shape, layout: Layout, about: &Input<'_>, seen: &mut Seen) -> Result<Counts> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let names = row.names();
    let dates: Vec<usize> = (0..names.len()).filter(|n| shape.dates.contains(&names[*n])).collect();
    let count = seen.counts.entry(shape.counts.clone()).or_default();
    let mut rows = *count;
    let done = loop {
        match table.next_into(&mut row) {
            Ok(true) if row.cells().all(str::is_empty) => {}
            Ok(true) => {
                rows += 1;
                for n in &dates {
                    let cell = row.cell(*n).to_owned();
                    seen.note(&cell);
                }
            }
            Ok(false) => break table.whole(),
            Err(e) => break Err(e),
        }
    };
    seen.counts.insert(shape.counts.clone(), rows);
    done.map(|()| Counts(seen.counts.clone()))
}

/// The most lines below the rows that are looked at.
const FOOT: usize = 12;

/// Reads a table of unknown columns for what stands below its rows: whose it is, if the catalog knows, and how much is in it.
///
/// # Errors
/// With file and line, never a line's text, when the table is broken.
pub fn read_foot(text: Text<'_>, layout: Layout, about: &Input<'_>) -> Result<Option<(Kind, Seen)>> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let width = row.len();
    // Lines below the last row, and how many of them are as wide as a row, so that they may be one after all.
    let (mut rows, mut foot, mut wide) = (0, VecDeque::new(), 0);
    while table.next_into(&mut row)? {
        if row.cells().all(str::is_empty) {
            continue;
        }
        if is_line(&row) {
            wide += u64::from(row.len() == width);
            foot.push_back(full_name(row.cell(0)));
            if foot.len() > FOOT {
                foot.pop_front();
            }
        } else if row.len() == width {
            rows += 1 + std::mem::take(&mut wide);
            foot.clear();
        } else {
            // Prose, or a table that nobody's export looks like: the rest of it is not worth reading.
            return Ok(None);
        }
    }
    let found = about.shapes.by_foot(&foot);
    Ok(found.map(|shape| (shape.kind, Seen { counts: BTreeMap::from([(shape.counts.clone(), rows)]), last: None })))
}

/// Whether a row is one piece of text, as below a report's rows, and no longer than such a line is.
fn is_line(row: &Row) -> bool {
    row.cell(0).len() < 1000 && row.cells().skip(1).all(str::is_empty)
}

/// Reads JSON.
///
/// # Errors
/// With file and line when the JSON is broken.
pub fn read_json(text: Text<'_>, shape: &Shape, about: &Input<'_>, seen: &mut Seen) -> Result<Counts> {
    let mut rows = 0_u64;
    let dates: Vec<&str> = shape.dates.iter().map(String::as_str).collect();
    let mut count = |_: usize, fields: &Fields| {
        rows += 1;
        for text in dates.iter().filter_map(|key| fields.get(key)) {
            seen.note(text);
        }
    };
    let done = each(text, about.path, &[shape.rows.as_str()], &dates, &mut count);
    *seen.counts.entry(shape.counts.clone()).or_default() += rows;
    done.map(|()| Counts(seen.counts.clone()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::text::Encoding;
    use super::*;

    fn shape(columns: &[&str], foot: &[&str]) -> Shape {
        Shape {
            resources: None,
            people: None,
            kind: Kind::of("acme").unwrap(),
            columns: columns.iter().map(|c| column(c)).collect(),
            keys: Vec::new(),
            title: None,
            foot: foot.iter().map(|f| full_name(f)).collect(),
            counts: "rows".into(),
            rows: String::new(),
            dates: Vec::new(),
            ledger: false,
        }
    }

    fn by_foot(table: &str) -> Option<u64> {
        let shapes = Shapes(vec![shape(&[], &["Do Not Distribute", "acme.example, inc. All rights reserved"])]);
        let about = Input { shapes: &shapes, ..Input::new("t.csv", &[]) };
        let layout = Layout { delimiter: b',', header: 1 };
        let mut input = table.as_bytes();
        let found = read_foot(Text::new(&mut input, Encoding::Utf8), layout, &about).unwrap();
        found.map(|(_, seen)| seen.counts["rows"])
    }

    #[test]
    fn brackets_count_where_the_shape_has_them() {
        let shapes = Shapes(vec![shape(&["Name (Original Name)", "Amount"], &[])]);
        let fits = |names: [&str; 2]| shapes.table(&names.map(str::to_owned), &[]).is_some();
        assert!(fits(["NAME (original name)", "Amount (USD)"]) && fits(["Name (Original Name)", "Amount"]));
        assert!(!fits(["Name", "Amount"]) && !fits(["Name (nickname)", "Amount"]));
    }

    #[test]
    fn a_table_is_told_by_its_end() {
        let end = "\n\"Total (2)\"\n\n\"Confidential - Do Not Distribute\"\n\"(c) 2026 acme.example, inc. All rights reserved.\"\n";
        assert_eq!(by_foot(&format!("a,b\n1,2\n3,\"x\ny\"\n{end}")), Some(2));
        // A spreadsheet that saved it fills the lines up; then a row of one cell may be either.
        assert_eq!(by_foot("a,b\n1,\n3,4\nDo Not Distribute,\nacme.example inc all rights reserved,\n"), Some(2));
        let long = "1,2\n".repeat(100_000);
        assert_eq!(by_foot(&format!("a,b\n{long}{end}")), Some(100_000));
    }

    #[test]
    fn words_elsewhere_tell_nothing() {
        let words = "Do Not Distribute\nacme.example, inc. All rights reserved\n";
        // Above the rows, half of it, or in prose.
        assert_eq!(by_foot("a,b\nDo Not Distribute\nacme.example inc all rights reserved\n1,2\n"), None);
        assert_eq!(by_foot("a,b\n1,2\nDo Not Distribute\n"), None);
        assert_eq!(by_foot(&format!("Dear all, this\nis, as, you, know\n{words}")), None);
        assert_eq!(by_foot("a,b\n1,\"Do Not Distribute acme.example, inc. All rights reserved\"\n"), None);
    }
}
