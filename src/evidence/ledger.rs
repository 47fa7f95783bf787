//! The kind `ledger`: statements from a bank or bookkeeping, as CSV, OFX/QFX or QIF.
//!
//! Each row is offered and forgotten; what matches no fingerprint leaves only a count.

pub mod amount;
pub mod csv;
pub mod date;
pub mod ofx;
pub mod qif;
pub mod sheet;
#[cfg(test)]
mod tests;

use super::read::Outcome;
use super::text::Text;
use super::{Amount, Counts, Input, Kind, Place, Signal, Sink};
use crate::error::Result;
use jiff::civil::Date;

/// Which form a ledger has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFormat {
    /// Delimited text, with what was learned from its beginning.
    Csv(csv::Plan),
    /// OFX or QFX: SGML or XML.
    Ofx,
    /// Quicken's lines, with the order in which its dates stand.
    Qif(date::Order),
}

/// Reads a ledger to its end.
///
/// # Errors
/// With file and line, never a line's text, when the structure is broken or a NUL byte stands in it.
pub fn read(
    text: Text<'_>,
    format: &LedgerFormat,
    kind: Kind,
    about: &Input<'_>,
    sink: &mut dyn Sink,
) -> Result<Counts> {
    let mut rows = Rows { path: about.path, kind, sink, count: 0, matched: 0, skipped: 0 };
    match format {
        LedgerFormat::Csv(plan) => csv::read(text, plan, &mut rows)?,
        LedgerFormat::Ofx => ofx::read(text, &mut rows)?,
        LedgerFormat::Qif(order) => qif::read(text, *order, &mut rows)?,
    }
    Ok(rows.counts())
}

/// Reads a workbook: its sheets as tables, each of which may be a ledger or a service's own report.
///
/// # Errors
/// With the file when it is damaged.
pub fn read_book(bytes: Vec<u8>, book: sheet::Book, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Outcome> {
    let mut found: Option<Outcome> = None;
    let (tables, damage) = sheet::tables(bytes, book, about.path)?;
    for table in tables {
        let mut input = table.as_bytes();
        // A sheet is no archive and includes nothing.
        let outcome = super::read::read_stream(&mut input, about, sink, &super::zone::no_include)?;
        let known = outcome.kind != Kind::Unknown;
        match &mut found {
            Some(first) if known => {
                for (what, n) in outcome.counts.0 {
                    first.counts.add(&what, n);
                }
            }
            None if known => found = Some(outcome),
            _ => {}
        }
    }
    match (found, damage) {
        (Some(found), Some(damage)) if found.damage.is_none() => {
            let Outcome { reason, damage, .. } = Outcome::damaged(found.kind, damage);
            Ok(Outcome { reason, damage, ..found })
        }
        (None, Some(damage)) => Err(damage),
        (Some(found), _) => Ok(found),
        (None, None) => Ok(Outcome::unknown("it is a workbook, but none of its sheets is a ledger")),
    }
}

/// Offers rows and counts them.
pub struct Rows<'a> {
    path: &'a str,
    kind: Kind,
    sink: &'a mut dyn Sink,
    count: u64,
    matched: u64,
    skipped: u64,
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<'a> Rows<'a> {
    /// The file's name as given.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// What the file is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Offers a row under each of its names (payee, then description, then memo) until one is recognised, so that a
    /// row counts once.
    pub fn offer(&mut self, line: u64, names: &[&str], date: Option<Date>, amount: Option<&Amount>) {
        self.count += 1;
        if date.is_none() || amount.is_none() {
            self.skipped += 1;
            return;
        }
        for (n, payee) in names.iter().enumerate() {
            if payee.is_empty() || names[..n].contains(payee) {
                continue;
            }
            let signal = Signal::Payee { payee, date, amount: amount.cloned() };
            if self.sink.offer(self.kind, Place { path: self.path, line: Some(line) }, &signal) {
                self.matched += 1;
                return;
            }
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        counts.add("rows", self.count);
        counts.add("matched", self.matched);
        counts.add("skipped", self.skipped);
        counts
    }
}
