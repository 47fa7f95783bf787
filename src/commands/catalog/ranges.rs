//! `catalog ranges --from FILE`: a newer list of a cloud's addresses, into the group's own playbooks.

use super::super::{Context, Outcome};
use crate::catalog::published::{Published, merged, read, whose};
use crate::catalog::{Catalog, model};
use crate::error::{Error, Result, did_you_mean};
use crate::ui::Lang;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The most bytes of a published list.
const LIMIT: u64 = 32 * 1024 * 1024;
/// The first line of a file that this command wrote.
const MARK: &str = "# written by decamp catalog ranges";

/// What becomes of one service's networks.
#[derive(Debug, Serialize)]
struct Row {
    service: String,
    /// Networks in the list.
    listed: usize,
    /// Networks after neighbours were merged.
    networks: usize,
    /// It stands in front of sites: their origin stays unknown.
    front: bool,
    /// The file.
    file: Option<String>,
}

/// Runs the command.
pub(super) fn run(
    ctx: &Context,
    from: &Path,
    service: Option<&str>,
    source: Option<&str>,
    dated: Option<Date>,
) -> Result<Outcome> {
    let (catalog, _) = ctx.layers()?;
    if let Some(id) = service {
        known(&catalog, id)?;
    }
    let shown = ctx.files.shown(&ctx.files.path(from));
    let text = ctx.files.read_text(from, LIMIT)?;
    let mut list = read(&text).map_err(|(line, why)| {
        Error::input(why).at(&shown, line).hint("nothing was written; fetch the list again from its publisher")
    })?;
    name(&catalog, &mut list, service, &shown)?;
    let name = from.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let head = Head {
        source: clean(source.or(list.source).unwrap_or(&name)),
        date: list.date.clone().or_else(|| dated.map(|d| d.to_string())),
    };
    let dir = match &ctx.playbooks {
        Some(dir) => Some(std::path::absolute(dir).map_err(|e| Error::io("read", dir, &e))?),
        None => None,
    };
    let mut rows = Vec::new();
    let mut files = Vec::new();
    for (id, networks) in &list.networks {
        let kept = merged(networks);
        let file = dir.as_ref().map(|d| d.join("ranges").join(format!("{id}.txt")));
        rows.push(Row {
            service: id.clone(),
            listed: networks.len(),
            networks: kept.len(),
            front: catalog.service(id).is_some_and(|s| s.ask_first.contains_key("website")),
            file: file.as_ref().map(|f| ctx.files.shown(f)),
        });
        if let Some(file) = file {
            let text = head.file(catalog.service(id), networks.len(), &kept);
            may_replace(ctx, &file, &text)?;
            files.push((file, text));
        }
    }
    for (file, text) in &files {
        ctx.files.write(file, text.as_bytes())?;
    }
    tell(ctx, &shown, &list, &head, &rows)?;
    if !ctx.files.dry_run {
        ctx.say_written();
    }
    Ok(Outcome::Done)
}

fn known(catalog: &Catalog, id: &str) -> Result<()> {
    if catalog.service(id).is_some() {
        return Ok(());
    }
    let mut e = Error::input(format!("`{id}` is not a service that the catalog knows"));
    if let Some(near) = did_you_mean(id, catalog.services.keys().map(String::as_str)) {
        e = e.hint(format!("did you mean `{near}`?"));
    }
    Err(e)
}

/// Gives networks whose form does not tell a service: `--service`, else the one in whose known ranges most of them lie.
fn name(catalog: &Catalog, list: &mut Published, service: Option<&str>, shown: &str) -> Result<()> {
    let Some(networks) = list.networks.remove("") else {
        let told: Vec<&str> = list.networks.keys().map(String::as_str).collect();
        return match service {
            Some(id) if told != [id] => {
                Err(Error::input(format!("this is a list of {}, not of `{id}`", told.join(", ")))
                    .in_file(shown)
                    .hint("leave `--service` out: the list tells whose addresses they are"))
            }
            _ => Ok(()),
        };
    };
    let id = service.map(str::to_owned).or_else(|| whose(catalog, &networks)).ok_or_else(|| {
        Error::input("the list does not tell whose addresses these are")
            .in_file(shown)
            .hint("say it with `--service`, for example --service digitalocean")
    })?;
    list.networks.insert(id, networks);
    Ok(())
}

/// What stands at the top of a file.
struct Head {
    source: String,
    date: Option<String>,
}

impl Head {
    fn file(&self, service: Option<&model::Service>, listed: usize, networks: &[String]) -> String {
        let name = service.map_or("", |s| s.name.as_str());
        let front = if service.is_some_and(|s| s.ask_first.contains_key("website")) {
            ". What stands behind such an address cannot be told from it"
        } else {
            ""
        };
        let date = self.date.as_deref().unwrap_or("not said in the list");
        let mut text = format!(
            "{MARK}\n# {}: networks as published{front}\n# source: {}\n# date: {date}\n# licence: the publisher's terms hold; read them before you pass this file on\n# {listed} networks listed, neighbours merged. A hit is a hint; an address that is not here proves nothing\n",
            clean(name),
            self.source
        );
        for network in networks {
            text.push_str(network);
            text.push('\n');
        }
        text
    }
}

/// One line of text.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// A file that somebody wrote by hand is not written over without `--force`.
fn may_replace(ctx: &Context, file: &PathBuf, text: &str) -> Result<()> {
    if text.len() as u64 > super::super::LIMIT {
        return Err(Error::input("the list is too long for a file of ranges").in_file(ctx.files.shown(file)));
    }
    if ctx.force || !ctx.files.exists(file) {
        return Ok(());
    }
    let old = ctx.files.read_text(file, super::super::LIMIT)?;
    if old.starts_with(MARK) {
        return Ok(());
    }
    Err(Error::input("the file was written by hand, or by somebody else")
        .in_file(ctx.files.shown(file))
        .hint("move it away, or write over it with `--force`"))
}

fn tell(ctx: &Context, shown: &str, list: &Published, head: &Head, rows: &[Row]) -> Result<()> {
    if ctx.ui.json {
        return ctx.ui.out_json(
            &json!({"schema": "decamp/catalog-ranges/1", "from": shown, "form": list.form, "source": head.source,
            "date": head.date, "passed_over": list.passed_over, "services": rows}),
        );
    }
    let lang = ctx.ui.lang;
    let total: usize = rows.iter().map(|r| r.listed).sum::<usize>() + list.passed_over;
    let date = head.date.as_deref().unwrap_or(ctx.tr("no date", "sin fecha"));
    let mut text = match lang {
        Lang::En => format!(
            "{shown}: {}, {date}; {total} networks, {} of them of other parts and passed over\n",
            list.form, list.passed_over
        ),
        Lang::Es => format!(
            "{shown}: {}, {date}; {total} redes, {} de ellas de otras partes y no usadas\n",
            list.form, list.passed_over
        ),
    };
    for row in rows {
        text.push_str(&match lang {
            Lang::En => {
                format!("  {}: {} networks, {} once neighbours are merged\n", row.service, row.listed, row.networks)
            }
            Lang::Es => format!("  {}: {} redes, {} al unir las vecinas\n", row.service, row.listed, row.networks),
        });
        if row.front {
            text.push_str(ctx.tr(
                "    It stands in front of sites: where a site really is stays unknown.\n",
                "    Está delante de los sitios: no se sabe dónde está realmente cada uno.\n",
            ));
        }
    }
    text.push_str(ctx.tr(
        "An address in these ranges is a hint. One that is not there proves nothing.\n",
        "Una dirección en estos rangos es un indicio. Si una no está, eso no prueba nada.\n",
    ));
    if ctx.playbooks.is_none() {
        text.push_str(ctx.tr(
            "Nothing was written: name your own folder with `--playbooks DIR`, and it goes to DIR/ranges/.\n",
            "No se escribió nada: indiquen su carpeta con `--playbooks DIR`, y quedará en DIR/ranges/.\n",
        ));
    }
    ctx.ui.out(&text)
}
