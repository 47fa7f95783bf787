//! Plan × templates → files. Pure but for the templates: zones come in as bytes, files go out as bytes.
//!
//! [`dns`] works out a domain's records, [`engine`] fills templates, [`quote`] has one file a target syntax.

pub mod dmarc;
pub mod dns;
mod embeds;
pub mod engine;
pub mod given;
pub mod guard;
mod leaving;
mod moved;
pub mod provider;
pub mod quote;
mod reached;
pub mod redirects;
pub mod spf;
pub mod zonefile;

use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::catalog::model::{Each, TemplateUse, Text};
use crate::error::{Error, Result};
use crate::evidence::zone::Zone;
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

impl Rendered {
    /// Asks for a setting, unless the DNS did already, for each domain.
    fn ask(&mut self, provider: &str, key: &str) {
        if !self.asks.iter().any(|a| a.provider == provider && a.key == key) {
            self.asks.insert(Ask { provider: provider.into(), key: key.into(), domain: None });
        }
    }
}

/// A line of a folder's README.
#[derive(Debug, Serialize)]
struct Told {
    path: String,
    says: Text,
}

/// Lines of READMEs, by provider.
type Readmes = BTreeMap<String, Vec<Told>>;

/// Renders everything of the plan.
///
/// # Errors
/// When a template can't be filled, or names would vanish.
pub fn render(job: Job<'_>, zones: &[ZoneInput]) -> Result<Rendered> {
    let mut out = Rendered::default();
    let mut told: Readmes = BTreeMap::new();
    out.warnings.extend(job.given.troubles.iter().map(trouble));
    for input in zones {
        dns::files::write(job, input, &mut out, &mut told)?;
    }
    for (provider, service, uses) in templates(job) {
        for each in uses {
            template_files(job, &provider, &service, &each, &mut out, &mut told)?;
        }
    }
    for (id, member) in provider::members(job) {
        let made = provider::files(job.catalog, job.engine, &id, std::slice::from_ref(&member))?;
        for key in &member.missing {
            out.ask(&id, key);
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
        // Several services may want the same file.
        files.dedup_by(|a, b| a.path == b.path);
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
            let own = job.catalog.provider(&provider).map(|p| p.templates.as_slice()).unwrap_or_default();
            let set_up = own.iter().any(|t| t.to.contains(&service));
            let fits = |t: &&TemplateUse| {
                (t.providers.is_empty() || t.providers.contains(&provider))
                    && !(t.unless_set_up && set_up)
                    && moves.iter().any(|(need, from)| {
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
    told: &mut Readmes,
) -> Result<()> {
    let mut set = Map::new();
    for key in &each.settings {
        let value = job.settings.text(job.catalog, provider, key);
        if value.is_none() {
            out.ask(provider, key);
        }
        set.insert(key.clone(), value.map_or(Value::Null, Value::String));
    }
    let missing: Vec<&String> = each.settings.iter().filter(|k| set[*k].is_null()).collect();
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
    if !each.reach.is_empty() && !reached::any(job.catalog, &froms, &each.reach) {
        let told = told.entry(provider.to_owned()).or_default();
        let folder = each.path.split_once('/').map_or(each.path.as_str(), |(folder, _)| folder);
        told.extend(each.otherwise.clone().map(|says| Told { path: folder.to_owned(), says }));
        return Ok(());
    }
    let all = domains(job.inventory, job.group);
    let accounts = moved::accounts(job, &froms, &all);
    let lists = moved::lists(job, &froms);
    let targets: Vec<moved::Target<'_>> = match each.each {
        Each::Domain => all.iter().map(|d| moved::Target { domain: Some(d), ..Default::default() }).collect(),
        Each::Account if !accounts.is_empty() => {
            accounts.iter().map(|a| moved::Target { account: Some(a), ..Default::default() }).collect()
        }
        Each::List => lists.iter().map(|l| moved::Target { list: Some(l), ..Default::default() }).collect(),
        Each::Group | Each::Account => vec![moved::Target::default()],
    };
    let provider_name = job.catalog.provider(provider).map_or(provider, |p| p.name.as_str());
    let mut data = engine::Data::new(json!({
        "group": {"name": job.group.name, "domains": all},
        "provider": {"id": provider, "name": provider_name},
        "from": froms,
        "old": moved::olds(job, &froms, &each.needs, &all),
        "set": set,
        "missing": missing,
        "accounts": job.given.accounts,
        "lists": lists.iter().map(|l| moved::list(l, &all)).collect::<Vec<_>>(),
        "addresses": job.given.addresses,
        "resources": job.given.resources,
        "troubles": job.given.troubles,
        "embeds": embeds::of(job),
        "reach": reached::of(job.catalog, &froms),
        "comes_from": froms.iter().map(|f| (f.to_string(), Value::Bool(true))).collect::<Map<_, _>>(),
    }));
    let pattern = &each.path;
    for target in &targets {
        let path = target.path(pattern);
        if !is_safe(&path) {
            return Err(Error::input(format!("the template path `{path}` leaves its folder"))
                .in_file(format!("services/{service}.yaml")));
        }
        let own = data.value();
        own["domain"] = json!(target.domain);
        own["account"] = json!(target.account.map(|a| moved::account(a, &all)));
        own["list"] = json!(target.list.map(|l| moved::list(l, &all)));
        if let Some(domain) = target.domain {
            let first = all.first().is_some_and(|d| d == domain);
            own["redirects"] = json!(redirects::of(job.catalog, &job.given.addresses, domain, first, &froms, service));
        }
        let text = job.engine.fill_with(&each.template, &data)?;
        out.files.insert(format!("{provider}/{path}"), text.into_bytes());
    }
    // A line for each domain, but one for all that is written for people one by one.
    let told = told.entry(provider.to_owned()).or_default();
    match each.each {
        Each::List if targets.is_empty() => {}
        Each::Account | Each::List => told.push(Told { path: pattern.clone(), says: each.says.clone() }),
        _ => told.extend(targets.iter().map(|t| Told { path: t.path(pattern), says: each.says.clone() })),
    }
    Ok(())
}

/// What can't be read again, in words.
fn trouble(t: &given::Trouble) -> Text {
    let at = t.line.map_or_else(|| t.file.clone(), |n| format!("{}:{n}", t.file));
    let at = crate::ui::printable(&at);
    text(&format!("left out: {at}: {}", t.says), &format!("quedó fuera: {at}: {}", t.says))
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}

/// A relative path without `..`.
fn is_safe(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && path.split('/').all(|p| !p.is_empty() && p != "." && p != "..")
}
