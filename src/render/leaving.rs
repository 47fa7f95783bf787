//! Files for what still stands at a cloud: how buckets are copied, databases written out, and what each machine is.

use super::given::Resource;
use super::provider::Made;
use super::{Job, Told, is_safe};
use crate::catalog::model::{Service, Sourced};
use crate::catalog::pattern::glob;
use crate::error::{Error, Result};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is written for each service of the plan at which resources were found, whatever was decided: a copy is taken of
/// what stays, too.
pub(super) fn files(job: Job<'_>) -> Result<BTreeMap<String, Made>> {
    let services: BTreeSet<&String> = job.plan.assignments.iter().map(|a| &a.from).collect();
    let mut all = BTreeMap::new();
    for id in services {
        let Some(service) = job.catalog.service(id) else { continue };
        let mut made = Made::default();
        for each in &service.leaving {
            let fits = |r: &&Resource| r.service == *id && each.resource.iter().any(|p| glob(p, &r.kind));
            let resources: Vec<&Resource> = job.given.resources.iter().filter(fits).collect();
            if resources.is_empty() {
                continue;
            }
            if !is_safe(&each.path) {
                return Err(Error::input(format!("the template path `{}` leaves its folder", each.path))
                    .in_file(format!("services/{id}.yaml")));
            }
            let data = json!({
                "group": {"name": job.group.name},
                "service": {"id": id, "name": service.name},
                "resources": resources.iter().map(|r| told(service, r)).collect::<Vec<_>>(),
                "reach": reach(service),
            });
            let text = job.engine.fill(&each.template, &data)?;
            made.files.insert(each.path.clone(), text.into_bytes());
            made.told.push(Told { path: each.path.clone(), says: each.says.clone() });
        }
        if !made.files.is_empty() {
            all.insert(id.clone(), made);
        }
    }
    Ok(all)
}

/// How each program reaches the service, as far as somebody says so.
fn reach(service: &Service) -> Value {
    let known = service.reach.iter().filter(|(_, r)| r.sourced != Sourced::None);
    known.map(|(program, r)| (program.clone(), json!(r))).collect::<Map<_, _>>().into()
}

/// A resource as templates see it: beside its facts what each program is told of it.
fn told(service: &Service, resource: &Resource) -> Value {
    let mut options = Map::new();
    let mut whole = false;
    for (program, reach) in service.reach.iter().filter(|(_, r)| r.sourced != Sourced::None) {
        let mut list = Vec::new();
        for (key, value) in reach.options.iter().chain(&reach.each) {
            if value.contains("{region}") && resource.region.is_none() {
                continue;
            }
            whole |= program == "rclone" && value.contains("{name}");
            let region = resource.region.as_deref().unwrap_or_default();
            let value = value.replace("{region}", region).replace("{name}", &resource.name);
            let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            let env: String = key.chars().map(letter).collect();
            list.push(json!({"key": key, "env": env, "value": value}));
        }
        options.insert(program.clone(), list.into());
    }
    let fact = |name: &str| resource.details.get(name).cloned();
    let tags: Vec<Value> = resource
        .details
        .iter()
        .filter_map(|(key, value)| Some(json!({"key": key.strip_prefix("tag ")?, "value": value})))
        .collect();
    let engine = fact("engine").unwrap_or_default().to_ascii_lowercase();
    let program = match () {
        () if engine.contains("postgres") || resource.kind.to_ascii_lowercase().contains("postgres") => "pg_dump",
        () if engine.contains("mysql") || engine.contains("mariadb") || engine == "aurora" => "mysqldump",
        () if resource.kind.to_ascii_lowercase().contains("mysql") => "mysqldump",
        () if resource.kind.to_ascii_lowercase().contains("mariadb") => "mysqldump",
        () => "",
    };
    json!({
        "kind": resource.kind, "name": resource.name, "slug": resource.slug, "region": resource.region,
        "engine": fact("engine"), "version": fact("version"), "host": fact("host"), "port": fact("port"), "user": fact("user"),
        "size": fact("size"), "state": fact("state"), "system": fact("system"), "starts": fact("starts").is_some(),
        "tags": tags, "options": options, "whole": whole, "program": program,
        "pg_dump": program == "pg_dump", "mysqldump": program == "mysqldump",
    })
}
