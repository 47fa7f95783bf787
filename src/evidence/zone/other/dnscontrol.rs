//! `dnsconfig.js`: the calls of `D(…)` with records whose values are written out. Nothing is run.

use super::{Draft, quoted};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(u8),
}

/// The longest string that is taken.
const TEXT: usize = 64 * 1024;
/// The most tokens of one file.
const TOKENS: usize = 2_000_000;

fn tokens(text: &str, path: &str) -> Result<Vec<(u64, Token)>> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut line = 1_u64;
    while let Some((at, c)) = chars.next() {
        if found.len() > TOKENS {
            return Err(Error::input("the file has too many words").at(path, line).hint("give the part that matters"));
        }
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '/' if text[at..].starts_with("//") => {
                while chars.peek().is_some_and(|(_, c)| *c != '\n') {
                    chars.next();
                }
            }
            '/' if text[at..].starts_with("/*") => {
                let mut before = ' ';
                chars.next();
                for (_, c) in chars.by_ref() {
                    line += u64::from(c == '\n');
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            '"' | '\'' | '`' => {
                let begun = line;
                let mut value = String::new();
                let mut closed = false;
                while let Some((_, n)) = chars.next() {
                    if n == c {
                        closed = true;
                        break;
                    }
                    line += u64::from(n == '\n');
                    if n == '\\' {
                        if let Some((_, escaped)) = chars.next() {
                            line += u64::from(escaped == '\n');
                            value.push(match escaped {
                                'n' => '\n',
                                't' => '\t',
                                other => other,
                            });
                        }
                    } else if n == '\n' && c != '`' {
                        break;
                    } else if value.len() < TEXT {
                        value.push(n);
                    }
                }
                if !closed {
                    return Err(Error::input("a string is never closed").at(path, begun).hint("give the file whole"));
                }
                found.push((begun, Token::Text(value)));
            }
            c if c.is_ascii_digit() => {
                let mut value = String::from(c);
                while let Some((_, d)) = chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '.') {
                    value.push(d);
                }
                found.push((line, Token::Number(value)));
            }
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                let mut value = String::from(c);
                while let Some((_, d)) =
                    chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_' || *c == '$' || *c == '.')
                {
                    value.push(d);
                }
                found.push((line, Token::Word(value)));
            }
            c if c.is_ascii() => found.push((line, Token::Sign(c as u8))),
            _ => {}
        }
    }
    Ok(found)
}

/// What variables stand for, as far as it is written out: strings, and lists of records.
#[derive(Debug, Default)]
struct Names<'t> {
    texts: BTreeMap<&'t str, &'t str>,
    lists: BTreeMap<&'t str, &'t [(u64, Token)]>,
}

impl<'t> Names<'t> {
    fn of(tokens: &'t [(u64, Token)]) -> Self {
        let mut names = Self::default();
        for at in 0..tokens.len().saturating_sub(3) {
            let [(_, Token::Word(kind)), (_, Token::Word(name)), (_, Token::Sign(b'=')), (_, value)] =
                &tokens[at..at + 4]
            else {
                continue;
            };
            if !matches!(kind.as_str(), "var" | "let" | "const") {
                continue;
            }
            match value {
                Token::Text(text) => drop(names.texts.insert(name, text)),
                Token::Sign(b'[') => {
                    if let Some(end) = closing(tokens, at + 3) {
                        names.lists.insert(name, &tokens[at + 4..end]);
                    }
                }
                _ => {}
            }
        }
        names
    }
}

pub(super) fn zones(text: &str, path: &str) -> Result<Vec<Draft>> {
    let tokens = tokens(text, path)?;
    let names = Names::of(&tokens);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let opens = matches!(tokens.get(at + 1), Some((_, Token::Sign(b'('))));
        let domain = match tokens.get(at + 2) {
            Some((_, Token::Text(text))) => Some(text.as_str()),
            Some((_, Token::Word(word))) => names.texts.get(word.as_str()).copied(),
            _ => None,
        };
        match (&tokens[at].1, domain) {
            (Token::Word(name), Some(domain)) if opens && (name == "D" || name == "D_EXTEND") => {
                let line = tokens[at].0;
                let end = closing(&tokens, at + 1).ok_or_else(|| {
                    Error::input(format!("the call of `{name}` is never closed"))
                        .at(path, line)
                        .hint("give the file whole")
                })?;
                let domain = domain.trim_end_matches('.').to_ascii_lowercase();
                // What extends a name below a zone belongs to the zone.
                let below = |d: &Draft| domain == d.domain || domain.ends_with(&format!(".{}", d.domain));
                let place = drafts.iter().position(|d| d.domain == domain);
                let place = place.or_else(|| drafts.iter().position(|d| name == "D_EXTEND" && below(d)));
                let place = place.unwrap_or_else(|| {
                    drafts.push(Draft::new(&domain));
                    drafts.len() - 1
                });
                let zone = &mut drafts[place];
                let prefix = domain.strip_suffix(&zone.domain).unwrap_or_default().trim_end_matches('.').to_owned();
                Records { names: &names, prefix: &prefix, draft: zone }.all(&tokens[at + 3..end], 0);
                at = end;
            }
            _ => at += 1,
        }
    }
    Ok(drafts)
}

/// The bracket that closes the one at `open`.
fn closing(tokens: &[(u64, Token)], open: usize) -> Option<usize> {
    let mut depth = 0_i64;
    for (n, (_, token)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => depth += 1,
            Token::Sign(b')' | b']' | b'}') => {
                depth -= 1;
                if depth == 0 {
                    return Some(n);
                }
            }
            _ => {}
        }
    }
    None
}

const DEFAULT_TTL: u64 = 300;

/// The records of one call.
struct Records<'r> {
    names: &'r Names<'r>,
    /// The name below the zone that the call extends; empty: the zone itself.
    prefix: &'r str,
    draft: &'r mut Draft,
}

impl Records<'_> {
    fn all(&mut self, tokens: &[(u64, Token)], depth: u8) {
        let mut at = 0;
        while at < tokens.len() {
            let (line, token) = &tokens[at];
            let Token::Word(name) = token else {
                at += 1;
                continue;
            };
            if !matches!(tokens.get(at + 1), Some((_, Token::Sign(b'(')))) {
                match self.names.lists.get(name.as_str()) {
                    Some(list) if depth < 4 => self.all(list, depth + 1),
                    // A variable may hold records; a word in capitals is mostly a setting.
                    _ => {
                        let setting = |b: u8| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit();
                        self.draft.complete &= name.bytes().all(setting);
                    }
                }
                at += 1;
                continue;
            }
            let Some(end) = closing(tokens, at + 1) else { return };
            self.record(*line, name, &tokens[at + 2..end]);
            at = end + 1;
        }
    }

    fn add(&mut self, line: u64, owner: &str, rtype: &str, value: &str) {
        let owner = match (owner, self.prefix) {
            (owner, "") => owner.to_owned(),
            ("@", prefix) => prefix.to_owned(),
            (owner, _) if owner.ends_with('.') => owner.to_owned(),
            (owner, prefix) => format!("{owner}.{prefix}"),
        };
        self.draft.add(line, &owner, DEFAULT_TTL, rtype, value);
    }

    fn record(&mut self, line: u64, name: &str, tokens: &[(u64, Token)]) {
        let given = arguments(tokens);
        let arg = |n: usize| given.get(n).cloned().flatten();
        match name {
            "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "ALIAS" => match (arg(0), arg(1)) {
                (Some(owner), Some(value)) => {
                    self.draft.complete &= name != "ALIAS";
                    self.add(line, &owner, if name == "ALIAS" { "CNAME" } else { name }, &value);
                }
                _ => self.draft.complete = false,
            },
            "MX" => match (arg(0), arg(1), arg(2)) {
                (Some(owner), Some(priority), Some(target)) => {
                    self.add(line, &owner, "MX", &format!("{priority} {target}"));
                }
                _ => self.draft.complete = false,
            },
            "TXT" => {
                let pieces = || texts(tokens).into_iter().skip(1).collect::<String>();
                match (arg(0), arg(1)) {
                    (Some(owner), Some(text)) => self.add(line, &owner, "TXT", &quoted(&text)),
                    // A list of pieces.
                    (Some(owner), None) if !pieces().is_empty() => self.add(line, &owner, "TXT", &quoted(&pieces())),
                    _ => self.draft.complete = false,
                }
            }
            "SRV" => match (arg(0), arg(1), arg(2), arg(3), arg(4)) {
                (Some(owner), Some(a), Some(b), Some(c), Some(target)) => {
                    self.add(line, &owner, "SRV", &format!("{a} {b} {c} {target}"));
                }
                _ => self.draft.complete = false,
            },
            "CAA" => match (arg(0), arg(1), arg(2)) {
                (Some(owner), Some(tag), Some(value)) => {
                    self.add(line, &owner, "CAA", &format!("0 {tag} {}", quoted(&value)));
                }
                _ => self.draft.complete = false,
            },
            "SPF_BUILDER" => {
                let parts = list_after(tokens, "parts");
                let owner = text_after(tokens, "label").unwrap_or_else(|| "@".into());
                if !parts.is_empty() {
                    self.add(line, &owner, "TXT", &quoted(&parts.join(" ")));
                }
                // What it flattens is computed.
                self.draft.complete = false;
            }
            // What it makes is written down in DNSControl's documentation of M365_BUILDER.
            "M365_BUILDER" => {
                let domain =
                    arg(0).unwrap_or_else(|| self.draft.domain.clone()).trim_end_matches('.').replace('.', "-");
                self.add(line, "@", "MX", &format!("0 {domain}.mail.protection.outlook.com."));
                self.add(line, "autodiscover", "CNAME", "autodiscover.outlook.com.");
                self.draft.complete = false;
            }
            "NAMESERVER" => {
                if let Some(host) = arg(0) {
                    let dot = if host.ends_with('.') { "" } else { "." };
                    self.add(line, "@", "NS", &format!("{host}{dot}"));
                }
            }
            // Settings of the zone, not records of it.
            "DnsProvider" | "DefaultTTL" | "NAMESERVER_TTL" | "NO_PURGE" | "TTL" | "META" => {}
            _ => self.draft.complete = false,
        }
    }
}

/// All strings of a call.
fn texts(tokens: &[(u64, Token)]) -> Vec<String> {
    let text = |(_, t): &(u64, Token)| if let Token::Text(s) = t { Some(s.clone()) } else { None };
    tokens.iter().filter_map(text).collect()
}

/// Arguments at the top of a call; what is no plain value is `None`.
fn arguments(tokens: &[(u64, Token)]) -> Vec<Option<String>> {
    let mut all = Vec::new();
    let (mut depth, mut now, mut plain) = (0_i64, Vec::<String>::new(), true);
    for (_, token) in tokens {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => {
                depth += 1;
                plain = false;
            }
            Token::Sign(b')' | b']' | b'}') => depth -= 1,
            Token::Sign(b',') if depth == 0 => {
                all.push(plain.then(|| now.concat()));
                (now, plain) = (Vec::new(), true);
            }
            Token::Sign(b'+') if depth == 0 => {}
            Token::Text(text) if depth == 0 => now.push(text.clone()),
            Token::Number(text) if depth == 0 => now.push(text.clone()),
            _ if depth == 0 => plain = false,
            _ => {}
        }
    }
    if !now.is_empty() || !plain {
        all.push(plain.then(|| now.concat()));
    }
    all
}

/// Strings in a list after `key:`.
fn list_after(tokens: &[(u64, Token)], key: &str) -> Vec<String> {
    let Some(at) = tokens.iter().position(|(_, t)| matches!(t, Token::Word(w) | Token::Text(w) if w == key)) else {
        return Vec::new();
    };
    let texts = tokens[at + 1..].iter().map(|(_, t)| t);
    let inside = texts.skip_while(|t| **t != Token::Sign(b'[')).take_while(|t| **t != Token::Sign(b']'));
    inside.filter_map(|t| if let Token::Text(s) = t { Some(s.clone()) } else { None }).collect()
}

fn text_after(tokens: &[(u64, Token)], key: &str) -> Option<String> {
    let at = tokens.iter().position(|(_, t)| matches!(t, Token::Word(w) | Token::Text(w) if w == key))?;
    match tokens.get(at + 2) {
        Some((_, Token::Text(text))) => Some(text.clone()),
        _ => None,
    }
}
