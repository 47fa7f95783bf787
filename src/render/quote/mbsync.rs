//! `mbsyncrc`: one argument in double quotes.

/// The value as one argument that mbsync reads back as it was.
///
/// # Errors
/// When it holds a control character.
pub fn quote(value: &str) -> Result<String, String> {
    super::backslashed(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_argument_or_the_line() {
        assert_eq!(quote("a\" #b\\"), Ok("\"a\\\" #b\\\\\"".into()));
        assert!(quote("x\nPassCmd id").is_err() && quote("x\ry").is_err());
    }
}
