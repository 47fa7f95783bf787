//! What a playbook file may say: the types behind `playbooks/`, and so behind its schemas.
//!
//! This file holds data types only. `build.rs` includes it too, so that a file that does not fit
//! fails the build with its name; it therefore uses nothing from the rest of the crate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// `build.rs` includes this file by its path, so the parts are named by theirs.
#[path = "model/configure.rs"]
mod configure;
#[path = "model/provider.rs"]
mod provider;
#[path = "model/service.rs"]
mod service;
#[path = "model/task.rs"]
mod task;

pub use configure::Reach;
pub use provider::{Cost, Offer, Operator, Provider, ProviderKind, Purpose, Range, Setting, SettingValue, Suits};
pub use service::{Each, Example, Examples, ExportShape, Fingerprint, Route, Service, ServiceKind, TemplateUse};
pub use task::{Condition, Decision, Need, Repeat, Stage, StepsFrom, TaskKind, TaskTemplate, Texts, Threshold, When};

/// Text that people read, in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Spanish, by `docs/glossary.md`.
    pub es: String,
}

/// How well a fact is backed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sourced {
    /// No source: a fingerprint yields at most a hint; a claim, host, price or setting is printed nowhere.
    #[default]
    None,
    /// Someone else's words, or old ones.
    Reported,
    /// The party's own words.
    Verified,
}

/// `active`, or `retired` (kept, marked, never chosen).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In use today.
    #[default]
    Active,
    /// Gone or not to be chosen; kept so that its traces are recognised.
    Retired,
}

/// Whether a provider takes new groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderStatus {
    /// Anyone eligible may join.
    Open,
    /// By invitation only.
    Invitation,
    /// Takes nobody, or has ended.
    Closed,
    /// Not known: ask.
    #[default]
    Unknown,
}

/// Yes, no, or not known (which is asked, never taken for no).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody has said.
    #[default]
    Unknown,
}

/// What lies at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Databases, member records, documents: the substance.
    Data,
    /// Uploaded files and media.
    Files,
    /// Scripts, fonts and style sheets that visitors load.
    Scripts,
    /// Mail in transit or at rest.
    Mail,
    /// Answers to name look-ups.
    Dns,
}

/// What whoever runs the host can read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sees {
    /// The content itself.
    Content,
    /// Who, when and how much, not what.
    Metadata,
    /// Only ciphertext.
    Ciphertext,
}

/// How much harm it does when what lies there is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// Public anyway.
    Open,
    /// Nobody else's business.
    Private,
    /// Could hurt somebody.
    CouldHurt,
}

/// What a service holds; never finer than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Names, addresses, phone numbers.
    Contacts,
    /// Amounts, cards, accounts.
    Money,
    /// Letters, chats, posts.
    Messages,
    /// Documents about people.
    CaseFiles,
    /// Where people are or were.
    Location,
    /// What anyone may read.
    Public,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Ask the group.
    Hint,
    /// A strong sign that may be stale.
    Likely,
    /// A working record, or two independent kinds of evidence.
    Certain,
}

impl Confidence {
    /// As files say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A sentence with its source and date.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The sentence, in our own words.
    pub says: Text,
    /// An address, or outlet, title and date.
    #[serde(default)]
    pub source: String,
    /// When the source said it: YYYY, YYYY-MM or YYYY-MM-DD.
    #[serde(default)]
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// Who runs the machines that a service stands on, for one part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// An id in `playbooks/operators/`.
    pub operator: String,
    /// Which part lies there.
    pub what: What,
    /// What the operator can read of it.
    pub sees: Sees,
    /// What the source says, no more.
    pub says: Text,
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

/// Why and since when an item is retired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Since when.
    pub since: String,
    /// Why.
    pub reason: Text,
    /// Where that stands.
    #[serde(default)]
    pub source: String,
    /// What to look at instead: an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
}
