//! `aws route53 list-resource-record-sets`: values stand as in a master file, names with `\ddd` escapes.

use super::Draft;
use crate::error::{Error, Result};
use crate::evidence::logins::json::broken;
use serde::Deserialize;

#[derive(Deserialize)]
struct Export {
    #[serde(rename = "ResourceRecordSets", default)]
    sets: Vec<Set>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    name: String,
    r#type: String,
    #[serde(rename = "TTL", default)]
    ttl: Option<u64>,
    #[serde(default)]
    resource_records: Vec<Value>,
    #[serde(default)]
    alias_target: Option<Alias>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    value: String,
}

#[derive(Deserialize)]
struct Alias {
    #[serde(rename = "DNSName")]
    name: String,
}

pub(super) fn zones(text: &str, path: &str) -> Result<Vec<Draft>> {
    let export: Export = serde_json::from_str(text).map_err(|e| broken(path, e))?;
    let apex = export.sets.iter().find(|s| s.r#type == "SOA").or(export.sets.first());
    let apex = apex
        .map(|s| s.name.clone())
        .ok_or_else(|| Error::input("the export holds no record").in_file(path).hint("export the hosted zone again"))?;
    let mut draft = Draft::new(&apex);
    for set in &export.sets {
        let ttl = set.ttl.unwrap_or(300);
        // `\052` is the star of a wildcard.
        let owner = set.name.replace("\\052", "*");
        for record in &set.resource_records {
            draft.add(0, &owner, ttl, &set.r#type, &record.value);
        }
        if let Some(alias) = &set.alias_target {
            draft.complete = false;
            if set.r#type == "A" || set.r#type == "CNAME" {
                let target = alias.name.trim_end_matches('.').trim_start_matches("dualstack.");
                draft.add(0, &owner, ttl, "CNAME", &format!("{target}."));
            }
        }
    }
    Ok(vec![draft])
}
