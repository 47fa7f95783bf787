//! How mailboxes are reached, and how people stand in lists: what moving mail and lists needs to know of a service.

use super::{Sourced, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the mailboxes of a service are reached by IMAP; backed as the route is that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImapAccess {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: MailSecurity,
    /// What one signs in as.
    pub login: MailLogin,
    /// What one signs in with.
    pub secret: MailSecret,
    /// How many commands may be under way at a time (absent: as many as the program likes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u16>,
    /// Folders that are left behind: what only repeats other folders, junk, and what is no mail. `*` stands for anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave: Vec<String>,
    /// Folders that hold everything a second time, and what lies in no other folder: copied apart, when a person says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everything: Vec<String>,
    /// Folders that have another name in the new mailbox, such as that of sent mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<RenamedFolder>,
    /// How mail is copied from a mailbox that can't sign in: a shared one, or that of somebody who has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<BlockedAccess>,
    /// Where a token is had: with `secret: token`, or as the other way in where app passwords are not allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenAccess>,
}

/// A folder of the service's own that mail programs know by another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenamedFolder {
    /// Its name at the service.
    pub from: String,
    /// Its name in the new mailbox: `Sent`, `Drafts`.
    pub to: String,
    /// A word for mailboxes that name it so, such as their language: `en`.
    pub word: String,
}

/// How mail is copied from a mailbox to which nobody signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockedAccess {
    /// What is done for it.
    pub says: Text,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// How a connection is encrypted. There is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// From the first byte.
    Tls,
    /// After a plain greeting.
    Starttls,
}

/// What one signs in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailLogin {
    /// The whole address.
    Address,
    /// What stands before the `@`.
    Username,
}

/// What one signs in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecret {
    /// The mailbox's password.
    Password,
    /// A password made for one program.
    AppPassword,
    /// A token (XOAUTH2) of an application that the group registers.
    Token,
}

/// Where a token is had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenAccess {
    /// The name under which `mutt_oauth2.py` knows the vendor.
    pub registration: String,
    /// The rights that are asked for.
    pub scope: String,
}

/// Where the people stand in a service's own export of a list or an audience.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeopleColumns {
    /// The column of the addresses: the first of these that is there. Where none is, the only one that holds addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// The columns that together are the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<String>,
    /// The column of the list's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// How the line above the column names begins, after which the list's name stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The column that says what somebody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Its words. Who has another is put on no list and told to the group.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, MemberState>,
    /// What everybody in such a file is, where no column says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<MemberState>,
    /// How the file's name must begin for `all` to hold, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_begins: Option<String>,
}

/// What somebody is on a list or in an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// Owns the list.
    Owner,
    /// Lets mail through.
    Moderator,
    /// Gets its mail.
    Member,
    /// Gets the newsletter.
    Subscribed,
    /// Has left.
    Unsubscribed,
    /// Mail came back, or somebody complained.
    Cleaned,
}
