//! JavaScript: a double-quoted string, which JSON's strings are too.

/// The value as a quoted string.
///
/// # Errors
/// When it can't be told as JSON; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    let quoted = serde_json::to_string(value).map_err(|e| e.to_string())?;
    // These end a line in older JavaScript, or are not seen.
    Ok(quoted.chars().fold(String::with_capacity(quoted.len()), |mut text, c| {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                text.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => text.push(c),
        }
        text
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_json_reads_back_what_was_quoted() {
        for value in crate::render::quote::tests::HOSTILE.iter().chain(&["a\u{2028}b", "\u{202e}x"]) {
            let quoted = quote(value).unwrap();
            assert!(!quoted.contains(['\n', '\u{2028}', '\u{202e}']), "{quoted}");
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), *value);
        }
    }
}
