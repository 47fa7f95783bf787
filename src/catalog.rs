//! The catalog: what is known about needs, services, providers and operators.
//!
//! [`model`] is what a file may say, [`load`] brings the embedded files and an overlay together, [`check`] finds what
//! is wrong in them, [`pattern`] and [`index`] match evidence against the services' signs, [`backed`] leaves out what
//! nobody backs, [`published`] reads lists of cloud addresses.

pub mod backed;
pub mod check;
pub mod index;
pub mod load;
pub mod model;
pub mod pattern;
pub mod payee;
pub mod published;
pub mod ranges;
pub mod signs;

use model::{Need, Operator, Provider, Service, Stage};
use std::collections::BTreeMap;

/// An item and the layer it comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item<T> {
    /// What the file says.
    pub value: T,
    /// `embedded`, or the overlay's folder.
    pub layer: String,
}

/// All items, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// `playbooks/needs/`.
    pub needs: BTreeMap<String, Item<Need>>,
    /// `playbooks/services/`.
    pub services: BTreeMap<String, Item<Service>>,
    /// `playbooks/providers/`.
    pub providers: BTreeMap<String, Item<Provider>>,
    /// `playbooks/operators/`.
    pub operators: BTreeMap<String, Item<Operator>>,
    /// `playbooks/stages/`.
    pub stages: BTreeMap<String, Item<Stage>>,
    /// `playbooks/ranges/`: service → the file's text.
    pub ranges: BTreeMap<String, String>,
}

impl Catalog {
    /// A service by id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.get(id).map(|item| &item.value)
    }

    /// A need by id.
    pub fn need(&self, id: &str) -> Option<&Need> {
        self.needs.get(id).map(|item| &item.value)
    }

    /// A provider by id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.get(id).map(|item| &item.value)
    }

    /// An operator by id.
    pub fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.get(id).map(|item| &item.value)
    }

    /// An operator's name, or its id when it has no file.
    pub fn operator_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.operator(id).map_or(id, |o| o.name.as_str())
    }
}
