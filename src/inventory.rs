//! Findings × catalog → the services in use. Pure: takes values, returns values.
//!
//! [`collect`] gathers what the readers offer, [`merge`] makes one service of many findings, [`corrections`] applies
//! what people wrote.

pub mod collect;
pub mod corrections;
pub mod gathered;
pub mod merge;
pub mod payments;

use crate::catalog::model::{Confidence, Harm, Holds, Sees, What};
pub use crate::evidence::answers::{ALONE, SERVICES};
use crate::evidence::{Care, Kind};
pub use corrections::Corrections;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema's name.
pub const SCHEMA: &str = "decamp/inventory/1";

/// `inventory.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// [`SCHEMA`].
    pub schema: String,
    /// Whose it is.
    pub group: GroupRef,
    /// What was read.
    pub sources: Vec<Source>,
    /// The zones that `render` reads.
    pub zones: Vec<ZoneRef>,
    /// What was found.
    pub services: Vec<Found>,
    /// Needs that more than one service seems to serve, where there can be only one.
    #[serde(default)]
    pub conflicts: Vec<Conflict>,
    /// Third parties that nobody could name.
    pub unrecognized: Vec<Unrecognized>,
    /// What people wrote.
    #[serde(default)]
    pub corrections: Corrections,
}

/// The group in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRef {
    /// Its name.
    pub name: String,
    /// Its domains.
    pub domains: Vec<String>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// As given.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// How dangerous it is.
    pub care: Care,
    /// Why it is `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `records`, `rows`, `matched`, …
    #[serde(flatten)]
    pub counts: BTreeMap<String, u64>,
}

impl Source {
    /// Whether it lies in the workspace.
    pub fn inside(&self) -> bool {
        self.path != "-" && !std::path::Path::new(&self.path).is_absolute() && !self.path.starts_with("..")
    }

    /// Whether it holds secrets and lies in the workspace.
    pub fn is_left_secret(&self) -> bool {
        self.care == Care::Secret && self.inside()
    }
}

impl Inventory {
    /// How often the sources count something.
    pub fn counted(&self, what: &str) -> u64 {
        self.sources.iter().filter_map(|s| s.counts.get(what)).sum()
    }
}

/// A zone that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneRef {
    /// Its name.
    pub domain: String,
    /// The file, as given.
    pub source: String,
    /// SHA-256 of the file and of what it includes, in hex.
    pub sha256: String,
    /// Whether it is the whole zone.
    pub complete: bool,
}

/// A service in use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// An id in `playbooks/services/`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// An id in `playbooks/operators/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Who runs its machines, as sources say.
    #[serde(default)]
    pub hosts: Vec<HostRef>,
    /// What it serves.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What lies there.
    #[serde(default)]
    pub holds: Vec<Holds>,
    /// How much harm it does when read.
    pub care: CareLevel,
    /// How sure it is.
    pub confidence: Sure,
    /// Why.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// How many accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    /// How much is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How much of it the largest account has, in bytes: a limit a day and an account makes days of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_account: Option<u64>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly_cost: Option<YearlyCost>,
    /// What people noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A need with more than one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The need.
    pub need: String,
    /// The services, surest first.
    pub services: Vec<String>,
}

/// [`Harm`] with a default for parsing by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CareLevel(pub Harm);

impl Default for CareLevel {
    fn default() -> Self {
        Self(Harm::Private)
    }
}

/// [`Confidence`] with a default for parsing by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sure(pub Confidence);

impl Default for Sure {
    fn default() -> Self {
        Self(Confidence::Hint)
    }
}

/// A host claim, as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRef {
    /// Who runs the machines.
    pub operator: String,
    /// Which part lies there.
    pub what: What,
    /// What can be read of it.
    pub sees: Sees,
    /// What the source says (English).
    pub says: String,
    /// Where.
    pub source: String,
    /// When.
    pub date: String,
}

/// One reason for a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The kind of file.
    pub kind: Kind,
    /// `PATH:LINE`.
    pub source: String,
    /// What stood there.
    pub saw: String,
    /// How sure this piece is by itself.
    pub strength: Sure,
    /// How often, when more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// First date seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<jiff::civil::Date>,
    /// Last date seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<jiff::civil::Date>,
    /// "unverified pattern" when the catalog has no source for the sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// The currency of an amount of which nobody said it (ISO 4217: no currency).
pub const NO_CURRENCY: &str = "XXX";

/// A yearly cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearlyCost {
    /// Paid in the twelve months before the ledger's last row.
    pub amount: f64,
    /// Three letters; [`NO_CURRENCY`] when the ledger does not say.
    pub currency: String,
    /// The month of the next yearly payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<String>,
}

/// A third party that no finding cites.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unrecognized {
    /// The kind of file.
    pub kind: Kind,
    /// `PATH:LINE`.
    pub source: String,
    /// What stood there.
    pub saw: String,
}

impl Inventory {
    /// A service by id.
    pub fn service(&self, id: &str) -> Option<&Found> {
        self.services.iter().find(|s| s.id == id)
    }
}
