//! HTML text and attribute values.

/// What is not written as it stands; of letters beyond ASCII, the first byte of those that may be looked at again.
const ACTS: super::Bytes = super::bytes("&<>\"'");

/// The value with the special characters as entities.
///
/// # Errors
/// Never; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len() + 8);
    let mut rest = value;
    // Most of a text is letters: these are taken together.
    while let Some(at) = super::first(rest, &ACTS) {
        let (plain, from) = rest.split_at(at);
        text.push_str(plain);
        let Some(c) = from.chars().next() else { break };
        rest = &from[c.len_utf8()..];
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            '\n' => text.push('\n'),
            c if c.is_control() => text.push('\u{fffd}'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_opens_a_tag_or_leaves_an_attribute() {
        for value in crate::render::quote::tests::HOSTILE {
            let quoted = quote(value).unwrap();
            assert!(!quoted.contains(['<', '>', '"', '\'']), "{quoted}");
        }
    }
}
