//! How programs reach the old services, as their files say.

use crate::catalog::Catalog;
use crate::catalog::model::Sourced;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Whether one of these programs or protocols reaches one of the old services.
pub(super) fn any(catalog: &Catalog, froms: &BTreeSet<&str>, kinds: &[String]) -> bool {
    let known = |kind: &String, id: &&str| {
        catalog.service(id).and_then(|s| s.reach.get(kind)).is_some_and(|r| r.sourced != Sourced::None)
    };
    kinds.iter().any(|kind| froms.iter().any(|id| known(kind, id)))
}

/// By program or protocol, the old services that it reaches: `rclone` → `[{id, name, options, leaves, says, source, date}]`,
/// and under `none` those of which nobody says how.
pub(super) fn of(catalog: &Catalog, froms: &BTreeSet<&str>) -> Value {
    let mut all = Map::new();
    for kind in ["rclone", "caldav", "carddav"] {
        let (mut known, mut none) = (Vec::new(), Vec::new());
        for id in froms {
            let service = catalog.service(id);
            let name = service.map_or(*id, |s| s.name.as_str());
            match service.and_then(|s| s.reach.get(kind)).filter(|r| r.sourced != Sourced::None) {
                Some(r) => {
                    let options: Vec<Value> =
                        r.options.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
                    known.push(json!({
                        "id": id, "word": id.replace('-', "_"), "name": name, "options": options, "option": r.options, "leaves": r.leaves,
                        "says": r.says, "source": r.source, "date": r.date,
                    }));
                }
                None => none.push(json!({"id": id, "name": name})),
            }
        }
        all.insert(kind.to_owned(), json!({"known": known, "none": none}));
    }
    Value::Object(all)
}
