//! Evidence: one file a kind; bytes in, signals out.
//!
//! A reader takes bytes, never a path, and offers what it sees to a [`Sink`]; it keeps nothing. Lines of
//! private and secret kinds that no fingerprint matches are therefore gone when the reader returns: only
//! counts remain. [`sniff`] tells a file's kind by its content.

use crate::error::Result;
use jiff::civil::Date;
pub use kind::{Care, Kind, Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;

pub mod addresses;
pub mod answers;
pub mod archive;
pub mod bookmarks;
pub mod certificates;
pub mod cloud;
pub mod exports;
pub mod grants;
pub mod host;
pub mod json;
pub mod kind;
pub mod ledger;
pub mod logins;
pub mod mail;
mod markup;
pub mod page;
pub mod people;
pub mod read;
pub mod sniff;
pub mod table;
pub mod text;
pub mod users;
pub mod wxr;
pub mod zone;

/// How sure an amount's payee was paid: a matched row of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// Hundredths; positive is money spent.
    pub cents: i64,
    /// Three letters, when the file says.
    pub currency: Option<String>,
}

/// What a reader saw.
#[derive(Debug)]
pub enum Signal<'a> {
    /// A record of a zone.
    Record {
        /// The record.
        record: &'a zone::Record,
        /// The name of the zone it stands in, lower case.
        zone: &'a str,
    },
    /// A third-party host that a page refers to.
    Host {
        /// The host name, lower case.
        host: &'a str,
        /// How: `script`, `frame`, `style`, `image`, `form`, `link`, `request`.
        how: &'a str,
    },
    /// A row of a ledger.
    Payee {
        /// As on the statement.
        payee: &'a str,
        /// The row's date.
        date: Option<Date>,
        /// The row's amount.
        amount: Option<Amount>,
    },
    /// A site of an account in a password export.
    Login {
        /// The host name, lower case.
        host: &'a str,
    },
    /// The domain of a sender of mail, and what such a letter says of an account.
    Sender {
        /// The sender's domain, lower case.
        domain: &'a str,
        /// What kind of letter it is.
        letter: mail::Letter,
        /// When it was sent.
        date: Option<Date>,
    },
    /// The newest date of any letter of a mailbox.
    Newest {
        /// The date.
        date: Date,
    },
    /// The domain of an address whose mailbox is the one at hand.
    Mailbox {
        /// The domain, lower case.
        domain: &'a str,
        /// When a letter came.
        date: Option<Date>,
    },
    /// A domain that mail of the group itself went through, or was received at.
    Through {
        /// The domain, lower case.
        domain: &'a str,
        /// When.
        date: Option<Date>,
    },
    /// An app that accounts gave access, or by which people sign in.
    App {
        /// Its name.
        name: &'a str,
        /// How many accounts use it.
        users: Option<u64>,
    },
    /// A resource at a cloud.
    Resource {
        /// Its type, as the cloud or the tool names it.
        what: &'a str,
        /// How many there are.
        count: u64,
        /// How much it stores.
        bytes: Option<u64>,
        /// What it costs a month.
        monthly: Option<Amount>,
        /// It is only written down to be made.
        planned: bool,
    },
    /// A site that somebody keeps at hand or has been to.
    Visited {
        /// The host name, lower case.
        host: &'a str,
    },
    /// A service by its name or id, as the group said.
    Said {
        /// The id of the question.
        question: &'a str,
        /// The words.
        name: &'a str,
        /// How many people use it, when they said.
        accounts: Option<u64>,
    },
    /// A service's own export.
    Export {
        /// The export's name, when it says more than its kind does.
        name: Option<&'a str>,
        /// What it counts (`contacts`), and how many.
        counts: &'a BTreeMap<String, u64>,
        /// The newest date in it.
        last: Option<Date>,
    },
    /// A user list of a vendor.
    Users {
        /// How many accounts are in use.
        accounts: u64,
        /// How much they store.
        bytes: Option<u64>,
        /// How much the largest account has.
        largest: Option<u64>,
        /// Domains of the accounts' addresses.
        domains: Vec<String>,
    },
}

/// Where a signal was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The path as given; `ARCHIVE!MEMBER` in a zip.
    pub path: &'a str,
    /// From 1; absent where lines mean nothing.
    pub line: Option<u64>,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(self.path),
        }
    }
}

/// Takes signals; says whether one was recognised.
pub trait Sink {
    /// Offers a signal; `true` when some fingerprint matched it.
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool;
}

/// What is said of a file under `sources`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// Adds `n` to `name`.
    pub fn add(&mut self, name: &str, n: u64) {
        *self.0.entry(name.to_owned()).or_default() += n;
    }
}

/// What a reader is told about the file.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The path as given, for places and messages.
    pub path: &'a str,
    /// The group's domains (lower case), for what is "third party" and for a zone's origin.
    pub domains: &'a [String],
    /// How services' own exports look, by the catalog.
    pub shapes: &'a exports::Shapes,
    /// The file was named by itself: what is read only then (a browser's history) may be.
    pub named: bool,
}

impl<'a> Input<'a> {
    /// A file of a group without a catalog of exports.
    pub fn new(path: &'a str, domains: &'a [String]) -> Self {
        Self { path, domains, shapes: exports::Shapes::none(), named: false }
    }

    /// The same group's file at another path.
    pub fn at<'b>(&self, path: &'b str) -> Input<'b>
    where
        'a: 'b,
    {
        Input { path, ..*self }
    }
}

/// The most that a reader takes of a file that it must hold whole (64 MiB).
pub const WHOLE: u64 = 64 * 1024 * 1024;
/// The longest line of a file that is read line by line (1 MiB).
pub const LINE: usize = 1024 * 1024;

/// A hash of a name, for counting without keeping.
pub(crate) fn hash(name: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Reads `input` to its end, refusing more than `most` bytes.
///
/// # Errors
/// When it is longer, or can't be read.
pub fn whole(input: &mut dyn BufRead, path: &str, most: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes).map_err(|e| text::failed(path, &e))?;
    if bytes.len() as u64 > most {
        let most = most / (1024 * 1024);
        return Err(crate::error::Error::input(format!("the file is longer than {most} MiB"))
            .in_file(path)
            .hint("give the part of it that matters, or split it"));
    }
    Ok(bytes)
}
