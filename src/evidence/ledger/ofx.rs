//! OFX and QFX: SGML without closing tags (1.x) or XML (2.x); one tokenizer for both, no entities but the five.

use super::Rows;
use super::{amount, date};
use crate::error::Result;
use crate::evidence::Amount;
use crate::evidence::text::{Bad, Text, failed};
use jiff::civil::Date;
use std::io::BufRead as _;

/// The longest value or tag that is kept; of a longer one the beginning.
const VALUE: usize = 4096;

/// One transaction while it is read.
#[derive(Default)]
struct Transaction {
    line: u64,
    name: String,
    memo: String,
    date: Option<Date>,
    amount: Option<Amount>,
    currency: Option<String>,
}

/// Reads up to `stop`, keeping at most [`VALUE`] bytes; `None` when the text ends before it.
fn piece(text: &mut Text<'_>, stop: u8, out: &mut Vec<u8>, line: &mut u64) -> std::io::Result<Option<()>> {
    out.clear();
    loop {
        let ready = text.fill_buf()?;
        if ready.is_empty() {
            return Ok(None);
        }
        let end = ready.iter().position(|b| *b == stop);
        let taken = &ready[..end.unwrap_or(ready.len())];
        *line += taken.iter().map(|b| u64::from(*b == b'\n')).sum::<u64>();
        out.extend_from_slice(&taken[..taken.len().min(VALUE - out.len().min(VALUE))]);
        let used = taken.len() + usize::from(end.is_some());
        text.consume(used);
        if end.is_some() {
            return Ok(Some(()));
        }
    }
}

/// Offers each `STMTTRN`.
pub(super) fn read(text: Text<'_>, rows: &mut Rows<'_>) -> Result<()> {
    let path = rows.path();
    let mut text = text.bounded(u64::MAX);
    let (mut line, mut bytes) = (1, Vec::new());
    let mut currency: Option<String> = None;
    let mut open: Option<Transaction> = None;
    let mut closed = false;
    // The head of 1.x is lines of KEY:VALUE.
    let mut tag = String::new();
    loop {
        let more = piece(&mut text, b'<', &mut bytes, &mut line).map_err(|e| failed(path, &e))?;
        let value = unescape(&bytes);
        if !value.is_empty() {
            match (tag.as_str(), &mut open) {
                ("CURDEF", _) => currency = code(&value),
                (_, Some(transaction)) => transaction.take(&tag, value),
                _ => {}
            }
        }
        if more.is_none() {
            break;
        }
        if piece(&mut text, b'>', &mut bytes, &mut line).map_err(|e| failed(path, &e))?.is_none() {
            break;
        }
        tag = name(&bytes);
        match tag.as_str() {
            "STMTTRN" => {
                offer(open.replace(Transaction { line, ..Transaction::default() }), currency.as_deref(), rows);
            }
            "/STMTTRN" => offer(open.take(), currency.as_deref(), rows),
            "/OFX" => closed = true,
            _ => {}
        }
    }
    if open.is_some() || !closed {
        let hint = "download it again from the bank";
        return Err(Bad { what: "the file is cut off: `</OFX>` is missing", hint, line: Some(line) }.about(path));
    }
    Ok(())
}

fn offer(transaction: Option<Transaction>, currency: Option<&str>, rows: &mut Rows<'_>) {
    if let Some(t) = transaction {
        let currency = t.currency.or_else(|| currency.map(str::to_owned));
        let amount =
            t.amount.and_then(|a| Some(Amount { cents: a.cents.checked_neg()?, currency: currency.or(a.currency) }));
        rows.offer(t.line, &[&t.name, &t.memo], t.date, amount.as_ref());
    }
}

impl Transaction {
    fn take(&mut self, tag: &str, value: String) {
        match tag {
            "NAME" => self.name = value,
            "MEMO" => self.memo = value,
            "DTPOSTED" => self.date = date::compact(&value),
            "TRNAMT" => self.amount = amount::parse(&value),
            "CURSYM" => self.currency = code(&value),
            _ => {}
        }
    }
}

fn code(value: &str) -> Option<String> {
    Some(value.to_ascii_uppercase()).filter(|c| amount::is_code(c))
}

/// The element's name, upper case, without attributes and prefix.
fn name(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split_whitespace().next().unwrap_or_default().trim_end_matches('/').to_ascii_uppercase()
}

fn unescape(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}
