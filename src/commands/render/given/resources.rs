//! Cloud resources, from lists of the clouds' tools and Terraform's state.

use crate::catalog::index::Index;
use crate::commands::Context;
use crate::error::{Error, Kind as Fault, Result};
use crate::evidence::cloud::resources;
use crate::evidence::{Input, Kind};
use crate::inventory::{Inventory, Source};
use crate::render::given::{Given, Resource, Trouble};
use crate::render::provider::word;
use std::collections::{BTreeMap, BTreeSet};

/// The most resources of all files together.
const MOST: usize = 20_000;

/// Reads them into `given.resources`, each once: several files may list the same.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory, given: &mut Given) -> Result<()> {
    let mut all: BTreeMap<(String, String, String), Resource> = BTreeMap::new();
    let kinds = [Kind::Aws, Kind::Azure, Kind::Gcp, Kind::Terraform];
    for source in inventory.sources.iter().filter(|s| kinds.contains(&s.kind)) {
        let mut add = |r: resources::Resource| {
            let Some(hit) = index.resource(&r.what) else { return };
            let key = (hit.service.clone(), family(&r.what), r.name.clone());
            if all.len() >= MOST && !all.contains_key(&key) {
                return;
            }
            let known = all.entry(key).or_insert_with(|| Resource {
                service: hit.service.clone(),
                kind: r.what,
                name: r.name,
                ..Resource::default()
            });
            known.region = known.region.take().or(r.region);
            for (fact, value) in r.details {
                known.details.entry(fact).or_insert(value);
            }
        };
        match one(ctx, index, source, &mut add) {
            Err(e) if e.kind != Fault::Input => return Err(e),
            Err(e) => given.troubles.push(trouble(source, &e)),
            Ok(()) => {}
        }
    }
    let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
    for ((service, _, name), mut resource) in all {
        let mut slug = word(&name);
        let mut n = 2;
        while !taken.insert((service.clone(), slug.clone())) {
            slug = format!("{}-{n}", word(&name));
            n += 1;
        }
        resource.slug = slug;
        given.resources.push(resource);
    }
    Ok(())
}

/// What the types of one thing have in common in each tool's words: a bucket in two lists is one bucket.
fn family(what: &str) -> String {
    const SAME: &[(&str, &str)] = &[
        ("bucket", "bucket"),
        ("s3:::", "bucket"),
        ("storageaccount", "account"),
        ("storage_account", "account"),
        ("db", "database"),
        ("sql", "database"),
        ("instance", "machine"),
        ("virtualmachine", "machine"),
        ("virtual_machine", "machine"),
    ];
    let lower = what.to_ascii_lowercase();
    SAME.iter().find(|(word, _)| lower.contains(word)).map_or(lower.clone(), |(_, family)| (*family).to_owned())
}

fn one(ctx: &Context, index: &Index, source: &Source, add: &mut dyn FnMut(resources::Resource)) -> Result<()> {
    if source.path == "-" || source.path.contains('!') && !ctx.files.exists(&source.path) {
        return Err(Error::input("it can't be read again from where it came; put it into evidence/ as a file"));
    }
    let about = Input { shapes: index.shapes(), ..Input::new(&source.path, &[]) };
    resources::read(&mut ctx.files.open(&source.path)?, &about, add)
}

fn trouble(source: &Source, e: &Error) -> Trouble {
    let line = e.at.as_ref().and_then(|at| at.line);
    Trouble { what: "resources".into(), file: source.path.clone(), line, says: e.message.clone() }
}
