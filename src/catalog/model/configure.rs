//! What configurations take from a service's file: how it is reached.

use super::{Sourced, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
