//! JSON by the paths that its beginning has: `log.entries`, `[].ts`, `data[].gid`.

use super::Format;
use crate::evidence::Kind;
use crate::evidence::bookmarks;
use crate::evidence::cloud;
use crate::evidence::exports::Shapes;
use crate::evidence::grants;
use crate::evidence::logins::LoginFormat;
use crate::evidence::zone::other;
use std::collections::BTreeSet;

/// How many levels are looked at.
const DEPTH: usize = 4;
/// The most paths that are kept.
const PATHS: usize = 4000;

/// What the JSON is.
pub(super) fn format(text: &str, shapes: &Shapes) -> Result<Format, &'static str> {
    let paths = paths(text);
    let has = |path: &str| paths.contains(path);
    if has("log.entries") || has("log.creator") {
        return Ok(Format::Har);
    }
    let bitwarden = ["folders", "collections", "items", "passwordProtected", "data", "encKeyValidation_DO_NOT_EDIT"];
    if (has("encrypted") && bitwarden.iter().any(|k| has(k)))
        || ((has("folders") || has("collections")) && has("items"))
    {
        return Ok(Format::Logins(LoginFormat::BitwardenJson));
    }
    if let Some((kind, form)) = cloud::of_json(&paths, text) {
        return Ok(Format::Cloud(kind, form));
    }
    if has("ResourceRecordSets") {
        return Ok(Format::OtherZone(other::Form::Route53));
    }
    if has("[].name_value")
        || (has("name_value") && has("not_before"))
        || has("[].common_name")
        || (has("[].dns_names") && has("[].not_before"))
    {
        return Ok(Format::Certificates);
    }
    // Backups from before 2014 have neither codes nor ids, but the names of the types.
    let old_places = || has("children") && has("type") && text.contains("\"text/x-moz-place");
    if (has("guid") && has("typeCode") && has("children")) || has("children[].typeCode") || old_places() {
        return Ok(Format::Visited(Kind::Bookmarks, bookmarks::Form::Firefox));
    }
    if has("roots.bookmark_bar") {
        return Ok(Format::Visited(Kind::Bookmarks, bookmarks::Form::Chrome));
    }
    if has("Browser History") || has("Historial del navegador") {
        return Ok(Format::Visited(Kind::History, bookmarks::Form::Takeout));
    }
    if let Some(shape) = shapes.json(&paths) {
        return Ok(Format::Json(shape.clone()));
    }
    let item = |key: &str| ["[].", "value[].", "items[]."].iter().any(|l| paths.contains(&format!("{l}{key}")));
    let named = item("displayName") || item("appDisplayName");
    if named && (item("servicePrincipalType") || item("appId") || item("appOwnerOrganizationId")) {
        return Ok(Format::Grants(Kind::M365Apps, grants::Form::Json));
    }
    if item("displayText") && (item("clientId") || item("scopes")) {
        return Ok(Format::Grants(Kind::GoogleOauth, grants::Form::Json));
    }
    Err("it is JSON, but none of the kinds that decamp reads")
}

/// Scans without recursion and without building anything, so that no depth and no length matters.
fn paths(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // For each open bracket: whether it is an object, and how long the path was before it.
    let mut open: Vec<(bool, usize)> = Vec::new();
    let (mut here, mut deep) = (String::new(), 0_usize);
    let mut key = String::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, b)) = bytes.next() {
        match b {
            b'{' | b'[' => {
                if open.len() >= DEPTH {
                    deep += 1;
                    continue;
                }
                open.push((b == b'{', here.len()));
                if !key.is_empty() {
                    if !here.is_empty() {
                        here.push('.');
                    }
                    here.push_str(&key);
                    key.clear();
                }
                if b == b'[' {
                    here.push_str("[]");
                }
            }
            b'}' | b']' if deep > 0 => deep -= 1,
            b'}' | b']' => {
                if let Some((_, length)) = open.pop() {
                    here.truncate(length);
                }
                key.clear();
            }
            b',' => key.clear(),
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
                let in_object = deep == 0 && open.last().is_some_and(|(object, _)| *object);
                if !in_object || name.len() > 64 || !text[end + 1..].trim_start().starts_with(':') {
                    continue;
                }
                name.clone_into(&mut key);
                if found.len() < PATHS {
                    found.insert(if here.is_empty() { key.clone() } else { format!("{here}.{key}") });
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_the_outer_levels_only() {
        let all = paths(r#"{"log":{"entries":[{"a":{"b":1}}],"x":"y: \"z\":"},"l":[[{"q":1}]],"k":"v"}"#);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(all, ["k", "l", "l[][].q", "log", "log.entries", "log.entries[].a", "log.x"]);
        assert!(paths(&"[".repeat(200_000)).is_empty());
        assert!(paths("[{\"ts\":1},{\"type\":2}]").contains("[].type"));
    }
}
