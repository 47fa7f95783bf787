//! `render`: fills the templates for the plan into `configs/`.

mod given;
mod many;

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::cli::RenderArgs;
use crate::error::{Error, Result, did_you_mean};
use crate::evidence::exports::Shapes;
use crate::evidence::sniff::{Format, HEAD, Sniffed, sniff};
use crate::evidence::text::Encoding;
use crate::evidence::zone;
use crate::inventory::{Inventory, ZoneRef};
use crate::plan::known;
use crate::render::engine::Engine;
use crate::render::provider::{self, Member};
use crate::render::{self, Job, Rendered, ZoneInput};
use crate::ui::Lang;
use crate::workspace::{Set, Workspace};
use serde_json::json;

/// Runs `render`.
pub fn run(ctx: &Context, args: &RenderArgs) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    let renderer = Renderer { catalog: &catalog, index: &Index::new(&catalog), engine: &ctx.engine()?, args };
    if let Some(dir) = &args.group_dirs {
        return many::run(ctx, &renderer, dir);
    }
    ctx.warn_if_synced();
    let (made, set, _) = renderer.one(ctx)?;
    show(ctx, &made, &set)?;
    Ok(Outcome::Done)
}

/// The group as each provider's files name it: provider → member.
type Members = Vec<(String, Member)>;

/// What every workspace is rendered with.
struct Renderer<'a> {
    catalog: &'a Catalog,
    index: &'a Index,
    engine: &'a Engine,
    args: &'a RenderArgs,
}

impl Renderer<'_> {
    /// Renders the workspace of `ctx`: what was made, what was written, and the group as its providers' files name it.
    fn one(&self, ctx: &Context) -> Result<(Rendered, Set, Members)> {
        let mut workspace = Workspace::open(&ctx.files)?;
        let (group, inventory, plan) = (workspace.group()?, workspace.inventory()?, workspace.plan()?);
        let settings = known::settings(self.catalog, &group, &self.args.set)?;
        let zones = zones(ctx, &inventory)?;
        let given = given::read(ctx, self.index, &inventory)?;
        let job = Job {
            catalog: self.catalog,
            index: self.index,
            group: &group,
            inventory: &inventory,
            plan: &plan,
            settings: &settings,
            engine: self.engine,
            given: &given,
            allow_deletions: self.args.allow_deletions,
        };
        let made = render::render(job, &zones)?;
        let set = chosen(self.catalog, &made, &self.args.only)?;
        let folders: &[&str] = if self.args.only.is_empty() { &["configs/"] } else { &[] };
        workspace.write(&set, &[], folders, ctx.force)?;
        Ok((made, set, provider::members(job)))
    }
}

/// The zones of the inventory, as they were when it was made.
fn zones(ctx: &Context, inventory: &Inventory) -> Result<Vec<ZoneInput>> {
    inventory.zones.iter().map(|z| read_zone(ctx, z)).collect()
}

/// A zone of the inventory, as it was when it was made.
///
/// # Errors
/// When it can't be read again, or has changed.
pub(super) fn read_zone(ctx: &Context, z: &ZoneRef) -> Result<ZoneInput> {
    if z.source == "-" || z.source.contains('!') {
        return Err(Error::input(format!(
            "the zone of `{}` came from `{}`, which can't be read again",
            z.domain, z.source
        ))
        .hint("put the zone into evidence/ as a file and run `decamp inventory` again"));
    }
    let bytes = ctx.files.read(&z.source, crate::evidence::zone::LONGEST)?;
    let path = ctx.files.path(&z.source);
    let folder = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    let include = |name: &str| super::inventory::included(&ctx.files, &folder, name);
    let options = zone::Options { path: &z.source, origin: Some(&z.domain), include: &include };
    let (form, encoding) = match sniff(&bytes[..bytes.len().min(HEAD)], Some(&z.source), Shapes::none()) {
        Sniffed::Known(Format::OtherZone(form), encoding) => (Some(form), encoding),
        Sniffed::Known(_, encoding) => (None, encoding),
        _ => (None, Encoding::Utf8),
    };
    let (zones, hash) = zone::load::load(bytes, form, encoding, options)?;
    let found = zones.into_iter().find(|l| l.zone.name == z.domain);
    let Some(found) = found.filter(|_| hash == z.sha256) else {
        return Err(Error::input(format!(
            "the zone of `{}` is not the one that the inventory was made from",
            z.domain
        ))
        .in_file(z.source.clone())
        .hint("run `decamp inventory` and `decamp plan` again"));
    };
    if let Some(damage) = found.damage {
        return Err(damage);
    }
    Ok(ZoneInput { domain: z.domain.clone(), bytes: found.master, zone: found.zone, complete: z.complete })
}

/// The files that `--only` names: a provider, a service, or a path below `configs/`.
fn chosen(catalog: &Catalog, made: &Rendered, only: &[String]) -> Result<Set> {
    let mut set = Set::new();
    for name in only {
        let name = name.trim_start_matches("configs/").trim_end_matches('/');
        let of_service: Vec<&str> =
            catalog.service(name).map(|s| s.templates.iter().map(|t| t.path.as_str()).collect()).unwrap_or_default();
        let fits = |path: &str| {
            let below = path.split_once('/').map_or("", |(_, rest)| rest);
            path == name
                || path.starts_with(&format!("{name}/"))
                || below == name
                || below.starts_with(&format!("{name}/"))
                || of_service.iter().any(|t| crate::catalog::pattern::glob(&any(t), below))
        };
        let before = set.len();
        set.extend(made.files.iter().filter(|(p, _)| fits(p)).map(|(p, b)| (format!("configs/{p}"), b.clone())));
        if set.len() == before {
            let mut e = Error::input(format!("`{name}` names nothing that the plan needs"));
            if let Some(near) = did_you_mean(name, made.files.keys().map(String::as_str)) {
                e = e.hint(format!("did you mean `{near}`?"));
            }
            return Err(e.hint("give a provider, a service or a path below configs/"));
        }
    }
    if only.is_empty() {
        set.extend(made.files.iter().map(|(p, b)| (format!("configs/{p}"), b.clone())));
    }
    Ok(set)
}

/// A template's path with `*` for what it is filled for.
fn any(path: &str) -> String {
    ["DOMAIN", "ACCOUNT", "LIST"].iter().fold(path.to_owned(), |p, what| p.replace(what, "*"))
}

fn show(ctx: &Context, made: &Rendered, set: &Set) -> Result<()> {
    if ctx.ui.json {
        let files: Vec<&String> = set.keys().collect();
        return ctx.ui.out_json(
            &json!({"schema": "decamp/render/1", "files": files, "asks": made.asks, "warnings": made.warnings}),
        );
    }
    let en = ctx.ui.lang == Lang::En;
    for w in &made.warnings {
        ctx.ui.warn(if en { &w.en } else { &w.es });
    }
    let mut text = String::new();
    for path in set.keys() {
        text.push_str(path);
        text.push('\n');
    }
    for ask in &made.asks {
        let domain = ask.domain.as_deref().map_or(String::new(), |d| format!(" ({d})"));
        text.push_str(&format!("{} {}.{}{domain}\n", ctx.tr("ask:", "pregunten:"), ask.provider, ask.key));
    }
    if !made.asks.is_empty() {
        text.push_str(ctx.tr(
            "The questions stand ready in plan/messages/. Give the answers with --set PROVIDER.KEY=VALUE or in group.yaml.\n",
            "Las preguntas están listas en plan/messages/. Den las respuestas con --set PROVEEDOR.CLAVE=VALOR o en group.yaml.\n",
        ));
    }
    ctx.ui.out(&text)
}
