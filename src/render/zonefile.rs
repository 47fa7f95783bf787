//! Writes a zone: records that nobody touches keep their values as written.

use crate::evidence::zone::lex::Token;
use crate::evidence::zone::record::interpret;
use crate::evidence::zone::{Record, Zone};
use std::fmt::Write as _;
use std::sync::Arc;

/// One line of the zone to be: a record, or a remark.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A record.
    Record(Box<Record>),
    /// A comment, without the `;`.
    Remark(String),
}

/// The lines as a master file.
pub fn write(name: &str, lines: &[Line]) -> String {
    let mut text = format!("$ORIGIN {name}.\n");
    let mut origin: Arc<str> = name.into();
    for line in lines {
        match line {
            Line::Remark(remark) => {
                let clean: String = remark.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                let _ = writeln!(text, "; {clean}");
            }
            Line::Record(r) => {
                if r.origin != origin {
                    let _ = writeln!(text, "$ORIGIN {}.", r.origin);
                    origin = r.origin.clone();
                }
                let _ = writeln!(text, "{}.\t{}\tIN\t{}\t{}", r.owner, r.ttl, r.rtype, r.rdata());
            }
        }
    }
    text
}

/// A new record of `zone`; `values` are the tokens, with quotes where wanted.
pub fn record(zone: &Zone, owner: &str, ttl: u32, rtype: &str, values: &[Token]) -> Record {
    let origin: Arc<str> = zone.name.as_str().into();
    let data = interpret(rtype, values, &zone.name).unwrap_or(crate::evidence::zone::Data::Other);
    Record {
        file: "".into(),
        line: 0,
        owner: owner.to_owned(),
        ttl,
        rtype: rtype.to_owned(),
        tokens: values.to_vec(),
        origin,
        data,
    }
}

/// Words that need no quotes.
pub fn words(text: &str) -> Vec<Token> {
    text.split_ascii_whitespace().map(|t| Token { text: t.to_owned(), quoted: false }).collect()
}

/// A TXT value as tokens of at most 255 bytes.
pub fn txt(value: &str) -> Vec<Token> {
    let quoted = super::quote::zone::quote(value).unwrap_or_default();
    // The quoting function writes `"…" "…"`; a quotation mark inside is escaped, so `" "` only separates.
    let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or_default();
    inner.split("\" \"").map(|piece| Token { text: piece.to_owned(), quoted: true }).collect()
}

/// The SOA's serial raised by `by` (RFC 1982: it wraps).
pub fn raise_serial(record: &mut Record, by: u32) {
    if let Some(serial) = record.tokens.get_mut(2)
        && let Ok(n) = serial.text.parse::<u32>()
    {
        serial.text = n.wrapping_add(by).to_string();
    }
}
