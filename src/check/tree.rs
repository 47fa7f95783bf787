//! Files: those of an export against those at the new place, by name, size and, where the server gives one, checksum.

use super::{About, Doubt, Finding, Report, State, clean, text};
use crate::catalog::model::Text;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization as _;

/// How a checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
    /// MD5.
    Md5,
}

/// A checksum, as the server gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// How it is made.
    pub method: Method,
    /// In hexadecimal, lower case.
    pub hex: String,
}

impl Sum {
    /// `SHA1:DA39A3…`; none for methods that say little.
    pub fn parse(text: &str) -> Option<Self> {
        let (method, hex) = text.split_once(':')?;
        let (method, length) = match method.to_ascii_uppercase().as_str() {
            "SHA256" => (Method::Sha256, 64),
            "SHA1" => (Method::Sha1, 40),
            "MD5" => (Method::Md5, 32),
            _ => return None,
        };
        let sound = hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit());
        sound.then(|| Self { method, hex: hex.to_ascii_lowercase() })
    }
}

/// What is known of a file at the new place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its checksums.
    pub sums: Vec<Sum>,
}

/// Holds an export against a tree, a file at a time.
#[derive(Debug)]
pub struct Compare {
    there: BTreeMap<String, Node>,
    /// Names in one composition, for those that a system wrote in another.
    composed: BTreeMap<String, String>,
    unread: Vec<String>,
    seen: BTreeSet<String>,
    summed: u64,
    report: Report,
}

impl Compare {
    /// Against the files that are there; of the folders `unread` nobody knows what is in them.
    pub fn new(there: BTreeMap<String, Node>, unread: Vec<(String, Text)>) -> Self {
        let composed = there.keys().map(|name| (name.nfc().collect(), name.clone())).collect();
        let mut report = Report::default();
        for (folder, why) in &unread {
            let folder = clean(folder);
            report.notes.push(text(
                &format!("folder `{folder}` was not listed: {}", why.en),
                &format!("la carpeta `{folder}` no se pudo listar: {}", why.es),
            ));
        }
        let unread = unread.into_iter().map(|(folder, _)| folder).collect();
        Self { there, composed, unread, seen: BTreeSet::new(), summed: 0, report }
    }

    /// Takes a file of the export. `sum` makes its checksum, and is asked only when size and name agree.
    ///
    /// # Errors
    /// Those of `sum`.
    pub fn file<E>(
        &mut self,
        name: &str,
        size: u64,
        sum: &mut dyn FnMut(Method) -> Result<String, E>,
    ) -> Result<(), E> {
        let known = if self.there.contains_key(name) {
            Some(name.to_owned())
        } else {
            self.composed.get(&name.nfc().collect::<String>()).cloned()
        };
        let Some(known) = known else {
            let unread = self.unread.iter().any(|f| name.strip_prefix(f.as_str()).is_some_and(|r| r.starts_with('/')));
            self.add(name, if unread { State::Unknown } else { State::Missing }, None);
            return Ok(());
        };
        let node = self.there.get(&known).cloned().unwrap_or_default();
        self.seen.insert(known);
        if let Some(there) = node.size.filter(|there| *there != size) {
            let says = text(
                &format!("{size} bytes in the export, {there} there"),
                &format!("{size} bytes en la exportación, {there} allá"),
            );
            self.add(name, State::Missing, Some(says));
            return Ok(());
        }
        let Some(wanted) = node.sums.first() else {
            self.report.count(About::Files, State::Found, 1);
            return Ok(());
        };
        self.summed += 1;
        if sum(wanted.method)? == wanted.hex {
            self.report.count(About::Files, State::Found, 1);
        } else {
            let says = text("the same size, but another content", "el mismo tamaño, pero otro contenido");
            self.add(name, State::Missing, Some(says));
        }
        Ok(())
    }

    fn add(&mut self, name: &str, state: State, says: Option<Text>) {
        self.report.add(Finding {
            about: About::Files,
            name: name.to_owned(),
            state,
            at: None,
            expected: Vec::new(),
            saw: Vec::new(),
            until: None,
            says,
        });
    }

    /// The result.
    pub fn finish(mut self) -> Report {
        let more = self.there.len() - self.seen.len();
        let summed = self.summed;
        self.report.notes.push(text(
            &format!("files: {summed} compared by checksum, the others by name and size; {more} more are there"),
            &format!("archivos: {summed} comparados por suma de verificación, los demás por nombre y tamaño; allá hay {more} más"),
        ));
        if self.report.counts.is_empty() {
            self.report.doubts.push(Doubt::Other(text("the export has no files", "la exportación no tiene archivos")));
        }
        self.report.doubt_arrival(About::Files);
        self.report
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_sizes_and_sums_are_held_against_each_other() {
        let node = |size, sum: &str| Node { size: Some(size), sums: Sum::parse(sum).into_iter().collect() };
        let there = BTreeMap::from([
            ("a.txt".to_owned(), node(1, "")),
            ("A.txt".to_owned(), node(2, "")),
            ("sum".to_owned(), node(3, "MD5:d41d8cd98f00b204e9800998ecf8427e")),
            ("a\u{f1}o".to_owned(), node(4, "")),
            ("extra".to_owned(), node(9, "")),
        ]);
        let mut compare = Compare::new(there, vec![("closed".into(), text("x", "x"))]);
        let mut wrong = |_| Ok::<_, ()>("0".repeat(32));
        for (name, size) in [
            ("a.txt", 1),
            ("A.txt", 1),
            ("sum", 3),
            ("an\u{303}o", 4),
            ("gone", 1),
            ("closed/in", 1),
            ("closedness", 1),
        ] {
            compare.file(name, size, &mut wrong).unwrap();
        }
        let report = compare.finish();
        let names: Vec<(&str, State)> = report.findings.iter().map(|f| (f.name.as_str(), f.state)).collect();
        let (missing, unknown) = (State::Missing, State::Unknown);
        assert_eq!(
            names,
            [("A.txt", missing), ("sum", missing), ("gone", missing), ("closed/in", unknown), ("closedness", missing)]
        );
        assert_eq!(report.counts[&About::Files].found, 2);
    }

    #[test]
    fn only_checksums_that_say_something_count() {
        assert!(
            Sum::parse("ADLER32:12345678").is_none() && Sum::parse("MD5:zz").is_none() && Sum::parse("x").is_none()
        );
        assert_eq!(Sum::parse("sha1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709").unwrap().method, Method::Sha1);
    }
}
