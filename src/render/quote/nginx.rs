//! nginx: a double-quoted argument.

/// The most bytes of an argument: nginx reads its files through a buffer of 4096.
const LONGEST: usize = 4000;

/// The value as a quoted argument in which `$` names no variable.
///
/// # Errors
/// When it holds a control character, or a `$`, for which nginx has no escape, or is longer than nginx reads.
pub fn quote(value: &str) -> Result<String, String> {
    // What only Unicode takes for the end of a line is a letter to nginx, and may stand in an address.
    if value.chars().any(char::is_control) {
        return Err("it holds a line feed or another control character".into());
    }
    if value.contains('$') {
        return Err("it holds a `$`, which nginx takes for a variable".into());
    }
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    if quoted.len() > LONGEST { Err("it is longer than nginx reads".into()) } else { Ok(quoted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_directive() {
        assert_eq!(quote("a\"; return 200; #"), Ok("\"a\\\"; return 200; #\"".into()));
        assert!(quote(&"x".repeat(5000)).is_err());
        assert_eq!(quote("/a\u{2028}b"), Ok("\"/a\u{2028}b\"".into()));
        assert!(quote("$host").is_err() && quote("a\nb").is_err());
    }
}
