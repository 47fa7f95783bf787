//! A saved page, through a streaming tokenizer: no tree, no scripts, no fetching.

use super::Hosts;
use crate::error::{Error, Result};
use crate::evidence::host::{self, Host};
use crate::evidence::text::{Encoding, Text, failed};
use crate::evidence::{Counts, Input, Kind, Sink, WHOLE};
use lol_html::errors::RewritingError;
use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, MemorySettings, Settings, doc_comments, element, text};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Read as _;

/// What the tokenizer may hold: one tag, and the stack of open elements.
const MEMORY: usize = 16 * 1024 * 1024;
/// How much is handed to the tokenizer at a time: it looks at a tag again from its start with each piece.
const PIECE: usize = 256 * 1024;
/// How much of an address in a style sheet is looked at.
const ADDRESS: usize = 2048;
/// How much of one style sheet, and of all that is shown without scripts, is looked at.
const STYLE: usize = 1024 * 1024;

/// Offsets into lines, for questions that never go back.
#[derive(Debug)]
struct Lines {
    written: usize,
    newlines: VecDeque<usize>,
    line: u64,
}

impl Lines {
    fn add(&mut self, chunk: &[u8]) {
        self.newlines.extend(chunk.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(n, _)| self.written + n));
        self.written += chunk.len();
        // What lies further back than the tokenizer can hold is never asked for again.
        self.at(self.written.saturating_sub(2 * MEMORY));
    }

    fn at(&mut self, offset: usize) -> u64 {
        while self.newlines.front().is_some_and(|n| *n < offset) {
            self.newlines.pop_front();
            self.line += 1;
        }
        self.line
    }
}

#[derive(Debug)]
struct State {
    hosts: Hosts,
    lines: Lines,
    saved_from: Option<String>,
    canonical: Option<String>,
    base: Option<String>,
    style: String,
    style_line: u64,
    /// What is shown without scripts: text to the tokenizer, so it is read on its own.
    noscript: Vec<(u64, String)>,
    noscript_length: usize,
    noscript_open: bool,
}

/// Reads a page and offers its third-party hosts.
///
/// # Errors
/// When the page is longer than 64 MiB, or nested deeper than any real page.
pub fn read(text: Text<'_>, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let state = RefCell::new(State::new());
    tokenize(text.bounded(WHOLE), about.path, &state)?;
    let hidden = std::mem::take(&mut state.borrow_mut().noscript);
    for (line, html) in &hidden {
        state.borrow_mut().lines = Lines { written: 0, newlines: VecDeque::new(), line: *line };
        tokenize(Text::new(&mut html.as_bytes(), Encoding::Utf8).bounded(WHOLE), about.path, &state)?;
    }
    let state = state.into_inner();
    let page = state.saved_from.or(state.canonical).or(state.base);
    Ok(state.hosts.offer(Kind::Html, about, page.as_deref(), sink))
}

fn tokenize(mut text: Text<'_>, path: &str, state: &RefCell<State>) -> Result<()> {
    let settings = Settings::new()
        .append_element_content_handler(element!("*", |e| {
            state.borrow_mut().element(e);
            Ok(())
        }))
        .append_element_content_handler(text!("style", |t| {
            let at = t.source_location().bytes().start;
            state.borrow_mut().style(t.as_str(), at, t.last_in_text_node());
            Ok(())
        }))
        .append_element_content_handler(text!("noscript", |t| {
            let at = t.source_location().bytes().start;
            state.borrow_mut().noscript(t.as_str(), at, t.last_in_text_node());
            Ok(())
        }))
        .append_document_content_handler(doc_comments!(|c| {
            state.borrow_mut().comment(&c.text());
            Ok(())
        }))
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY))
        // A real page is often ambiguous; then the tokenizer guesses, as a browser does.
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    let refused = |e: &RewritingError| {
        let what = match e {
            RewritingError::MemoryLimitExceeded(_) => "the page is nested too deep, or a tag in it is too long",
            _ => "the page can't be read as HTML",
        };
        Error::input(what).in_file(path).hint("save the page again, or give another page of the site")
    };
    let mut piece = Vec::new();
    loop {
        piece.clear();
        (&mut text).take(PIECE as u64).read_to_end(&mut piece).map_err(|e| failed(path, &e))?;
        if piece.is_empty() {
            break;
        }
        state.borrow_mut().lines.add(&piece);
        rewriter.write(&piece).map_err(|e| refused(&e))?;
    }
    rewriter.end().map_err(|e| refused(&e))
}

impl State {
    fn new() -> Self {
        Self {
            hosts: Hosts::default(),
            lines: Lines { written: 0, newlines: VecDeque::new(), line: 1 },
            saved_from: None,
            canonical: None,
            base: None,
            style: String::new(),
            style_line: 1,
            noscript: Vec::new(),
            noscript_length: 0,
            noscript_open: false,
        }
    }

    fn refer(&mut self, url: &str, how: &'static str, line: u64) {
        if let Host::Name(host) = host::of_reference(url) {
            self.hosts.add(host, how, Some(line));
        }
    }

    fn element(&mut self, e: &Element<'_, '_>) {
        let line = self.lines.at(e.source_location().bytes().start);
        let tag = e.tag_name();
        if let Some(style) = e.get_attribute("style") {
            self.css(&style, line);
        }
        let (attributes, how): (&[&str], _) = match tag.as_str() {
            "script" => (&["src"], "script"),
            "iframe" | "frame" | "embed" => (&["src"], "frame"),
            "object" => (&["data"], "frame"),
            "img" | "source" | "video" | "audio" | "track" | "input" | "image" => (&["src", "poster", "href"], "image"),
            "form" => (&["action"], "form"),
            "button" => (&["formaction"], "form"),
            "link" => return self.link(e, line),
            "base" => {
                let host = e.get_attribute("href").and_then(|url| host::of_reference(&url).name());
                self.base = self.base.take().or(host);
                return;
            }
            _ => return,
        };
        for name in attributes {
            if let Some(url) = e.get_attribute(name) {
                self.refer(&url, how, line);
            }
        }
        for candidate in e.get_attribute("srcset").iter().flat_map(|s| s.split(',')) {
            self.refer(candidate.split_whitespace().next().unwrap_or_default(), how, line);
        }
    }

    fn link(&mut self, e: &Element<'_, '_>, line: u64) {
        let rel = e.get_attribute("rel").unwrap_or_default().to_ascii_lowercase();
        let Some(url) = e.get_attribute("href") else { return };
        let has = |word: &str| rel.split_whitespace().any(|w| w == word);
        if has("canonical") {
            self.canonical = self.canonical.take().or(host::of_reference(&url).name());
        } else if has("stylesheet") {
            self.refer(&url, "style", line);
        } else if [
            "preconnect",
            "dns-prefetch",
            "preload",
            "prefetch",
            "modulepreload",
            "icon",
            "apple-touch-icon",
            "manifest",
        ]
        .iter()
        .any(|w| has(w))
        {
            // Other relations (author, license, alternate, webmention …) load nothing.
            self.refer(&url, "link", line);
        }
    }

    fn comment(&mut self, text: &str) {
        // `saved from url=(0042)https://casaabierta.example/`
        if let Some((_, rest)) = text.split_once("saved from url=") {
            let url = rest.trim_start_matches(|c: char| matches!(c, '(' | ')') || c.is_ascii_digit());
            self.saved_from = self.saved_from.take().or(host::of_reference(url).name());
        }
    }

    fn style(&mut self, text: &str, at: usize, last: bool) {
        if self.style.is_empty() {
            self.style_line = self.lines.at(at);
        }
        if self.style.len() + text.len() <= STYLE {
            self.style.push_str(text);
        }
        if last {
            let style = std::mem::take(&mut self.style);
            self.css(&style, self.style_line);
        }
    }

    fn noscript(&mut self, text: &str, at: usize, last: bool) {
        let line = self.lines.at(at);
        self.noscript_length += text.len();
        if self.noscript_length <= STYLE {
            match self.noscript.last_mut().filter(|_| self.noscript_open) {
                Some((_, html)) => html.push_str(text),
                None => self.noscript.push((line, text.to_owned())),
            }
        }
        self.noscript_open = !last;
    }

    /// `url(…)` and `@import "…"`.
    fn css(&mut self, style: &str, first: u64) {
        let (mut rest, mut line) = (style, first);
        while let Some(at) = next_reference(rest) {
            line += rest[..at].bytes().map(|b| u64::from(b == b'\n')).sum::<u64>();
            rest = &rest[at..];
            let inner =
                beginning(rest, ADDRESS).trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
            let url = inner.split(['"', '\'', ')', ';', '\n']).next().unwrap_or_default();
            self.refer(url, "style", line);
        }
    }
}

/// Where the next address of a style sheet begins.
fn next_reference(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is =
        |at: usize, word: &str| bytes.get(at..at + word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word.as_bytes()));
    (0..bytes.len()).find_map(|at| match bytes[at] {
        b'u' | b'U' if is(at, "url(") => Some(at + "url(".len()),
        b'@' if is(at, "@import") => Some(at + "@import".len()),
        _ => None,
    })
}

/// The first bytes of a text, cut between characters.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
