//! What templates are given beside the plan: read again from the evidence when `render` runs, and never kept.
//!
//! Everything here may be hostile; a value that a target syntax can't say is refused by its quoting helper.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the group's evidence says that a configuration needs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Given {
    /// Mailboxes of the user lists, by address; empty when there is no list.
    pub accounts: Vec<Account>,
    /// Mailing lists and audiences with their members.
    pub lists: Vec<List>,
    /// Addresses of the old site: from a sitemap, a HAR or a list of links.
    pub addresses: Vec<Address>,
    /// Cloud resources: buckets, databases, machines.
    pub resources: Vec<Resource>,
    /// What could not be read again, and so is missing above.
    pub troubles: Vec<Trouble>,
}

/// A file, or a line of one, that is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What is missing for it: `accounts`, `lists`, `addresses`, `resources`.
    pub what: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u64>,
    /// What is wrong.
    pub says: String,
}

/// A mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The old service's id: `google-workspace`.
    pub service: String,
    /// The address, lower case.
    pub address: String,
    /// What stands before the `@`.
    pub local: String,
    /// What stands after it.
    pub domain: String,
    /// The address as a name for files and sections: no two accounts have the same.
    pub slug: String,
    /// The person's name, as the list has it.
    pub name: String,
    /// Other addresses that lead here.
    pub aliases: Vec<String>,
    /// Whether the evidence says which those are.
    pub aliases_known: bool,
    /// Whether it can sign in.
    pub active: bool,
    /// Whether nobody pays for it, as it is with shared mailboxes and rooms.
    pub unlicensed: bool,
    /// Bytes stored, when the list says so.
    pub bytes: Option<u64>,
}

/// A mailing list, or an audience of a newsletter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct List {
    /// The old service's id: `google-groups`, `mailchimp`.
    pub service: String,
    /// Its address, or a name that the file gives.
    pub name: String,
    /// Its address, when the file gives it.
    pub address: Option<String>,
    /// The name as a name for files: no two lists have the same.
    pub slug: String,
    /// The file, archive or folder that it comes from.
    pub origin: String,
    /// Who is or was on it, by address.
    pub members: BTreeMap<String, Member>,
}

/// Somebody who is or was on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The address.
    pub address: String,
    /// The name, or nothing.
    pub name: String,
    /// What somebody is.
    pub role: Role,
    /// Of whom nobody knows: file, line and the word that stands there.
    pub note: String,
}

/// What somebody is on a list; of two that a file gives, the later one here holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Gets the newsletter.
    Subscribed,
    /// Nobody knows.
    Unknown,
    /// Gets the list's mail.
    Member,
    /// Lets mail through.
    Moderator,
    /// Owns the list.
    Owner,
    /// Has left.
    Unsubscribed,
    /// Mail came back, or somebody complained.
    Cleaned,
}

/// Names for files and sections, each given once.
#[derive(Debug, Default)]
pub struct Slugs(BTreeSet<String>);

/// Names that Windows gives to devices.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

impl Slugs {
    /// A name made from `text`: of lower-case letters, digits and `@ . _ + -`, safe in a path, a shell and a section's name.
    pub fn of(&mut self, text: &str) -> String {
        let safe =
            |c: char| if c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '+' | '-') { c } else { '_' };
        let mut name: String = text.to_lowercase().chars().map(safe).take(100).collect();
        while name.contains("..") {
            name = name.replace("..", "._");
        }
        let name = name.trim_end_matches('.');
        let first = name.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
        let odd = name.starts_with(['.', '-', '+', '@']) || name.is_empty() || DEVICES.contains(&first);
        let base = if odd { format!("_{name}") } else { name.to_owned() };
        let mut name = base.clone();
        let mut n = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{base}-{n}");
            n += 1;
        }
        name
    }
}

/// Text for people on one line: runs of white space and control characters are one space, and what turns the direction of
/// writing is left out.
pub fn clean(text: &str) -> String {
    let turns = |c: &char| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let flat: String = text.chars().filter(turns).map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address of the old site.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Address {
    /// The host, lower case; empty where a table has paths only.
    pub host: String,
    /// The path, with a query if it has one: `/about?x=1`.
    pub path: String,
    /// Where it leads, as somebody wrote it into a table.
    pub to: Option<String>,
}

/// A resource at a cloud.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// The old service's id: `aws-s3`.
    pub service: String,
    /// The resource's type, as the cloud names it.
    pub kind: String,
    /// Its name or id.
    pub name: String,
    /// The name as a name for files: no two resources of a service have the same.
    pub slug: String,
    /// Where it stands, when that is known.
    pub region: Option<String>,
    /// What else the evidence says: engine, size, tags.
    pub details: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_files_are_safe_and_given_once() {
        let mut slugs = Slugs::default();
        let all: Vec<String> = [
            "ana@casa.example",
            "Ana@casa.example",
            "a/../../b@x.example",
            "..",
            "CON",
            "com1.txt",
            "-rf",
            "",
            "ñ@x",
            "lpt",
        ]
        .iter()
        .map(|t| slugs.of(t))
        .collect();
        assert_eq!(
            all,
            [
                "ana@casa.example",
                "ana@casa.example-2",
                "a_.__.__b@x.example",
                "_._",
                "_con",
                "_com1.txt",
                "_-rf",
                "_",
                "_@x",
                "_lpt"
            ]
        );
    }

    #[test]
    fn text_for_people_stays_on_its_line() {
        assert_eq!(clean(" Ana\n\u{202e}Ruiz\u{0} x "), "Ana Ruiz x");
    }

    proptest! {
        #[test]
        fn any_text_makes_a_safe_name(texts in proptest::collection::vec("\\PC{0,140}", 1..6)) {
            let mut slugs = Slugs::default();
            let all: BTreeSet<String> = texts.iter().map(|t| slugs.of(t)).collect();
            prop_assert_eq!(all.len(), texts.len());
            for name in all {
                prop_assert!(!name.is_empty() && name.len() < 120 && !name.contains("..") && !name.contains('/'), "{name}");
                prop_assert!(!name.starts_with(['.', '-', '+']) && !name.ends_with('.'), "{name}");
            }
        }
    }
}
