//! A remark to the end of its line, in any syntax with such remarks: only people read it.

/// The most characters: nobody reads more, and nginx takes no longer remark than 4096 bytes.
const LONGEST: usize = 500;

/// The value on one line: what would end it, or change how it is shown, becomes a mark or a space. Of a long one the beginning.
///
/// # Errors
/// Never; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    let shown = crate::ui::printable(value);
    let plain = shown.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
    let all: String = plain.collect();
    let mut text = all.trim().to_owned();
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_never_has_a_second_line() {
        for value in ["a\nrm -rf x", "a\r\nb", "a\u{85}b", "a\u{2028}b", "\u{1b}[31mb", "\u{1b}]52;c;eA==\u{7}"] {
            let quoted = quote(value).unwrap();
            assert!(!quoted.chars().any(|c| c.is_control() || c == '\u{2028}'), "{quoted:?}");
        }
        assert_eq!(quote(&"ñ".repeat(501)).unwrap(), "ñ".repeat(500) + "…");
        assert_eq!(quote("casa-fotos: ñ").unwrap(), "casa-fotos: ñ");
    }
}
