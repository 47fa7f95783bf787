//! A scan of JSON of any depth for the strings under one key, without a stack.

use crate::error::{Error, Result};

/// The longest string that is taken.
const LONGEST: usize = 4096;

/// The scan, fed piece by piece.
#[derive(Debug)]
pub(super) struct Scan<'k> {
    key: &'k str,
    quoted: bool,
    escaped: bool,
    string: Vec<u8>,
    long: bool,
    /// The last string, when a colon followed it: what comes is its value.
    named: bool,
    last: Option<Vec<u8>>,
    depth: i64,
}

impl<'k> Scan<'k> {
    /// For the values under `key`.
    pub(super) fn new(key: &'k str) -> Self {
        Self { key, quoted: false, escaped: false, string: Vec::new(), long: false, named: false, last: None, depth: 0 }
    }

    pub(super) fn take(&mut self, piece: &[u8], found: &mut dyn FnMut(&str)) {
        for &b in piece {
            if self.quoted {
                self.inside(b, found);
                continue;
            }
            match b {
                b'"' => {
                    self.quoted = true;
                    self.long = false;
                    self.string.clear();
                }
                b':' => self.named = self.last.take().is_some_and(|k| k == self.key.as_bytes()),
                b'{' | b'[' => {
                    self.depth += 1;
                    self.named = false;
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    self.named = false;
                }
                b',' => self.named = false,
                _ => {}
            }
        }
    }

    fn inside(&mut self, b: u8, found: &mut dyn FnMut(&str)) {
        if self.escaped {
            self.escaped = false;
            // Of the escapes only the slash matters in an address.
            self.string.push(b);
        } else if b == b'\\' {
            self.escaped = true;
        } else if b == b'"' {
            self.quoted = false;
            let string = std::mem::take(&mut self.string);
            if self.named && !self.long {
                found(&String::from_utf8_lossy(&string));
            }
            self.named = false;
            self.last = Some(string);
        } else if self.string.len() < LONGEST {
            self.string.push(b);
        } else {
            self.long = true;
        }
    }

    /// At the end: whether it was whole.
    pub(super) fn end(&self, path: &str) -> Result<()> {
        if self.quoted || self.depth != 0 {
            return Err(Error::input("the JSON is cut off").in_file(path).hint("export it again"));
        }
        Ok(())
    }
}
