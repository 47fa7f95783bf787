//! `catalog`: what decamp knows, with sources and layer; and what is wrong in playbook files.

mod page;
mod ranges;
mod show;

use super::{Context, Outcome};
use crate::catalog::check::{Problem, check};
use crate::catalog::index::Index;
use crate::catalog::load::{self, FOLDERS, Parsed};
use crate::catalog::model::{Condition, Need, Operator, Provider, Service, Stage, Status, Texts};
use crate::catalog::{Catalog, Item};
use crate::cli::CatalogCommand;
use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Runs a `catalog` command.
pub fn run(ctx: &Context, command: &CatalogCommand) -> Result<Outcome> {
    match command {
        CatalogCommand::List { markdown: true } => page::run(ctx),
        CatalogCommand::List { markdown: false } => list(ctx),
        CatalogCommand::Show { id } => show::run(ctx, id),
        CatalogCommand::Ranges { from, service, source, dated } => {
            ranges::run(ctx, from, service.as_deref(), source.as_deref(), *dated)
        }
        CatalogCommand::Check { files, strict } => check_files(ctx, files, *strict),
        CatalogCommand::Schema { output } => schema(ctx, output.as_deref()),
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: Value,
    layer: String,
    last_checked: String,
    status: Value,
}

fn rows<T>(items: &BTreeMap<String, Item<T>>, row: impl Fn(&T) -> (Value, String, Value)) -> Vec<Row> {
    items
        .iter()
        .map(|(id, item)| {
            let (name, last_checked, status) = row(&item.value);
            Row { id: id.clone(), name, layer: item.layer.clone(), last_checked, status }
        })
        .collect()
}

fn list(ctx: &Context) -> Result<Outcome> {
    let c = ctx.catalog()?;
    let lang = ctx.ui.lang;
    let active = |s: Status| json!(s);
    let all = [
        (
            "needs",
            rows(&c.needs, |n| {
                (
                    json!(if lang == crate::ui::Lang::Es { &n.name.es } else { &n.name.en }),
                    n.last_checked.clone(),
                    active(Status::Active),
                )
            }),
        ),
        ("services", rows(&c.services, |s| (json!(s.name), s.last_checked.clone(), active(s.status)))),
        ("providers", rows(&c.providers, |p| (json!(p.name), p.last_checked.clone(), json!(p.status)))),
        ("operators", rows(&c.operators, |o| (json!(o.name), o.last_checked.clone(), active(o.status)))),
    ];
    if ctx.ui.json {
        let mut object = serde_json::Map::new();
        object.insert("schema".into(), json!("decamp/catalog/1"));
        for (name, rows) in all {
            object.insert(name.into(), json!(rows));
        }
        ctx.ui.out_json(&object)?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for (name, rows) in all {
        text.push_str(&format!("{name}\n"));
        for r in rows {
            let status = r.status.as_str().filter(|s| *s != "active").map_or(String::new(), |s| format!(" [{s}]"));
            let layer = if r.layer == "embedded" { String::new() } else { format!(" ({})", r.layer) };
            text.push_str(&format!(
                "  {:<32} {}{status}{layer} · {}\n",
                r.id,
                r.name.as_str().unwrap_or_default(),
                r.last_checked
            ));
        }
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

/// A file to be checked: as shown, folder, id, text.
struct Given {
    shown: String,
    folder: String,
    id: String,
    text: String,
}

fn check_files(ctx: &Context, files: &[PathBuf], strict: bool) -> Result<Outcome> {
    let mut catalog = ctx.catalog()?;
    let mut given = Vec::new();
    for path in files {
        let path = std::path::absolute(ctx.files.path(path)).map_err(|e| Error::io("read", path, &e))?;
        for file in ctx.files.walk(&path, 10_000)? {
            given.extend(one(ctx, &file, file == path)?);
        }
    }
    let mut problems = Vec::new();
    let mut parsed = Vec::new();
    for g in &given {
        match load::parse(&g.folder, &g.text, &g.shown) {
            Ok(item) => {
                catalog.put(&g.id, item.clone(), &g.shown);
                parsed.push((g, item));
            }
            Err(e) => problems.push(Problem {
                file: g.shown.clone(),
                line: e.at.as_ref().and_then(|a| a.line),
                message: e.message,
                hint: e.hints.into_iter().next(),
                warning: false,
            }),
        }
    }
    let index = Index::new(&catalog);
    for (g, item) in &parsed {
        problems.extend(check(&catalog, &index, &g.shown, &g.id, item, &g.text, ctx.today));
    }
    let mut count = given.len();
    if files.is_empty() {
        let all = everything(&catalog);
        count = all.len();
        for (file, id, item) in &all {
            problems.extend(check(&catalog, &index, file, id, item, "", ctx.today));
        }
    }
    told(ctx, count, &problems)?;
    let bad = problems.iter().any(|p| !p.warning || strict);
    Ok(if bad { Outcome::Attention } else { Outcome::Done })
}

/// A file of a playbooks folder; what is none is passed over, unless it was named.
fn one(ctx: &Context, file: &Path, named: bool) -> Result<Option<Given>> {
    let shown = ctx.files.shown(file);
    let folder = file.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let ext = file.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    let fits = FOLDERS.contains(&folder.as_str()) && (ext == "yaml" || (folder == "ranges" && ext == "txt"));
    if !fits {
        if named {
            return Err(Error::input("this is not a playbook file")
                .in_file(shown)
                .hint(format!("it must be NAME.yaml in a folder called {}", FOLDERS.join(", "))));
        }
        return Ok(None);
    }
    let id = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let text = ctx.files.read_text(file, 4 * 1024 * 1024)?;
    Ok(Some(Given { shown, folder, id, text }))
}

fn everything(catalog: &Catalog) -> Vec<(String, String, Parsed)> {
    let mut all = Vec::new();
    let name = |folder: &str, id: &str, layer: &str| {
        if layer == "embedded" { format!("{folder}/{id}.yaml") } else { format!("{layer}/{folder}/{id}.yaml") }
    };
    for (id, i) in &catalog.needs {
        all.push((name("needs", id, &i.layer), id.clone(), Parsed::Need(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.services {
        all.push((name("services", id, &i.layer), id.clone(), Parsed::Service(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.providers {
        all.push((name("providers", id, &i.layer), id.clone(), Parsed::Provider(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.operators {
        all.push((name("operators", id, &i.layer), id.clone(), Parsed::Operator(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.stages {
        all.push((name("stages", id, &i.layer), id.clone(), Parsed::Stage(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.conditions {
        all.push((name("conditions", id, &i.layer), id.clone(), Parsed::Condition(Box::new(i.value.clone()))));
    }
    for (id, i) in &catalog.texts {
        all.push((name("texts", id, &i.layer), id.clone(), Parsed::Texts(Box::new(i.value.clone()))));
    }
    for (id, text) in &catalog.ranges {
        all.push((format!("ranges/{id}.txt"), id.clone(), Parsed::Ranges(text.clone())));
    }
    all
}

fn told(ctx: &Context, count: usize, problems: &[Problem]) -> Result<()> {
    if ctx.ui.json {
        return ctx.ui.out_json(&json!({"schema": "decamp/catalog-check/1", "checked": count, "problems": problems}));
    }
    let mut text = String::new();
    for p in problems {
        let line = p.line.map_or(String::new(), |l| format!(":{l}"));
        let word = if p.warning { "warning" } else { "error" };
        text.push_str(&format!("{word}: {}\n  --> {}{line}\n", p.message, p.file));
        if let Some(hint) = &p.hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
    }
    let errors = problems.iter().filter(|p| !p.warning).count();
    text.push_str(&format!("{count} files checked, {errors} errors, {} warnings", problems.len() - errors));
    ctx.ui.out(&text)
}

/// The schemas of playbook files, by name.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    [
        ("need", schemars::schema_for!(Need).to_value()),
        ("service", schemars::schema_for!(Service).to_value()),
        ("provider", schemars::schema_for!(Provider).to_value()),
        ("operator", schemars::schema_for!(Operator).to_value()),
        ("stage", schemars::schema_for!(Stage).to_value()),
        ("condition", schemars::schema_for!(Condition).to_value()),
        ("text", schemars::schema_for!(Texts).to_value()),
    ]
    .into()
}

fn schema(ctx: &Context, output: Option<&Path>) -> Result<Outcome> {
    let all = schemas();
    let Some(dir) = output else {
        ctx.ui.out_json(&json!({"schema": "decamp/schemas/1", "schemas": all}))?;
        return Ok(Outcome::Done);
    };
    for (name, schema) in all {
        let text = serde_json::to_string_pretty(&schema)
            .map_err(|e| Error::machine(format!("could not write a schema: {e}")))?;
        ctx.files.write(dir.join(format!("{name}.json")), format!("{text}\n").as_bytes())?;
    }
    ctx.say_written();
    Ok(Outcome::Done)
}
