//! The places of a template at which values stand, and the template with marks or other values there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// `{{helper path}}`, or `{{path}}`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The helpers that write it, the last one first; none where the value stands as it is.
    pub(super) helpers: Vec<String>,
    /// The value's path as the template writes it; `this` is named by the list that it is of.
    pub(super) path: String,
    /// The line, from 1.
    pub(super) line: u64,
    /// The words of the blocks around it: names of what it depends on.
    pub(super) under: BTreeSet<String>,
    /// Where the braces open.
    tag: usize,
    /// Where the path stands in the text.
    at: std::ops::Range<usize>,
}

/// All places of a text. What is written there by a block or a number of things is none.
pub(super) fn places(text: &str) -> Vec<Place> {
    let (mut found, mut blocks, mut at) = (Vec::new(), Vec::<Vec<String>>::new(), 0);
    while let Some(begin) = text[at..].find("{{").map(|n| at + n) {
        let long = text[begin..].starts_with("{{!--");
        let close = if long { "--}}" } else { "}}" };
        let mut end = begin + text[begin..].find(close).unwrap() + close.len();
        if text[begin..].starts_with("{{{") {
            end += 1;
        }
        at = end;
        let inner = text[begin..end].trim_matches(['{', '}']).trim_matches('~').trim();
        if let Some(block) = inner.strip_prefix('#') {
            blocks.push(vec![block.to_owned()]);
        } else if inner.starts_with('/') {
            blocks.pop();
        } else if let Some(other) = inner.strip_prefix("else") {
            blocks.last_mut().unwrap().push(other.to_owned());
        } else if !inner.starts_with(['!', '>']) {
            let list = blocks.iter().rev().find_map(|b| b[0].strip_prefix("each ")).unwrap_or_default().trim();
            let words = blocks.iter().flatten().flat_map(|b| b.split([' ', '(', ')', '.', '/', '"']));
            let under: BTreeSet<String> = words.filter(|w| !w.is_empty()).map(str::to_owned).collect();
            for (helpers, arg, at) in values(inner, begin + text[begin..end].find(inner).unwrap()) {
                let path = if arg == "this" { list.to_owned() } else { arg.replacen("this.", &format!("{list}."), 1) };
                found.push(Place {
                    helpers,
                    path: path.replace("../", ""),
                    line: text[..begin].matches('\n').count() as u64 + 1,
                    under: under.clone(),
                    tag: begin,
                    at,
                });
            }
        }
    }
    found
}

/// The values that one pair of braces writes: helpers, path, where.
fn values(inner: &str, from: usize) -> Vec<(Vec<String>, &str, std::ops::Range<usize>)> {
    let (mut helpers, mut found, mut at) = (Vec::new(), Vec::new(), 0);
    while at < inner.len() {
        let rest = &inner[at..];
        if let Some(list) = rest.strip_prefix("(join ") {
            // The items together are the value.
            let end = at + rest.find(')').unwrap() + 1;
            found.push((
                helpers.iter().rev().cloned().collect(),
                list.split(' ').next().unwrap(),
                from + at..from + end,
            ));
            at = end;
            continue;
        }
        let (word, skip) = match rest.as_bytes()[0] {
            b' ' | b'(' => ("", 1),
            b')' => {
                helpers.pop();
                ("", 1)
            }
            b'"' => ("", rest[1..].find('"').unwrap() + 2),
            _ => {
                let end = rest.find([' ', ')']).unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        if decamp::render::quote::ALL.iter().any(|(name, _)| *name == word) {
            helpers.push(word.to_owned());
        } else if word == "len" {
            return Vec::new();
        } else if !word.is_empty() && !word.starts_with('@') {
            let begins = at == 0 || inner[..at].ends_with([' ', '(']) && !helpers.is_empty();
            assert!(begins, "`{inner}`: what does this helper write?");
            found.push((helpers.iter().rev().cloned().collect(), word, from + at..from + at + skip));
        }
        at += skip;
    }
    found
}

/// The text in which each place tells its number and, as JSON, the value that stands there.
pub(super) fn marked(text: &str, places: &[Place]) -> String {
    let (mut out, mut from) = (String::new(), 0);
    for (n, place) in places.iter().enumerate() {
        let path = &text[place.at.clone()];
        let _ = write!(out, "{}\u{e000}{n}:{{{{js {path}}}}}\u{e001}", &text[from..place.tag]);
        from = place.tag;
    }
    out + &text[from..]
}

/// What those marks say: number and value.
pub(super) fn seen(filled: &str) -> Vec<(usize, String)> {
    let marks = filled.split('\u{e000}').skip(1).filter_map(|m| m.split_once('\u{e001}')?.0.split_once(':'));
    marks.map(|(n, json)| (n.parse().unwrap(), serde_json::from_str(json).unwrap())).collect()
}

/// The text in which each place takes its value from the slot of its number; `kept` stay as they are.
pub(super) fn slotted(text: &str, places: &[Place], kept: &[usize]) -> String {
    let (mut out, mut from) = (String::new(), 0);
    for (n, place) in places.iter().enumerate().filter(|(n, _)| !kept.contains(n)) {
        let _ = write!(out, "{}@root.slots.s{n}", &text[from..place.at.start]);
        from = place.at.end;
    }
    out + &text[from..]
}
