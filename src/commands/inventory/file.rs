//! `inventory.yaml` as a file: what decamp writes above, what people write in the last section.

use crate::catalog::Catalog;
use crate::commands::Context;
use crate::error::Result;
use crate::files::Files;
use crate::inventory::{Corrections, Inventory, corrections};
use crate::workspace::{Set, Workspace, sha256};

const NAME: &str = "inventory.yaml";
const HEAD: &str = "inventory.yaml#services";
const EMPTY: &str = "corrections: {remove: [], add: [], set: {}}\n";

/// The file's text; `kept` is the last section as people wrote it.
pub(super) fn text(made: &Inventory, kept: Option<&str>) -> Result<String> {
    let mut head = made.clone();
    head.corrections = Corrections::default();
    let yaml = crate::yaml::to_string(&head)?;
    let above = yaml.split("\ncorrections:").next().unwrap_or(&yaml);
    Ok(format!("{above}\n{}", kept.unwrap_or(EMPTY)))
}

/// Where the last section begins: a line `corrections:`, with the comments right above it.
fn section(text: &str) -> Option<usize> {
    let key = if text.starts_with("corrections:") { Some(0) } else { text.find("\ncorrections:").map(|at| at + 1) }?;
    let mut start = key;
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    Some(start)
}

/// Applies the corrections of the file that is there, adopts what was done by hand above them, and writes the file
/// anew. Returns what was moved into the corrections.
pub(super) fn write(
    ctx: &Context,
    workspace: &mut Workspace<'_>,
    files: &Files,
    catalog: &Catalog,
    made: &mut Inventory,
) -> Result<Vec<String>> {
    let mut moved = Vec::new();
    let mut kept: Option<String> = None;
    if files.exists(NAME) {
        let old_text = files.read_text(NAME, 64 * 1024 * 1024)?;
        let old = workspace.inventory()?;
        let at = section(&old_text).unwrap_or(old_text.len());
        let (above, below) = old_text.split_at(at);
        let mut fixed = old.corrections.clone();
        let known = workspace.state.files.get(HEAD).is_some_and(|k| k.contains(&sha256(above.as_bytes())));
        if !known && !workspace.state.services.is_empty() {
            moved = corrections::adopt(&old, &workspace.state.services, &mut fixed);
        }
        let below = if below.is_empty() { EMPTY } else { below };
        kept = Some(if moved.is_empty() { below.to_owned() } else { rewritten(below, &fixed)? });
        made.corrections = fixed;
    }
    made.corrections.apply(catalog, &mut made.services);
    made.conflicts = crate::inventory::merge::conflicts(catalog, &made.services);
    let body = text(made, kept.as_deref())?;
    let above = &body[..section(&body).unwrap_or(body.len())];
    workspace.state.files.insert(HEAD.into(), vec![sha256(above.as_bytes())]);
    workspace.state.services = corrections::written(made);
    let mut set = Set::new();
    set.insert(NAME.into(), body.into_bytes());
    workspace.write(&set, &[NAME], &[], ctx.force)?;
    Ok(moved)
}

/// The last section with new entries; the comments of the old one stay, above.
fn rewritten(below: &str, fixed: &Corrections) -> Result<String> {
    #[derive(serde::Serialize)]
    struct Section<'a> {
        corrections: &'a Corrections,
    }
    let comments: String = below.lines().filter_map(comment).flat_map(|c| [c, "\n"]).collect();
    Ok(format!("{comments}{}", crate::yaml::to_string(&Section { corrections: fixed })?))
}

/// A line's comment: all of it, or what stands behind a value.
fn comment(line: &str) -> Option<&str> {
    if line.trim_start().starts_with('#') {
        return Some(line.trim_start());
    }
    let (mut single, mut double) = (false, false);
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '#' if !single && !double && before.is_whitespace() => return Some(&line[at..]),
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_takes_its_comments_along() {
        let text = "a: 1\n# ours\n# more\ncorrections:\n  remove: []\n";
        assert_eq!(section(text).map(|at| &text[at..]), Some("# ours\n# more\ncorrections:\n  remove: []\n"));
        assert_eq!(section("a: 1\n"), None);
    }

    #[test]
    fn comments_are_found_behind_values_too() {
        assert_eq!(comment("  - id: slack # Ana says so"), Some("# Ana says so"));
        assert_eq!(comment("  why: 'not # a comment'"), None);
        assert_eq!(comment("  why: a#b"), None);
    }
}
