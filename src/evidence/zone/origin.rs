//! Which zone a master file is of: what its relative names are relative to.

use super::lex::Lexer;
use super::record::absolute;

/// What the file says, else the group's one domain, else the file's name.
pub(super) fn of(bytes: &[u8], path: &str, domain: Option<&str>) -> String {
    said(bytes, path).or_else(|| domain.map(str::to_ascii_lowercase)).unwrap_or_else(|| of_file(path))
}

/// `$ORIGIN`, else the absolute owner of the SOA, whichever stands in the file.
fn said(bytes: &[u8], path: &str) -> Option<String> {
    let mut lexer = Lexer::new(bytes, path);
    let mut seen = 0;
    let mut bare: Option<String> = None;
    while seen < 1000 {
        seen += 1;
        let entry = match lexer.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            // Its reader will name the line.
            Err(_) => {
                lexer.skip_line();
                continue;
            }
        };
        let words: Vec<&str> = entry.tokens.iter().map(|t| t.text.as_str()).collect();
        if words[0].eq_ignore_ascii_case("$ORIGIN") {
            return words.get(1).and_then(|o| absolute(o, "")).map(|o| o.to_ascii_lowercase());
        }
        let is_soa = words.iter().skip(1).take(3).any(|w| w.eq_ignore_ascii_case("SOA"));
        if is_soa && words[0].ends_with('.') && !entry.blank_owner {
            return absolute(words[0], "").map(|o| o.to_ascii_lowercase());
        }
        // Some exports leave the dot away at the SOA, and there only.
        if is_soa && words[0].contains('.') && plain(words[0]) && !entry.blank_owner {
            bare = absolute(words[0], "").map(|o| o.to_ascii_lowercase());
        } else if bare.is_some()
            && words[0].ends_with('.')
            && absolute(words[0], "").is_some_and(|o| bare.as_deref() == Some(&o.to_ascii_lowercase()))
        {
            return bare;
        }
    }
    None
}

/// Letters, digits, dots and hyphens only.
pub(super) fn plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}

/// The origin by the file's name: `evidence/casa.example.zone` → `casa.example`.
fn of_file(path: &str) -> String {
    let file = path.rsplit(['/', '\\', '!']).next().unwrap_or(path);
    let file = file.strip_prefix("db.").unwrap_or(file);
    let stem = [".zone", ".txt", ".db", ".bind", ".dns"].iter().find_map(|ext| file.strip_suffix(ext)).unwrap_or(file);
    absolute(stem, "").unwrap_or_default().to_ascii_lowercase()
}
