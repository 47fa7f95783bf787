//! Who gets a share.

use crate::bundle::Recipients;
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Somebody who gets a share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trustee {
    /// What the sheet calls them: a name, or a word that only the group understands.
    pub name: String,
    /// To whom their share is encrypted: `age1…` or an SSH public key.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// The trustees of a key, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trustees(pub Vec<Trustee>);

impl Trustees {
    /// Reads the list; `paper` names those who have no recipient and get a readable sheet.
    ///
    /// # Errors
    /// When somebody could not get a share, or two would get files of the same name.
    pub fn read(file: &str, text: &str, paper: &[String]) -> Result<Self> {
        // Before the reader of YAML may show the line.
        if let Some((n, _)) = (1_u64..).zip(text.lines()).find(|(_, l)| crate::bundle::keys::is_secret(l)) {
            return Err(Error::input("this is a secret key, and trustees are named by public ones")
                .at(file, n)
                .hint("write `recipient: age1…`"));
        }
        let all: Vec<Trustee> = crate::yaml::from_str(text, file)?;
        let line = |name: &str| (1_u64..).zip(text.lines()).find(|(_, l)| l.contains(name)).map(|(n, _)| n);
        let at = |e: Error, name: &str| match line(name) {
            Some(n) => e.at(file, n),
            None => e.in_file(file),
        };
        if all.len() > 255 {
            return Err(Error::input("there can be at most 255 trustees").in_file(file));
        }
        let mut stems = BTreeSet::new();
        for trustee in &all {
            let name = &trustee.name;
            let stem = trustee
                .stem()
                .ok_or_else(|| at(Error::input("this name has no letter that a file could be named with"), name))?;
            if !stems.insert(stem) {
                return Err(at(Error::input(format!("two trustees would get files called like `{name}`")), name)
                    .hint("tell them apart by more than accents and punctuation"));
            }
            match (&trustee.recipient, paper.contains(name)) {
                (Some(recipient), false) => {
                    Recipients::new().add_file(file, recipient).map_err(|e| at(Error { at: None, ..e }, recipient))?;
                }
                (Some(_), true) => {
                    return Err(at(
                        Error::input(format!("`{name}` has a recipient and needs no readable sheet")),
                        name,
                    )
                    .hint("leave out `--paper` for those who have one"));
                }
                (None, true) => {}
                (None, false) => {
                    return Err(at(Error::input(format!("`{name}` has no recipient")), name).hint(format!(
                        "add `recipient: age1…`, or say `--paper '{}'` for a sheet that anyone who finds it can read",
                        name.replace('\'', "")
                    )));
                }
            }
        }
        if let Some(unknown) = paper.iter().find(|p| all.iter().all(|t| t.name != **p)) {
            let mut e = Error::input(format!("`{unknown}` is no trustee of this list")).in_file(file);
            if let Some(near) = crate::error::did_you_mean(unknown, all.iter().map(|t| t.name.as_str())) {
                e = e.hint(format!("did you mean `{near}`?"));
            }
            return Err(e);
        }
        Ok(Self(all))
    }
}

impl Trustee {
    /// What their files are called: letters and digits of the name.
    pub fn stem(&self) -> Option<String> {
        use unicode_normalization::UnicodeNormalization as _;
        let plain: String = self.name.nfkd().filter(char::is_ascii).flat_map(char::to_lowercase).take(200).collect();
        let parts: Vec<&str> = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
        // Never the name of a device, and no longer than a file's name may be.
        let stem: String = parts.join("-").chars().take(60).collect();
        (!stem.is_empty()).then(|| format!("share-{stem}"))
    }
}
