//! A browser's HTTP archive. It holds cookies and tokens, so of each entry only the host of the request and the domains
//! of cookies are taken, while they are being parsed; the parser skips everything else.

use super::Hosts;
use super::strings::Strings;
use crate::error::{Error, Result};
use crate::evidence::host::{self, Host};
use crate::evidence::json::Few;
use crate::evidence::logins::json::broken;
use crate::evidence::text::Text;
use crate::evidence::{Counts, Input, Kind, Sink};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::io::BufReader;

/// The most bytes of an archive that are read (1 GiB): with the bodies they grow large.
const LONGEST: u64 = 1024 * 1024 * 1024;

/// The host of an address or of a cookie's domain.
struct Only(Host);

impl<'de> Deserialize<'de> for Only {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Hostname;
        impl Visitor<'_> for Hostname {
            type Value = Only;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address")
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<Only, E> {
                let bare = !text.contains([':', '/']);
                let host = if bare { host::valid(text.trim_start_matches('.')) } else { host::of_reference(text) };
                Ok(Only(host))
            }
            fn visit_unit<E>(self) -> std::result::Result<Only, E> {
                Ok(Only(Host::None))
            }
        }
        deserializer.deserialize_any(Hostname)
    }
}

#[derive(Deserialize)]
struct Cookie {
    domain: Option<Only>,
}

#[derive(Deserialize)]
struct Message {
    url: Option<Only>,
    cookies: Option<Few<Cookie>>,
}

#[derive(Deserialize)]
struct Entry {
    request: Option<Message>,
    response: Option<Message>,
}

#[derive(Default)]
struct Seen {
    hosts: Hosts,
    page: Option<String>,
    requests: u64,
    is_har: bool,
}

/// Reads an archive and offers its third-party hosts.
///
/// # Errors
/// When the JSON is broken, cut off or no HTTP archive.
pub fn read(text: Text<'_>, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut seen = Seen::default();
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(Strings::new(text.bounded(LONGEST))));
    Level { seen: &mut seen, depth: 0 }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|e| broken(about.path, e))?;
    if !seen.is_har {
        return Err(Error::input("the archive has no `log.entries`")
            .in_file(about.path)
            .hint("save it again from the browser's network tools"));
    }
    let page = seen.page.take();
    let mut counts = seen.hosts.offer(Kind::Har, about, page.as_deref(), sink);
    counts.add("requests", seen.requests);
    Ok(counts)
}

/// `{log: {entries: […]}}`, a level at a time, so that the entries are never all in memory.
struct Level<'s> {
    seen: &'s mut Seen,
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        if self.depth == 2 { deserializer.deserialize_seq(self) } else { deserializer.deserialize_map(self) }
    }
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Key {
    Log,
    Entries,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an HTTP archive")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        let wanted = if self.depth == 0 { Key::Log } else { Key::Entries };
        while let Some(key) = map.next_key::<Key>()? {
            if key == wanted {
                map.next_value_seed(Level { seen: &mut *self.seen, depth: self.depth + 1 })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        self.seen.is_har = true;
        while let Some(entry) = seq.next_element::<Entry>()? {
            self.seen.requests += 1;
            for message in [entry.request, entry.response].into_iter().flatten() {
                let cookies = message.cookies.into_iter().flat_map(|c| c.0).filter_map(|c| c.domain);
                let hosts = message.url.into_iter().map(|h| (h, "request")).chain(cookies.map(|h| (h, "cookie")));
                for (Only(host), how) in hosts {
                    let Some(host) = host.name() else { continue };
                    // The first request is for the page itself.
                    if how == "request" && self.seen.page.is_none() {
                        self.seen.page = Some(host.clone());
                    }
                    self.seen.hosts.add(host, how, None);
                }
            }
        }
        Ok(())
    }
}
