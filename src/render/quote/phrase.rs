//! A name before an address of mail (RFC 5322): `"Ana Ruiz" <ana@casa.example>`.

/// The name as a quoted string.
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
    fn no_name_holds_a_second_address() {
        assert_eq!(quote("x\" <evil@x.example>, \"y"), Ok("\"x\\\" <evil@x.example>, \\\"y\"".into()));
        assert!(quote("x\nevil@x.example").is_err());
    }
}
