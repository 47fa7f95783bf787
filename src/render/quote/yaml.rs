//! YAML: a double-quoted scalar, which JSON's strings are too.

/// The value as a quoted scalar.
///
/// # Errors
/// Never; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                text.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn yaml_reads_back_what_was_quoted() {
        for value in crate::render::quote::tests::HOSTILE {
            let text = format!("a: {}\n", quote(value).unwrap());
            let back: std::collections::BTreeMap<String, String> = crate::yaml::from_str(&text, "t").unwrap();
            assert_eq!(back["a"], *value, "{text}");
        }
    }
}
