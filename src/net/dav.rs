//! `WebDAV`, `CalDAV` and `CardDAV`: lists a tree (RFC 4918), reads calendars and address books (RFC 4791, RFC 6352).

use super::http::{Ask, Reply, Web};
use super::vet::Fault;
use crate::check::clean;
use crate::check::tree::{Node, Sum};
use percent_encoding::percent_decode_str;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};
use std::collections::BTreeMap;
use url::Url;

/// The most bytes of one answer.
const ANSWER: u64 = 64 * 1024 * 1024;
/// The most files and folders.
const NODES: usize = 500_000;
/// How deep folders may be nested.
const DEPTH: usize = 128;
/// How many entries are asked for at a time.
const AT_ONCE: usize = 50;

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";
const OWNCLOUD: &str = "http://owncloud.org/ns";

const WANTED: &str = r#"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:oc="http://owncloud.org/ns"><D:prop><D:resourcetype/><D:getcontentlength/><oc:checksums/></D:prop></D:propfind>"#;

type Answer<T> = std::result::Result<T, Fault>;

/// What a place is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A file, or an entry of a calendar.
    #[default]
    File,
    /// A folder.
    Folder,
    /// A calendar.
    Calendar,
    /// An address book.
    Contacts,
}

/// One place of a listing.
#[derive(Debug, Clone, Default)]
struct Item {
    href: String,
    kind: Kind,
    size: Option<u64>,
    sums: Vec<Sum>,
    /// The entry itself, where it was asked for.
    data: Option<String>,
}

/// What lies at an address.
#[derive(Debug)]
pub enum Place {
    /// A tree of files.
    Tree,
    /// Calendars or address books: their addresses.
    Books(Vec<(Kind, Url)>),
}

/// Looks at what an address is.
///
/// # Errors
/// When it does not answer.
pub fn look(web: &mut Web<'_>, url: &Url) -> Answer<(Url, Place)> {
    let (url, items) = list(web, url)?;
    let books: Vec<(Kind, Url)> = items
        .iter()
        .filter(|i| matches!(i.kind, Kind::Calendar | Kind::Contacts))
        .filter_map(|i| Some((i.kind, inside(&url, &i.href)?)))
        .collect();
    Ok((url, if books.is_empty() { Place::Tree } else { Place::Books(books) }))
}

/// Path → what is known of the file, and the folders that did not answer, with the reason.
pub type Listing = (BTreeMap<String, Node>, Vec<(String, Fault)>);

/// Lists all files below an address: path → what is known of it. Folders that do not answer are named with the reason.
///
/// # Errors
/// When the address itself does not answer.
pub fn tree(web: &mut Web<'_>, url: &Url, tell: &dyn Fn(usize)) -> Answer<Listing> {
    let mut files = BTreeMap::new();
    let mut unread = Vec::new();
    let mut stack = vec![(url.clone(), 0_usize)];
    let mut folders = std::collections::BTreeSet::from([url.path().to_owned()]);
    while let Some((folder, depth)) = stack.pop() {
        let items = match list(web, &folder) {
            Ok((_, items)) => items,
            Err(fault) if depth == 0 => return Err(fault),
            Err(fault) => {
                unread.push((path(url, &folder).unwrap_or_default(), fault));
                continue;
            }
        };
        for item in items {
            let Some(place) = inside(&folder, &item.href) else { continue };
            let Some(name) = path(url, &place) else { continue };
            match item.kind {
                Kind::File if !name.is_empty() => {
                    files.insert(name, Node { size: item.size, sums: item.sums });
                }
                Kind::File => {}
                _ if depth < DEPTH && folders.insert(place.path().trim_end_matches('/').to_owned() + "/") => {
                    stack.push((place, depth + 1));
                }
                _ => {}
            }
            if files.len() + folders.len() > NODES {
                return Err(Fault::unknown("more than 500,000 files", "más de 500 000 archivos"));
            }
        }
        tell(files.len());
    }
    Ok((files, unread))
}

/// Gives each entry of a calendar or address book to `found`; none where the server did not give it.
///
/// # Errors
/// When it does not answer.
pub fn entries(web: &mut Web<'_>, kind: Kind, url: &Url, found: &mut dyn FnMut(Option<&str>)) -> Answer<()> {
    let (url, items) = list(web, url)?;
    let hrefs: Vec<String> = items.into_iter().filter(|i| i.kind == Kind::File).map(|i| i.href).collect();
    let (report, data, space) = match kind {
        Kind::Contacts => ("addressbook-multiget", "address-data", "urn:ietf:params:xml:ns:carddav"),
        _ => ("calendar-multiget", "calendar-data", "urn:ietf:params:xml:ns:caldav"),
    };
    for some in hrefs.chunks(AT_ONCE) {
        let hrefs = some.iter().map(quick_xml::escape::escape);
        let list = hrefs.fold(String::new(), |list, h| list + "<D:href>" + &h + "</D:href>");
        let body = format!(
            r#"<?xml version="1.0" encoding="utf-8"?><X:{report} xmlns:D="DAV:" xmlns:X="{space}"><D:prop><X:{data}/></D:prop>{list}</X:{report}>"#
        );
        let reply = send(web, &url, "REPORT", "1", &body)?;
        let items = multistatus(&reply.body)?;
        for item in &items {
            found(item.data.as_deref());
        }
        for _ in items.len()..some.len() {
            found(None);
        }
    }
    Ok(())
}

fn list(web: &mut Web<'_>, url: &Url) -> Answer<(Url, Vec<Item>)> {
    let reply = send(web, url, "PROPFIND", "1", WANTED)?;
    let items = multistatus(&reply.body)?;
    Ok((folder(reply.url), items))
}

/// The address of a folder ends in a slash, so that what is in it lies below it.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

fn send(web: &mut Web<'_>, url: &Url, method: &str, depth: &str, body: &str) -> Answer<Reply> {
    let headers = [("Depth", depth), ("Content-Type", "application/xml; charset=utf-8")];
    let reply = web.ask(url, Ask { method, headers: &headers, body: Some(body), limit: ANSWER })?;
    match reply.status {
        207 => Ok(reply),
        401 | 403 => Err(Fault::Denied(crate::check::text(
            &format!("the server refuses the sign-in ({})", reply.status),
            &format!("el servidor rechaza el inicio de sesión ({})", reply.status),
        ))),
        status => {
            Err(Fault::unknown(&format!("it answers {status} to {method}"), &format!("responde {status} a {method}")))
        }
    }
}

/// What a listing names, when it lies at the same place as the listing.
fn inside(base: &Url, href: &str) -> Option<Url> {
    let url = base.join(href.trim()).ok()?;
    (url.origin() == base.origin()).then_some(url)
}

/// The path of a place below another, as people write it.
fn path(base: &Url, place: &Url) -> Option<String> {
    let decoded = |url: &Url| percent_decode_str(url.path()).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let (base, place) = (decoded(base)?, decoded(place)?);
    let rest = place.strip_prefix(base.trim_end_matches('/'))?;
    rest.strip_prefix('/').or_else(|| rest.is_empty().then_some(rest)).map(|p| p.trim_end_matches('/').to_owned())
}

/// Reads a multi-status answer.
fn multistatus(body: &[u8]) -> Answer<Vec<Item>> {
    let broken = |e: &dyn std::fmt::Display| {
        let e = clean(&e.to_string());
        Fault::unknown(&format!("the listing can't be read: {e}"), &format!("la lista no se puede leer: {e}"))
    };
    let body = std::str::from_utf8(body).map_err(|e| broken(&e))?;
    let mut reader = NsReader::from_str(body);
    let (mut items, mut item): (Vec<Item>, Option<Item>) = (Vec::new(), None);
    let mut text = String::new();
    let mut depth = 0_usize;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|e| broken(&e))?;
        let space = match space {
            ResolveResult::Bound(Namespace(space)) => space.to_owned(),
            _ => String::new(),
        };
        match event {
            Event::Start(e) => {
                depth += 1;
                if depth > 64 {
                    return Err(broken(&"it is nested too deep"));
                }
                opened(&space, e.local_name().as_ref(), &mut item);
                text.clear();
            }
            Event::Empty(e) => opened(&space, e.local_name().as_ref(), &mut item),
            Event::Text(e) => text.push_str(&e.xml10_content()),
            Event::CData(e) => text.push_str(&e.xml10_content()),
            Event::GeneralRef(e) => match e.resolve_char_ref() {
                Ok(Some(c)) => text.push(c),
                Ok(None) => {
                    let known = quick_xml::escape::resolve_predefined_entity(&e);
                    text.push_str(known.ok_or_else(|| broken(&"an entity of its own"))?);
                }
                Err(e) => return Err(broken(&e)),
            },
            Event::End(e) => {
                depth = depth.saturating_sub(1);
                if (space.as_str(), e.local_name().as_ref()) == (DAV, "response") {
                    items.extend(item.take().filter(|i| !i.href.is_empty()));
                } else if let Some(item) = &mut item {
                    closed(&space, e.local_name().as_ref(), &text, item);
                }
                text.clear();
            }
            Event::DocType(_) => return Err(broken(&"it has a document type")),
            Event::Eof => break,
            _ => {}
        }
    }
    if depth > 0 {
        return Err(broken(&"it is cut off"));
    }
    Ok(items)
}

fn opened(space: &str, name: &str, item: &mut Option<Item>) {
    match (space, name, item) {
        (DAV, "response", item) => *item = Some(Item::default()),
        (DAV, "collection", Some(item)) if item.kind == Kind::File => item.kind = Kind::Folder,
        (CALDAV, "calendar", Some(item)) => item.kind = Kind::Calendar,
        (CARDDAV, "addressbook", Some(item)) => item.kind = Kind::Contacts,
        _ => {}
    }
}

fn closed(space: &str, name: &str, text: &str, item: &mut Item) {
    match (space, name) {
        (DAV, "href") if item.href.is_empty() => text.trim().clone_into(&mut item.href),
        (DAV, "getcontentlength") => item.size = text.trim().parse().ok(),
        // "SHA1:… MD5:… ADLER32:…"
        (OWNCLOUD, "checksum") => item.sums.extend(text.split_whitespace().filter_map(Sum::parse)),
        (CALDAV, "calendar-data") | (CARDDAV, "address-data") => item.data = Some(text.to_owned()),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_with_its_namespaces() {
        let body = br#"<?xml version="1.0"?><!-- x --><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">
            <d:response><d:href>/dav/a%20b/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop></d:propstat></d:response>
            <d:response><d:href>/dav/x&amp;y.txt</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontentlength>12</d:getcontentlength>
            <oc:checksums><oc:checksum>SHA1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709 ADLER32:1</oc:checksum></oc:checksums></d:prop></d:propstat></d:response>
            </d:multistatus>"#;
        let items = multistatus(body).unwrap();
        assert_eq!((items[0].kind, items[0].href.as_str()), (Kind::Folder, "/dav/a%20b/"));
        assert_eq!((items[1].size, items[1].href.as_str(), items[1].sums.len()), (Some(12), "/dav/x&y.txt", 1));
    }

    #[test]
    fn hostile_listings_are_refused() {
        for body in [
            "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><D:multistatus xmlns:D=\"DAV:\"/>".to_owned(),
            "<D:multistatus xmlns:D=\"DAV:\">&a;</D:multistatus>".to_owned(),
            "<D:multistatus xmlns:D=\"DAV:\"><D:response>".to_owned(),
            "<a>".repeat(100_000),
            "<a></b>".to_owned(),
        ] {
            assert!(multistatus(body.as_bytes()).is_err(), "{}", &body[..body.len().min(60)]);
        }
    }

    #[test]
    fn only_what_lies_below_is_listed() {
        let base = Url::parse("https://nube.example/dav/ana/").unwrap();
        let named = |href: &str| inside(&base, href).and_then(|u| path(&base, &u));
        assert_eq!(named("/dav/ana/a%20b/%F0%9F%8C%B5.txt").unwrap(), "a b/\u{1f335}.txt");
        assert_eq!(named("https://nube.example/dav/ana/x").unwrap(), "x");
        for outside in [
            "/dav/beto/x",
            "https://other.example/dav/ana/x",
            "/dav/ana/../beto/x",
            "/dav/anabel/x",
            "http://nube.example/dav/ana/x",
        ] {
            assert_eq!(named(outside), None, "{outside}");
        }
    }
}
