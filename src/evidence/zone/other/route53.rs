//! `aws route53 list-resource-record-sets`: values stand as in a master file, names with `\ddd` escapes.

use super::super::bounds::RECORDS;
use super::Draft;
use crate::error::{Error, Result};
use crate::evidence::logins::json::broken;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Takes the sets one by one, so that those before a damage are kept.
struct Sets<'s>(&'s mut Vec<Set>);

impl<'de> Visitor<'de> for Sets<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("record sets")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "ResourceRecordSets" {
                map.next_value_seed(Sets(&mut *self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> std::result::Result<(), S::Error> {
        while let Some(set) = seq.next_element()? {
            self.0.push(set);
            // What comes behind could never be a record of the zone.
            if self.0.len() > RECORDS {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Sets<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
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

/// Route 53 takes every name as a whole one, whether it ends in a dot or not (its API reference, ResourceRecordSet, "Name").
fn whole(rtype: &str, value: &str) -> String {
    let named = matches!(rtype, "CNAME" | "NS" | "PTR" | "MX" | "SRV");
    format!("{value}{}", if named && !value.ends_with('.') { "." } else { "" })
}

pub(super) fn zones(text: &str, path: &str) -> Result<Vec<Draft>> {
    let mut sets = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let done = json.deserialize_map(Sets(&mut sets)).and_then(|()| json.end());
    let damage = done.err().map(|e| broken(path, e));
    let apex = sets.iter().find(|s| s.r#type == "SOA").or(sets.first()).map(|s| s.name.clone());
    let Some(apex) = apex else {
        let empty = || Error::input("the export holds no record").in_file(path).hint("export the hosted zone again");
        return Err(damage.unwrap_or_else(empty));
    };
    let mut draft = Draft::new(&apex);
    draft.damage = damage;
    for set in &sets {
        let ttl = set.ttl.unwrap_or(300);
        // `\052` is the star of a wildcard.
        let owner = set.name.replace("\\052", "*");
        for record in &set.resource_records {
            draft.add(0, &owner, ttl, &set.r#type, &whole(&set.r#type, &record.value));
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
