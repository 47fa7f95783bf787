//! Cuts the long parts out of a stream of XML, and stops what no export has, so that no element, text or depth of nesting
//! fills the memory of whoever parses it: the parser reads each tag and each text whole, and remembers every open element.

use super::text::Bad;
use std::io::{self, BufRead, Read};

/// How much of a text, comment or CDATA section is let through.
const KEPT: usize = 64 * 1024;
/// The longest tag.
const TAG: usize = 64 * 1024;
/// How far the end of a text may move so that no entity is cut.
const ENTITY: usize = 64;
/// How deep elements may be nested.
const DEPTH: usize = 512;

/// Where in the XML the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text,
    /// Behind `<`: what it begins is not known yet.
    Opening,
    /// A tag, up to `>`; inside a quotation by this mark, if any.
    Tag {
        quote: Option<u8>,
        closing: bool,
    },
    /// A comment, CDATA section or instruction, up to these bytes.
    Until(&'static [u8]),
    /// A declaration of the document's type, which is left out: `[` was seen, and behind it `]`.
    Type {
        declares: bool,
        declared: bool,
    },
}

/// A reader that lets only the beginning of long parts through.
#[derive(Debug)]
pub(super) struct Markup<R> {
    inner: R,
    inside: Inside,
    /// `<` and the bytes behind it, while it is not known what they begin.
    opening: Vec<u8>,
    /// A declaration of the type is no reason to refuse it.
    typed: bool,
    /// How long the part at hand is so far.
    length: usize,
    /// A text stands behind `&`, before `;`.
    entity: bool,
    /// The last bytes of the part at hand.
    last: [u8; 2],
    depth: usize,
    out: Vec<u8>,
    at: usize,
    line: u64,
    /// What is wrong behind what was let through.
    fault: Option<&'static str>,
}

impl<R: BufRead> Markup<R> {
    /// Over XML in UTF-8.
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            inside: Inside::Text,
            opening: Vec::new(),
            typed: false,
            length: 0,
            entity: false,
            last: [0; 2],
            depth: 0,
            out: Vec::new(),
            at: 0,
            line: 1,
            fault: None,
        }
    }

    /// Leaves declarations of a type and of entities out, instead of refusing them: nothing is ever expanded.
    pub(super) fn typed(self) -> Self {
        Self { typed: true, ..self }
    }

    /// The line of what was taken last, from 1; lines that were cut out count.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the part at hand is too long for `b` to go through.
    fn is_cut(&self, b: u8) -> bool {
        // Between characters only, and in a text not inside an entity.
        let whole = b & 0xc0 != 0x80;
        match self.inside {
            Inside::Text => b != b'<' && whole && self.length >= KEPT && (!self.entity || self.length >= KEPT + ENTITY),
            Inside::Until(_) => whole && self.length >= KEPT,
            Inside::Type { .. } => true,
            Inside::Opening | Inside::Tag { .. } => false,
        }
    }

    /// Takes a byte, and lets it through.
    fn take(&mut self, b: u8) -> Result<(), &'static str> {
        self.length += 1;
        match self.inside {
            Inside::Text if b == b'<' => {
                self.enter(Inside::Opening);
                self.opening.push(b);
                return Ok(());
            }
            Inside::Opening => {
                self.opening.push(b);
                return self.open();
            }
            Inside::Text => {
                self.entity = b == b'&' || (self.entity && b != b';');
            }
            Inside::Tag { quote, closing } => {
                if self.length > TAG {
                    return Err("a tag of the XML is longer than 64 KiB");
                }
                self.tag(b, quote, closing)?;
            }
            Inside::Until(end) => {
                if self.ends(end, b) {
                    self.enter(Inside::Text);
                }
            }
            Inside::Type { .. } => return Ok(()),
        }
        self.last = [self.last[1], b];
        self.out.push(b);
        Ok(())
    }

    fn enter(&mut self, inside: Inside) {
        self.inside = inside;
        (self.length, self.entity, self.last) = (0, false, [0; 2]);
    }

    /// Whether `b` completes these bytes.
    fn ends(&self, end: &[u8], b: u8) -> bool {
        let Some((last, before)) = end.split_last() else { return false };
        *last == b && self.last.ends_with(before)
    }

    /// What `<` and the bytes behind it begin.
    fn open(&mut self) -> Result<(), &'static str> {
        const COMMENT: &[u8] = b"<!--";
        const CDATA: &[u8] = b"<![CDATA[";
        let so_far = self.opening.as_slice();
        let inside = match so_far {
            b"<?" => Inside::Until(b"?>"),
            COMMENT => Inside::Until(b"-->"),
            CDATA => Inside::Until(b"]]>"),
            b"<>" => Inside::Text,
            [_, first, ..] if *first != b'!' => Inside::Tag { quote: None, closing: *first == b'/' },
            _ if COMMENT.starts_with(so_far) || CDATA.starts_with(so_far) => return Ok(()),
            _ if self.typed => Inside::Type { declares: false, declared: false },
            _ => return Err("the XML declares entities or a type of its own, which no export needs"),
        };
        let last = so_far.last().copied().unwrap_or_default();
        let opening = std::mem::take(&mut self.opening);
        self.enter(inside);
        if !matches!(inside, Inside::Type { .. }) {
            self.out.extend_from_slice(&opening);
        }
        if matches!(inside, Inside::Tag { .. }) {
            self.last = [0, last];
        }
        Ok(())
    }

    fn tag(&mut self, b: u8, quote: Option<u8>, closing: bool) -> Result<(), &'static str> {
        match (b, quote) {
            (b, Some(mark)) if b == mark => self.inside = Inside::Tag { quote: None, closing },
            (b'"' | b'\'', None) if !closing => self.inside = Inside::Tag { quote: Some(b), closing },
            (b'>', None) => {
                let empty = self.last[1] == b'/';
                if closing {
                    self.depth = self.depth.saturating_sub(1);
                } else if !empty {
                    self.depth += 1;
                }
                if self.depth > DEPTH {
                    return Err("the XML is nested more than 512 deep");
                }
                self.enter(Inside::Text);
            }
            _ => {}
        }
        Ok(())
    }

    /// Passes over the rest of a part, up to its end.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            let ready = self.inner.fill_buf()?;
            if ready.is_empty() {
                return Ok(());
            }
            let mut used = 0;
            let mut ended = None;
            for &b in ready {
                match &mut self.inside {
                    // The tag that follows goes the usual way.
                    Inside::Text if b == b'<' => {
                        ended = Some(&b""[..]);
                        break;
                    }
                    Inside::Until(end)
                        if end.split_last().is_some_and(|(l, before)| *l == b && self.last.ends_with(before)) =>
                    {
                        ended = Some(*end);
                    }
                    Inside::Type { declares, declared } => {
                        if b == b'>' && (!*declares || *declared) {
                            ended = Some(&b""[..]);
                        }
                        *declared = *declares && (b == b']' || (*declared && b.is_ascii_whitespace()));
                        *declares |= b == b'[';
                    }
                    _ => {}
                }
                used += 1;
                self.line += u64::from(b == b'\n');
                self.last = [self.last[1], b];
                if ended.is_some() {
                    break;
                }
            }
            self.inner.consume(used);
            if let Some(end) = ended {
                self.out.extend_from_slice(end);
                self.enter(Inside::Text);
                return Ok(());
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        self.refuse()?;
        while self.out.is_empty() {
            let ready = self.inner.fill_buf()?;
            if ready.is_empty() {
                // What only begins at the end is for the parser to refuse.
                self.out.append(&mut self.opening);
                return Ok(());
            }
            // A copy of a piece, because taking a byte changes all else.
            let mut piece = [0; 4096];
            let length = ready.len().min(piece.len());
            piece[..length].copy_from_slice(&ready[..length]);
            let mut used = 0;
            let mut cut = false;
            for &b in &piece[..length] {
                cut = self.is_cut(b);
                if cut {
                    break;
                }
                used += 1;
                self.fault = self.take(b).err();
                if self.fault.is_some() {
                    break;
                }
            }
            self.inner.consume(used);
            // Lines are counted as they are handed out, so what is cut is cut only when nothing waits.
            if cut && self.out.is_empty() {
                self.skip()?;
            }
            if self.out.is_empty() {
                self.refuse()?;
            }
        }
        Ok(())
    }

    fn refuse(&self) -> io::Result<()> {
        let Some(what) = self.fault else { return Ok(()) };
        let hint = "it was damaged, or made to do harm; export it again";
        Err(Bad { what, hint, line: Some(self.line) }.into_io())
    }
}

impl<R: BufRead> BufRead for Markup<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.out.len() {
            self.fill()?;
        }
        Ok(&self.out[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        let end = (self.at + amount).min(self.out.len());
        self.line += self.out[self.at..end].iter().map(|b| u64::from(*b == b'\n')).sum::<u64>();
        self.at = end;
    }
}

impl<R: BufRead> Read for Markup<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let n = ready.len().min(buf.len());
        buf[..n].copy_from_slice(&ready[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(text: &str) -> Result<String, u64> {
        let mut out = String::new();
        let mut markup = Markup::new(text.as_bytes());
        markup.read_to_string(&mut out).map(|_| out).map_err(|e| {
            let bad = e.get_ref().and_then(|e| e.downcast_ref::<Bad>()).unwrap();
            bad.line.unwrap()
        })
    }

    #[test]
    fn long_parts_are_cut_between_characters() {
        for piece in ["a", "é", "😀", "&amp;", "\n", "]", "-", "?"] {
            let long = piece.repeat(3 * KEPT);
            for text in [
                format!("<a>{long}</a><b/>"),
                format!("<a><![CDATA[{long}]]></a><b/>"),
                format!("<a><!--{long}--></a><b/>"),
                format!("<a><?x {long}?></a><b/>"),
            ] {
                let out = filter(&text).unwrap();
                assert!(out.len() < KEPT + 2 * ENTITY, "{piece}");
                assert!(out.starts_with("<a>") && out.ends_with("</a><b/>"), "{piece}");
                let mut reader = quick_xml::Reader::from_str(&out);
                while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
            }
        }
    }

    #[test]
    fn what_no_export_has_is_refused_with_its_line() {
        assert_eq!(filter(&"<a>\n".repeat(DEPTH + 2)), Err(DEPTH as u64 + 1));
        assert_eq!(filter(&format!("\n<a b=\"{}", "x".repeat(TAG + 1))), Err(2));
        assert_eq!(filter("<?xml?>\n<!DOCTYPE x [<!ENTITY a \"b\">]>"), Err(2));
        // A sign that would end a tag, in a quotation.
        assert_eq!(filter(&"<a b='/>'>".repeat(DEPTH + 1)), Err(1));
        assert!(filter(&"<a b='>'></a><c/>".repeat(1000)).is_ok());
    }

    #[test]
    fn a_type_is_left_out_where_it_may_stand() {
        let typed = |text: &str| {
            let mut out = String::new();
            let mut markup = Markup::new(text.as_bytes()).typed();
            markup.read_to_string(&mut out).unwrap();
            (out, markup.line())
        };
        let all = "<?xml?>\n<!DOCTYPE r [\n<!ENTITY a \"b>]c\">\n<!-- don't -->\n] >\n<r>&a;</r>";
        assert_eq!(typed(all), ("<?xml?>\n\n<r>&a;</r>".to_owned(), 6));
        assert_eq!(typed("<!DOCTYPE r SYSTEM 'x'><r/>").0, "<r/>");
        assert_eq!(typed(&format!("<!DOCTYPE r [{}", "<!ENTITY a 'b'>\n".repeat(9999))).0, "");
    }

    #[test]
    fn lines_that_are_cut_out_count() {
        let text = format!("<a>{}</a>\n<b>", "x\n".repeat(KEPT));
        let mut markup = Markup::new(text.as_bytes());
        std::io::copy(&mut markup, &mut std::io::sink()).unwrap();
        assert_eq!(markup.line(), KEPT as u64 + 2);
    }

    proptest! {
        #[test]
        fn short_xml_is_left_alone(text in "([a-z &;\n]|<[a-z]|</|/>|>|'|\"|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?|\\?>){0,60}") {
            prop_assert_eq!(filter(&text), Ok(text));
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut out = Vec::new();
            let _ = Markup::new(bytes.as_slice()).read_to_end(&mut out);
            prop_assert!(out.len() <= bytes.len());
        }
    }
}
