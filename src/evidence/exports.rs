//! A service's own export: recognised and counted. How it looks stands in the service's file (`shape`), so that a new one
//! needs no line here.
//!
//! Nothing of a row is kept: how many there are, and the newest date among the named columns.

use super::json::{Fields, each};
use super::kind::Kind;
use super::ledger::date::{self, Order};
use super::table::{Layout, Table, plain_name};
use super::text::Text;
use super::{Counts, Input};
use crate::error::Result;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// How an export looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its kind.
    pub kind: Kind,
    /// Column names that its table has, all of them, as [`plain_name`] gives them.
    pub columns: Vec<String>,
    /// Paths that its JSON has, all of them (`cards`, `[].ts`, `data[].gid`).
    pub keys: Vec<String>,
    /// A line that stands before the column names.
    pub title: Option<String>,
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
        let names: BTreeSet<String> = names.iter().map(|n| plain_name(n)).collect();
        let titled = |title: &String| before.iter().any(|line| plain_name(line).contains(title.as_str()));
        let fits = |s: &&Shape| {
            (!s.columns.is_empty() || s.title.is_some())
                && s.keys.is_empty()
                && s.columns.iter().all(|c| names.contains(c))
                && s.title.as_ref().is_none_or(titled)
        };
        self.0.iter().filter(fits).max_by_key(|s| (s.title.is_some(), s.columns.len()))
    }

    /// The shape of JSON with these paths.
    pub fn json(&self, paths: &BTreeSet<String>) -> Option<&Shape> {
        let fits = |s: &&Shape| !s.keys.is_empty() && s.keys.iter().all(|k| paths.contains(k));
        self.0.iter().filter(fits).max_by_key(|s| s.keys.len())
    }
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
