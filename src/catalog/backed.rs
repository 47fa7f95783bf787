//! What of an item may be shown: claims, hosts, prices, settings and patterns that nobody backs (`sourced: none`) are
//! left out; steps stay and are marked, questions stay.

use serde_json::{Map, Value, json};

/// `item` without what nobody backs.
pub fn backed(item: Value) -> Value {
    pruned(item).unwrap_or(Value::Null)
}

fn pruned(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.get("sourced") == Some(&json!("none")) => left(&map),
        Value::Object(map) => {
            Some(Value::Object(map.into_iter().filter_map(|(k, v)| pruned(v).map(|v| (k, v))).collect()))
        }
        Value::Array(list) => Some(Value::Array(list.into_iter().filter_map(pruned).collect())),
        other => Some(other),
    }
}

/// What is left of a piece that has no source.
fn left(map: &Map<String, Value>) -> Option<Value> {
    if let Some(ask) = map.get("ask") {
        return Some(json!({ "ask": ask }));
    }
    if map.contains_key("offered") {
        return Some(json!({ "offered": "unknown" }));
    }
    match (map.get("format"), map.get("steps")) {
        (Some(format), Some(steps)) => Some(json!({"format": format, "steps": steps, "unverified": true})),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_backs_is_left_out() {
        let item = json!({
            "hosts": [{"operator": "x", "sourced": "none"}, {"operator": "y", "sourced": "reported"}],
            "who": {"says": {"en": "a", "es": "b"}, "sourced": "none"},
            "settings": {"mx": {"value": "a", "ask": {"en": "q", "es": "q"}, "sourced": "none"}, "ns": {"value": "b", "sourced": "none"}},
            "offers": {"z": {"offered": "yes", "note": {"en": "n", "es": "n"}, "sourced": "none"}},
            "exports": {"chat": [{"format": "json", "steps": ["s"], "limits": {"en": "l", "es": "l"}, "sourced": "none"}]},
        });
        let wanted = json!({
            "hosts": [{"operator": "y", "sourced": "reported"}],
            "settings": {"mx": {"ask": {"en": "q", "es": "q"}}},
            "offers": {"z": {"offered": "unknown"}},
            "exports": {"chat": [{"format": "json", "steps": ["s"], "unverified": true}]},
        });
        assert_eq!(backed(item), wanted);
    }
}
