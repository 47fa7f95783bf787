//! nginx: a double-quoted argument.

/// The value as a quoted argument in which `$` names no variable.
///
/// # Errors
/// When it holds a control character, or a `$`, for which nginx has no escape.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    if value.contains('$') {
        return Err("it holds a `$`, which nginx takes for a variable".into());
    }
    Ok(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_directive() {
        assert_eq!(quote("a\"; return 200; #"), Ok("\"a\\\"; return 200; #\"".into()));
        assert!(quote("$host").is_err() && quote("a\nb").is_err());
    }
}
