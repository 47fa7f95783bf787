//! The kind `zone`: a BIND master file, as a registrar or DNS host exports it (RFC 1035 §5, RFC 2308, RFC 3597).
//!
//! The structure is cut here, with line and text of every record kept; the values of the types that decamp looks at
//! go one record at a time through `hickory-proto`. A type that nobody knows is carried as text.

mod bounds;
pub mod check;
mod dialect;
mod generate;
pub mod lex;
pub mod load;
mod origin;
pub mod other;
pub mod parse;
pub mod record;
#[cfg(test)]
mod tests;

pub use bounds::LONGEST;
pub use parse::{Include, Options, Zone, parse};
pub use record::{Data, Record, absolute, is_below, relative};

use super::{Kind, Place, Signal, Sink};
use crate::error::{Error, Result};

/// Refuses every `$INCLUDE`: for zones from stdin and from archives.
pub fn no_include(name: &str) -> Result<(String, Vec<u8>)> {
    Err(Error::input(format!("the zone includes `{}`, which can't be read from here", crate::ui::printable(name)))
        .hint("give the zone as one file, in a folder with the files that it includes"))
}

/// Offers every record of a zone.
pub fn offer(zone: &Zone, kind: Kind, sink: &mut dyn Sink) {
    for record in &zone.records {
        let place = Place { path: &record.file, line: Some(record.line).filter(|n| *n > 0) };
        sink.offer(kind, place, &Signal::Record { record, zone: &zone.name });
    }
}
