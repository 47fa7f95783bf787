//! Cuts a mailbox into letters: headers are gathered, bodies are passed over at the speed of the disk.

use crate::error::Result;
use crate::evidence::text::failed;
use memchr::{memchr, memmem};
use std::io::BufRead;

/// How many bytes of a letter's headers are looked at; the rest of them is passed over.
const HEADERS: usize = 128 * 1024;
/// How many bytes of one header line are looked at.
const LINE: usize = 16 * 1024;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the start of a line: `From ` may begin a letter.
    Between,
    Headers,
    Body,
}

struct Splitter<'s> {
    found: &'s mut dyn FnMut(&[u8]),
    state: State,
    headers: Vec<u8>,
    /// The line so far, when it is not complete in what was read.
    line: Vec<u8>,
    /// The last bytes of a body, in which a separator may have begun.
    tail: Vec<u8>,
    /// A letter has begun.
    any: bool,
    /// No letter is cut.
    whole: bool,
}

/// Gives the headers of each letter of an mbox; says whether it begins and ends with whole letters.
pub(super) fn split(input: &mut dyn BufRead, path: &str, found: &mut dyn FnMut(&[u8])) -> Result<bool> {
    let mut splitter = Splitter {
        found,
        state: State::Between,
        headers: Vec::new(),
        line: Vec::new(),
        tail: Vec::new(),
        any: false,
        whole: true,
    };
    // A byte order mark is no part of the first letter's separator.
    if input.fill_buf().map_err(|e| failed(path, &e))?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    loop {
        let ready = input.fill_buf().map_err(|e| failed(path, &e))?;
        if ready.is_empty() {
            break;
        }
        splitter.take(ready);
        let used = ready.len();
        input.consume(used);
    }
    splitter.end();
    Ok(splitter.whole)
}

/// Gives the headers of a single letter; says whether they are whole.
pub(super) fn one(input: &mut dyn BufRead, path: &str, found: &mut dyn FnMut(&[u8])) -> Result<bool> {
    let mut headers: Vec<u8> = Vec::new();
    let mut inside = true;
    loop {
        let ready = input.fill_buf().map_err(|e| failed(path, &e))?;
        if ready.is_empty() {
            break;
        }
        if inside {
            headers.extend_from_slice(&ready[..ready.len().min(2 * HEADERS - headers.len().min(2 * HEADERS))]);
            inside = headers.len() < 2 * HEADERS
                && memmem::find(&headers, b"\n\n").is_none()
                && memmem::find(&headers, b"\n\r\n").is_none();
        }
        let used = ready.len();
        input.consume(used);
    }
    let headers = headers.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&headers);
    let mut kept = Vec::new();
    let mut ended = false;
    for line in headers.split_inclusive(|b| *b == b'\n') {
        if line.iter().all(|b| matches!(b, b'\r' | b'\n')) || kept.len() > HEADERS {
            ended = true;
            break;
        }
        kept.extend_from_slice(&line[..line.len().min(LINE)]);
        if !kept.ends_with(b"\n") {
            kept.push(b'\n');
        }
    }
    found(&kept);
    Ok(ended)
}

/// A line of an mbox that begins a letter: `From ` and, somewhere behind, a time.
fn separates(line: &[u8]) -> bool {
    line.starts_with(b"From ") && line[5..].iter().take(400).any(|b| *b == b':')
}

impl Splitter<'_> {
    fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            piece = match self.state {
                State::Body => self.body(piece),
                State::Between | State::Headers => self.line(piece),
            };
        }
    }

    /// One line, or the part of it that is there.
    fn line<'p>(&mut self, piece: &'p [u8]) -> &'p [u8] {
        let end = memchr(b'\n', piece);
        let (part, rest) = piece.split_at(end.map_or(piece.len(), |at| at + 1));
        let room = LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        if end.is_none() {
            return rest;
        }
        if !self.line.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        let line = std::mem::take(&mut self.line);
        self.whole(&line);
        self.line = line;
        self.line.clear();
        rest
    }

    fn whole(&mut self, line: &[u8]) {
        let blank = line == b"\n" || line == b"\r\n";
        match self.state {
            State::Between if separates(line) => {
                self.any = true;
                self.state = State::Headers;
            }
            State::Between if blank => {}
            // What stands before the first letter, or behind a line that only looked like one.
            State::Between => {
                self.whole &= self.any;
                self.state = State::Body;
                self.tail.clear();
            }
            State::Headers if blank => self.flush(State::Body),
            // A letter without a body, and without the blank line.
            State::Headers if separates(line) => self.flush(State::Headers),
            State::Headers => {
                if self.headers.len() < HEADERS {
                    self.headers.extend_from_slice(line);
                }
            }
            State::Body => {}
        }
    }

    fn flush(&mut self, next: State) {
        if !self.headers.is_empty() {
            (self.found)(&self.headers);
        }
        self.headers.clear();
        self.tail.clear();
        if next == State::Body {
            // The blank line ends a line: a letter without a body is followed at once by the next one.
            self.tail.push(b'\n');
        }
        self.state = next;
    }

    /// Passes over a body, up to a line that begins with `From `.
    fn body<'p>(&mut self, piece: &'p [u8]) -> &'p [u8] {
        const NEXT: &[u8] = b"\nFrom ";
        if !self.tail.is_empty() {
            // The separator may lie across two pieces.
            let kept = self.tail.len();
            self.tail.extend_from_slice(&piece[..piece.len().min(NEXT.len() - 1)]);
            if let Some(at) = memmem::find(&self.tail, NEXT) {
                let used = (at + NEXT.len()).saturating_sub(kept);
                self.tail.clear();
                self.line.extend_from_slice(b"From ");
                self.state = State::Between;
                return &piece[used..];
            }
            self.tail.truncate(kept);
        }
        if let Some(at) = memmem::find(piece, NEXT) {
            self.tail.clear();
            self.line.clear();
            self.state = State::Between;
            return &piece[at + 1..];
        }
        let end = piece.len().min(NEXT.len() - 1);
        self.tail.extend_from_slice(&piece[piece.len() - end..]);
        let over = self.tail.len().saturating_sub(NEXT.len() - 1);
        self.tail.drain(..over);
        &[]
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            let mut line = std::mem::take(&mut self.line);
            line.push(b'\n');
            self.whole(&line);
        }
        self.whole &= self.state != State::Headers;
        self.flush(State::Between);
    }
}
