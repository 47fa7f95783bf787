//! The kinds `bookmarks` and `history`: hosts that somebody keeps at hand or has been to. They prove no account.

use super::host::{self, Host};
use super::json::each;
use super::logins::json::broken;
use super::page::strings::Strings;
use super::table::{Layout, Table, no_header, plain_name};
use super::text::{Text, failed};
use super::{Counts, Input, Kind, Place, Signal, Sink, WHOLE};
use crate::error::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;
use std::io::BufReader;

/// Which form the list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The bookmark file that all browsers export (Netscape's, in HTML).
    Html,
    /// Firefox's backup.
    Firefox,
    /// Chrome's own file.
    Chrome,
    /// Takeout's browser history.
    Takeout,
    /// A table with a column of addresses.
    Table(Layout),
}

/// The most hosts that are told apart.
const HOSTS: usize = 100_000;

struct Hosts<'a> {
    kind: Kind,
    about: &'a Input<'a>,
    sink: &'a mut dyn Sink,
    entries: u64,
    matched: u64,
    seen: HashSet<u64>,
}

impl Hosts<'_> {
    fn add(&mut self, line: Option<u64>, address: &str) {
        self.entries += 1;
        let Host::Name(host) = host::of_reference(address) else { return };
        if host::is_first_party(&host, self.about.domains, None) || self.seen.len() >= HOSTS {
            return;
        }
        if self.seen.insert(super::hash(&host)) {
            let place = Place { path: self.about.path, line };
            self.matched += u64::from(self.sink.offer(self.kind, place, &Signal::Visited { host: &host }));
        }
    }
}

/// Whether a table is a browser's history.
pub fn is_history(names: &[String]) -> bool {
    let names: Vec<String> = names.iter().map(|n| plain_name(n)).collect();
    let has = |name: &str| names.iter().any(|n| n == name);
    let times = ["visit count", "visitcount", "last visit time", "visit time", "visittime"];
    (has("url") && times.iter().any(|t| has(t))) || (has("navigatedtourl") && has("datetime"))
}

/// Reads a list of addresses.
///
/// # Errors
/// With file and line when it is broken.
pub fn read(text: Text<'_>, kind: Kind, form: Form, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut hosts = Hosts { kind, about, sink, entries: 0, matched: 0, seen: HashSet::new() };
    let done = match form {
        Form::Html => html(text, about, &mut hosts),
        Form::Table(layout) => table(text, layout, about, &mut hosts),
        Form::Firefox => tree(text, about, &mut hosts, "uri"),
        Form::Chrome => tree(text, about, &mut hosts, "url"),
        Form::Takeout => {
            each(text, about.path, &["Browser History[]", "Historial del navegador[]"], &["url"], &mut |_, f| {
                hosts.add(None, f.get("url").unwrap_or_default());
            })
        }
    };
    let mut counts = Counts::default();
    counts.add("entries", hosts.entries);
    counts.add("hosts", hosts.seen.len() as u64);
    counts.add("matched", hosts.matched);
    done.map(|()| counts)
}

/// `<A HREF="…">`, a line each; read by the tag alone, so that no tree is built.
fn html(mut text: Text<'_>, about: &Input<'_>, hosts: &mut Hosts<'_>) -> Result<()> {
    let mut line = Vec::new();
    let (mut number, mut open) = (0, 0_i64);
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        number += 1;
        let shown = String::from_utf8_lossy(&line);
        let lower = shown.to_ascii_lowercase();
        let count = |tag: &str| i64::try_from(lower.matches(tag).count()).unwrap_or(0);
        open += count("<dl") - count("</dl");
        for (at, _) in lower.match_indices("href=\"") {
            let rest = &shown[at + 6..];
            if let Some(end) = rest.find('"') {
                hosts.add(Some(number), &rest[..end]);
            }
        }
    }
    if open > 0 {
        return Err(Error::input("the file of bookmarks is cut off").at(about.path, number).hint("export it again"));
    }
    Ok(())
}

/// A tree of folders: of each bookmark only the address is taken.
fn tree(text: Text<'_>, about: &Input<'_>, hosts: &mut Hosts<'_>, key: &'static str) -> Result<()> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(Strings::new(text.bounded(WHOLE))));
    let done = Node { hosts, key }.deserialize(&mut json).and_then(|()| json.end());
    done.map_err(|e| broken(about.path, e))
}

/// A folder or a bookmark; below `roots` Chrome has its topmost folders by their names.
struct Node<'n, 'a> {
    hosts: &'n mut Hosts<'a>,
    /// Under which name an address stands.
    key: &'static str,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bookmarks")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == self.key {
                map.next_value_seed(Address(&mut *self.hosts))?;
            } else if matches!(key.as_str(), "children" | "roots" | "bookmark_bar" | "other" | "synced") {
                map.next_value_seed(Node { hosts: &mut *self.hosts, key: self.key })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        while seq.next_element_seed(Node { hosts: &mut *self.hosts, key: self.key })?.is_some() {}
        Ok(())
    }
}

/// The address of a bookmark.
struct Address<'n, 'a>(&'n mut Hosts<'a>);

impl<'de> DeserializeSeed<'de> for Address<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Address<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address")
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<(), E> {
        self.0.add(None, text);
        Ok(())
    }
}

fn table(text: Text<'_>, layout: Layout, about: &Input<'_>, hosts: &mut Hosts<'_>) -> Result<()> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let column = row
        .cells()
        .position(|n| matches!(plain_name(n).as_str(), "url" | "navigatedtourl"))
        .ok_or_else(|| no_header(about.path))?;
    while table.next_into(&mut row)? {
        let line = row.line;
        hosts.add(Some(line), row.cell(column));
    }
    Ok(())
}
