//! `corrections`: what people wrote under the inventory, applied on every run and kept byte for byte.

use super::{CareLevel, Found, Inventory, Sure, merge};
use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, Harm};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last section of `inventory.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrections {
    /// Services that are not in use after all.
    #[serde(default)]
    pub remove: Vec<Removal>,
    /// Services that no evidence shows.
    #[serde(default)]
    pub add: Vec<Addition>,
    /// Changes, by id.
    #[serde(default)]
    pub set: BTreeMap<String, Change>,
}

/// A service taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Its id.
    pub id: String,
    /// Why.
    pub why: String,
}

/// A service put in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addition {
    /// An id of the catalog, or a new one.
    pub id: String,
    /// Its name, for one that the catalog does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it serves, for one that the catalog does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    /// How much harm it does when read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care: Option<Harm>,
}

/// Fields of a service that people may set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What the group calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    /// How much harm it does when read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care: Option<Harm>,
}

impl Corrections {
    /// Whether nothing is corrected.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.add.is_empty() && self.set.is_empty()
    }

    /// Applies them to what evidence showed.
    pub fn apply(&self, catalog: &Catalog, services: &mut Vec<Found>) {
        services.retain(|s| !self.remove.iter().any(|r| r.id == s.id));
        for addition in &self.add {
            let at = match services.iter().position(|s| s.id == addition.id) {
                Some(at) => at,
                None => {
                    services.push(merge::described(catalog, &addition.id));
                    services.len() - 1
                }
            };
            let found = &mut services[at];
            // The group's own word is certain.
            found.confidence = Sure(Confidence::Certain);
            if let Some(name) = &addition.name {
                found.name.clone_from(name);
            }
            if !addition.needs.is_empty() {
                found.needs.clone_from(&addition.needs);
            }
            found.set(addition.note.as_ref(), addition.accounts, addition.care);
        }
        for (id, change) in &self.set {
            if let Some(found) = services.iter_mut().find(|s| s.id == *id) {
                if let Some(name) = &change.name {
                    found.name.clone_from(name);
                }
                found.set(change.note.as_ref(), change.accounts, change.care);
            }
        }
        services.sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.id.cmp(&b.id)));
    }
}

impl Found {
    fn set(&mut self, note: Option<&String>, accounts: Option<u64>, care: Option<Harm>) {
        if let Some(note) = note {
            self.note = Some(note.clone());
        }
        self.accounts = accounts.or(self.accounts);
        if let Some(care) = care {
            self.care = CareLevel(care);
        }
    }
}

/// What decamp wrote of a service the last time, as far as people may change it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its note.
    pub note: Option<String>,
    /// Its accounts.
    pub accounts: Option<u64>,
    /// Its care.
    pub care: Option<Harm>,
}

/// What was written of an inventory's services.
pub fn written(inventory: &Inventory) -> BTreeMap<String, Written> {
    let one =
        |s: &Found| Written { name: s.name.clone(), note: s.note.clone(), accounts: s.accounts, care: Some(s.care.0) };
    inventory.services.iter().map(|s| (s.id.clone(), one(s))).collect()
}

/// Moves what people did above the corrections (a service deleted, changed or added) into them; says what was moved.
pub fn adopt(edited: &Inventory, before: &BTreeMap<String, Written>, corrections: &mut Corrections) -> Vec<String> {
    let mut moved = Vec::new();
    let now = written(edited);
    for id in before.keys() {
        if !now.contains_key(id) && !corrections.remove.iter().any(|r| r.id == *id) {
            corrections.remove.push(Removal { id: id.clone(), why: "deleted by hand".into() });
            corrections.add.retain(|a| a.id != *id);
            moved.push(format!("`{id}` was deleted: moved to corrections.remove"));
        }
    }
    for (id, new) in &now {
        let Some(old) = before.get(id) else {
            if !corrections.add.iter().any(|a| a.id == *id) {
                corrections.remove.retain(|r| r.id != *id);
                let needs = edited.service(id).map(|s| s.needs.clone()).unwrap_or_default();
                corrections.add.push(Addition {
                    id: id.clone(),
                    name: Some(new.name.clone()),
                    needs,
                    note: new.note.clone(),
                    accounts: new.accounts,
                    care: new.care,
                });
                moved.push(format!("`{id}` was added: moved to corrections.add"));
            }
            continue;
        };
        if old == new {
            continue;
        }
        let change = corrections.set.entry(id.clone()).or_default();
        if old.name != new.name {
            change.name = Some(new.name.clone());
        }
        if old.note != new.note {
            change.note.clone_from(&new.note);
        }
        if old.accounts != new.accounts {
            change.accounts = new.accounts;
        }
        if old.care != new.care {
            change.care = new.care;
        }
        moved.push(format!("`{id}` was changed: moved to corrections.set"));
    }
    moved
}
