//! Plain text to the end of its line.

/// The value as it is.
///
/// # Errors
/// When it holds a control character, or a line can't begin or end with it.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    if value != value.trim() || value.starts_with('#') {
        return Err("it begins or ends as no line can".into());
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_line_and_no_remark() {
        assert!(["a\nb", "#a", " a", "a\u{85}b"].iter().all(|bad| quote(bad).is_err()));
        assert_eq!(quote("Ana; Ruiz $(id)"), Ok("Ana; Ruiz $(id)".into()));
    }
}
