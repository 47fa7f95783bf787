//! Evidence: one file a kind; bytes in, signals out.
//!
//! A reader takes bytes, never a path, and offers what it sees to a [`Sink`]; it keeps nothing. Lines of
//! private and secret kinds that no fingerprint matches are therefore gone when the reader returns: only
//! counts remain. [`sniff`] tells a file's kind by its content.

use crate::error::Result;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;

pub mod archive;
pub mod host;
pub mod ledger;
pub mod logins;
pub mod page;
pub mod read;
pub mod sniff;
pub mod table;
pub mod text;
pub mod users;
pub mod zone;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A BIND zone file.
    Zone,
    /// Answers of a resolver.
    Dns,
    /// A saved page.
    Html,
    /// A browser's HTTP archive.
    Har,
    /// A bank's or bookkeeping's statement.
    Ledger,
    /// The user list of Google's admin console.
    GoogleUsers,
    /// The user list of Microsoft 365's admin centre.
    M365Users,
    /// A password manager's export.
    Logins,
    /// None of these.
    Unknown,
}

/// How dangerous the file itself is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// Public anyway.
    Open,
    /// Nobody else's business.
    Private,
    /// Holds passwords, cookies or letters.
    Secret,
}

impl Kind {
    /// The contract's care for this kind.
    pub fn care(self) -> Care {
        match self {
            Self::Zone | Self::Dns | Self::Html => Care::Open,
            Self::Ledger | Self::GoogleUsers | Self::M365Users | Self::Unknown => Care::Private,
            Self::Har | Self::Logins => Care::Secret,
        }
    }

    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Dns => "dns",
            Self::Html => "html",
            Self::Har => "har",
            Self::Ledger => "ledger",
            Self::GoogleUsers => "google-users",
            Self::M365Users => "m365-users",
            Self::Logins => "logins",
            Self::Unknown => "unknown",
        }
    }

    /// Kinds that say the same thing twice count once: the family that must differ for "independent".
    pub fn family(self) -> &'static str {
        match self {
            Self::Zone | Self::Dns => "dns",
            Self::Html | Self::Har => "page",
            other => other.id(),
        }
    }
}

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
    /// A user list of a vendor.
    Users {
        /// How many accounts are in use.
        accounts: u64,
        /// How much they store.
        bytes: Option<u64>,
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
}

/// The most that a reader takes of a file that it must hold whole (64 MiB).
pub const WHOLE: u64 = 64 * 1024 * 1024;
/// The longest line of a file that is read line by line (1 MiB).
pub const LINE: usize = 1024 * 1024;

/// Reads `input` to its end, refusing more than [`WHOLE`] bytes.
///
/// # Errors
/// When it is longer, or can't be read.
pub fn whole(input: &mut dyn BufRead, path: &str) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    input
        .take(WHOLE + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| crate::error::Error::io("read", std::path::Path::new(path), &e))?;
    if bytes.len() as u64 > WHOLE {
        return Err(crate::error::Error::input("the file is longer than 64 MiB")
            .in_file(path)
            .hint("give the part of it that matters, or split it"));
    }
    Ok(bytes)
}
