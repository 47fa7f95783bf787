//! Cuts the long strings out of a stream of JSON: bodies of responses, so that no string fills the memory, whichever
//! field it stands in.

use std::io::{self, BufRead, Read};

/// How much of a string is let through.
const KEPT: usize = 64 * 1024;

/// A reader that lets only the beginning of long JSON strings through.
#[derive(Debug)]
pub struct Strings<R> {
    inner: R,
    quoted: bool,
    escaped: bool,
    /// Digits of `\uXXXX` that are to come.
    hex: u8,
    length: usize,
}

impl<R: BufRead> Strings<R> {
    /// Over JSON in UTF-8.
    pub fn new(inner: R) -> Self {
        Self { inner, quoted: false, escaped: false, hex: 0, length: 0 }
    }

    /// Takes a byte; says whether it goes through.
    fn take(&mut self, b: u8) -> bool {
        if !self.quoted {
            self.quoted = b == b'"';
            self.length = 0;
            return true;
        }
        let whole = !self.escaped && self.hex == 0;
        if whole && b == b'"' {
            self.quoted = false;
            return true;
        }
        // A string is cut between characters only, never inside an escape; once cut, all up to its end is left out.
        let begins = whole && b & 0xc0 != 0x80;
        if self.length < KEPT || (self.length < KEPT * 2 && !begins) {
            self.length += 1;
        } else {
            self.length = KEPT * 2;
        }
        let kept = self.length < KEPT * 2;
        if self.hex > 0 {
            self.hex -= 1;
        } else if self.escaped {
            self.escaped = false;
            self.hex = if b == b'u' { 4 } else { 0 };
        } else {
            self.escaped = b == b'\\';
        }
        kept
    }
}

impl<R: BufRead> Read for Strings<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let mut bytes = [0_u8; 4096];
            let want = buf.len().min(bytes.len());
            let got = self.inner.read(&mut bytes[..want])?;
            let mut written = 0;
            for &b in &bytes[..got] {
                if self.take(b) {
                    buf[written] = b;
                    written += 1;
                }
            }
            if written > 0 || got == 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(text: &str) -> String {
        let mut out = String::new();
        Strings::new(text.as_bytes()).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn long_strings_are_cut_between_characters() {
        for piece in ["a", "é", "\\u00e9", "\\\"", "😀", "\\\\"] {
            let text = format!("{{\"k\":\"{}\",\"n\":[1,\"x\"]}}", piece.repeat(2 * KEPT));
            let out = filter(&text);
            let value: serde_json::Value = serde_json::from_str(&out).unwrap();
            assert_eq!(value["n"][1], "x", "{piece}");
            assert!(out.len() < KEPT + 100, "{piece}");
        }
    }

    proptest! {
        #[test]
        fn short_json_is_left_alone(text in "[\\PC\"\\\\u0-9]{0,100}") {
            prop_assert_eq!(filter(&text), text);
        }
    }
}
