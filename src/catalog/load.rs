//! Brings the embedded catalog and an overlay folder together.

use super::model::{Condition, Need, Operator, Provider, Service, Stage, Texts};
use super::{Catalog, Item};
use crate::error::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The folders of a playbooks folder.
pub const FOLDERS: [&str; 8] =
    ["needs", "services", "providers", "operators", "stages", "conditions", "texts", "ranges"];

#[derive(Deserialize)]
struct Packed {
    needs: BTreeMap<String, Need>,
    services: BTreeMap<String, Service>,
    providers: BTreeMap<String, Provider>,
    operators: BTreeMap<String, Operator>,
    stages: BTreeMap<String, Stage>,
    conditions: BTreeMap<String, Condition>,
    texts: BTreeMap<String, Texts>,
    ranges: BTreeMap<String, String>,
}

/// The embedded catalog's date: the newest `last_checked`. Kept apart, so that `--version` reads nothing else.
pub const DATE: &str = include_str!(concat!(env!("OUT_DIR"), "/catalog-date.txt"));

/// What `build.rs` packed.
///
/// # Errors
/// Never in a binary that was built whole.
pub fn embedded() -> Result<Catalog> {
    let packed: Packed = serde_json::from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/catalog.json")))
        .map_err(|e| Error::machine(format!("the embedded catalog can't be read: {e}")))?;
    Ok(Catalog {
        needs: layer(packed.needs),
        services: layer(packed.services),
        providers: layer(packed.providers),
        operators: layer(packed.operators),
        stages: layer(packed.stages),
        conditions: layer(packed.conditions),
        texts: layer(packed.texts),
        ranges: packed.ranges,
    })
}

fn layer<T>(items: BTreeMap<String, T>) -> BTreeMap<String, Item<T>> {
    items.into_iter().map(|(id, value)| (id, Item { value, layer: "embedded".to_owned() })).collect()
}

/// A playbook file, typed by its folder.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// `needs/`.
    Need(Box<Need>),
    /// `services/`.
    Service(Box<Service>),
    /// `providers/`.
    Provider(Box<Provider>),
    /// `operators/`.
    Operator(Box<Operator>),
    /// `stages/`.
    Stage(Box<Stage>),
    /// `conditions/`.
    Condition(Box<Condition>),
    /// `texts/`.
    Texts(Box<Texts>),
    /// `ranges/`.
    Ranges(String),
}

/// Reads one playbook file.
///
/// # Errors
/// With file, line and suggestion when it does not fit its folder's type.
pub fn parse(folder: &str, text: &str, file: &str) -> Result<Parsed> {
    fn typed<T: DeserializeOwned>(text: &str, file: &str) -> Result<Box<T>> {
        crate::yaml::from_str(text, file).map(Box::new)
    }
    match folder {
        "needs" => typed(text, file).map(Parsed::Need),
        "services" => typed(text, file).map(Parsed::Service),
        "providers" => typed(text, file).map(Parsed::Provider),
        "operators" => typed(text, file).map(Parsed::Operator),
        "stages" => typed(text, file).map(Parsed::Stage),
        "conditions" => typed(text, file).map(Parsed::Condition),
        "texts" => typed(text, file).map(Parsed::Texts),
        "ranges" => Ok(Parsed::Ranges(text.to_owned())),
        other => Err(Error::input(format!("`{other}` is not a folder of playbooks"))
            .in_file(file)
            .hint(format!("it must lie in one of: {}", FOLDERS.join(", ")))),
    }
}

impl Catalog {
    /// Adds an item of the layer `layer`, in place of one with the same id.
    pub fn put(&mut self, id: &str, parsed: Parsed, layer: &str) {
        let id = id.to_owned();
        let layer = layer.to_owned();
        match parsed {
            Parsed::Need(value) => drop(self.needs.insert(id, Item { value: *value, layer })),
            Parsed::Service(value) => drop(self.services.insert(id, Item { value: *value, layer })),
            Parsed::Provider(value) => drop(self.providers.insert(id, Item { value: *value, layer })),
            Parsed::Operator(value) => drop(self.operators.insert(id, Item { value: *value, layer })),
            Parsed::Stage(value) => drop(self.stages.insert(id, Item { value: *value, layer })),
            Parsed::Condition(value) => drop(self.conditions.insert(id, Item { value: *value, layer })),
            Parsed::Texts(value) => drop(self.texts.insert(id, Item { value: *value, layer })),
            Parsed::Ranges(text) => drop(self.ranges.insert(id, text)),
        }
    }
}

/// Whether `id` is kebab-case.
pub fn is_id(id: &str) -> bool {
    !id.is_empty()
        && !id.starts_with('-')
        && !id.ends_with('-')
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
