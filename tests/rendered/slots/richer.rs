//! Data that reach what those of a few groups don't: what is empty in one place is filled as it is in another, and the other
//! way round. The values come from what the program gave; where it gave none, from here.

use super::data::Given;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A value's key, and that of what it stands in.
type Key = (String, String);

/// What no group here has: key of the whole, key, value.
fn seeds() -> Vec<(&'static str, &'static str, Value)> {
    let text = json!({"en": "some words", "es": "unas palabras"});
    vec![
        (
            "",
            "troubles",
            json!([{"what": "accounts", "file": "evidence/x.csv", "line": 3, "says": "is damaged"}, {"what": "lists", "file": "evidence/y.csv", "line": 4, "says": "is damaged"}]),
        ),
        ("redirects", "refused", json!([{"old": "/x", "why": text}])),
        ("set", "mail_login", json!("username")),
        ("imap", "login", json!("username")),
        ("tasks", "done", text.clone()),
        ("tasks", "who", json!("Teo")),
        ("tasks", "note", json!("a note")),
        ("vendors", "close", text.clone()),
        ("", "let_go_names", json!([{"needs": text, "from": "Old Chat"}])),
        ("", "let_go_names", json!(vec![json!({"needs": text, "from": "Old Chat"}); 3])),
        ("closing", "saved", json!([text])),
        ("", "let_go_more", json!(2)),
        (
            "",
            "let_go",
            json!([{"need": "chat", "need_name": text, "from": "old-chat", "from_name": "Old Chat", "to_name": null, "provider_name": null, "why": text, "reduce": null, "review": null}]),
        ),
        ("moves", "review", text.clone()),
        ("asks", "review", text.clone()),
        ("handover", "address", json!("nube.example")),
        ("seen", "sign_in", json!(["Old Chat"])),
        ("seen", "apps", json!(["Old App"])),
        ("list", "unsubscribed", json!([{"address": "bea@otra.example", "name": "Bea", "note": null}])),
        ("troubles", "line", json!(3)),
        ("resources", "region", json!("us-east-1")),
        ("resources", "state", json!("running")),
        ("resources", "system", json!("Debian")),
        ("resources", "tags", json!([{"key": "for", "value": "the site"}])),
    ]
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    }
}

/// Goes through all values with their keys; those in a list have the list's.
fn each(value: &mut Value, whole: &str, see: &mut dyn FnMut(&str, &str, &mut Value)) {
    match value {
        Value::Object(all) => {
            for (key, inner) in all.iter_mut() {
                see(whole, key, inner);
                each(inner, key, see);
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|inner| each(inner, whole, see)),
        _ => {}
    }
}

/// What is known of each key: a value that is not empty.
pub(super) fn samples(given: &Given) -> BTreeMap<Key, Value> {
    let mut found: BTreeMap<Key, Value> =
        seeds().into_iter().map(|(whole, key, value)| ((whole.to_owned(), key.to_owned()), value)).collect();
    for value in given.values().flatten() {
        each(&mut value.clone(), "", &mut |whole, key, value| {
            if !empty(value) {
                found.entry((whole.to_owned(), key.to_owned())).or_insert_with(|| value.clone());
            }
        });
    }
    found
}

/// The data with all that is empty filled.
pub(super) fn filled(value: &Value, samples: &BTreeMap<Key, Value>) -> Value {
    let mut rich = value.clone();
    each(&mut rich, "", &mut |whole, key, value| {
        if let Some(sample) = samples.get(&(whole.to_owned(), key.to_owned())).filter(|_| empty(value)) {
            *value = sample.clone();
        }
    });
    rich
}

/// The data in ways that differ by one of these keys: emptied, turned round, or with a value from the list above.
pub(super) fn turned(value: &Value, under: &BTreeSet<String>) -> Vec<Value> {
    let mut keys: Vec<Key> = Vec::new();
    each(&mut value.clone(), "", &mut |whole, key, _| {
        let key = (whole.to_owned(), key.to_owned());
        if under.contains(&key.1) && !keys.contains(&key) {
            keys.push(key);
        }
    });
    let with = |key: &Key, other: &dyn Fn(&Value) -> Value| {
        let mut turned = value.clone();
        each(&mut turned, "", &mut |whole, name, value| {
            if (whole, name) == (key.0.as_str(), key.1.as_str()) {
                *value = other(value);
            }
        });
        turned
    };
    let other = |value: &Value| match value {
        Value::Bool(b) => json!(!b),
        Value::Array(_) => json!([]),
        Value::Number(_) => json!(7),
        _ => Value::Null,
    };
    let seeds = seeds();
    let planted = seeds.iter().map(|(whole, key, seed)| ((*whole).to_owned(), (*key).to_owned(), seed));
    let planted = planted.filter(|(w, k, _)| keys.contains(&(w.clone(), k.clone())));
    let planted: Vec<Value> = planted.map(|(w, k, seed)| with(&(w, k), &|_| seed.clone())).collect();
    let short = |value: &Value| match value {
        Value::Array(all) => all.iter().take(1).cloned().collect(),
        other => other.clone(),
    };
    let turned = keys.iter().flat_map(|key| [with(key, &other), with(key, &short)]);
    turned.chain(planted).collect()
}

/// The data with at most so many things in each list.
pub(super) fn short(value: &Value, most: usize) -> Value {
    match value {
        Value::Array(all) => all.iter().take(most).map(|v| short(v, most)).collect(),
        Value::Object(all) => {
            all.iter().map(|(k, v)| (k.clone(), short(v, most))).collect::<serde_json::Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
