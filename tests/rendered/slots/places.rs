//! The places of a template at which values stand, and the template with marks or other values there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// `{{helper path}}`, or `{{path}}`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The helper; empty without one.
    pub(super) helper: String,
    /// The value's path as the template writes it; `this` is named by the list that it is of.
    pub(super) path: String,
    /// The line, from 1.
    pub(super) line: u64,
    /// The words of the blocks around it: names of what it depends on.
    pub(super) under: BTreeSet<String>,
    /// The path as it stands there.
    arg: String,
    /// Where it stands in the text.
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
            let (helper, arg) = inner.split_once(' ').unwrap_or(("", inner));
            if helper == "len" || arg.starts_with(['"', '@']) {
                continue;
            }
            let known = decamp::render::quote::ALL.iter().any(|(name, _)| *name == helper);
            assert!(helper.is_empty() || known, "`{inner}`: what does this helper write?");
            assert!(!arg.contains([' ', '(']), "`{inner}`: a value that is made in the template");
            let list = blocks.iter().rev().find_map(|b| b[0].strip_prefix("each ")).unwrap_or_default().trim();
            let words = blocks.iter().flatten().flat_map(|b| b.split([' ', '(', ')', '.', '/', '"']));
            let path = if arg == "this" { list.to_owned() } else { arg.replacen("this.", &format!("{list}."), 1) };
            found.push(Place {
                helper: helper.to_owned(),
                path: path.replace("../", ""),
                line: text[..begin].matches('\n').count() as u64 + 1,
                under: words.filter(|w| !w.is_empty()).map(str::to_owned).collect(),
                arg: arg.to_owned(),
                at: begin..end,
            });
        }
    }
    found
}

/// The text with something else at each place.
fn with(text: &str, places: &[Place], other: impl Fn(usize, &Place) -> String) -> String {
    let (mut out, mut from) = (String::new(), 0);
    for (n, place) in places.iter().enumerate() {
        let _ = write!(out, "{}{}", &text[from..place.at.start], other(n, place));
        from = place.at.end;
    }
    out + &text[from..]
}

/// The text in which each place tells its number and, as JSON, the value that stands there.
pub(super) fn marked(text: &str, places: &[Place]) -> String {
    with(text, places, |n, p| format!("\u{e000}{n}:{{{{js {}}}}}\u{e001}", p.arg))
}

/// What those marks say: number and value.
pub(super) fn seen(filled: &str) -> Vec<(usize, String)> {
    let marks = filled.split('\u{e000}').skip(1).filter_map(|m| m.split_once('\u{e001}')?.0.split_once(':'));
    marks.map(|(n, json)| (n.parse().unwrap(), serde_json::from_str(json).unwrap())).collect()
}

/// The text in which each place takes its value from the slot of its number, by the same helper; `kept` stay as they are.
pub(super) fn slotted(text: &str, places: &[Place], kept: &[usize]) -> String {
    with(text, places, |n, p| {
        if kept.contains(&n) {
            text[p.at.clone()].to_owned()
        } else if p.helper.is_empty() {
            format!("{{{{{{@root.slots.s{n}}}}}}}")
        } else {
            format!("{{{{{} @root.slots.s{n}}}}}", p.helper)
        }
    })
}
