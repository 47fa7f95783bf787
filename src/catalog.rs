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

use model::{Condition, Need, Operator, Provider, Service, Stage, Text, Texts};
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
    /// `playbooks/conditions/`.
    pub conditions: BTreeMap<String, Item<Condition>>,
    /// `playbooks/texts/`.
    pub texts: BTreeMap<String, Item<Texts>>,
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

    /// A need's name; of one that is not there, its id.
    pub fn name_of_need(&self, id: &str) -> model::Text {
        self.need(id).map_or_else(|| model::Text { en: id.into(), es: id.into() }, |n| n.name.clone())
    }

    /// A provider by id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.get(id).map(|item| &item.value)
    }

    /// An operator by id.
    pub fn operator(&self, id: &str) -> Option<&Operator> {
        self.operators.get(id).map(|item| &item.value)
    }

    /// A sentence of `playbooks/texts/`, with the words in braces filled in; the key itself when there is none, so that
    /// a gap is seen (`catalog check` names it).
    pub fn say(&self, key: &str, fill: &[(&str, &Text)]) -> Text {
        let known = self.texts.values().find_map(|t| t.value.texts.get(key));
        let mut said = known.cloned().unwrap_or_else(|| Text { en: key.into(), es: key.into() });
        for (word, value) in fill {
            let word = format!("{{{word}}}");
            said.en = said.en.replace(&word, &value.en);
            said.es = said.es.replace(&word, &value.es);
        }
        said
    }

    /// Whether there is such a sentence.
    pub fn says(&self, key: &str) -> bool {
        self.texts.values().any(|t| t.value.texts.contains_key(key))
    }

    /// The sentences whose keys begin so, in the order of their keys.
    pub fn says_below(&self, prefix: &str) -> Vec<Text> {
        let all = self.texts.values().flat_map(|t| &t.value.texts);
        let mut found: Vec<(&String, &Text)> = all.filter(|(key, _)| key.starts_with(prefix)).collect();
        found.sort_by_key(|(key, _)| *key);
        found.into_iter().map(|(_, text)| text.clone()).collect()
    }

    /// An operator's name, or its id when it has no file.
    pub fn operator_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.operator(id).map_or(id, |o| o.name.as_str())
    }
}
