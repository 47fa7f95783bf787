//! `inventory`: reads evidence, writes `inventory.yaml`.

mod explain;
mod file;
mod many;
mod redacted;
mod site;
mod sources;

pub use redacted::redact;
pub use sources::included;

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::index::Index;
use crate::cli::InventoryArgs;
use crate::error::{Error, Result};
use crate::evidence::Kind;
use crate::files::Files;
use crate::group::Group;
use crate::inventory::collect::Collector;
use crate::inventory::{GroupRef, Inventory, SCHEMA, Source, ZoneRef, merge};
use crate::ui::Lang;
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};

/// Runs `inventory`.
pub fn run(ctx: &Context, args: &InventoryArgs) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    if let Some(id) = &args.explain {
        return explain::run(ctx, &catalog, id);
    }
    let index = Index::new(&catalog);
    if let Some(dir) = &args.group_dirs {
        if ctx.redact {
            return Err(Error::input(
                "the table of many groups names them: `--redact` can't be given with `--group-dirs`",
            )
            .hint("run `decamp inventory --redact` in the folder of one group"));
        }
        return many::run(ctx, &catalog, &index, args, dir);
    }
    ctx.warn_if_synced();
    let made = make(ctx, &ctx.files, &catalog, &index, args)?;
    write(ctx, &ctx.files, &catalog, made, args)
}

/// Reads all evidence of one workspace.
pub fn make(ctx: &Context, files: &Files, catalog: &Catalog, index: &Index, args: &InventoryArgs) -> Result<Inventory> {
    let workspace = Workspace::open(files)?;
    let group = if files.exists("group.yaml") { Some(workspace.group()?) } else { None };
    let domains = group.as_ref().map(|g| g.domains.clone()).unwrap_or_default();
    let mut collector = Collector::new(index, &domains);
    let mut read = sources::Read::new(ctx, files, &domains, index.shapes(), args.show_unmatched);
    let mut paths = args.paths.clone();
    for domain in &args.dns {
        let (path, zone) = sources::ask(ctx, index, domain, args)?;
        if args.output.as_deref() != Some(Path::new("-")) {
            files.write(&path, zone.as_bytes())?;
        }
        read.answers(&path, &zone, &mut collector)?;
    }
    for (path, page) in site::fetch(ctx, args)? {
        if args.output.as_deref() != Some(Path::new("-")) {
            files.write(&path, &page)?;
        }
        read.page(&path, &page, &mut collector)?;
    }
    if paths.is_empty() && args.dns.is_empty() && args.site.is_empty() {
        if !files.exists("evidence") {
            return Err(
                Error::input("there is no `evidence` folder here").hint("run `decamp init`, or name the files to read")
            );
        }
        paths = vec![PathBuf::from("evidence")];
    }
    for path in &paths {
        read.path(path, &mut collector)?;
    }
    let sources::Read { sources, zones, .. } = read;
    let currency = group.as_ref().and_then(Group::currency);
    let services = merge::services(catalog, &mut collector, currency);
    Ok(Inventory {
        schema: SCHEMA.into(),
        group: group_ref(group.as_ref(), &zones),
        sources,
        zones,
        conflicts: merge::conflicts(catalog, &services),
        services,
        unrecognized: std::mem::take(&mut collector.unrecognized),
        corrections: crate::inventory::Corrections::default(),
    })
}

/// The group by `group.yaml`; else by the zones that were read.
fn group_ref(group: Option<&Group>, zones: &[ZoneRef]) -> GroupRef {
    match group {
        Some(g) => GroupRef { name: g.name.clone(), domains: g.domains.clone() },
        None => {
            let domains: Vec<String> = zones.iter().map(|z| z.domain.clone()).collect();
            GroupRef { name: domains.first().cloned().unwrap_or_default(), domains }
        }
    }
}

fn write(
    ctx: &Context,
    files: &Files,
    catalog: &Catalog,
    mut made: Inventory,
    args: &InventoryArgs,
) -> Result<Outcome> {
    let to_stdout = args.output.as_deref() == Some(Path::new("-"));
    if let (Some(path), false) = (&args.output, to_stdout) {
        if files.exists(path) && !ctx.force {
            let head = files.read_text(path, 64 * 1024 * 1024)?;
            if !head.starts_with("schema: decamp/inventory/1") {
                return Err(Error::input(format!("`{}` exists and is not an inventory", path.display()))
                    .hint("choose another name, or write over it with `--force`"));
            }
        }
        let text = file::text(&made, None)?;
        files.write(path, text.as_bytes())?;
    } else if !to_stdout {
        let mut workspace = Workspace::open(files)?;
        for moved in file::write(ctx, &mut workspace, files, catalog, &mut made)? {
            ctx.ui.warn(&moved);
        }
    }
    show(ctx, catalog, &made, to_stdout)?;
    Ok(Outcome::Done)
}

fn show(ctx: &Context, catalog: &Catalog, made: &Inventory, to_stdout: bool) -> Result<()> {
    let mut shown = made.clone();
    if ctx.redact {
        redact(&mut shown, catalog);
    }
    if ctx.ui.json {
        return ctx.ui.out_json(&shown);
    }
    if to_stdout {
        return ctx.ui.out(&file::text(&shown, None)?);
    }
    ctx.ui.out(&summary(ctx, catalog, &shown))?;
    let secret = made.sources.iter().zip(&shown.sources).filter(|(made, _)| made.is_left_secret());
    let secret: Vec<&Source> = secret.map(|(_, shown)| shown).collect();
    if !secret.is_empty() {
        ctx.ui.warn(&secrets(ctx, &secret));
    }
    Ok(())
}

/// The most files with secrets that are named one by one; the inventory has them all.
const NAMED: usize = 12;

/// Which files hold secrets, and what to do with them when.
fn secrets(ctx: &Context, secret: &[&Source]) -> String {
    let mut list = secret.iter().take(NAMED).map(|s| s.path.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(more) = secret.len().checked_sub(NAMED).filter(|n| *n > 0) {
        list.push_str(&match ctx.ui.lang {
            Lang::En => format!(" and {more} more (`care: secret` in inventory.yaml)"),
            Lang::Es => format!(" y {more} más (`care: secret` en inventory.yaml)"),
        });
    }
    // `render` reads the lists of what lies in clouds again.
    let later = secret.iter().any(|s| matches!(s.kind, Kind::Aws | Kind::Azure | Kind::Gcp | Kind::Terraform));
    let clouds = match (ctx.ui.lang, later) {
        (_, false) => "",
        (Lang::En, true) => " (lists of clouds after `decamp render`, which reads them again)",
        (Lang::Es, true) => " (las listas de nubes, después de `decamp render`, que las lee otra vez)",
    };
    match ctx.ui.lang {
        Lang::En => format!(
            "these files hold secrets: {list}. Move them to an encrypted disk outside the workspace{clouds}. Delete the copies, also from sync, backups and the bin, once somebody has answered that no records must be kept (a lawsuit, an audit)."
        ),
        Lang::Es => format!(
            "estos archivos guardan secretos: {list}. Muévanlos a un disco cifrado fuera del espacio de trabajo{clouds}. Borren las copias, también de la sincronización, los respaldos y la papelera, cuando alguien haya respondido que no hay registros que conservar (un juicio, una auditoría)."
        ),
    }
}

/// What to do when no service was found.
fn nothing(ctx: &Context, made: &Inventory) -> String {
    let read = made.sources.iter().any(|s| s.kind != Kind::Unknown);
    let what = if read {
        ctx.tr("No service was found in what was read.", "En lo que se leyó no se encontró ningún servicio.")
    } else {
        ctx.tr("No evidence was read.", "No se leyó ninguna evidencia.")
    };
    let next = ctx.tr(
        "Next: decamp interview (twenty questions), and put what is public anyway into evidence/: the DNS zone exported at the registrar, a saved page of the website.",
        "Sigue: decamp interview (veinte preguntas), y pongan en evidence/ lo que de todos modos es público: la zona DNS exportada con el registrador, una página guardada del sitio.",
    );
    format!("{what}\n{next}\n")
}

fn summary(ctx: &Context, catalog: &Catalog, made: &Inventory) -> String {
    use crate::catalog::model::Confidence::{Certain, Hint, Likely};
    let mut text = String::new();
    for (sure, en, es) in [(Certain, "certain", "seguro"), (Likely, "likely", "probable"), (Hint, "hint", "indicio")] {
        let names: Vec<&str> =
            made.services.iter().filter(|s| s.confidence.0 == sure).map(|s| s.name.as_str()).collect();
        if !names.is_empty() {
            text.push_str(&format!("{:<9} {}\n", format!("{}:", ctx.tr(en, es)), names.join(", ")));
        }
    }
    if made.services.is_empty() {
        text.push_str(&nothing(ctx, made));
    }
    for s in made.sources.iter().filter(|s| s.reason.is_some()) {
        text.push_str(&format!(
            "{}: {} ({})\n",
            ctx.tr("not read", "sin leer"),
            s.path,
            s.reason.as_deref().unwrap_or_default()
        ));
    }
    let read = made.sources.iter().filter(|s| s.reason.is_none()).count();
    let unknown = made.unrecognized.len();
    let one = |n: usize, one: &'static str, more: &'static str| if n == 1 { one } else { more };
    text.push_str(&match ctx.ui.lang {
        Lang::En => format!(
            "{read} {} read, {unknown} {} that nobody could name.\n",
            one(read, "file", "files"),
            one(unknown, "third party", "third parties")
        ),
        Lang::Es => format!(
            "{read} {}, {unknown} {} nombrar.\n",
            one(read, "archivo leído", "archivos leídos"),
            one(unknown, "tercero que nadie pudo", "terceros que nadie pudo")
        ),
    });
    text.push_str(&explain::conflicts(ctx, catalog, made));
    text.push_str(&explain::open_questions(ctx, made));
    if !made.services.is_empty() {
        text.push_str(ctx.tr("Next: decamp exposure", "Sigue: decamp exposure"));
    }
    text
}
