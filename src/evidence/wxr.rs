//! WordPress's own export (WXR, an extended RSS): how many posts and pages, how old, and whether it comes from wordpress.com.
//!
//! Format: `wp:wxr_version`, `wp:base_blog_url`, `wp:post_date_gmt` in
//! <https://github.com/WordPress/WordPress/blob/master/wp-admin/includes/export.php>.

use super::exports::Seen;
use super::kind::{Kind, Name};
use super::markup::Markup;
use super::text::{Text, failed};
use super::{Counts, Input, Place, Signal, Sink, host};
use crate::error::{Error, Result};
use quick_xml::Reader;
use quick_xml::events::Event;

/// The longest export that is read (64 GiB).
const LONGEST: u64 = 64 * 1024 * 1024 * 1024;
/// The most that one piece of text may hold of what is looked at.
const TEXT: usize = 4096;

/// The kind's name.
pub fn kind() -> Kind {
    Name::new("wxr").map_or(Kind::Unknown, Kind::Export)
}

/// Reads the export, tag by tag.
///
/// # Errors
/// With the file when the XML is broken or cut off.
pub fn read(text: Text<'_>, about: &Input<'_>, seen: &mut Seen, sink: &mut dyn Sink) -> Result<Counts> {
    let mut reader = Reader::from_reader(Markup::new(text.bounded(LONGEST)).typed());
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let (mut tag, mut value) = (String::new(), String::new());
    let mut sites: Vec<String> = Vec::new();
    let mut whole = false;
    let done = loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(e)) => break Err(failed(about.path, &e)),
            Err(_) => break Err(broken(about.path)),
        };
        match event {
            Event::Start(start) => {
                start.name().as_ref().clone_into(&mut tag);
                value.clear();
                if tag == "item" {
                    *seen.counts.entry("items".into()).or_default() += 1;
                }
            }
            Event::Text(t) if value.len() < TEXT => value.push_str(piece(&t)),
            Event::CData(t) if value.len() < TEXT => value.push_str(piece(&t)),
            Event::End(end) => {
                match (end.name().as_ref(), value.trim()) {
                    ("wp:post_date_gmt" | "wp:post_date", date) => seen.note(date),
                    ("wp:base_blog_url" | "wp:base_site_url", url) => {
                        sites.extend(host::of_reference(url).name().filter(|s| sites.len() < 8 && !sites.contains(s)));
                    }
                    ("wp:post_type", what @ ("post" | "page" | "attachment")) => {
                        *seen.counts.entry(format!("{what}s")).or_default() += 1;
                    }
                    ("rss", _) => whole = true,
                    _ => {}
                }
                if end.name().as_ref() == tag.as_str() {
                    value.clear();
                }
            }
            Event::Eof if whole => break Ok(()),
            Event::Eof => break Err(broken(about.path)),
            _ => {}
        }
    };
    for site in &sites {
        let place = Place { path: about.path, line: None };
        sink.offer(kind(), place, &Signal::Login { host: site });
    }
    done.map(|()| Counts(seen.counts.clone()))
}

/// As much of a piece of text as is looked at.
fn piece(text: &str) -> &str {
    let end = (0..=TEXT.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    &text[..end]
}

fn broken(path: &str) -> Error {
    Error::input("the export is cut off or damaged").in_file(path).hint("export it again: Tools, Export, all content")
}
