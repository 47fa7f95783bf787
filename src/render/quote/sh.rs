//! POSIX shell: single quotes.

/// A word that a shell takes literally.
///
/// # Errors
/// When it holds a NUL byte.
pub fn quote(value: &str) -> Result<String, String> {
    if value.contains('\0') {
        return Err("it holds a NUL byte".into());
    }
    Ok(format!("'{}'", value.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for value in crate::render::quote::tests::HOSTILE {
            let quoted = quote(value).unwrap_or_default();
            let out = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {quoted}")).output();
            assert_eq!(out.map(|o| o.stdout).unwrap_or_default(), value.as_bytes(), "{value:?}");
        }
    }
}
