//! Bitwarden's JSON. Only `items[].login.uris[].uri` is taken, and of that only the host while it is being read; every
//! other value is skipped by the parser without being stored.

use super::{Sites, encrypted};
use crate::error::{Error, Result};
use crate::evidence::host::{self, Host};
use crate::evidence::json::Few;
use crate::evidence::text::{Text, failed};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// An address of which only the host survives.
struct Site(Host);

impl<'de> Deserialize<'de> for Site {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Only;
        impl Visitor<'_> for Only {
            type Value = Site;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address")
            }
            fn visit_str<E>(self, text: &str) -> std::result::Result<Site, E> {
                Ok(Site(host::of_site(text)))
            }
            fn visit_unit<E>(self) -> std::result::Result<Site, E> {
                Ok(Site(Host::None))
            }
        }
        deserializer.deserialize_any(Only)
    }
}

#[derive(Deserialize)]
struct Uri {
    uri: Option<Site>,
}

#[derive(Deserialize)]
struct Login {
    uris: Option<Few<Uri>>,
    // Exports from before 2018 have one address here.
    uri: Option<Site>,
}

#[derive(Deserialize)]
struct Item {
    login: Option<Login>,
}

/// Offers the host of each login's addresses.
pub(super) fn read(text: Text<'_>, sites: &mut Sites<'_>) -> Result<()> {
    let path = sites.path();
    let mut locked = false;
    let mut json = serde_json::Deserializer::from_reader(text);
    let done = Export { sites, locked: &mut locked }.deserialize(&mut json).and_then(|()| json.end());
    if locked {
        return Err(encrypted(path));
    }
    done.map_err(|e| broken(path, e))
}

/// The error for JSON that can't be read. The parser's own text may quote a value, so it is not used.
pub(crate) fn broken(path: &str, error: serde_json::Error) -> Error {
    use serde_json::error::Category;
    let line = error.line() as u64;
    let what = match error.classify() {
        Category::Io => return failed(path, &error.into()),
        Category::Eof => "the JSON is cut off",
        Category::Syntax => "the JSON is broken",
        Category::Data => "the JSON has another shape than this kind of export has",
    };
    let error = Error::input(what).hint("export it again");
    if line == 0 { error.in_file(path) } else { error.at(path, line) }
}

struct Export<'s, 'a> {
    sites: &'s mut Sites<'a>,
    locked: &'s mut bool,
}

impl<'de> DeserializeSeed<'de> for Export<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Export<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an export")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Encrypted => *self.locked = map.next_value::<bool>()?,
                // What is encrypted item by item would be taken for sites.
                Key::Items if *self.locked => drop(map.next_value::<IgnoredAny>()?),
                Key::Items => map.next_value_seed(Items { sites: self.sites })?,
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Encrypted,
    Items,
    #[serde(other)]
    Other,
}

/// The items, one at a time, so that they are never all in memory.
struct Items<'s, 'a> {
    sites: &'s mut Sites<'a>,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        while let Some(item) = seq.next_element::<Item>()? {
            self.sites.entry();
            let Some(login) = item.login else { continue };
            let listed = login.uris.into_iter().flat_map(|l| l.0).filter_map(|u| u.uri);
            for Site(host) in listed.chain(login.uri) {
                self.sites.host(None, host);
            }
        }
        Ok(())
    }
}
