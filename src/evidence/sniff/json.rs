//! JSON by the keys of its outer levels.

use super::Format;
use crate::evidence::logins::LoginFormat;

/// Keys of an object and of the objects right below it, as far as the text goes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Keys {
    outer: Vec<String>,
    /// With the key that they stand under.
    inner: Vec<(String, String)>,
}

/// What the JSON is.
pub(super) fn format(text: &str) -> Result<Format, &'static str> {
    let keys = keys(text);
    let outer = |name: &str| keys.outer.iter().any(|k| k == name);
    let in_log = |name: &str| keys.inner.iter().any(|(o, k)| o == "log" && k == name);
    if outer("log") && (in_log("entries") || in_log("creator")) {
        return Ok(Format::Har);
    }
    let bitwarden = ["folders", "collections", "items", "passwordProtected", "data", "encKeyValidation_DO_NOT_EDIT"];
    if (outer("encrypted") && bitwarden.iter().any(|k| outer(k)))
        || ((outer("folders") || outer("collections")) && outer("items"))
    {
        return Ok(Format::Logins(LoginFormat::BitwardenJson));
    }
    Err("it is JSON, but no HTTP archive (HAR) and no Bitwarden export")
}

/// Scans without recursion and without building anything, so that no depth and no length matters.
fn keys(text: &str) -> Keys {
    let mut keys = Keys::default();
    // For each open bracket whether it is an object.
    let (mut depth, mut objects) = (0_usize, 0_u64);
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, b)) = bytes.next() {
        match b {
            b'{' | b'[' => {
                depth += 1;
                if depth < 64 {
                    objects = (objects & !(1 << depth)) | (u64::from(b == b'{') << depth);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let mut end = None;
                while let Some((n, b)) = bytes.next() {
                    match b {
                        b'\\' => drop(bytes.next()),
                        b'"' => {
                            end = Some(n);
                            break;
                        }
                        _ => {}
                    }
                }
                let Some(end) = end else { break };
                let name = &text[at + 1..end];
                let is_key = text[end + 1..].trim_start().starts_with(':');
                if !is_key || name.len() > 64 {
                    continue;
                }
                let both_objects = objects & 0b10 != 0 && objects & 0b100 != 0;
                if depth == 1 && objects & 0b10 != 0 {
                    keys.outer.push(name.to_owned());
                } else if depth == 2 && both_objects {
                    keys.inner.push((keys.outer.last().cloned().unwrap_or_default(), name.to_owned()));
                }
            }
            _ => {}
        }
    }
    keys
}
