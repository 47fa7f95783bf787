//! Master files: a quoted string, in pieces of at most 255 bytes (RFC 1035 §5.1).

/// The value as one or more quoted strings.
///
/// # Errors
/// When it is longer than a record can be.
pub fn quote(value: &str) -> Result<String, String> {
    if value.len() > 60_000 {
        return Err("it is longer than a TXT record".into());
    }
    let mut pieces = Vec::new();
    for piece in value.as_bytes().chunks(255) {
        let mut text = String::from("\"");
        for b in piece {
            match b {
                b'"' | b'\\' => {
                    text.push('\\');
                    text.push(char::from(*b));
                }
                0x20..0x7f => text.push(char::from(*b)),
                _ => text.push_str(&format!("\\{b:03}")),
            }
        }
        text.push('"');
        pieces.push(text);
    }
    if pieces.is_empty() {
        pieces.push("\"\"".to_owned());
    }
    Ok(pieces.join(" "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::zone::{Data, Options, no_include, parse};

    fn back(quoted: &str) -> Data {
        let text = format!("@ TXT {quoted}\n");
        let options = Options { path: "t.example.zone", origin: None, include: &no_include };
        let mut zone = parse(text.as_bytes(), options).unwrap();
        assert_eq!(zone.records.len(), 1, "{text}");
        zone.records.remove(0).data
    }

    #[test]
    fn our_reader_reads_back_what_was_quoted() {
        for value in crate::render::quote::tests::HOSTILE {
            assert_eq!(back(&quote(value).unwrap()), Data::Txt((*value).to_owned()), "{value:?}");
        }
    }

    #[test]
    fn long_values_are_cut() {
        let long = "x".repeat(600);
        assert_eq!(back(&quote(&long).unwrap()), Data::Txt(long));
    }
}
