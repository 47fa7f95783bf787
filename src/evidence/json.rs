//! JSON of any size, one item at a time: only the named scalars of each item are taken, all else is skipped unseen.
//!
//! Where something stands is written as a path: `log.entries[].request`, `[].ts` (a list at the top), `` (the top itself). Of
//! an item, `*.type` are the scalars `type` of all its members.

use super::logins::json::broken;
use super::page::strings::Strings;
use super::text::Text;
use crate::error::Result;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The longest JSON that is read (4 GiB).
const LONGEST: u64 = 4 * 1024 * 1024 * 1024;
/// The most scalars of one item.
const FIELDS: usize = 10_000;
/// The most items of a list within an item.
const ITEMS: usize = 1000;
/// The longest scalar that is taken.
const SCALAR: usize = 512;

/// The scalars of one item, by their paths within it: those in a list in its order.
#[derive(Debug, Default)]
pub struct Fields {
    all: BTreeMap<String, Vec<String>>,
    count: usize,
}

impl Fields {
    /// The first scalar at a path that was asked for.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.list(path).first().map(String::as_str)
    }

    /// All of them.
    pub fn list(&self, path: &str) -> &[String] {
        self.all.get(path).map_or(&[], Vec::as_slice)
    }

    /// The scalars whose paths end so, whatever stands before: `NAME.type` for `*.type`.
    pub fn below(&self, last: &str) -> impl Iterator<Item = (&str, &str)> {
        let last = format!(".{last}");
        let fits = move |(path, texts): (&'_ String, &'_ Vec<String>)| path.ends_with(&last) && !texts.is_empty();
        self.all.iter().filter(move |item| fits(*item)).map(|(path, texts)| (path.as_str(), texts[0].as_str()))
    }

    /// It as a whole number.
    pub fn number(&self, path: &str) -> Option<u64> {
        let text = self.get(path)?;
        text.split('.').next()?.parse().ok()
    }
}

/// Calls `found` with the number of the path and the wanted fields, for each item that stands at one of `paths`. Several
/// values in a row (a value a line) are read one after the other.
///
/// # Errors
/// With the line, never its text, when the JSON is broken or cut off.
pub fn each(
    text: Text<'_>,
    path: &str,
    paths: &[&str],
    wanted: &[&str],
    found: &mut dyn FnMut(usize, &Fields),
) -> Result<()> {
    let mut json = serde_json::Deserializer::from_reader(Strings::new(text.bounded(LONGEST)));
    let mut here = String::new();
    let mut any = false;
    loop {
        // `end` fails when there is more, or when what follows is broken: then the next value says so.
        if json.end().is_ok() {
            break;
        }
        let mut walk = Walk { here: &mut here, paths, wanted, found, depth: 0 };
        match (&mut walk).deserialize(&mut json) {
            Ok(()) => any = true,
            Err(e) => return Err(broken(path, e)),
        }
        here.clear();
    }
    if any { Ok(()) } else { Err(broken(path, serde_json::Error::custom("nothing"))) }
}

/// Walks towards the paths.
struct Walk<'w> {
    here: &'w mut String,
    paths: &'w [&'w str],
    wanted: &'w [&'w str],
    found: &'w mut dyn FnMut(usize, &Fields),
    depth: usize,
}

impl Walk<'_> {
    fn leads(&self) -> bool {
        self.paths.iter().any(|p| {
            p.strip_prefix(self.here.as_str())
                .is_some_and(|r| r.starts_with('.') || r.starts_with('[') || self.here.is_empty())
        })
    }

    fn target(&self) -> Option<usize> {
        // The top itself is one only when it is no list.
        self.paths.iter().position(|p| !p.is_empty() && *p == self.here.as_str())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        if let Some(n) = self.target() {
            let mut fields = Fields::default();
            Collect { here: &mut String::new(), depth: 0, wanted: self.wanted, fields: &mut fields }
                .deserialize(deserializer)?;
            (self.found)(n, &fields);
            return Ok(());
        }
        if !self.leads() || self.depth > 16 {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

/// Scalars of no interest.
macro_rules! skip_scalars {
    () => {
        fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
            Ok(())
        }
        fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
            Ok(())
        }
        fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
            Ok(())
        }
        fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
            Ok(())
        }
        fn visit_str<E>(self, _: &str) -> std::result::Result<(), E> {
            Ok(())
        }
    };
}

impl<'de> Visitor<'de> for &mut Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    skip_scalars!();

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        let top = self.paths.iter().position(|p| p.is_empty()).filter(|_| self.here.is_empty());
        if let Some(n) = top {
            let mut fields = Fields::default();
            let mut here = String::new();
            (&mut Collect { here: &mut here, depth: 0, wanted: self.wanted, fields: &mut fields }).visit_map(map)?;
            (self.found)(n, &fields);
            return Ok(());
        }
        let length = self.here.len();
        while let Some(key) = map.next_key::<String>()? {
            if length > 0 {
                self.here.push('.');
            }
            self.here.push_str(&key[..floor(&key, 64)]);
            self.depth += 1;
            map.next_value_seed(&mut *self)?;
            self.depth -= 1;
            self.here.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        let length = self.here.len();
        self.here.push_str("[]");
        self.depth += 1;
        while seq.next_element_seed(&mut *self)?.is_some() {}
        self.depth -= 1;
        self.here.truncate(length);
        Ok(())
    }
}

/// Takes the wanted scalars of an item.
struct Collect<'c> {
    here: &'c mut String,
    /// How many objects deep.
    depth: usize,
    wanted: &'c [&'c str],
    fields: &'c mut Fields,
}

impl Collect<'_> {
    fn take(&mut self, text: &str) {
        let here = self.here.as_str();
        let fits = |w: &&&str| match w.strip_prefix("*.") {
            Some(last) => self.depth == 2 && here.rsplit('.').next() == Some(last),
            None => **w == here,
        };
        if self.wanted.iter().any(|w| fits(&w)) && self.fields.count < FIELDS {
            self.fields.count += 1;
            self.fields.all.entry(here.to_owned()).or_default().push(text[..floor(text, SCALAR)].to_owned());
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Collect<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        let here = self.here.as_str();
        let leads = here.is_empty()
            || self.wanted.iter().any(|w| {
                w.starts_with("*.")
                    || w.strip_prefix(here).is_some_and(|r| r.is_empty() || r.starts_with('.') || r.starts_with('['))
            });
        if !leads || here.len() > 256 {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for Collect<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> std::result::Result<(), D::Error> {
        (&mut self).deserialize(deserializer)
    }
}

impl<'de> Visitor<'de> for &mut Collect<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<(), E> {
        self.take(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<(), E> {
        self.take(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<(), E> {
        self.take(&value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<(), E> {
        self.take(&value.to_string());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<(), E> {
        self.take(value);
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        let length = self.here.len();
        self.depth += 1;
        while let Some(key) = map.next_key::<String>()? {
            if length > 0 {
                self.here.push('.');
            }
            self.here.push_str(&key[..floor(&key, 64)]);
            map.next_value_seed(&mut *self)?;
            self.here.truncate(length);
        }
        self.depth -= 1;
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        let length = self.here.len();
        self.here.push_str("[]");
        while seq.next_element_seed(&mut *self)?.is_some() {}
        self.here.truncate(length);
        Ok(())
    }
}

/// A list of which only the first items are kept: a list within one item is as long as its writer likes.
#[derive(Debug)]
pub struct Few<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<Few<T>, S::Error> {
                let mut items = Vec::new();
                while items.len() < ITEMS {
                    let Some(item) = seq.next_element()? else { return Ok(Few(items)) };
                    items.push(item);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Few(items))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// The largest place for a cut that is not inside a character.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::text::Encoding;
    use super::*;

    type Item = (usize, Option<String>, Option<String>);

    fn run(json: &str, paths: &[&str]) -> Result<Vec<Item>> {
        let mut input = json.as_bytes();
        let mut all = Vec::new();
        each(Text::new(&mut input, Encoding::Utf8), "x.json", paths, &["a", "b.c", "l[].x"], &mut |n, f| {
            all.push((n, f.get("a").map(str::to_owned), f.get("b.c").or(f.get("l[].x")).map(str::to_owned)));
        })?;
        Ok(all)
    }

    #[test]
    fn items_are_found_where_they_stand() {
        let s = |t: &str| Some(t.to_owned());
        assert_eq!(
            run(r#"[{"a":1,"b":{"c":"x","d":[1]}},{"z":2}]"#, &["[]"]).unwrap(),
            [(0, s("1"), s("x")), (0, None, None)]
        );
        assert_eq!(
            run(r#"{"r":[{"i":[{"a":"y","l":[{"x":3},{"x":4}]}]}],"a":9}"#, &["q", "r[].i[]"]).unwrap(),
            [(1, s("y"), s("3"))]
        );
        assert_eq!(run("{\"a\":1}\n{\"a\":2}\n", &[""]).unwrap().len(), 2);
    }

    #[test]
    fn of_a_long_list_the_first_items_are_kept() {
        let few: Few<u32> = serde_json::from_str(&format!("[{}1]", "1,".repeat(5000))).unwrap();
        assert_eq!(few.0.len(), ITEMS);
        assert!(serde_json::from_str::<Few<u32>>(&format!("[{}x]", "1,".repeat(5000))).is_err());
    }

    #[test]
    fn what_is_broken_is_an_error_without_its_text() {
        for json in ["", "[{\"a\":\"SECRET", "{\"a\":1}{", "[1,", &"[".repeat(100_000)] {
            let e = run(json, &["[]"]).unwrap_err();
            assert!(!format!("{e:?}").contains("SECRET"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]{}\",:a1 ]{0,80}") {
            let _ = run(&text, &["[]", "a[]", ""]);
        }
    }
}
