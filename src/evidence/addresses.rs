//! Addresses of a site's pages: a sitemap (<https://www.sitemaps.org/protocol.html>), a list of links, a table of old and
//! new addresses that people fill in, an export of WordPress, a browser's network recording.
//!
//! `inventory` only counts them. `render` reads them again, so that the old ones lead to the new ones.

use super::host;
use super::json::each;
use super::table::{Layout, Table, plain_name, split_line};
use super::text::{Text, failed};
use crate::error::{Error, Result};
use quick_xml::Reader;
use quick_xml::events::Event;

/// The longest address that is taken.
const LONGEST: usize = 2000;
/// The most bytes of a sitemap (50 MB is what its format allows).
const SITEMAP: u64 = 64 * 1024 * 1024;
/// The most bytes of an export of WordPress.
const WXR: u64 = 4 * 1024 * 1024 * 1024;

/// The form of a list of links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Links {
    /// An address a line.
    Lines,
    /// A table: the columns of the old and the new address.
    Table(Layout, usize, Option<usize>),
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The host, lower case; empty in a table of paths.
    pub host: String,
    /// The path, with a query if it has one.
    pub path: String,
    /// Where it leads, as a person wrote it.
    pub to: Option<String>,
    /// The line, where lines mean something.
    pub line: Option<u64>,
}

/// What was read beside the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Read {
    /// How many pages.
    pub pages: u64,
    /// How many other sitemaps an index names.
    pub sitemaps: u64,
    /// The first line whose address is none, and how many there are.
    pub bad: Option<(u64, u64)>,
}

/// Column names of old and of new addresses.
const OLD: [&str; 12] = [
    "old",
    "old address",
    "old url",
    "address",
    "url",
    "link",
    "page",
    "pages",
    "top pages",
    "permalink",
    "direccion anterior",
    "direccion",
];
const NEW: [&str; 5] = ["new", "new address", "new url", "nueva", "direccion nueva"];

/// The form of a table with these column names, above this row.
pub fn of_table(names: &[String], layout: Layout, row: &str) -> Option<Links> {
    let at = |words: &[&str]| names.iter().position(|n| words.contains(&plain_name(n).as_str()));
    let old = at(&OLD)?;
    let new = at(&NEW).filter(|n| *n != old);
    let cells = split_line(row, layout.delimiter);
    let cell = cells.get(old)?.trim().trim_matches('"');
    let fits = of_url(cell).is_some() || (new.is_some() && cell.starts_with('/'));
    fits.then_some(Links::Table(layout, old, new))
}

/// Whether a text is nothing but addresses, one a line.
pub fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).take(200).peekable();
    // The head of a long file may end within a line.
    lines.peek().is_some() && lines.all(|l| of_url(l).is_some())
}

/// Whether XML is a sitemap, or an index of some.
pub fn is_sitemap(start: &str) -> bool {
    let head: String = start.chars().take(4096).collect::<String>().to_ascii_lowercase();
    ["<urlset", "<sitemapindex"].iter().any(|tag| head.contains(tag)) && head.contains("sitemap")
}

/// Host and path of an address of the web.
pub fn of_url(url: &str) -> Option<(String, String)> {
    let after = |scheme: &str| {
        url.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).and_then(|_| url.get(scheme.len()..))
    };
    let rest = after("https://").or_else(|| after("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = host::valid(authority.split(':').next()?).name()?;
    (!authority.contains('@')).then(|| Some((host, of_path(path)?))).flatten()
}

/// A path as a browser sends it: what is not ASCII, and spaces, in its escaped form; without a fragment.
pub fn of_path(path: &str) -> Option<String> {
    let path = path.split('#').next()?;
    let mut sent = if path.starts_with('/') { String::new() } else { "/".to_owned() };
    for c in path.chars() {
        match c {
            c if c.is_control() => return None,
            ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => sent.push_str(&format!("%{:02X}", c as u32)),
            c if c.is_ascii() => sent.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| sent.push_str(&format!("%{b:02X}"))),
        }
    }
    (sent.len() <= LONGEST).then_some(sent)
}

/// Reads a sitemap.
///
/// # Errors
/// When it is cut off or damaged.
pub fn sitemap(text: Text<'_>, path: &str, take: &mut dyn FnMut(Page)) -> Result<Read> {
    let mut read = Read::default();
    let broken = || {
        Error::input("the sitemap is cut off or damaged")
            .in_file(path)
            .hint("download it again, or save the page that it is on")
    };
    let mut inside = "";
    let mut whole = false;
    tags(text.bounded(SITEMAP), path, &broken, &mut |tag, value, open| match (tag, open) {
        ("url", true) => inside = "url",
        ("sitemap", true) => inside = "sitemap",
        ("urlset" | "sitemapindex", false) => whole = true,
        ("loc", false) if inside == "sitemap" => read.sitemaps += 1,
        ("loc", false) if inside == "url" => {
            if let Some((host, path)) = of_url(value) {
                read.pages += 1;
                take(Page { host, path, to: None, line: None });
            }
        }
        _ => {}
    })?;
    if whole { Ok(read) } else { Err(broken()) }
}

/// Reads the published pages of an export of WordPress.
///
/// # Errors
/// When it is cut off or damaged.
pub fn wxr(text: Text<'_>, path: &str, take: &mut dyn FnMut(Page)) -> Result<Read> {
    let mut read = Read::default();
    let broken = || {
        Error::input("the export is cut off or damaged")
            .in_file(path)
            .hint("export it again: Tools, Export, all content")
    };
    let (mut link, mut status, mut kind) = (String::new(), String::new(), String::new());
    let mut whole = false;
    tags(text.bounded(WXR), path, &broken, &mut |tag, value, open| match (tag, open) {
        ("item", true) => (link, status, kind) = Default::default(),
        ("link", false) => value.clone_into(&mut link),
        ("wp:status", false) => value.clone_into(&mut status),
        ("wp:post_type", false) => value.clone_into(&mut kind),
        ("rss", false) => whole = true,
        ("item", false) if status == "publish" && matches!(kind.as_str(), "post" | "page") => {
            if let Some((host, path)) = of_url(&link) {
                read.pages += 1;
                take(Page { host, path, to: None, line: None });
            }
        }
        _ => {}
    })?;
    if whole { Ok(read) } else { Err(broken()) }
}

/// Calls `each` for the beginning and, with the text in it, for the end of each tag.
fn tags(text: Text<'_>, path: &str, broken: &dyn Fn() -> Error, each: &mut dyn FnMut(&str, &str, bool)) -> Result<()> {
    let mut reader = Reader::from_reader(text);
    reader.config_mut().check_end_names = false;
    let (mut buffer, mut value) = (Vec::new(), String::new());
    loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(e)) => return Err(failed(path, &e)),
            Err(_) => return Err(broken()),
        };
        match event {
            Event::Start(start) => {
                value.clear();
                each(start.name().as_ref(), "", true);
            }
            Event::Text(t) if value.len() < LONGEST => value.push_str(&t),
            Event::CData(t) if value.len() < LONGEST => value.push_str(&t),
            Event::GeneralRef(name) if value.len() < LONGEST => match &*name {
                "amp" => value.push('&'),
                // What else a sitemap escapes can't stand in an address as it is.
                _ => value.push('\u{0}'),
            },
            Event::End(end) => {
                each(end.name().as_ref(), value.trim(), false);
                value.clear();
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Reads a list of links.
///
/// # Errors
/// When it can't be read, or a quotation in it never ends.
pub fn links(text: Text<'_>, form: &Links, path: &str, take: &mut dyn FnMut(Page)) -> Result<Read> {
    let mut read = Read::default();
    let bad = |read: &mut Read, line: u64| {
        read.bad = Some(read.bad.map_or((line, 1), |(first, n)| (first, n + 1)));
    };
    match form {
        Links::Lines => {
            let (mut text, mut line, mut n) = (text, Vec::new(), 0);
            while text.read_into(&mut line).map_err(|e| failed(path, &e))? {
                n += 1;
                let one = String::from_utf8_lossy(&line);
                let one = one.trim();
                if one.is_empty() || one.starts_with('#') {
                    continue;
                }
                match of_url(one) {
                    Some((host, path)) => {
                        read.pages += 1;
                        take(Page { host, path, to: None, line: Some(n) });
                    }
                    None => bad(&mut read, n),
                }
            }
        }
        Links::Table(layout, old, new) => {
            let (mut table, mut row) = Table::headed(text, *layout, path)?;
            while table.next_into(&mut row)? {
                let cell = row.cell(*old);
                if cell.is_empty() {
                    continue;
                }
                let found =
                    if cell.starts_with('/') { of_path(cell).map(|p| (String::new(), p)) } else { of_url(cell) };
                let to = new.map(|n| row.cell(n)).filter(|t| !t.is_empty()).map(str::to_owned);
                match found {
                    Some((host, path)) => {
                        read.pages += 1;
                        take(Page { host, path, to, line: Some(row.line) });
                    }
                    None => bad(&mut read, row.line),
                }
            }
            table.whole()?;
        }
    }
    Ok(read)
}

/// Reads the pages among the requests of a network recording. What follows a `?` may be a secret, so it is left out.
///
/// # Errors
/// When the recording is broken or cut off.
pub fn har(text: Text<'_>, path: &str, take: &mut dyn FnMut(Page)) -> Result<Read> {
    let mut read = Read::default();
    let wanted = ["request.url", "request.method", "response.status", "response.content.mimeType"];
    each(text, path, &["log.entries[]"], &wanted, &mut |_, f| {
        let is_page = f.get("request.method") == Some("GET")
            && f.get("response.status") == Some("200")
            && f.get("response.content.mimeType").is_some_and(|m| m.starts_with("text/html"));
        if let Some((host, path)) = f.get("request.url").filter(|_| is_page).and_then(of_url) {
            read.pages += 1;
            let path = path.split('?').next().unwrap_or_default().to_owned();
            take(Page { host, path, to: None, line: None });
        }
    })?;
    Ok(read)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::text::Encoding;

    fn paths(read: impl FnOnce(Text<'_>, &mut dyn FnMut(Page)) -> Result<Read>, text: &str) -> (Vec<String>, Read) {
        let mut all = Vec::new();
        let mut bytes = text.as_bytes();
        let done =
            read(Text::new(&mut bytes, Encoding::Utf8), &mut |p| all.push(format!("{}{}", p.host, p.path))).unwrap();
        (all, done)
    }

    #[test]
    fn addresses_are_as_a_browser_sends_them() {
        assert_eq!(
            of_url("HTTPS://Casa.Example/ñ a?x=1#y").unwrap(),
            ("casa.example".into(), "/%C3%B1%20a?x=1".into())
        );
        assert_eq!(of_url("http://casa.example:8080").unwrap(), ("casa.example".into(), "/".into()));
        for bad in [
            "ftp://casa.example/",
            "https://ana:x@casa.example/",
            "https://",
            "casa.example/x",
            "https://casa.example/\u{1}",
            "𠜎𠜱𠝹𠱓𠱸𠲖𠳏",
        ] {
            assert_eq!(of_url(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_sitemap_gives_its_pages_and_an_index_its_number() {
        let text = "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url>\
            <loc>https://casa.example/a?x=1&amp;y=2</loc><image:image><image:loc>https://casa.example/b.png</image:loc>\
            </image:image></url></urlset>";
        let (all, read) = paths(|t, f| sitemap(t, "s.xml", f), text);
        assert_eq!(all, ["casa.example/a?x=1&y=2"]);
        assert_eq!(read.sitemaps, 0);
        let index = "<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><sitemap><loc>https://casa.example/1.xml</loc></sitemap></sitemapindex>";
        assert_eq!(paths(|t, f| sitemap(t, "s.xml", f), index).1.sitemaps, 1);
        assert!(is_sitemap(text) && is_sitemap(index) && !is_sitemap("<?xml?><rss>"));
    }

    #[test]
    fn a_table_of_old_and_new_is_told_from_others() {
        let layout = Layout { delimiter: b',', header: 1 };
        let names = |line: &str| split_line(line, b',');
        assert!(of_table(&names("old,new"), layout, "/a,").is_some());
        assert!(of_table(&names("Top pages,Clicks"), layout, "https://casa.example/a,7").is_some());
        assert!(of_table(&names("page,amount"), layout, "/a,7").is_none());
        assert!(of_table(&names("name,email"), layout, "Ana,ana@casa.example").is_none());
        let form = Links::Table(layout, 0, Some(1));
        let (all, read) = paths(|t, f| links(t, &form, "l.csv", f), "old,new\n/a,/b\nx y,\nhttps://casa.example/c,\n");
        assert_eq!(all, ["/a", "casa.example/c"]);
        assert_eq!(read.bad, Some((3, 1)));
    }

    #[test]
    fn of_a_recording_only_pages_and_no_queries() {
        let har_text = r#"{"log":{"entries":[
            {"request":{"method":"GET","url":"https://casa.example/a?token=secreto"},"response":{"status":200,"content":{"mimeType":"text/html; charset=utf-8"}}},
            {"request":{"method":"GET","url":"https://casa.example/a.js"},"response":{"status":200,"content":{"mimeType":"text/javascript"}}}]}}"#;
        assert_eq!(paths(|t, f| har(t, "x.har", f), har_text).0, ["casa.example/a"]);
    }
}
