//! Markdown text on one line, also within a table.

/// The value with everything that Markdown or HTML would act on escaped.
///
/// # Errors
/// Never; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len() + 8);
    // White space at the ends shows nowhere; next to a mark such as `**` it would keep that from acting.
    let mut rest = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    // Most of a text is letters: these are taken together.
    while let Some(at) = rest.find(acts) {
        let (plain, from) = rest.split_at(at);
        text.push_str(plain);
        let Some(c) = from.chars().next() else { break };
        rest = &from[c.len_utf8()..];
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' => {
                text.push('\\');
                text.push(c);
            }
            c if c.is_control() => text.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
    text.push_str(rest);
    // At the start of a line these would make a list, a rule or a heading.
    if text.starts_with(['+', '-', '=']) {
        text.insert(0, '\\');
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text[digits..].strip_prefix(['.', ')']);
    if digits > 0 && rest.is_some_and(|r| r.is_empty() || r.starts_with(' ')) {
        text.insert(digits, '\\');
    }
    Ok(text)
}

/// What is not written as it stands.
fn acts(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || c == ' ' || c == '.' || c == ',')
        && (c.is_control()
            || matches!(c, '<' | '>' | '&' | '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn links_tags_and_headings_are_defused() {
        assert_eq!(quote("[x](javascript:y)").unwrap(), "\\[x\\](javascript:y)");
        assert_eq!(quote("<script>").unwrap(), "&lt;script&gt;");
        assert_eq!(quote("# a\n# b").unwrap(), "\\# a \\# b");
        assert_eq!(quote("1.5 a").unwrap(), "1.5 a");
        assert_eq!(quote("1. a").unwrap(), "1\\. a");
        assert_eq!(quote(" \n- a\u{3000}").unwrap(), "\\- a");
    }
}
