//! Tokens of a master file (RFC 1035 §5.1): words, quoted strings, parentheses, comments, line ends.
//!
//! Each token keeps its text as written, so that a record that nobody touches is written back as it was.

use crate::error::{Error, Result};

/// The most bytes that one entry (a record over all its lines) may have.
const ENTRY: usize = 128 * 1024;

/// A word or a quoted string, as written (without the quotes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The text, escapes included.
    pub text: String,
    /// Whether it stood in quotes.
    pub quoted: bool,
}

/// One entry: a record or a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line it starts on, from 1.
    pub line: u64,
    /// Whether it starts with white space, so that the owner is the one before.
    pub blank_owner: bool,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

/// Cuts a master file into entries.
#[derive(Debug)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
    file: &'a str,
    /// Where the entry at hand begins, and on which line.
    begin: (usize, u64),
}

impl<'a> Lexer<'a> {
    /// A lexer over `bytes` of the file called `file`.
    pub fn new(bytes: &'a [u8], file: &'a str) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Self { bytes, at: 0, line: 1, file, begin: (0, 1) }
    }

    /// The next entry that has tokens, or `None` at the end.
    ///
    /// # Errors
    /// On unbalanced parentheses, an open quotation, a NUL byte, or an entry that is too long.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        loop {
            if self.at >= self.bytes.len() {
                return Ok(None);
            }
            let entry = self.entry()?;
            if !entry.tokens.is_empty() {
                return Ok(Some(entry));
            }
        }
    }

    fn entry(&mut self) -> Result<Entry> {
        let start = self.at;
        self.begin = (start, self.line);
        let mut entry = Entry {
            line: self.line,
            blank_owner: matches!(self.bytes.get(self.at), Some(b' ' | b'\t')),
            tokens: Vec::new(),
        };
        let mut depth = 0_u32;
        while let Some(&b) = self.bytes.get(self.at) {
            if self.at - start > ENTRY {
                return Err(self.error(
                    entry.line,
                    "a record is longer than 128 KiB",
                    "check for a missing `)` or quotation mark",
                ));
            }
            match b {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    if depth == 0 {
                        return Ok(entry);
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => self.skip_comment(),
                b'(' => {
                    depth += 1;
                    self.at += 1;
                }
                b')' => {
                    depth = depth
                        .checked_sub(1)
                        .ok_or_else(|| self.error(self.line, "a `)` without `(`", "remove it, or add the `(`"))?;
                    self.at += 1;
                }
                b'"' => {
                    let token = self.quoted(entry.line)?;
                    entry.tokens.push(token);
                }
                _ => {
                    let token = self.word()?;
                    entry.tokens.push(token);
                }
            }
        }
        if depth > 0 {
            return Err(self.error(entry.line, "a `(` is never closed", "add the `)` after the record's last value"));
        }
        Ok(entry)
    }

    fn skip_comment(&mut self) {
        while self.bytes.get(self.at).is_some_and(|b| *b != b'\n') {
            self.at += 1;
        }
    }

    fn quoted(&mut self, first: u64) -> Result<Token> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.bytes.get(self.at) {
                None | Some(b'\n') => {
                    return Err(self.error(
                        first,
                        "a quotation is not closed on its line",
                        "add the closing quotation mark",
                    ));
                }
                Some(b'"') => {
                    let text = self.text(start)?;
                    self.at += 1;
                    return Ok(Token { text, quoted: true });
                }
                Some(b'\\') => self.escape()?,
                Some(_) => self.at += 1,
            }
        }
    }

    fn word(&mut self) -> Result<Token> {
        let start = self.at;
        while let Some(&b) = self.bytes.get(self.at) {
            match b {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' | b'"' => break,
                b'\\' => self.escape()?,
                _ => self.at += 1,
            }
        }
        Ok(Token { text: self.text(start)?, quoted: false })
    }

    /// Steps over `\X` or `\DDD`.
    fn escape(&mut self) -> Result<()> {
        match self.bytes.get(self.at + 1) {
            None | Some(b'\n') => Err(self.error(self.line, "a `\\` at the end of a line", "remove it")),
            Some(d) if d.is_ascii_digit() => {
                let code = self.bytes.get(self.at + 1..self.at + 4).unwrap_or_default();
                let value =
                    code.iter().try_fold(0_u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')));
                match value {
                    Some(0..=255) if code.len() == 3 => {
                        self.at += 4;
                        Ok(())
                    }
                    // `\#` of RFC 3597 is no digit; anything else that begins with one must be three of them.
                    _ => Err(self.error(
                        self.line,
                        "an escape `\\DDD` is not a number from 000 to 255",
                        "write three digits, at most 255",
                    )),
                }
            }
            Some(_) => {
                self.at += 2;
                Ok(())
            }
        }
    }

    fn text(&self, start: usize) -> Result<String> {
        let bytes = &self.bytes[start..self.at];
        if bytes.contains(&0) {
            return Err(self.error(
                self.line,
                "the file holds a NUL byte",
                "this is not a text file; export the zone again",
            ));
        }
        // Bytes beyond ASCII are kept, as escapes, whatever their encoding was.
        let mut text = String::with_capacity(bytes.len());
        for b in bytes {
            if b.is_ascii() {
                text.push(char::from(*b));
            } else {
                text.push_str(&format!("\\{b:03}"));
            }
        }
        Ok(text)
    }

    /// Passes over the rest of a line that can't be cut.
    pub fn skip_line(&mut self) {
        self.skip_comment();
        if self.at < self.bytes.len() {
            self.at += 1;
            self.line += 1;
        }
    }

    fn error(&self, line: u64, what: &str, hint: &str) -> Error {
        let place = if line == self.begin.1 { self.begin.0 } else { self.at };
        let (before, rest) = self.bytes.split_at(place.min(self.bytes.len()));
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let end = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |at| before.len() + at);
        // Comments are somebody's notes, and where a quotation is open nobody knows where they begin.
        let said = self.bytes[start..end].split(|b| *b == b';').next().unwrap_or_default();
        Error::input(what).at(self.file, line).snippet(crate::ui::printable(&String::from_utf8_lossy(said))).hint(hint)
    }
}

/// The bytes that a token stands for: `\X` and `\DDD` resolved.
pub fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let code = bytes.get(at + 1..at + 4).filter(|c| c.iter().all(u8::is_ascii_digit));
        if let Some(code) = code {
            let value = code.iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
            out.push(u8::try_from(value).unwrap_or(b'?'));
            at += 4;
        } else {
            out.extend(bytes.get(at + 1));
            at += 2;
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Result<Vec<Entry>> {
        let mut lexer = Lexer::new(text.as_bytes(), "t");
        let mut all = Vec::new();
        while let Some(entry) = lexer.next_entry()? {
            all.push(entry);
        }
        Ok(all)
    }

    #[test]
    fn parentheses_join_lines() {
        let all = entries("@ IN SOA a b (\n 1 ; serial\n 2 3 4 5 )\nwww A 192.0.2.1\n").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].tokens.len(), 10);
        assert_eq!(all[1].line, 4);
    }

    #[test]
    fn a_semicolon_in_quotes_is_text() {
        let all = entries("@ TXT \"v=DMARC1; p=none\" ; comment\n").unwrap();
        assert_eq!(all[0].tokens[2].text, "v=DMARC1; p=none");
        assert!(all[0].tokens[2].quoted);
    }

    #[test]
    fn what_is_wrong_is_named_by_line() {
        for (text, line) in
            [("a A 1\nb ( TXT x\n", 2), ("a TXT \"open\n", 1), ("\n\na TXT \\999\n", 3), ("a TXT x )\n", 1)]
        {
            assert_eq!(entries(text).unwrap_err().at.unwrap().line, Some(line), "{text:?}");
        }
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescape(r"a\065\;b"), b"aA;b");
    }
}
