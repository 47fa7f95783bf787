//! How much a zone may hold: a file of some bytes can stand for far more (`$GENERATE`, `$INCLUDE`, values of one letter each).

use super::lex::Token;
use crate::error::{Error, Result};

/// The longest zone file, and the most that it includes (32 MiB).
pub const LONGEST: u64 = 32 * 1024 * 1024;
/// The most records of one zone; no group's own has a hundredth of it.
pub(super) const RECORDS: usize = 200_000;
/// What all records together may take in memory.
const MEMORY: usize = 96 * 1024 * 1024;
/// What a record takes besides its text, and what each of its values does.
const RECORD: usize = 256;
const VALUE: usize = 64;
/// The most files that are included, over all levels: each may include others, and itself.
const FILES: usize = 1000;

/// What a zone took so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    records: usize,
    memory: usize,
    files: usize,
    bytes: u64,
    full: bool,
}

impl Room {
    /// Takes a record.
    pub(super) fn record(&mut self, owner: &str, values: &[Token]) -> Result<()> {
        self.records += 1;
        self.memory += RECORD + owner.len() + values.iter().map(|v| v.text.len() + VALUE).sum::<usize>();
        if self.records > RECORDS {
            return Err(self.fill("the zone has more than 200,000 records"));
        }
        if self.memory > MEMORY {
            return Err(self.fill("the records of the zone are longer than any real ones"));
        }
        Ok(())
    }

    /// Takes an included file.
    pub(super) fn file(&mut self, bytes: usize) -> Result<()> {
        self.files += 1;
        self.bytes += bytes as u64;
        if self.files > FILES {
            return Err(self.fill("the zone includes more than 1000 files"));
        }
        if self.bytes > LONGEST {
            return Err(self.fill("the included files are longer than 32 MiB"));
        }
        Ok(())
    }

    fn fill(&mut self, what: &str) -> Error {
        self.full = true;
        Error::input(what).hint("no group's zone is as long; give the part of it that matters")
    }

    /// A bound was reached: nothing more is read.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }
}
