//! Markdown: code within a line, with the backticks.

/// The value between so many backticks that none within it ends the code.
///
/// # Errors
/// When it holds a line feed or another control character, or nothing that is seen.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    if value.trim().is_empty() {
        return Err("code is never blank".into());
    }
    let longest = value.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // The spaces belong to the fence where the text begins or ends as one would.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if value.starts_with(edge) || value.ends_with(edge) { " " } else { "" };
    Ok(format!("{fence}{pad}{value}{pad}{fence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_backtick_ends_the_code() {
        assert_eq!(quote("a"), Ok("`a`".into()));
        assert_eq!(quote("a`b"), Ok("``a`b``".into()));
        assert_eq!(quote("`"), Ok("`` ` ``".into()));
        assert!(quote("a\nb").is_err() && quote(" ").is_err());
    }
}
