//! `mbsyncrc`: one argument in double quotes.

/// The most bytes of an argument: mbsync reads lines of at most 1023 bytes, and cuts longer ones in silence.
const LONGEST: usize = 700;

/// The value as one argument that mbsync reads back as it was.
///
/// # Errors
/// When it holds a control character, or is longer than mbsync reads.
pub fn quote(value: &str) -> Result<String, String> {
    let quoted = super::backslashed(value)?;
    if quoted.len() > LONGEST { Err("it is longer than mbsync reads".into()) } else { Ok(quoted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_argument_or_the_line() {
        assert_eq!(quote("a\" #b\\"), Ok("\"a\\\" #b\\\\\"".into()));
        assert!(quote("x\nPassCmd id").is_err() && quote("x\ry").is_err());
        assert!(quote(&"x".repeat(5000)).is_err());
    }
}
