//! A zone as the programs that keep DNS as text want it: DNSControl's functions, octoDNS's names and types.
//!
//! What one of them has no way to say is named, never changed: these programs delete what their file does not hold.

use crate::evidence::zone::lex::unescape;
use crate::evidence::zone::{Record, absolute};
use crate::render::zonefile::Line;
use hickory_proto::rr::RecordType;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// One value of a record, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As octoDNS calls it; empty when the value is the only one.
    pub key: &'static str,
    /// Its text; empty for a number.
    pub text: String,
    /// Whether it is a number.
    pub number: bool,
    /// The number.
    pub n: u64,
}

/// A record that both kinds of program know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Relative to the zone, `@` for the zone itself.
    pub name: String,
    /// Seconds.
    pub ttl: u32,
    /// `MX`, …
    pub rtype: String,
    /// Its values in the order of a master file.
    pub fields: Vec<Field>,
}

/// A name and type that a program can't say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    /// Relative to the zone.
    pub name: String,
    /// The type.
    pub rtype: String,
}

/// A zone for one of the programs.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// What it can say.
    pub entries: Vec<Entry>,
    /// What it can't.
    pub left: BTreeSet<Left>,
    /// Where the domain's name servers are, of the zone's own NS records.
    pub servers: Vec<String>,
}

/// All records of one name and type.
#[derive(Debug, Serialize)]
pub struct Set {
    /// Seconds.
    pub ttl: u32,
    /// The type.
    pub rtype: String,
    /// Whether a value has several fields.
    pub many: bool,
    /// The values; fields in the order of their keys.
    pub values: Vec<Vec<Field>>,
}

/// All records of one name.
#[derive(Debug, Serialize)]
pub struct Name {
    /// Relative to the zone; empty for the zone itself.
    pub name: String,
    /// By type.
    pub sets: Vec<Set>,
}

/// Field names of the types whose values are more than one.
const FIELDS: &[(&str, &[&str])] = &[
    ("MX", &["preference", "exchange"]),
    ("SRV", &["priority", "weight", "port", "target"]),
    ("CAA", &["flags", "tag", "value"]),
    ("TLSA", &["certificate_usage", "selector", "matching_type", "certificate_association_data"]),
    ("SSHFP", &["algorithm", "fingerprint_type", "fingerprint"]),
    ("DS", &["key_tag", "algorithm", "digest_type", "digest"]),
];
/// Fields that are names.
const NAMES: [&str; 2] = ["exchange", "target"];
/// Fields that are text.
const TEXTS: [&str; 4] = ["tag", "value", "certificate_association_data", "digest"];

/// The zone for DNSControl.
pub fn dnscontrol(zone: &str, lines: &[Line]) -> Told {
    let mut told = told(zone, lines, |_, _| true);
    // At the apex these are told to the registrar's side.
    let servers = told.entries.iter().filter(|e| e.rtype == "NS" && e.name == "@");
    told.servers = servers.map(|e| e.fields[0].text.clone()).collect();
    told.entries.retain(|e| e.rtype != "NS" || e.name != "@");
    told
}

/// The zone for octoDNS, which names things in their natural order.
pub fn octodns(zone: &str, lines: &[Line]) -> (Vec<Name>, BTreeSet<Left>) {
    // It takes no letters beyond ASCII in a TXT value, and marks semicolons with a backslash.
    let sayable = |rtype: &str, value: &str| rtype != "TXT" || (value.is_ascii() && !value.contains('\\'));
    let Told { entries, left, .. } = told(zone, lines, sayable);
    let mut names: BTreeMap<String, BTreeMap<String, Set>> = BTreeMap::new();
    for mut entry in entries {
        let name = if entry.name == "@" { String::new() } else { entry.name };
        if entry.rtype == "TXT" {
            entry.fields[0].text = entry.fields[0].text.replace(';', "\\;");
        }
        entry.fields.sort_by_key(|f| f.key);
        let many = entry.fields.len() > 1;
        let sets = names.entry(name).or_default();
        let set = sets.entry(entry.rtype.clone()).or_insert_with(|| Set {
            ttl: entry.ttl,
            rtype: entry.rtype,
            many,
            values: Vec::new(),
        });
        set.values.push(entry.fields);
    }
    let mut all: Vec<Name> =
        names.into_iter().map(|(name, sets)| Name { name, sets: sets.into_values().collect() }).collect();
    all.sort_by(|a, b| natural(&a.name, &b.name));
    (all, left)
}

fn told(zone: &str, lines: &[Line], sayable: impl Fn(&str, &str) -> bool) -> Told {
    let mut told = Told::default();
    for line in lines {
        let Line::Record(r) = line else { continue };
        if r.rtype == "SOA" {
            continue;
        }
        let name = r.relative(zone);
        let fields = fields(r).filter(|f| f.iter().all(|f| sayable(&r.rtype, &f.text)));
        // An escaped name means one thing here and another there.
        match fields.filter(|f| is_plain(&name) && f.iter().all(|f| !NAMES.contains(&f.key) || is_plain(&f.text))) {
            Some(fields) => told.entries.push(Entry { name, ttl: r.ttl, rtype: r.rtype.clone(), fields }),
            None => {
                told.left.insert(Left { name, rtype: type_name(&r.rtype) });
            }
        }
    }
    // Of a set that can be told in part only, nothing is told: the program would delete the rest.
    let left = &told.left;
    told.entries.retain(|e| !left.iter().any(|l| l.name == e.name && l.rtype == e.rtype));
    told
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'*' | b'@'))
}

/// A type's own name also where the file gives its number: `TYPE1` is `A` (RFC 3597 §5).
fn type_name(rtype: &str) -> String {
    let number = rtype.strip_prefix("TYPE").and_then(|n| n.parse::<u16>().ok());
    match number.map(RecordType::from) {
        None | Some(RecordType::Unknown(_)) => rtype.to_owned(),
        Some(known) => known.to_string(),
    }
}

/// The values of a record; none when its type is not one that both programs know, or is written in the generic form.
fn fields(r: &Record) -> Option<Vec<Field>> {
    let text = |key, text: String| Field { key, text, number: false, n: 0 };
    if r.tokens.first().is_some_and(|t| !t.quoted && t.text == "\\#") {
        return None;
    }
    let name = |word: &str| absolute(word, &r.origin).map(|n| format!("{}.", n.to_ascii_lowercase()));
    match r.rtype.as_str() {
        "A" | "AAAA" => Some(vec![text("", r.tokens.first()?.text.parse::<std::net::IpAddr>().ok()?.to_string())]),
        "CNAME" | "NS" | "PTR" => {
            let target = name(&r.tokens.first()?.text)?;
            is_plain(&target).then(|| vec![text("", target)])
        }
        "TXT" => {
            let bytes: Vec<u8> = r.tokens.iter().flat_map(|t| unescape(&t.text)).collect();
            let value = String::from_utf8(bytes).ok()?;
            // Empty pieces and control characters are read in different ways.
            (!value.is_empty() && !value.chars().any(char::is_control)).then(|| vec![text("", value)])
        }
        other => {
            let (_, keys) = FIELDS.iter().find(|(t, _)| *t == other)?;
            let rest = keys.len() - 1;
            let word = |n: usize| -> Option<String> {
                // A fingerprint may be written in several pieces.
                let pieces = if n == rest { r.tokens.get(n..)? } else { r.tokens.get(n..=n)? };
                let bytes: Vec<u8> = pieces.iter().flat_map(|t| unescape(&t.text)).collect();
                String::from_utf8(bytes).ok().filter(|w| !w.is_empty() || n == rest)
            };
            let field = |(n, key): (usize, &&'static str)| -> Option<Field> {
                let word = word(n)?;
                if NAMES.contains(key) {
                    return name(&r.tokens.get(n)?.text).map(|n| text(key, n));
                }
                if TEXTS.contains(key) || *key == "fingerprint" {
                    return (!word.chars().any(char::is_control)).then(|| text(key, word));
                }
                word.parse().ok().map(|n| Field { key, text: String::new(), number: true, n })
            };
            keys.iter().enumerate().map(field).collect()
        }
    }
}

/// Runs of digits by their value, the rest by its letters: `a2` comes before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let parts = |s: &str| {
        let mut all: Vec<(String, u64)> = vec![(String::new(), 0)];
        let mut digits = false;
        for c in s.chars() {
            if c.is_ascii_digit() {
                if let Some((_, n)) = all.last_mut() {
                    *n = n.saturating_mul(10).saturating_add(u64::from(c as u32 - '0' as u32));
                }
            } else {
                if digits {
                    all.push((String::new(), 0));
                }
                if let Some((text, _)) = all.last_mut() {
                    text.push(c);
                }
            }
            digits = c.is_ascii_digit();
        }
        all
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::zone::{Options, no_include, parse};

    fn lines(text: &str) -> Vec<Line> {
        let zone =
            parse(text.as_bytes(), Options { path: "t.example.zone", origin: None, include: &no_include }).unwrap();
        zone.records.into_iter().map(|r| Line::Record(Box::new(r))).collect()
    }

    #[test]
    fn values_are_what_they_stand_for() {
        let all =
            lines("@ 60 MX 5 mx\n@ TXT \"a\\\"b;\" \"c\"\n_s._tcp SRV 0 1 443 x.y.\n@ CAA 0 issue \"ca.example\"\n");
        let told = dnscontrol("t.example", &all);
        assert_eq!(told.left, BTreeSet::new());
        assert_eq!(told.entries[0].fields[1].text, "mx.t.example.");
        assert_eq!(told.entries[1].fields[0].text, "a\"b;c");
        assert_eq!(told.entries[2].fields[2].n, 443);
        let (names, _) = octodns("t.example", &all);
        assert_eq!(names[0].name, "");
        assert_eq!(names[0].sets.iter().map(|s| s.rtype.as_str()).collect::<Vec<_>>(), ["CAA", "MX", "TXT"]);
        assert_eq!(names[0].sets[2].values[0][0].text, "a\"b\\;c");
    }

    #[test]
    fn what_can_not_be_said_is_named_with_its_whole_set() {
        let all = lines("a TXT \"\\200\"\na TXT good\nb LOC 1 N 1 E 0\nc TYPE1 \\# 4 c0000201\n");
        let told = dnscontrol("t.example", &all);
        let left: Vec<_> = told.left.iter().map(|l| (l.name.as_str(), l.rtype.as_str())).collect();
        assert_eq!(left, [("a", "TXT"), ("b", "LOC"), ("c", "A")]);
        assert_eq!(told.entries, []);
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["a10", "a2", "10", "_x", "", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "10", "_x", "a", "a2", "a10"]);
    }
}
