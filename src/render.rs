//! Plan × templates → files. Pure but for the templates: zones come in as bytes, files go out as bytes.
//!
//! [`dns`] works out a domain's records, [`engine`] fills templates, [`quote`] has one file a target syntax.

pub mod dns;
pub mod engine;
pub mod given;
pub mod guard;
mod leaving;
pub mod provider;
pub mod quote;
pub mod spf;
pub mod zonefile;

use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::catalog::model::{Each, TemplateUse, Text};
use crate::error::{Error, Result};
use crate::evidence::zone::{Zone, check};
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::settings::{Ask, Settings, domains};
use crate::plan::{Decision, Plan};
use engine::Engine;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A zone to be written.
#[derive(Debug, Clone)]
pub struct ZoneInput {
    /// Its name.
    pub domain: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// What they say.
    pub zone: Zone,
    /// Whether it is the whole zone.
    pub complete: bool,
}

/// What rendering needs.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// Its signs.
    pub index: &'a Index,
    /// The group.
    pub group: &'a Group,
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The plan.
    pub plan: &'a Plan,
    /// Providers' settings.
    pub settings: &'a Settings,
    /// The templates.
    pub engine: &'a Engine,
    /// What the evidence gives to templates.
    pub given: &'a given::Given,
    /// Whether names may vanish.
    pub allow_deletions: bool,
}

/// What is written, and what must be told.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Path below `configs/` → bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What nobody knows.
    pub asks: BTreeSet<Ask>,
    /// What must be heard.
    pub warnings: Vec<Text>,
}

/// A line of a folder's README.
#[derive(Debug, Serialize)]
struct Told {
    path: String,
    says: Text,
}

/// Renders everything of the plan.
///
/// # Errors
/// When a template can't be filled, or names would vanish.
pub fn render(job: Job<'_>, zones: &[ZoneInput]) -> Result<Rendered> {
    let mut out = Rendered::default();
    let mut told: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    out.warnings.extend(job.given.troubles.iter().map(trouble));
    for input in zones {
        dns_files(job, input, &mut out, &mut told)?;
    }
    for (provider, service, uses) in templates(job) {
        for each in uses {
            template_files(job, &provider, &service, &each, &mut out, &mut told)?;
        }
    }
    for (id, member) in provider::members(job) {
        let made = provider::files(job.catalog, job.engine, &id, std::slice::from_ref(&member))?;
        for key in &member.missing {
            // The DNS may have asked for it already, for each domain.
            if out.asks.iter().any(|a| a.provider == id && a.key == *key) {
                continue;
            }
            out.asks.insert(Ask { provider: id.clone(), key: key.clone(), domain: None });
        }
        out.files.extend(made.files.into_iter().map(|(path, bytes)| (format!("{id}/{path}"), bytes)));
        told.entry(id).or_default().extend(made.told);
    }
    for (service, made) in leaving::files(job)? {
        out.files.extend(made.files.into_iter().map(|(path, bytes)| (format!("{service}/{path}"), bytes)));
        told.entry(service).or_default().extend(made.told);
    }
    for (provider, files) in &mut told {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        // A folder is a provider's, or that of a service that is left.
        let left = || job.catalog.service(provider).map_or(provider.as_str(), |s| s.name.as_str());
        let name = job.catalog.provider(provider).map_or_else(left, |p| p.name.as_str());
        let asks: Vec<Value> = out
            .asks
            .iter()
            .filter(|a| a.provider == *provider)
            .map(|a| json!({"key": a.key, "domain": a.domain, "question": crate::plan::settings::question(job.catalog, provider, &a.key)}))
            .collect();
        let data =
            json!({"group": job.group.name, "provider": {"id": provider, "name": name}, "files": files, "asks": asks});
        for (template, file) in [("configs/README.md", "README.md"), ("configs/README.es.md", "README.es.md")] {
            out.files.insert(format!("{provider}/{file}"), job.engine.fill(template, &data)?.into_bytes());
        }
    }
    Ok(out)
}

fn dns_files(
    job: Job<'_>,
    input: &ZoneInput,
    out: &mut Rendered,
    told: &mut BTreeMap<String, Vec<Told>>,
) -> Result<()> {
    let provider =
        crate::plan::dns_provider(&job.plan.assignments, &job.plan.providers).unwrap_or_else(|| "stay".to_owned());
    let work =
        dns::Job { catalog: job.catalog, index: job.index, plan: job.plan, settings: job.settings, zone: &input.zone };
    let mut outcome = dns::outcome(work);
    let refusals = if input.complete { check::refusals(&input.zone) } else { Vec::new() };
    let zones = input.complete && refusals.is_empty();
    let told_of = outcome.changes.iter().filter(|c| c.what == "remove").map(|c| c.old.len()).sum();
    guard::check(&input.zone, &outcome.after, told_of, job.allow_deletions)?;
    if !input.complete && !outcome.changes.is_empty() {
        // What a resolver has left of a TTL is not the TTL.
        outcome.longest_ttl = 0;
        outcome.warnings.push(text(
            "The TTLs are not known from a resolver. Look them up where the DNS is kept, and wait out the longest one after step 1.",
            "Los TTL no se conocen por un servidor DNS. Búsquenlos donde se administra el DNS y esperen el más largo después del paso 1.",
        ));
    }
    let domain = &input.domain;
    let base = format!("{provider}/dns/{domain}");
    let by = |what: &str| outcome.changes.iter().filter(|c| c.what == what).collect::<Vec<_>>();
    let data = json!({
        "group": job.group.name,
        "domain": domain,
        "add": by("add"), "change": by("change"), "remove": by("remove"), "later": by("later"),
        "left": outcome.left,
        "nothing": outcome.changes.iter().all(|c| c.what == "later"),
        "asks": outcome.asks.iter().map(|a| json!({
            "provider": job.catalog.provider(&a.provider).map_or(a.provider.as_str(), |p| p.name.as_str()),
            "question": crate::plan::settings::question(job.catalog, &a.provider, &a.key),
        })).collect::<Vec<_>>(),
        "warnings": outcome.warnings,
        "complete": input.complete,
        "refusals": refusals,
        "zones": zones,
        "wait": wait(outcome.longest_ttl),
    });
    let list = told.entry(provider.clone()).or_default();
    for (template, file) in [("configs/changes.md", "changes.md"), ("configs/changes.es.md", "changes.es.md")] {
        out.files.insert(format!("{base}.{file}"), job.engine.fill(template, &data)?.into_bytes());
    }
    list.push(Told {
        path: format!("dns/{domain}.changes.md"),
        says: text("Every DNS change in words: read this first.", "Cada cambio de DNS en palabras: léanlo primero."),
    });
    if zones {
        let unchanged = outcome.changes.iter().all(|c| c.what == "later") && outcome.asks.is_empty();
        let write = |lines: &[zonefile::Line]| {
            if unchanged && input.zone.included.is_empty() {
                input.bytes.clone()
            } else {
                zonefile::write(&input.zone.name, lines).into_bytes()
            }
        };
        out.files.insert(format!("{base}.prepare.zone"), write(&outcome.prepare));
        out.files.insert(format!("{base}.zone"), write(&outcome.after));
        out.files.insert(format!("{base}.old.zone"), input.bytes.clone());
        for (file, en, es) in [
            (
                "prepare.zone",
                "The zone before the cut-over: short TTLs, old and new senders.",
                "La zona antes del cambio: TTL cortos, remitentes anteriores y nuevos.",
            ),
            ("zone", "The zone after the cut-over.", "La zona después del cambio."),
            ("old.zone", "The zone as it was, for going back.", "La zona como estaba, para volver atrás."),
        ] {
            list.push(Told { path: format!("dns/{domain}.{file}"), says: text(en, es) });
        }
    } else {
        let why = if input.complete {
            refusals.join("; ")
        } else {
            "read from a resolver, which does not show every record".to_owned()
        };
        out.warnings.push(Text {
            en: format!("{domain}: only the changes were written ({why})"),
            es: format!("{domain}: solo se escribieron los cambios ({why})"),
        });
    }
    out.warnings.extend(
        outcome.warnings.iter().map(|w| Text { en: format!("{domain}: {}", w.en), es: format!("{domain}: {}", w.es) }),
    );
    out.asks.extend(outcome.asks);
    Ok(())
}

/// Which templates the plan needs: provider, service, uses.
fn templates(job: Job<'_>) -> Vec<(String, String, Vec<TemplateUse>)> {
    let mut wanted: BTreeMap<(String, String), BTreeSet<(String, String)>> = BTreeMap::new();
    for a in job.plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
        if let (Some(provider), Some(to)) = (&a.provider, &a.to) {
            wanted.entry((provider.clone(), to.clone())).or_default().insert((a.need.clone(), a.from.clone()));
        }
    }
    wanted
        .into_iter()
        .map(|((provider, service), moves)| {
            let fits = |t: &&TemplateUse| {
                moves.iter().any(|(need, from)| {
                    (t.needs.is_empty() || t.needs.contains(need)) && (t.from.is_empty() || t.from.contains(from))
                })
            };
            let uses = job
                .catalog
                .service(&service)
                .map(|s| s.templates.iter().filter(fits).cloned().collect())
                .unwrap_or_default();
            (provider, service, uses)
        })
        .collect()
}

fn template_files(
    job: Job<'_>,
    provider: &str,
    service: &str,
    each: &TemplateUse,
    out: &mut Rendered,
    told: &mut BTreeMap<String, Vec<Told>>,
) -> Result<()> {
    let mut set = Map::new();
    for key in &each.settings {
        let value = job.settings.text(job.catalog, provider, key);
        if value.is_none() {
            out.asks.insert(Ask { provider: provider.into(), key: key.clone(), domain: None });
        }
        set.insert(key.clone(), value.map_or(Value::Null, Value::String));
    }
    let missing: Vec<&String> = each.settings.iter().filter(|k| set[*k].is_null()).collect();
    let all = domains(job.inventory, job.group);
    let targets: Vec<Option<&String>> = match each.each {
        Each::Group => vec![None],
        Each::Domain => all.iter().map(Some).collect(),
    };
    let froms: BTreeSet<&str> = job
        .plan
        .assignments
        .iter()
        .filter(|a| {
            a.decision == Decision::Move && a.to.as_deref() == Some(service) && a.provider.as_deref() == Some(provider)
        })
        .filter(|a| each.needs.is_empty() || each.needs.contains(&a.need))
        .map(|a| a.from.as_str())
        .collect();
    for domain in targets {
        let path = domain.map_or_else(|| each.path.clone(), |d| each.path.replace("DOMAIN", d));
        if !is_safe(&path) {
            return Err(Error::input(format!("the template path `{path}` leaves its folder"))
                .in_file(format!("services/{service}.yaml")));
        }
        let provider_name = job.catalog.provider(provider).map_or(provider, |p| p.name.as_str());
        let data = json!({
            "group": {"name": job.group.name, "domains": all},
            "domain": domain,
            "provider": {"id": provider, "name": provider_name},
            "from": froms,
            "set": set,
            "missing": missing,
            "accounts": job.given.accounts,
            "lists": job.given.lists,
            "addresses": job.given.addresses,
            "resources": job.given.resources,
            "comes_from": froms.iter().map(|f| (f.to_string(), Value::Bool(true))).collect::<Map<_, _>>(),
        });
        let text = job.engine.fill(&each.template, &data)?;
        out.files.insert(format!("{provider}/{path}"), text.into_bytes());
        told.entry(provider.to_owned()).or_default().push(Told { path, says: each.says.clone() });
    }
    Ok(())
}

/// A TTL as a time to wait, in words; nothing when nothing is waited for.
fn wait(seconds: u32) -> Option<Text> {
    let (n, en, es) = match seconds {
        0 => return None,
        1..=7200 => (seconds.div_ceil(60), "minutes", "minutos"),
        7201..=172_800 => (seconds.div_ceil(3600), "hours", "horas"),
        _ => (seconds.div_ceil(86_400), "days", "días"),
    };
    Some(text(&format!("{n} {en}"), &format!("{n} {es}")))
}

fn trouble(t: &given::Trouble) -> Text {
    let at = t.line.map_or_else(|| t.file.clone(), |n| format!("{}:{n}", t.file));
    let at = crate::ui::printable(&at);
    text(&format!("left out: {at}: {}", t.says), &format!("quedó fuera: {at}: {}", t.says))
}

/// A relative path without `..`.
fn is_safe(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && path.split('/').all(|p| !p.is_empty() && p != "." && p != "..")
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}
