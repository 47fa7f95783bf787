//! octoDNS's YAML: a file a zone, named after it; below each name a record or a list of records.

use super::{Draft, quoted};
use crate::error::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const TYPES: [&str; 13] = ["A", "AAAA", "ALIAS", "CAA", "CNAME", "DNAME", "DS", "MX", "NS", "PTR", "SPF", "SRV", "TXT"];

/// Whether a text begins like such a file: names at the margin, types below them, and values that fit the types.
pub(super) fn is(text: &str) -> bool {
    let lines = || text.lines().take(400);
    let key = |l: &str| {
        !l.starts_with([' ', '\t', '-', '#'])
            && l.split(" #").next().unwrap_or(l).trim_end().ends_with(':')
            && !l.contains("://")
    };
    // At the margin stand names only, never a name with a value.
    let margin = |l: &str| {
        l.starts_with([' ', '\t', '-', '#', '?', ':']) || l.trim().is_empty() || l.trim() == "---" || {
            let l = l.split(" #").next().unwrap_or(l).trim_end();
            l.ends_with(':') || (l.contains(": {") && l.contains("type:"))
        }
    };
    lines().any(key) && lines().all(margin) && values_fit(lines())
}

/// Whether there are values of records, and more that fit their types than not: other lists have `type` and `value`, too.
fn values_fit<'t>(lines: impl Iterator<Item = &'t str>) -> bool {
    let (mut rtype, mut typed, mut valued) = (None, false, false);
    let (mut good, mut bad) = (0_usize, 0_usize);
    // Whether the items of a list are values.
    let mut inside = false;
    for line in lines {
        let line = line.trim_start_matches([' ', '\t', '?', ':']);
        let item = line.strip_prefix("- ");
        let plain = line.trim_start_matches([' ', '-', '\t']).trim_end();
        let value = match plain.split_once(':') {
            Some(("type", name)) => {
                let name = name.trim().trim_matches(['\'', '"']);
                rtype = TYPES.iter().find(|t| **t == name).copied();
                (typed, inside) = (typed || rtype.is_some(), false);
                continue;
            }
            Some(("value", value)) => {
                (valued, inside) = (true, false);
                Some(value.trim())
            }
            Some(("values", rest)) => {
                (valued, inside) = (true, rest.trim().is_empty());
                rest.trim().strip_prefix('[').and_then(|r| r.split([',', ']']).next())
            }
            _ => item.filter(|_| inside).map(str::trim),
        };
        if let (Some(rtype), Some(value)) = (rtype, value.filter(|v| !v.is_empty()))
            && let Some(fits) = fits(rtype, value.trim_matches(['\'', '"']))
        {
            (good, bad) = if fits { (good + 1, bad) } else { (good, bad + 1) };
        }
    }
    typed && valued && good >= bad
}

/// Whether a value fits its type; none where anything would.
fn fits(rtype: &str, value: &str) -> Option<bool> {
    Some(match rtype {
        "A" => value.parse::<std::net::Ipv4Addr>().is_ok(),
        "AAAA" => value.parse::<std::net::Ipv6Addr>().is_ok(),
        "ALIAS" | "CNAME" | "DNAME" | "NS" | "PTR" => !value.contains(char::is_whitespace),
        // These have fields of their own.
        "MX" | "SRV" | "CAA" | "DS" => value.contains(':') || value.starts_with('{'),
        _ => return None,
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Records {
    Many(Vec<Record>),
    One(Record),
}

#[derive(Deserialize)]
struct Record {
    r#type: String,
    #[serde(default)]
    ttl: Option<u64>,
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    values: Option<Vec<Value>>,
}

pub(super) fn zones(text: &str, path: &str, origin: Option<&str>) -> Result<Vec<Draft>> {
    let all: BTreeMap<String, Records> = crate::yaml::from_str(text, path)?;
    let file = path.rsplit(['/', '\\', '!']).next().unwrap_or(path);
    let domain = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml")).unwrap_or(file);
    let domain = if domain.contains('.') { domain } else { origin.unwrap_or(domain) };
    if !domain.contains('.') {
        return Err(Error::input("the file's name does not say which zone this is")
            .in_file(path)
            .hint("octoDNS names the file after the zone: example.org.yaml"));
    }
    let mut draft = Draft::new(domain);
    let lines = lines_of(text);
    for (name, records) in &all {
        let owner = if name.is_empty() { "@" } else { name.as_str() };
        let line = lines.get(name.as_str()).copied().unwrap_or(0);
        let list = match records {
            Records::Many(list) => list.as_slice(),
            Records::One(one) => std::slice::from_ref(one),
        };
        for record in list {
            let values = record.value.iter().chain(record.values.iter().flatten());
            for value in values {
                match said(&record.r#type, value) {
                    Some((rtype, text)) => {
                        draft.complete &= rtype == record.r#type;
                        draft.add(line, owner, record.ttl.unwrap_or(3600), rtype, &text);
                    }
                    None => draft.complete = false,
                }
            }
        }
    }
    Ok(vec![draft])
}

/// On which line each name stands, from 1.
fn lines_of(text: &str) -> BTreeMap<&str, u64> {
    let mut lines = BTreeMap::new();
    for (line, n) in text.lines().zip(1..) {
        if let Some(name) = line.trim_end().strip_suffix(':') {
            lines.entry(name.trim_matches(['\'', '"'])).or_insert(n);
        }
    }
    lines
}

/// Type and value as a master file says them.
fn said<'t>(rtype: &'t str, value: &Value) -> Option<(&'t str, String)> {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    };
    let field = |names: &[&str]| names.iter().find_map(|n| text(value.get(n)?));
    let host = |name: String| if name.ends_with('.') { name } else { format!("{name}.") };
    Some(match rtype {
        "MX" => {
            let preference = field(&["preference", "priority"]).unwrap_or_else(|| "10".into());
            (rtype, format!("{preference} {}", host(field(&["exchange", "value"])?)))
        }
        "SRV" => {
            let at = [field(&["priority"])?, field(&["weight"])?, field(&["port"])?].join(" ");
            (rtype, format!("{at} {}", host(field(&["target"])?)))
        }
        "CAA" => (
            rtype,
            format!(
                "{} {} {}",
                field(&["flags"]).unwrap_or_else(|| "0".into()),
                field(&["tag"])?,
                quoted(&field(&["value"])?)
            ),
        ),
        // octoDNS escapes semicolons.
        "TXT" | "SPF" => ("TXT", quoted(&text(value)?.replace("\\;", ";"))),
        "ALIAS" => ("CNAME", host(text(value)?)),
        "CNAME" | "NS" | "PTR" | "DNAME" => (rtype, host(text(value)?)),
        "A" | "AAAA" => (rtype, text(value)?),
        _ => return None,
    })
}
