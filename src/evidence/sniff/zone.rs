//! Zones by their records: most entries must look like records whose values fit their type.

use crate::evidence::zone::lex::{Entry, Lexer, Token};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How many entries are looked at.
const ENTRIES: usize = 500;

/// Whether a text is (the beginning of) a master file.
pub(super) fn is_zone(text: &str) -> bool {
    // The last line may be cut.
    let complete =
        if text.len() >= super::HEAD / 2 { text.rfind('\n').map_or(text, |end| &text[..=end]) } else { text };
    let mut lexer = Lexer::new(complete.as_bytes(), "");
    let (mut records, mut directives, mut others) = (0_usize, 0_usize, 0_usize);
    for _ in 0..ENTRIES {
        // A line that can't be cut ends the look, not the file: its reader will name the line.
        let Ok(Some(entry)) = lexer.next_entry() else { break };
        match class(&entry) {
            Class::Record => records += 1,
            Class::Directive => directives += 1,
            Class::Other => others += 1,
        }
    }
    (records > 0 && records > others) || (directives > 0 && records >= others)
}

enum Class {
    Record,
    Directive,
    Other,
}

fn class(entry: &Entry) -> Class {
    let tokens = entry.tokens.as_slice();
    let first = tokens.first().map(|t| t.text.to_ascii_uppercase()).unwrap_or_default();
    if !entry.blank_owner && matches!(first.as_str(), "$ORIGIN" | "$TTL" | "$INCLUDE" | "$GENERATE") && tokens.len() > 1
    {
        return Class::Directive;
    }
    let mut rest = if entry.blank_owner { tokens } else { tokens.get(1..).unwrap_or_default() };
    let mut marked = false;
    for _ in 0..2 {
        let Some(token) = rest.first().filter(|t| !t.quoted) else { break };
        let class = token.text.eq_ignore_ascii_case("IN");
        let ttl = token.text.starts_with(|c: char| c.is_ascii_digit()) && token.text.len() <= 12;
        if !class && !ttl {
            break;
        }
        marked |= class;
        rest = &rest[1..];
    }
    let fits = rest.split_first().is_some_and(|(rtype, values)| !rtype.quoted && fits(&rtype.text, values, marked));
    if fits { Class::Record } else { Class::Other }
}

/// Whether the values fit the type. Types that are common words need `IN` before them.
fn fits(rtype: &str, values: &[Token], marked: bool) -> bool {
    let number = |n: usize| values.get(n).is_some_and(|t| t.text.parse::<u32>().is_ok());
    let text = |n: usize| values.get(n).map(|t| t.text.as_str()).unwrap_or_default();
    let is_name = |n: usize| {
        let name = text(n);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@*/\\".contains(&b))
    };
    match rtype.to_ascii_uppercase().as_str() {
        "A" => values.len() == 1 && text(0).parse::<Ipv4Addr>().is_ok(),
        "AAAA" => values.len() == 1 && text(0).parse::<Ipv6Addr>().is_ok(),
        "MX" => values.len() == 2 && number(0) && is_name(1),
        "NS" | "CNAME" | "PTR" | "DNAME" | "ALIAS" => values.len() == 1 && is_name(0),
        "SRV" => values.len() == 4 && number(0) && number(1) && number(2) && is_name(3),
        "SOA" => values.len() == 7 && is_name(0) && is_name(1) && number(2),
        "TXT" | "SPF" => !values.is_empty() && (marked || values.iter().all(|t| t.quoted)),
        "CAA" => values.len() == 3 && number(0),
        "DS" | "TLSA" | "SSHFP" | "DNSKEY" => values.len() >= 3 && number(0),
        _ => marked && !values.is_empty(),
    }
}
