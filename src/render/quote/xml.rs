//! XML text and attribute values.

/// The value with the five special characters as entities.
///
/// # Errors
/// When it holds a character that XML 1.0 has no way to write.
pub fn quote(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            // A remark may hold no two hyphens, nor end in one.
            '-' if text.is_empty() || text.ends_with('-') => text.push_str("&#45;"),
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            '\t' | '\n' | '\r' => text.push_str(&format!("&#{};", c as u32)),
            c if (c as u32) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                return Err("it holds a character that XML can't write".into());
            }
            c => text.push(c),
        }
    }
    if text.ends_with('-') {
        text.truncate(text.len() - 1);
        text.push_str("&#45;");
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_xml_reader_reads_back_what_was_quoted() {
        for value in crate::render::quote::tests::HOSTILE {
            let quoted = quote(value).unwrap();
            assert_eq!(quick_xml::escape::unescape(&quoted).unwrap(), *value);
            assert!(!quoted.contains(['<', '"', '\n']), "{quoted}");
        }
        assert_eq!(quote("a-b--c-").unwrap(), "a-b-&#45;c&#45;");
    }
}
