//! What templates are given beside the plan: read again from the evidence when `render` runs, and never kept.
//!
//! Everything here may be hostile; a value that a target syntax can't say is refused by its quoting helper.

use serde::Serialize;
use std::collections::BTreeMap;

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
    /// The person's name, as the list has it.
    pub name: String,
    /// Other addresses that lead here.
    pub aliases: Vec<String>,
    /// Whether it can sign in.
    pub active: bool,
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
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The address.
    pub address: String,
    /// The name, or nothing.
    pub name: String,
    /// `owner`, `manager`, `member`; for audiences `subscribed`, `unsubscribed`, `cleaned`.
    pub role: String,
}

/// An address of the old site.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Address {
    /// The host, lower case.
    pub host: String,
    /// The path, with a query if it has one: `/about?x=1`.
    pub path: String,
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
