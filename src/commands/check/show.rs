//! The result of `check`, for people and for scripts.

use crate::catalog::model::Text;
use crate::check::{Doubt, Finding, Group, Report, State, Word};
use crate::commands::Context;
use crate::error::Result;
use crate::ui::Lang;
use serde_json::json;

/// Prints the report.
pub(super) fn show(ctx: &Context, report: &Report) -> Result<()> {
    let word = report.word();
    let said = |text: &Text| if ctx.ui.lang == Lang::En { text.en.clone() } else { text.es.clone() };
    let file = match &word {
        Word::GoBack(file) => file.clone(),
        _ => None,
    };
    let why: Vec<&Text> = report
        .doubts
        .iter()
        .map(|d| match d {
            Doubt::Broken(says, _) | Doubt::Other(says) => says,
        })
        .collect();
    if ctx.ui.json {
        return ctx.ui.out_json(&json!({
            "schema": "decamp/check/1", "word": word.id(), "until": word.until(), "file": file, "says": word.says(&ctx.now),
            "why": why, "notes": report.notes, "checked": report.counts,
            "groups": report.groups, "findings": report.findings,
        }));
    }
    let mut text = format!("{}\n", said(&word.says(&ctx.now)));
    if let Word::GoBack(file) = &word {
        text.push_str(&match file {
            Some(file) => format!("{}: {file}\n", ctx.tr("with this file", "con este archivo")),
            None => ctx
                .tr(
                    "with the old values in changes.md: the whole zone was never read\n",
                    "con los valores anteriores de changes.md: la zona completa nunca se leyó\n",
                )
                .to_owned(),
        });
    }
    for line in why.into_iter().chain(&report.notes) {
        text.push_str(&format!("- {}\n", said(line)));
    }
    for (about, n) in &report.counts {
        let (found, missing, unknown) =
            (ctx.tr("found", "encontrados"), ctx.tr("missing", "faltan"), ctx.tr("unknown", "no se sabe"));
        text.push_str(&format!(
            "{}: {} {found}, {} {missing}, {} {unknown}\n",
            said(&about.says()),
            n.found,
            n.missing,
            n.unknown
        ));
    }
    for g in &report.groups {
        text.push_str(&group(ctx, g));
    }
    let open: Vec<&Finding> = report.findings.iter().filter(|f| f.state != State::Found || ctx.ui.verbose).collect();
    for f in &open {
        text.push_str(&line(ctx, f, &said(&f.says.clone().unwrap_or_default())));
    }
    ctx.ui.out(&text)
}

/// A folder in one line.
fn group(ctx: &Context, g: &Group) -> String {
    let mut parts = vec![format!("{} {}", g.exported, ctx.tr("exported", "exportados"))];
    for (n, en, es) in [
        (g.found, "found", "encontrados"),
        (g.missing, "missing", "faltan"),
        (g.unknown, "unknown", "no se sabe"),
        (g.duplicates, "of them repeats", "de ellos repetidos"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {}", ctx.tr(en, es)));
        }
    }
    if let Some(there) = g.there {
        parts.push(format!("{there} {}", ctx.tr("there in all", "allá en total")));
    }
    format!("  {}: {}\n", g.name, parts.join(", "))
}

fn line(ctx: &Context, f: &Finding, says: &str) -> String {
    let state = match f.state {
        State::Found => ctx.tr("found", "encontrado"),
        State::Missing => ctx.tr("missing", "falta"),
        State::Unknown => ctx.tr("unknown", "no se sabe"),
    };
    let at = f.at.as_deref().map_or(String::new(), |at| format!(" @ {at}"));
    let mut line = format!("{state:<11} {}{at}", f.name);
    if !says.is_empty() {
        line.push_str(&format!(": {says}"));
    }
    line.push('\n');
    for (word, values) in [(ctx.tr("now", "ahora"), &f.saw), (ctx.tr("wanted", "se espera"), &f.expected)] {
        if f.state == State::Missing && !values.is_empty() {
            line.push_str(&format!("            {word}: {}\n", values.join(" | ")));
        }
    }
    line
}
