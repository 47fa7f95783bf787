//! Who runs machines, and who can host a group.

use super::{Answer, Fact, ProviderStatus, Retired, Sourced, Status, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `playbooks/operators/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operator {
    /// Its name.
    pub name: String,
    /// Country of its seat: two letters.
    pub country: String,
    /// Its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Active or retired.
    pub status: Status,
    /// Set when retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
    /// Its parent, where one company owns the other: an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What is on record about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_record: Vec<Fact>,
}

/// Whether a provider offers a piece of software.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Offer {
    /// Yes, no or unknown.
    pub offered: Answer,
    /// For which of the service's needs (default: all).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// What it buys.
    pub says: Text,
    /// How much.
    pub amount: f64,
    /// In which currency: three letters.
    pub currency: String,
    /// `year`, `month` or `once`.
    pub per: String,
    /// Where that stands.
    #[serde(default)]
    pub source: String,
    /// When it said so.
    #[serde(default)]
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// A value of a provider's setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// A port or a priority.
    Number(u32),
    /// A host name, an address, a mechanism.
    One(String),
    /// Several (mail exchangers as `10 a.mx.example.org`).
    Many(Vec<String>),
}

/// A provider's setting: a value with its source, or a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Setting {
    /// Absent when nobody has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SettingValue>,
    /// The question to put to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Text>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// What a provider is to the movement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// A collective or cooperative of the movement: a plan may choose it.
    #[default]
    Movement,
    /// A company: only when the group names it.
    Company,
    /// The group's own machine: when the group names it, or wishes to run its own.
    Own,
}

/// What kind of group or person a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// People who organize.
    Organizing,
    /// Collectives.
    Collective,
    /// Nonprofits and associations.
    Nonprofit,
    /// Single persons.
    Individual,
    /// Cooperatives.
    Cooperative,
}

/// From so many to so many people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Range {
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// Whom a provider suits: a plan never chooses an unsuited one by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Suits {
    /// Groups of this size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<Range>,
    /// Groups of these countries (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Groups of these kinds (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
    /// The question about it, where its words leave a doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Text>,
    /// A group can't move there at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub never: bool,
    /// What the source says.
    pub says: Text,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// `playbooks/providers/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Whether it takes new groups.
    pub status: ProviderStatus,
    /// What that is known from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_says: Option<Fact>,
    /// Countries where it is.
    pub countries: Vec<String>,
    /// Languages it works in.
    pub languages: Vec<String>,
    /// What it is to the movement: decides whether a plan may choose it without being told to.
    pub kind: ProviderKind,
    /// Service id → whether it is offered.
    pub offers: BTreeMap<String, Offer>,
    /// Who may join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Fact>,
    /// Whom it suits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suits: Option<Suits>,
    /// How one joins, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<Text>,
    /// Prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cost: Vec<Cost>,
    /// Host names, ports, records.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Setting>,
    /// What is on record about demands for data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legal: Vec<Fact>,
    /// Two-step sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub two_step: Option<Fact>,
    /// Hours and people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<Fact>,
    /// What is known about spam and delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spam: Option<Fact>,
}
