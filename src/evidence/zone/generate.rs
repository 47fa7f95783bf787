//! `$GENERATE`, which stands for many records on one line.

use super::lex::{Entry, Token};
use super::parse::{Reader, unquoted};
use super::record::absolute;
use crate::error::{Error, Result};
use std::sync::Arc;

/// The most records of one `$GENERATE`.
const MOST: u64 = 65_536;

/// `$GENERATE start-stop[/step] lhs [TTL] [class] type rhs` (BIND).
pub(super) fn all(reader: &mut Reader<'_>, entry: &Entry, file: &Arc<str>, origin: &Arc<str>) -> Result<()> {
    let words = &entry.tokens[1..];
    let [range, lhs, rest @ ..] = words else {
        return Err(Error::input("`$GENERATE` lacks values").hint("write: $GENERATE 1-10 host$ A 192.0.2.$"));
    };
    unquoted(lhs)?;
    let bad = || Error::input(format!("`{}` is not a range", range.text)).hint("write it as 1-10 or 1-10/2");
    let (span, step) = range.text.split_once('/').unwrap_or((&range.text, "1"));
    let (start, stop) = span.split_once('-').ok_or_else(bad)?;
    let (start, stop): (u64, u64) = (start.parse().map_err(|_| bad())?, stop.parse().map_err(|_| bad())?);
    let step: u64 = step.parse().ok().filter(|s| *s > 0).ok_or_else(bad)?;
    if stop < start {
        return Err(bad());
    }
    if (stop - start) / step >= MOST {
        return Err(
            Error::input("`$GENERATE` would make more than 65,536 records").hint("write out the ones that exist")
        );
    }
    for n in (start..=stop).step_by(usize::try_from(step).map_err(|_| bad())?) {
        let owner = substitute(&lhs.text, n)?;
        let owner = absolute(&owner, origin).ok_or_else(|| Error::input(format!("`{owner}` is not a domain name")))?;
        let tokens = rest
            .iter()
            .map(|t| Ok(Token { text: substitute(&t.text, n)?, quoted: t.quoted }))
            .collect::<Result<Vec<_>>>()?;
        reader.record(file, entry.line, owner, &tokens, origin)?;
    }
    Ok(())
}

/// Puts `n` in for `$`, `${offset,width,base}`; `\$` is a dollar sign.
fn substitute(text: &str, n: u64) -> Result<String> {
    let bad = || Error::input(format!("`{text}` has a `$` form that is not known"));
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        if rest[..at].ends_with('\\') {
            out.push_str(&rest[..at - 1]);
            out.push('$');
            rest = &rest[at + 1..];
            continue;
        }
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (mut offset, mut width, mut base) = (0_i64, 0_usize, "d");
        if let Some(body) = rest.strip_prefix('{') {
            let (inner, tail) = body.split_once('}').ok_or_else(bad)?;
            let mut parts = inner.split(',');
            offset = parts.next().unwrap_or("0").parse().map_err(|_| bad())?;
            if let Some(w) = parts.next() {
                width = w.parse().ok().filter(|w| *w <= 63).ok_or_else(bad)?;
            }
            base = parts.next().unwrap_or("d");
            rest = tail;
        }
        let value = i64::try_from(n).ok().and_then(|n| n.checked_add(offset)).filter(|v| *v >= 0).ok_or_else(bad)?;
        match base {
            "d" => out.push_str(&format!("{value:0width$}")),
            "x" => out.push_str(&format!("{value:0width$x}")),
            "X" => out.push_str(&format!("{value:0width$X}")),
            "o" => out.push_str(&format!("{value:0width$o}")),
            _ => return Err(bad()),
        }
    }
    out.push_str(rest);
    Ok(out)
}
