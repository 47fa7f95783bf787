//! Apache: a double-quoted argument.

/// The value as a quoted argument.
///
/// # Errors
/// When it holds a control character, or `${`, which Apache takes for a name of its own while it reads the file.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    if value.contains("${") {
        return Err("it holds `${`, which Apache takes for a name".into());
    }
    Ok(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_argument() {
        assert_eq!(quote("a\" b \\"), Ok("\"a\\\" b \\\\\"".into()));
        assert!(quote("${PATH}").is_err() && quote("a\nb").is_err());
    }
}
