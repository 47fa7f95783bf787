//! The domains: what was rendered, and what resolvers answer.

use crate::catalog::index::Index;
use crate::catalog::model::Text;
use crate::check::Report;
use crate::check::dns::{Answer, Expected, Question, Step};
use crate::cli::check::CheckArgs;
use crate::commands::inventory::included;
use crate::commands::render::read_zone;
use crate::commands::{Context, connect};
use crate::error::Result;
use crate::evidence::zone::{self, Record};
use crate::inventory::{Inventory, ZoneRef};
use crate::net;
use crate::plan::known;
use crate::render::dns::steps::{Records, Steps};
use crate::render::dns::{Job, outcome};
use crate::render::zonefile::Line;
use crate::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

/// More files than any plan renders.
const MOST: usize = 20_000;
/// The longest rendered file that is looked into for open questions.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What was rendered.
pub(super) struct Rendered {
    /// The domains.
    pub(super) domains: Vec<Expected>,
    /// What nobody has said yet.
    pub(super) asks: BTreeSet<String>,
}

/// Reads what `render` wrote: open questions, and with `domains` the zones. Of a domain whose zone is not known as a whole it
/// wrote only the changes: these are worked out again.
pub(super) fn expected(ctx: &Context, workspace: &Workspace<'_>, domains: bool) -> Result<Rendered> {
    let mut rendered = Rendered { domains: Vec::new(), asks: BTreeSet::new() };
    if !ctx.files.exists("configs") {
        return Ok(rendered);
    }
    let mut zones: BTreeMap<String, String> = BTreeMap::new();
    for path in ctx.files.walk("configs", MOST)? {
        let shown = ctx.files.shown(&path);
        if let Some((base, domain)) = shown.strip_suffix(".old.zone").and_then(|b| Some((b, b.rsplit_once("/dns/")?.1)))
        {
            zones.insert(domain.to_owned(), base.to_owned());
        }
        asks(ctx, &path, &mut rendered.asks)?;
    }
    if !domains {
        return Ok(rendered);
    }
    let inventory = ctx.files.exists("inventory.yaml").then(|| workspace.inventory()).transpose()?;
    for (domain, base) in &zones {
        rendered.domains.push(written(ctx, workspace, domain, base, inventory.as_ref())?);
    }
    if let Some(inventory) = &inventory {
        let worked_out = inventory.zones.iter().filter(|z| !zones.contains_key(&z.domain));
        for zone in worked_out {
            let (expected, asks) = changes(ctx, workspace, zone)?;
            rendered.domains.push(expected);
            rendered.asks.extend(asks);
        }
    }
    Ok(rendered)
}

/// Lines `ASK PROVIDER: …` of a rendered file; pages for people word their questions themselves.
fn asks(ctx: &Context, path: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    if path.extension().is_some_and(|e| e == "md") {
        return Ok(());
    }
    let bytes = ctx.files.read(path, LONGEST)?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        let Some((_, rest)) = line.split_once("ASK ") else { continue };
        let provider: String =
            rest.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect();
        if !provider.is_empty() && rest[provider.len()..].starts_with(':') {
            found.insert(rest.chars().take(200).collect::<String>().trim_end().to_owned());
        }
    }
    Ok(())
}

/// A domain whose zones were written.
fn written(
    ctx: &Context,
    workspace: &Workspace<'_>,
    domain: &str,
    base: &str,
    inventory: Option<&Inventory>,
) -> Result<Expected> {
    let folder = |path: &str| ctx.files.path(path).parent().map(Path::to_path_buf).unwrap_or_default();
    // Only the old zone still includes other files: those that lie beside the evidence.
    let source = inventory.and_then(|i| i.zones.iter().find(|z| z.domain == domain)).map(|z| z.source.as_str());
    let read = |end: &str, beside: &str| -> Result<Vec<Record>> {
        let path = format!("{base}{end}");
        let bytes = ctx.files.read(&path, crate::evidence::zone::LONGEST)?;
        let folder = folder(beside);
        let include = |name: &str| included(&ctx.files, &folder, name);
        let options = zone::Options { path: &path, origin: Some(domain), include: &include };
        zone::parse(&bytes, options).map(|z| z.records)
    };
    let old = read(".old.zone", source.unwrap_or(base))?;
    let (prepare, after) = (read(".prepare.zone", base)?, read(".zone", base)?);
    let file = Some(format!("{base}.old.zone"));
    let expected = Expected::new(domain, [&mut old.iter(), &mut prepare.iter(), &mut after.iter()], file);
    let path = format!("{base}.steps.yaml");
    if !ctx.files.exists(&path) {
        return Ok(expected);
    }
    let text = ctx.files.read_text(&path, LONGEST)?;
    let steps: Steps = crate::yaml::from_str(&text, &path)?;
    Ok(expected.with_steps(times(ctx, workspace, &steps)?))
}

/// The steps, and which of them the plan has ticked off.
fn times(ctx: &Context, workspace: &Workspace<'_>, steps: &Steps) -> Result<Vec<Step>> {
    let catalog = ctx.catalog()?;
    let plan = workspace.plan_if_any()?;
    let done = |id: &String| plan.as_ref().is_some_and(|p| p.tasks.iter().any(|t| t.id == *id && t.done.is_some()));
    let of = |step: &Records| {
        let name = catalog.name_of_need(&step.need);
        let after = Text {
            en: format!("{} (what is cleaned up later)", name.en),
            es: format!("{} (lo que se limpia después)", name.es),
        };
        let records = step.records.iter().map(|r| {
            let question = Question { name: r.name.clone(), rtype: r.rtype.clone() };
            (question, r.meanwhile.iter().cloned().collect())
        });
        let cut_over = |s: &Records| s.need == step.need && !s.settles;
        Step {
            name: if step.settles { after } else { name },
            done: step.task.as_ref().is_some_and(done),
            task: step.task.clone(),
            settles: if step.settles { steps.steps.iter().position(cut_over) } else { None },
            records: records.collect(),
        }
    };
    Ok(steps.steps.iter().map(of).collect())
}

/// A domain of which only the changes were written.
fn changes(ctx: &Context, workspace: &Workspace<'_>, zone: &ZoneRef) -> Result<(Expected, Vec<String>)> {
    let catalog = ctx.catalog()?;
    let index = Index::new(&catalog);
    let (group, plan) = (workspace.group()?, workspace.plan()?);
    let settings = known::settings(&catalog, &group, &[])?;
    let input = read_zone(ctx, zone)?;
    let made = outcome(Job { catalog: &catalog, index: &index, plan: &plan, settings: &settings, zone: &input.zone });
    let records = |lines: &[Line]| -> Vec<Record> {
        lines
            .iter()
            .filter_map(|l| match l {
                Line::Record(r) => Some((**r).clone()),
                Line::Remark(_) => None,
            })
            .collect()
    };
    let (prepare, after) = (records(&made.prepare), records(&made.after));
    let asks = made.asks.iter().map(|a| format!("{}: {} ({})", a.provider, a.key, zone.domain)).collect();
    let expected =
        Expected::new(&zone.domain, [&mut input.zone.records.iter(), &mut prepare.iter(), &mut after.iter()], None);
    let steps = times(ctx, workspace, &Steps::of(&zone.domain, &made))?;
    Ok((expected.with_steps(steps), asks))
}

/// Asks the resolvers; with `--dry-run` only says what would be asked.
pub(super) fn check(ctx: &Context, args: &CheckArgs, rendered: &Rendered, report: &mut Report) -> Result<()> {
    let resolvers: Vec<Option<SocketAddr>> =
        if args.resolver.is_empty() { vec![None] } else { args.resolver.iter().copied().map(Some).collect() };
    for expected in &rendered.domains {
        let questions = expected.questions();
        let mut answers: Vec<(String, Vec<Answer>)> = Vec::new();
        for resolver in &resolvers {
            let whom = connect::resolver(ctx, *resolver);
            let tell = |q: &Question| ctx.ui.say(&format!("{} {whom}: {q}", ctx.tr("asking", "se pregunta a")));
            if ctx.files.dry_run {
                questions.iter().for_each(tell);
            } else {
                answers.push((whom.clone(), net::ask::ask(&questions, *resolver, &tell)?));
            }
        }
        if !ctx.files.dry_run {
            report.merge(expected.compare(&questions, &answers, &ctx.now));
        }
    }
    Ok(())
}
