//! KeePass 2's XML: `<Entry><String><Key>URL</Key><Value>…</Value></String></Entry>`. Entities that a file declares
//! are never expanded: a file that declares any is refused.

use super::Sites;
use crate::error::Result;
use crate::evidence::markup::Markup;
use crate::evidence::text::{Bad, Text, failed};
use quick_xml::events::Event;

/// How much of an address is kept.
const ADDRESS: usize = 4096;

#[derive(Default)]
struct State {
    /// Names of the open elements, of those that matter; `b'-'` for others.
    open: Vec<u8>,
    key: String,
    value: String,
}

impl State {
    fn at(&self) -> u8 {
        self.open.last().copied().unwrap_or(b'-')
    }

    /// Old versions of an entry stand inside it under `History`.
    fn is_history(&self) -> bool {
        self.open.contains(&b'H')
    }

    fn add(&mut self, text: &str) {
        let target = match self.at() {
            b'K' => &mut self.key,
            b'V' if self.key == "URL" => &mut self.value,
            _ => return,
        };
        if target.len() + text.len() <= ADDRESS {
            target.push_str(text);
        }
    }
}

fn code(name: &str) -> u8 {
    match name {
        "Entry" => b'E',
        "String" => b'S',
        "Key" => b'K',
        "Value" => b'V',
        "History" => b'H',
        _ => b'-',
    }
}

/// Offers the host of each entry's address.
pub(super) fn read(text: Text<'_>, sites: &mut Sites<'_>) -> Result<()> {
    let path = sites.path();
    let bad = |what| Bad { what, hint: "export it again as KeePass XML (2.x)", line: None }.about(path);
    let mut reader = quick_xml::Reader::from_reader(Markup::new(text));
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|e| match e {
            quick_xml::Error::Io(e) => failed(path, &e),
            _ => bad("the XML is broken or cut off"),
        })?;
        match event {
            Event::Start(tag) => {
                let code = code(tag.local_name().as_ref());
                if code == b'E' && !state.is_history() {
                    sites.entry();
                }
                if code == b'S' {
                    state.key.clear();
                    state.value.clear();
                }
                state.open.push(code);
            }
            Event::End(_) => {
                let closed = state.open.pop().ok_or_else(|| bad("the XML is broken or cut off"))?;
                if closed == b'S' && state.key == "URL" && state.at() == b'E' && !state.is_history() {
                    sites.address(Some(reader.get_ref().line()), &state.value);
                }
            }
            Event::Text(text) => state.add(&text),
            Event::CData(text) => state.add(&text),
            Event::GeneralRef(name) => state.add(entity(&name)),
            Event::Eof => break,
            // Types of documents are refused before they come here.
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if state.open.is_empty() { Ok(()) } else { Err(bad("the XML is broken or cut off")) }
}

/// The five that every XML knows; a host needs none of the others.
fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{fffd}",
    }
}
