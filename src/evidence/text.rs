//! Text of unknown encoding as a bounded stream of UTF-8.
//!
//! Exports come as UTF-8 with or without a byte order mark, as UTF-16, or in Windows-1252, and some programs mix the
//! last with the first. Every reader of text stands on [`Text`], so that a NUL byte, an endless line and a file that
//! is too long are refused in one place, with the line and without showing it.

mod encoding;

use super::LINE;
use crate::error::Error;
pub use encoding::Encoding;
use encoding::repaired;
use std::io::{self, BufRead, Read};
use std::path::Path;

/// How many bytes are decoded at a time.
const CHUNK: usize = 32 * 1024;

/// How many bytes of text a control character outweighs: of random bytes more than one in fifty is one.
const ODD: usize = 50;
/// From here on it is no text: more of them close together than terminal escapes in a cell.
const RUBBISH: usize = 8 * ODD;

/// Whether it is a control character that no text has; escapes and old ends of text are left to whoever shows it.
fn is_odd(b: u8) -> bool {
    b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1a | 0x1b)
}

/// What is wrong with a stream; carried inside an `io::Error` through the crates that read from it.
#[derive(Debug, Clone)]
pub struct Bad {
    /// What is wrong.
    pub what: &'static str,
    /// What to do.
    pub hint: &'static str,
    /// On which line, from 1.
    pub line: Option<u64>,
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.what)
    }
}

impl std::error::Error for Bad {}

impl Bad {
    /// As an `io::Error`.
    pub fn into_io(self) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, self)
    }

    /// As the crate's error about the file at `path`.
    pub fn about(&self, path: &str) -> Error {
        let error = Error::input(self.what).hint(self.hint);
        match self.line {
            Some(line) => error.at(path, line),
            None => error.in_file(path),
        }
    }
}

/// The crate's error for a failed read of the file at `path`.
pub fn failed(path: &str, error: &io::Error) -> Error {
    if let Some(bad) = error.get_ref().and_then(|e| e.downcast_ref::<Bad>()) {
        return bad.about(path);
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Error::input("the file is damaged or cut off").in_file(path).hint("download or export it again")
        }
        _ => Error::io("read", Path::new(path), error),
    }
}

/// A stream of UTF-8 out of bytes.
pub struct Text<'a> {
    input: &'a mut dyn BufRead,
    decoder: Option<encoding_rs::Decoder>,
    carry: Vec<u8>,
    out: String,
    at: usize,
    started: bool,
    done: bool,
    line: u64,
    column: usize,
    longest: usize,
    left: u64,
    /// How thickly characters that no text has have stood lately, and how many bytes ago the last one stood.
    odd: usize,
    since_odd: usize,
    /// What is wrong behind the text at hand.
    bad: Option<Bad>,
}

impl std::fmt::Debug for Text<'_> {
    // The buffers may hold secrets, so they are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("line", &self.line).finish_non_exhaustive()
    }
}

impl<'a> Text<'a> {
    /// Text of lines, each at most [`LINE`] bytes long.
    pub fn new(input: &'a mut dyn BufRead, encoding: Encoding) -> Self {
        Self {
            input,
            decoder: encoding.decoder(),
            carry: Vec::new(),
            out: String::new(),
            at: 0,
            started: false,
            done: false,
            line: 1,
            column: 0,
            longest: LINE,
            left: u64::MAX,
            odd: 0,
            since_odd: 0,
            bad: None,
        }
    }

    /// Lets lines be of any length, and the text at most `bytes` long: for formats whose lines mean nothing.
    pub fn bounded(mut self, bytes: u64) -> Self {
        self.longest = usize::MAX;
        self.left = bytes;
        self
    }

    /// Reads a line up to and with its end into `line`; `false` at the end of the text.
    pub fn read_into(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        Ok(self.read_until(b'\n', line)? > 0)
    }

    /// The text at hand, as [`BufRead::fill_buf`] gives its bytes; what was consumed of it must end with a character.
    pub fn fill_text(&mut self) -> io::Result<&str> {
        if self.at >= self.out.len() {
            self.fill()?;
        }
        Ok(self.out.get(self.at..).unwrap_or_default())
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        if let Some(bad) = &self.bad {
            return Err(bad.clone().into_io());
        }
        while self.out.is_empty() && !self.done {
            let chunk = self.input.fill_buf()?;
            let chunk = &chunk[..chunk.len().min(CHUNK)];
            let taken = chunk.len();
            self.done = taken == 0;
            match &mut self.decoder {
                None if self.carry.is_empty() => {
                    let used = repaired(chunk, self.done, &mut self.out);
                    self.carry.extend_from_slice(&chunk[used..]);
                }
                None => {
                    self.carry.extend_from_slice(chunk);
                    let used = repaired(&self.carry, self.done, &mut self.out);
                    self.carry.drain(..used);
                }
                Some(decoder) => {
                    // Three bytes for a unit of two is the most that UTF-8 needs.
                    self.out.reserve(taken * 2 + 16);
                    let _ = decoder.decode_to_string(chunk, &mut self.out, self.done);
                }
            }
            self.input.consume(taken);
            self.left = self.left.checked_sub(taken as u64).ok_or_else(|| {
                Bad { what: "the file is too long", hint: "give the part of it that matters, or split it", line: None }
                    .into_io()
            })?;
            if !self.started && !self.out.is_empty() {
                self.started = true;
                if self.out.starts_with('\u{feff}') {
                    self.out.remove(0);
                }
            }
        }
        self.inspect()
    }

    /// Looks at what was decoded; what stands before something bad is handed out first.
    fn inspect(&mut self) -> io::Result<()> {
        let Some((mut at, bad)) = self.first_bad() else { return Ok(()) };
        // A line may become too long inside a character.
        while !self.out.is_char_boundary(at) {
            at -= 1;
        }
        if at == 0 {
            return Err(bad.into_io());
        }
        self.out.truncate(at);
        self.bad = Some(bad);
        Ok(())
    }

    /// Whether nothing bad can stand in what was decoded, by looks that take many bytes at a time; counts it then.
    fn is_plain(&mut self) -> bool {
        let out = self.out.as_bytes();
        // No shortcut: it would keep the loop from taking many bytes at a time.
        let odd = out.iter().fold(false, |odd, b| odd | is_odd(*b));
        if odd || self.odd > RUBBISH || self.column.saturating_add(out.len()) > self.longest {
            return false;
        }
        self.line += memchr::memchr_iter(b'\n', out).count() as u64;
        self.column = match memchr::memrchr2(b'\n', b'\r', out) {
            Some(at) => out.len() - at - 1,
            None => self.column + out.len(),
        };
        self.since_odd += out.len();
        true
    }

    fn first_bad(&mut self) -> Option<(usize, Bad)> {
        if self.is_plain() {
            return None;
        }
        // Where the count of bytes since the last control character was begun.
        let mut mark = 0;
        for (at, b) in self.out.bytes().enumerate() {
            if is_odd(b) {
                self.odd = self.odd.saturating_sub(self.since_odd + at - mark) + ODD;
                (self.since_odd, mark) = (0, at);
            }
            let (what, hint) = match b {
                0 => ("the file holds a NUL byte", "this is not a text file, or it was damaged; export it again"),
                b'\n' => {
                    self.line += 1;
                    self.column = 0;
                    continue;
                }
                b'\r' => {
                    self.column = 0;
                    continue;
                }
                _ if self.odd > RUBBISH => (
                    "what stands there is no text",
                    "it was damaged there, and what stands before was read; export it again",
                ),
                _ if self.column >= self.longest => {
                    ("a line is longer than 1 MiB", "check whether the file is what it should be; export it again")
                }
                _ => {
                    self.column += 1;
                    continue;
                }
            };
            return Some((at, Bad { what, hint, line: Some(self.line) }));
        }
        self.since_odd += self.out.len() - mark;
        None
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let n = ready.len().min(buf.len());
        buf[..n].copy_from_slice(&ready[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Text<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.out.len() {
            self.fill()?;
        }
        Ok(&self.out.as_bytes()[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.out.len());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut input = io::BufReader::with_capacity(3, bytes);
        let mut out = String::new();
        Text::new(&mut input, Encoding::of(bytes)).read_to_string(&mut out)?;
        Ok(out)
    }

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}")
            .encode_utf16()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "fecha;descripción;importe\n2026-01-02;Café 😀;1,50\n";
        assert_eq!(read(text.as_bytes()).unwrap(), text);
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()).unwrap(), text);
        for (big, mark) in [(false, true), (true, true), (false, false), (true, false)] {
            assert_eq!(read(&utf16(text, big, mark)).unwrap(), text, "{big} {mark}");
        }
    }

    #[test]
    fn windows_1252_and_utf_8_may_be_mixed() {
        assert_eq!(read(b"descripci\xf3n \xc3\xb3 \x80").unwrap(), "descripción ó €");
    }

    #[test]
    fn a_nul_byte_is_refused_with_its_line() {
        let e = failed("x", &read(b"a\nb\0").unwrap_err());
        assert_eq!(e.at.unwrap().line, Some(2));
    }

    #[test]
    fn rubbish_is_refused_with_its_line_and_single_control_characters_are_not() {
        let mut bytes = b"a,b\n1,2\n".to_vec();
        bytes.extend((0..400_u32).map(|n| u8::try_from(n * 7 % 255 + 1).unwrap()));
        let e = failed("x", &read(&bytes).unwrap_err());
        assert!(e.at.unwrap().line >= Some(3));
        let escapes = "name \u{1b}]0;x\u{7} \u{1}\u{2}\n".to_owned() + &"and many letters more\n".repeat(20);
        assert!(read(escapes.repeat(50).as_bytes()).is_ok());
    }

    #[test]
    fn what_stands_before_something_bad_is_handed_out() {
        let mut input = &b"one\ntwo\nthr\0ee"[..];
        let mut text = Text::new(&mut input, Encoding::Utf8);
        let mut line = Vec::new();
        assert!(text.read_into(&mut line).unwrap() && line == b"one\n");
        assert!(text.read_into(&mut line).unwrap() && line == b"two\n");
        for _ in 0..2 {
            assert_eq!(failed("x", &text.read_into(&mut line).unwrap_err()).at.unwrap().line, Some(3));
        }
    }

    #[test]
    fn a_long_line_is_refused() {
        let mut bytes = vec![b'a'; LINE + 2];
        assert!(read(&bytes).is_err());
        bytes.truncate(LINE);
        assert!(read(&bytes).is_ok());
    }

    /// The text with a buffer of `piece` bytes, and the line of what is wrong behind it.
    fn pieces(bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<Option<u64>>, u64) {
        let mut input = io::BufReader::with_capacity(piece, bytes);
        let mut text = Text::new(&mut input, Encoding::Utf8);
        let (mut all, mut line) = (Vec::new(), Vec::new());
        let bad = loop {
            match text.read_into(&mut line) {
                Ok(true) => all.extend_from_slice(&line),
                Ok(false) => break Vec::new(),
                Err(e) => break vec![failed("x", &e).at.unwrap().line],
            }
        };
        (all, bad, text.line)
    }

    proptest! {
        #[test]
        fn what_is_wrong_is_found_in_any_pieces(text in "[a-c\n\r\u{1}\u{2}\u{0}é]{0,200}") {
            let (all, bad, line) = pieces(text.as_bytes(), 1000);
            for piece in [1, 7] {
                let (_, again, again_line) = pieces(text.as_bytes(), piece);
                prop_assert_eq!((&again, again_line), (&bad, line));
            }
            prop_assert!(!bad.is_empty() || all == text.as_bytes());
        }

        #[test]
        fn any_bytes_give_text_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = Encoding::of(&bytes).decode(&bytes);
        }
    }
}
