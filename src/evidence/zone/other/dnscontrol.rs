//! `dnsconfig.js`: the calls of `D(…)` with records whose values are written out. Nothing is run.

mod words;

use super::{Draft, quoted};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use words::{TOKENS, Token, Word, closing, tokens};

/// What variables stand for, as far as it is written out: strings, and lists of records.
#[derive(Debug, Default)]
struct Names<'t> {
    texts: BTreeMap<&'t str, &'t str>,
    lists: BTreeMap<&'t str, &'t [Word]>,
}

impl<'t> Names<'t> {
    fn of(tokens: &'t [Word]) -> Self {
        let mut names = Self::default();
        for at in 0..tokens.len().saturating_sub(3) {
            let four = [0, 1, 2, 3].map(|n| &tokens[at + n].token);
            let [Token::Word(kind), Token::Word(name), Token::Sign(b'='), value] = four else { continue };
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
    let (tokens, mut damage) = tokens(text, path);
    let names = Names::of(&tokens);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut left = TOKENS;
    let mut at = 0;
    while at < tokens.len() {
        let opens = matches!(tokens.get(at + 1), Some(Word { token: Token::Sign(b'('), .. }));
        let domain = match tokens.get(at + 2).map(|w| &w.token) {
            Some(Token::Text(text)) => Some(text.as_str()),
            Some(Token::Word(word)) => names.texts.get(word.as_str()).copied(),
            _ => None,
        };
        match (&tokens[at].token, domain) {
            (Token::Word(name), Some(domain)) if opens && (name == "D" || name == "D_EXTEND") => {
                let line = tokens[at].line;
                let end = closing(&tokens, at + 1).unwrap_or_else(|| {
                    let what = format!("the call of `{name}` is never closed");
                    damage.get_or_insert_with(|| Error::input(what).at(path, line).hint("give the file whole"));
                    tokens.len()
                });
                let domain = domain.trim_end_matches('.').to_ascii_lowercase();
                // What extends a name below a zone belongs to the zone.
                let mut above = std::iter::successors(Some(domain.as_str()), |d| Some(d.split_once('.')?.1))
                    .take(if name == "D" { 1 } else { 128 });
                let place = above.find_map(|d| places.get(d).copied()).unwrap_or_else(|| {
                    drafts.push(Draft::new(&domain));
                    places.insert(domain.clone(), drafts.len() - 1);
                    drafts.len() - 1
                });
                let draft = &mut drafts[place];
                let prefix = domain.strip_suffix(&draft.domain).unwrap_or_default().trim_end_matches('.').to_owned();
                let mut records = Records { names: &names, prefix: &prefix, ttl: DEFAULT_TTL, left: &mut left, draft };
                records.all(tokens.get(at + 3..end).unwrap_or_default(), 0);
                at = end;
            }
            _ => at += 1,
        }
    }
    match (damage, drafts.last_mut()) {
        (Some(damage), Some(last)) if !last.lines.is_empty() => last.damage = Some(damage),
        (Some(damage), _) => return Err(damage),
        _ => {}
    }
    Ok(drafts)
}

/// Seconds in what `TTL(…)` takes: a number, or a text as `'1h'`.
fn seconds(given: &str) -> Option<u64> {
    let (number, unit) = given.split_at(given.find(|c: char| !c.is_ascii_digit()).unwrap_or(given.len()));
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|n| u32::try_from(*n).is_ok())
}

/// DNSControl's own when none is given (its documentation of `DefaultTTL`).
const DEFAULT_TTL: u64 = 300;

/// The records of one call.
struct Records<'r> {
    names: &'r Names<'r>,
    /// The name below the zone that the call extends; empty: the zone itself.
    prefix: &'r str,
    /// Seconds, for the records from here on that don't say it themselves.
    ttl: u64,
    /// How many words may still be looked at: lists may name lists.
    left: &'r mut usize,
    draft: &'r mut Draft,
}

impl Records<'_> {
    fn all(&mut self, tokens: &[Word], depth: u8) {
        let mut at = 0;
        while at < tokens.len() {
            if *self.left == 0 {
                self.draft.complete = false;
                return;
            }
            *self.left -= 1;
            let Word { line, token, .. } = &tokens[at];
            let Token::Word(name) = token else {
                at += 1;
                continue;
            };
            if !matches!(tokens.get(at + 1), Some(Word { token: Token::Sign(b'('), .. })) {
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

    fn add(&mut self, line: u64, owner: &str, rtype: &str, value: &str, ttl: u64) {
        let owner = match (owner, self.prefix) {
            (owner, "") => owner.to_owned(),
            ("@", prefix) => prefix.to_owned(),
            (owner, _) if owner.ends_with('.') => owner.to_owned(),
            (owner, prefix) => format!("{owner}.{prefix}"),
        };
        self.draft.add(line, &owner, ttl, rtype, value);
    }

    /// The TTL that a call gives its record.
    fn ttl(&mut self, tokens: &[Word]) -> u64 {
        let is_ttl = |w: &Word| matches!(&w.token, Token::Word(name) if name == "TTL");
        let Some(at) = tokens.iter().position(is_ttl) else { return self.ttl };
        self.said(tokens.get(at + 2))
    }

    /// What a call of `TTL` or `DefaultTTL` says; one that is computed makes the zone incomplete.
    fn said(&mut self, word: Option<&Word>) -> u64 {
        let said = match word.map(|w| &w.token) {
            Some(Token::Number(given) | Token::Text(given)) => seconds(given),
            _ => None,
        };
        self.draft.complete &= said.is_some();
        said.unwrap_or(self.ttl)
    }

    fn record(&mut self, line: u64, name: &str, tokens: &[Word]) {
        if name == "DefaultTTL" {
            self.ttl = self.said(tokens.first());
            return;
        }
        let ttl = self.ttl(tokens);
        let given = arguments(tokens);
        let arg = |n: usize| given.get(n).cloned().flatten();
        match name {
            "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "ALIAS" => match (arg(0), arg(1)) {
                (Some(owner), Some(value)) => {
                    self.draft.complete &= name != "ALIAS";
                    self.add(line, &owner, if name == "ALIAS" { "CNAME" } else { name }, &value, ttl);
                }
                _ => self.draft.complete = false,
            },
            "MX" => match (arg(0), arg(1), arg(2)) {
                (Some(owner), Some(priority), Some(target)) => {
                    self.add(line, &owner, "MX", &format!("{priority} {target}"), ttl);
                }
                _ => self.draft.complete = false,
            },
            "TXT" => {
                let pieces = || texts(tokens).into_iter().skip(1).collect::<String>();
                match (arg(0), arg(1)) {
                    (Some(owner), Some(text)) => self.add(line, &owner, "TXT", &quoted(&text), ttl),
                    // A list of pieces.
                    (Some(owner), None) if !pieces().is_empty() => {
                        self.add(line, &owner, "TXT", &quoted(&pieces()), ttl);
                    }
                    _ => self.draft.complete = false,
                }
            }
            "SRV" => match (arg(0), arg(1), arg(2), arg(3), arg(4)) {
                (Some(owner), Some(a), Some(b), Some(c), Some(target)) => {
                    self.add(line, &owner, "SRV", &format!("{a} {b} {c} {target}"), ttl);
                }
                _ => self.draft.complete = false,
            },
            "CAA" => match (arg(0), arg(1), arg(2)) {
                (Some(owner), Some(tag), Some(value)) => {
                    self.add(line, &owner, "CAA", &format!("0 {tag} {}", quoted(&value)), ttl);
                }
                _ => self.draft.complete = false,
            },
            "SPF_BUILDER" => {
                let parts = list_after(tokens, "parts");
                let owner = text_after(tokens, "label").unwrap_or_else(|| "@".into());
                if !parts.is_empty() {
                    self.add(line, &owner, "TXT", &quoted(&parts.join(" ")), ttl);
                }
                // What it flattens is computed.
                self.draft.complete = false;
            }
            // What it makes is written down in DNSControl's documentation of M365_BUILDER.
            "M365_BUILDER" => {
                let domain =
                    arg(0).unwrap_or_else(|| self.draft.domain.clone()).trim_end_matches('.').replace('.', "-");
                self.add(line, "@", "MX", &format!("0 {domain}.mail.protection.outlook.com."), ttl);
                self.add(line, "autodiscover", "CNAME", "autodiscover.outlook.com.", ttl);
                self.draft.complete = false;
            }
            "NAMESERVER" => {
                if let Some(host) = arg(0) {
                    let dot = if host.ends_with('.') { "" } else { "." };
                    self.add(line, "@", "NS", &format!("{host}{dot}"), ttl);
                }
            }
            // Settings of the zone, not records of it.
            "DnsProvider" | "NAMESERVER_TTL" | "NO_PURGE" | "TTL" | "META" => {}
            _ => self.draft.complete = false,
        }
    }
}

/// All strings of a call.
fn texts(tokens: &[Word]) -> Vec<String> {
    let text = |w: &Word| if let Token::Text(s) = &w.token { Some(s.clone()) } else { None };
    tokens.iter().filter_map(text).collect()
}

/// Arguments at the top of a call; what is no plain value is `None`.
fn arguments(tokens: &[Word]) -> Vec<Option<String>> {
    let mut all = Vec::new();
    let (mut depth, mut now, mut plain) = (0_i64, Vec::<String>::new(), true);
    for Word { token, .. } in tokens {
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
fn list_after(tokens: &[Word], key: &str) -> Vec<String> {
    let Some(at) = tokens.iter().position(|w| matches!(&w.token, Token::Word(w) | Token::Text(w) if w == key)) else {
        return Vec::new();
    };
    let texts = tokens[at + 1..].iter().map(|w| &w.token);
    let inside = texts.skip_while(|t| **t != Token::Sign(b'[')).take_while(|t| **t != Token::Sign(b']'));
    inside.filter_map(|t| if let Token::Text(s) = t { Some(s.clone()) } else { None }).collect()
}

fn text_after(tokens: &[Word], key: &str) -> Option<String> {
    let at = tokens.iter().position(|w| matches!(&w.token, Token::Word(w) | Token::Text(w) if w == key))?;
    match tokens.get(at + 2).map(|w| &w.token) {
        Some(Token::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
