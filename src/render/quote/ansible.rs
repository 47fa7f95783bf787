//! Ansible: a YAML scalar that Jinja never looks into.

/// The value as a quoted scalar with the tag `!unsafe`: `{{ lookup('pipe', 'id') }}` stays text, wherever a role puts it.
///
/// # Errors
/// Never; the signature is that of all quoting functions.
pub fn quote(value: &str) -> Result<String, String> {
    Ok(format!("!unsafe {}", super::yaml::quote(value)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_marked() {
        assert_eq!(quote("{{ lookup('pipe', 'id') }}").unwrap(), "!unsafe \"{{ lookup('pipe', 'id') }}\"");
        assert_eq!(quote("a\"\n- b").unwrap(), "!unsafe \"a\\\"\\n- b\"");
    }
}
