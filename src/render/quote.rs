//! Quoting, one file a target syntax. A value goes into a configuration only through one of these; what a syntax can't
//! say is an error, never changed in silence.

pub mod ansible;
pub mod apache;
pub mod code;
pub mod csv;
pub mod html;
pub mod ini;
pub mod js;
pub mod mbsync;
pub mod md;
pub mod nginx;
pub mod phrase;
pub mod plain;
pub mod remark;
pub mod sh;
pub mod tick;
pub mod xml;
pub mod yaml;
pub mod zone;

/// A quoting function: the value as the syntax writes it, or why it can't.
pub type Quote = fn(&str) -> Result<String, String>;

/// Helper name → function; templates call them as `{{sh x}}`.
pub const ALL: &[(&str, Quote)] = &[
    ("ansible", ansible::quote),
    ("apache", apache::quote),
    ("code", code::quote),
    ("csv", csv::quote),
    ("html", html::quote),
    ("ini", ini::quote),
    ("js", js::quote),
    ("mbsync", mbsync::quote),
    ("md", md::quote),
    ("nginx", nginx::quote),
    ("phrase", phrase::quote),
    ("plain", plain::quote),
    ("remark", remark::quote),
    ("sh", sh::quote),
    ("tick", tick::quote),
    ("xml", xml::quote),
    ("yaml", yaml::quote),
    ("zone", zone::quote),
];

/// For each byte, whether a syntax looks at it.
type Bytes = [bool; 256];

/// Those of `marks` (ASCII), control characters, and the first bytes of what acts beyond ASCII: C1 controls (`C2`) and the
/// marks that turn the direction of writing (`E2`).
const fn bytes(marks: &str) -> Bytes {
    let mut all = [false; 256];
    let mut n = 0;
    while n < 0x20 {
        all[n] = true;
        n += 1;
    }
    let marks = marks.as_bytes();
    let mut n = 0;
    while n < marks.len() {
        all[marks[n] as usize] = true;
        n += 1;
    }
    all[0x7f] = true;
    all[0xc2] = true;
    all[0xe2] = true;
    all
}

/// Where the first of them stands. Most of a text is letters: these are passed over byte by byte, without making characters.
fn first(text: &str, bytes: &Bytes) -> Option<usize> {
    text.bytes().position(|b| bytes[usize::from(b)])
}

/// Refuses control characters and what Unicode takes for the end of a line, for syntaxes in which that ends the value.
fn one_line(value: &str) -> Result<&str, String> {
    if value.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err("it holds a line feed or another control character".into());
    }
    Ok(value)
}

/// In double quotes, with a backslash before quotes and backslashes: what several syntaxes share.
fn backslashed(value: &str) -> Result<String, String> {
    let value = one_line(value)?;
    Ok(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Values that break out of a syntax that does not quote them.
    pub(crate) const HOSTILE: &[&str] = &[
        "a'b",
        "a\"b",
        "a\\b",
        "$(id)",
        "`id`",
        "a;b",
        "a|b",
        "a b",
        "-oProxyCommand=x",
        "{{x}}",
        "a}b{",
        "<script>",
        "&amp;",
        "#x",
        "]\n[x",
        "a\nb",
        "a\tb",
        "]]>",
        "%n",
        "!unsafe",
        "*x",
        "[x](javascript:y)",
        "=1+1",
        "~",
        "ñandú",
        "",
        "null",
        "yes",
        "|x|",
    ];

    #[test]
    fn control_characters_never_get_through_line_syntaxes() {
        for (name, quote) in ALL {
            for value in HOSTILE {
                if let Ok(quoted) = quote(value) {
                    assert!(
                        !quoted.contains('\n') || *name == "html" || *name == "xml" || *name == "sh",
                        "{name} {value:?} {quoted:?}"
                    );
                }
            }
        }
    }
}
