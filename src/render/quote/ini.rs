//! `rclone.conf` and `mbsyncrc`: a value to the end of its line.

/// The value, when the line can carry it as it is.
///
/// # Errors
/// When it holds a control character, begins or ends with white space, or holds a character that one of the programs
/// acts on.
pub fn quote(value: &str) -> Result<String, String> {
    let value = super::one_line(value)?;
    if value != value.trim() {
        return Err("it begins or ends with white space".into());
    }
    if value.contains(['"', '\\', '#', ';', '[', ']', '%', '`', '$', '\'']) {
        return Err("it holds a character that the program would act on".into());
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_comments_can_not_be_smuggled_in() {
        for bad in ["]\n[x", "a#b", "a;b", " a", "a\\b", "\"a"] {
            assert!(quote(bad).is_err(), "{bad:?}");
        }
        assert_eq!(quote("https://share.example.org/remote.php"), Ok("https://share.example.org/remote.php".into()));
    }
}
