//! Terraform's configuration (`main.tf`): the types of its resource blocks, whatever stands in comments and texts left out.

use super::types::Types;
use crate::error::Result;
use crate::evidence::Input;
use crate::evidence::text::{Text, failed};

/// Reads the lines one after the other, and knows what is open.
#[derive(Debug, Default)]
struct Lines {
    comment: bool,
    /// The word that ends the text (`<<EOT`).
    text: Option<String>,
}

impl Lines {
    /// The type of the resource whose block begins on this line.
    fn block<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        if let Some(end) = &self.text {
            if line.trim() == end.as_str() {
                self.text = None;
            }
            return None;
        }
        let begins = !self.comment;
        let code = self.code(line);
        resource(code).filter(|_| begins)
    }

    /// The line up to a comment; notes what stays open at its end.
    fn code<'l>(&mut self, line: &'l str) -> &'l str {
        let mut ends = line.len();
        let mut bytes = line.bytes().enumerate();
        let mut quoted = false;
        while let Some((at, b)) = bytes.next() {
            let rest = &line.as_bytes()[at..];
            match b {
                _ if self.comment => {
                    self.comment = !rest.starts_with(b"*/");
                    if !self.comment {
                        bytes.next();
                    }
                }
                b'\\' if quoted => drop(bytes.next()),
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'#' => return &line[..at.min(ends)],
                b'/' if rest.starts_with(b"//") => return &line[..at.min(ends)],
                b'/' if rest.starts_with(b"/*") => {
                    self.comment = true;
                    ends = ends.min(at);
                    bytes.next();
                }
                b'<' if rest.starts_with(b"<<") => {
                    let word = line[at + 2..].trim_start_matches('-').trim();
                    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        self.text = Some(word.to_owned());
                    }
                    return &line[..at.min(ends)];
                }
                _ => {}
            }
        }
        &line[..ends]
    }
}

/// `resource "TYPE" "NAME" {` → TYPE (Terraform's language, "Resource blocks").
fn resource(code: &str) -> Option<&str> {
    let rest = code.trim_start().strip_prefix("resource")?;
    let (what, rest) = rest.strip_prefix([' ', '\t'])?.trim_start().strip_prefix('"')?.split_once('"')?;
    let (name, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let word = |w: &str| w.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let typed = what.contains('_') && word(what) && word(name) && !name.is_empty();
    (typed && rest.trim_start().starts_with('{')).then_some(what)
}

/// Whether a text has a resource block.
pub fn is(text: &str) -> bool {
    let mut lines = Lines::default();
    text.lines().any(|line| lines.block(line).is_some())
}

pub(super) fn read(mut text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    types.planned = true;
    let (mut lines, mut line) = (Lines::default(), Vec::new());
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        if let Some(what) = lines.block(&String::from_utf8_lossy(&line)) {
            types.add(what, None);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(text: &str) -> Vec<String> {
        let mut lines = Lines::default();
        text.lines().filter_map(|l| lines.block(l).map(str::to_owned)).collect()
    }

    #[test]
    fn only_blocks_count() {
        let text = "resource \"a_b\" \"x\" {\n  t = <<-EOT\nresource \"no_1\" \"x\" {\n  EOT\n}\n# resource \"no_2\" \"x\" {\n/* resource \"no_3\" \"x\" {\nresource \"no_4\" \"x\" {\n*/\n  resource \t\"c_d\" \"y\"{ # \"\nv = \"/* # <<EOT\"\nresource \"e_f\" \"z\" {}\n";
        assert_eq!(types(text), ["a_b", "c_d", "e_f"]);
    }

    #[test]
    fn words_are_no_block() {
        for text in
            ["resource \"a_b\"", "resource a_b x {", "our resource \"a_b\" \"x\" {", "resource \"water\" \"tap\" {"]
        {
            assert!(!is(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(?s)[resouc \"a_{}/*#<E\\\\\nñ-]{0,120}") {
            let _ = is(&text);
        }
    }
}
