//! What configurations take from a service's file: DNS records, how it is reached, where its addresses lead.

use super::{Sourced, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A DNS record by which programs find this software, or which a group asked for.
///
/// `{setting}` in the value stands for a setting of the provider, `{setting.host}` and `{setting.path}` for the parts of
/// one that is an address of the web. A record of which one is not known is not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsRecord {
    /// Its name, relative to the domain: `_imaps._tcp`, `@`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// Its value as a zone file has it; of a TXT record without quotation marks.
    pub value: String,
    /// Needs one of which must move to this software (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Settings that must have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, String>,
    /// It is put in place before the cut-over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
    /// What it is good for.
    pub says: Text,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// Types of records that software may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum RecordType {
    Caa,
    Cname,
    Srv,
    Txt,
}

impl RecordType {
    /// As zone files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caa => "CAA",
            Self::Cname => "CNAME",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

/// How a program reaches what lies at a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reach {
    /// What the program is told: option → value, in the program's own words (for `rclone`: `type: drive`).
    pub options: BTreeMap<String, String>,
    /// The same for one resource of a cloud: `{name}` and `{region}` stand for its own. An option of which one is not known is
    /// left out; one that names the resource leads into it, so that all that is there is meant.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub each: BTreeMap<String, String>,
    /// Files that it can't copy: patterns of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<String>,
    /// What to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<Text>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// Where the addresses of one kind of page lead.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectRule {
    /// The new software it holds for: an id in `playbooks/services/` (empty: any).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// Old paths: `{slug}` stands for one part of the path, `{year}`, `{month}` and `{day}` for digits, `{rest}` for all
    /// that follows.
    pub old: String,
    /// The new path, with the same words.
    pub new: String,
    /// When it fits.
    pub says: Text,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}
