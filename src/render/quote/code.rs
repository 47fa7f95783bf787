//! Markdown: a line of an indented block of code.

/// The value as it stands: nothing acts there but the end of the line.
///
/// # Errors
/// When it holds a line feed or another control character.
pub fn quote(value: &str) -> Result<String, String> {
    super::one_line(value).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_has_no_second_line() {
        assert_eq!(quote("v=spf1 `x` -all"), Ok("v=spf1 `x` -all".into()));
        assert!(quote("x\n# y").is_err() && quote("x\u{2028}y").is_err());
    }
}
