//! The only module that reads and writes YAML: strict, bounded, with file, line and "did you mean".

use crate::error::{Error, Result, did_you_mean};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads one document.
///
/// # Errors
/// With file, line, the line's text and, for unknown words, the nearest known one.
pub fn from_str<T: DeserializeOwned>(text: &str, file: &str) -> Result<T> {
    let options = serde_yaml::options! {
        strict_booleans: true,
        budget: serde_yaml::budget! {
            max_events: 400_000,
            max_aliases: 100,
            max_anchors: 100,
            max_recorded_anchor_events: 10_000,
            max_depth: 32,
            max_documents: 1,
        },
    };
    serde_yaml::from_str_with_options(text, options).map_err(|e| explain(&e, text, file))
}

/// Writes one document.
///
/// # Errors
/// When the value can't be written as YAML, which is a mistake in decamp.
pub fn to_string(value: &impl Serialize) -> Result<String> {
    serde_yaml::to_string(value).map_err(|e| Error::machine(format!("could not write YAML: {e}")))
}

fn explain(e: &serde_yaml::Error, text: &str, file: &str) -> Error {
    let plain = e.without_snippet().to_string();
    let message = plain.split(" at line ").next().unwrap_or(&plain).trim_end_matches(':');
    let message = message.lines().next().unwrap_or(message).trim();
    let mut error = Error::input(message.to_owned());
    if let Some(location) = e.location().filter(|l| l.line() > 0) {
        let line = location.line();
        error = error.at(file, line);
        let snippet = usize::try_from(line - 1).ok().and_then(|n| text.lines().nth(n)).unwrap_or_default();
        error = error.snippet(crate::ui::printable(snippet.trim_end()));
    } else {
        error = error.in_file(file);
    }
    for hint in hints(message) {
        error = error.hint(hint);
    }
    error
}

/// The reader names the unknown word in back-ticks and lists the known ones behind "expected".
fn hints(message: &str) -> Vec<String> {
    if !(message.contains("unknown field") || message.contains("unknown variant")) {
        return Vec::new();
    }
    let Some((head, tail)) = message.split_once("expected") else { return Vec::new() };
    let Some(unknown) = head.split('`').nth(1) else { return Vec::new() };
    let tail = tail.trim_start_matches(" one of").trim();
    let known: Vec<&str> = tail.split([',', '`', ' ']).filter(|w| !w.is_empty() && *w != "or").collect();
    match did_you_mean(unknown, known.iter().copied()) {
        Some(near) => vec![format!("did you mean `{near}`?")],
        None => vec![format!("known are: {}", known.join(", "))],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Group {
        #[allow(dead_code)]
        name: String,
        #[allow(dead_code)]
        people: Option<u32>,
    }

    #[test]
    fn unknown_fields_are_named_with_line_and_suggestion() {
        let e = from_str::<Group>("name: Casa\npeple: 3\n", "group.yaml").unwrap_err();
        assert_eq!(e.at.as_ref().unwrap().line, Some(2));
        assert_eq!(e.hints, ["did you mean `people`?"], "{e}");
    }

    #[test]
    fn duplicate_keys_are_refused() {
        assert!(from_str::<Group>("name: a\nname: b\n", "g").is_err());
    }

    #[test]
    fn an_alias_bomb_is_refused_quickly() {
        let mut text = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
        for i in 0..9 {
            let (this, last) = (char::from(b'b' + i), char::from(b'a' + i));
            text.push_str(&format!(
                "{this}: &{this} [*{last},*{last},*{last},*{last},*{last},*{last},*{last},*{last},*{last}]\n"
            ));
        }
        let start = std::time::Instant::now();
        assert!(from_str::<serde_json::Value>(&text, "bomb.yaml").is_err());
        assert!(start.elapsed().as_secs() < 1);
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(from_str::<serde_json::Value>(&"[".repeat(10_000_000), "deep.yaml").is_err());
    }
}
