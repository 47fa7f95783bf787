//! The kind `ledger`: statements from a bank or bookkeeping, as CSV, OFX/QFX or QIF.
//!
//! Each row is offered and forgotten; what matches no fingerprint leaves only a count.

pub mod amount;
pub mod csv;
pub mod date;
pub mod ofx;
pub mod qif;
#[cfg(test)]
mod tests;

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
pub fn read(text: Text<'_>, format: &LedgerFormat, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut rows = Rows { path: about.path, sink, count: 0, matched: 0, skipped: 0 };
    match format {
        LedgerFormat::Csv(plan) => csv::read(text, plan, &mut rows)?,
        LedgerFormat::Ofx => ofx::read(text, &mut rows)?,
        LedgerFormat::Qif(order) => qif::read(text, *order, &mut rows)?,
    }
    Ok(rows.counts())
}

/// Offers rows and counts them.
pub struct Rows<'a> {
    path: &'a str,
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
            if self.sink.offer(Kind::Ledger, Place { path: self.path, line: Some(line) }, &signal) {
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
