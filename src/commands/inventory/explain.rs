//! `--explain ID`: why a service was found, and what would settle a doubt.

use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, Fingerprint, Text};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result, did_you_mean};
use crate::inventory::{Conflict, Found, Inventory};
use crate::workspace::Workspace;
use serde_json::json;

/// Runs `inventory --explain ID`.
pub(super) fn run(ctx: &Context, catalog: &Catalog, id: &str) -> Result<Outcome> {
    let mut inventory = Workspace::open(&ctx.files)?.inventory()?;
    let at = inventory.services.iter().position(|s| s.id == id);
    if ctx.redact {
        super::redact(&mut inventory, catalog);
    }
    let found = at.map(|n| &inventory.services[n]);
    if found.is_none() && catalog.service(id).is_none() {
        let mut e = Error::input(format!("`{id}` is neither in the inventory nor in the catalog"));
        if let Some(near) = did_you_mean(id, catalog.services.keys().map(String::as_str)) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e);
    }
    let settles = settling(ctx, catalog, id);
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/explain/1", "id": id, "found": found, "would_settle": settles}))?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    match found {
        None => text.push_str(ctx.tr("Not found.\n", "No se encontró.\n")),
        Some(f) => {
            text.push_str(&format!("{} ({})\n", f.name, f.id));
            for e in &f.evidence {
                let times = e.times.map_or(String::new(), |n| format!(" ×{n}"));
                let remark = e.remark.as_deref().map_or(String::new(), |r| format!(" [{}]", remark(ctx, catalog, r)));
                text.push_str(&format!("  {}: {}{times}{remark}\n", e.source, e.saw));
            }
        }
    }
    // A miss proves nothing: published ranges have gaps, and a delivery network hides the machine behind it.
    let by_address = |f: &Found| f.evidence.iter().any(|e| e.saw.starts_with("A ") || e.saw.starts_with("AAAA "));
    if catalog.ranges.contains_key(id) && !found.is_some_and(by_address) {
        text.push_str(ctx.tr(
            "No address of yours lies in its known ranges. That proves nothing: lists have gaps, and a delivery network hides what stands behind it.\n",
            "Ninguna dirección suya está en sus rangos conocidos. Eso no prueba nada: las listas tienen huecos, y una red de distribución oculta lo que hay detrás.\n",
        ));
    }
    if found.is_none_or(|f| f.confidence.0 < Confidence::Certain) {
        text.push_str(ctx.tr("What would settle it, and whom to ask:\n", "Qué lo aclararía y a quién preguntar:\n"));
        for line in settles {
            text.push_str(&format!("  {line}\n"));
        }
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

/// Which evidence could show the service and whom to ask for it, open kinds first.
fn settling(ctx: &Context, catalog: &Catalog, id: &str) -> Vec<String> {
    let Some(service) = catalog.service(id) else { return Vec::new() };
    let any = |has: fn(&Fingerprint) -> bool| service.fingerprints.iter().any(has);
    let zone = |f: &Fingerprint| {
        [&f.mx, &f.ns, &f.cname, &f.srv, &f.dkim, &f.txt, &f.spf].iter().any(|signs| !signs.is_empty())
    };
    let kinds = [
        ("settle-zone", any(zone)),
        ("settle-page", any(|f| !f.web.is_empty())),
        ("settle-ledger", any(|f| !f.payee.is_empty())),
        ("settle-mail", any(|f| !(f.domain.is_empty() && f.mailbox.is_empty() && f.mail_through.is_empty()))),
        ("settle-list", any(|f| !f.export_kind.is_empty())),
        ("settle-grants", any(|f| !f.app.is_empty())),
        ("settle-cloud", any(|f| !f.resource.is_empty())),
        ("settle-passwords", any(|f| !f.domain.is_empty())),
        ("settle-group", true),
    ];
    let name = same(&service.name);
    let kinds = kinds.iter().filter(|(_, is)| *is);
    kinds.map(|(key, _)| said(ctx, &catalog.say(key, &[("service", &name)]))).collect()
}

fn same(text: &str) -> Text {
    Text { en: text.to_owned(), es: text.to_owned() }
}

/// A text in the chosen language.
fn said(ctx: &Context, text: &Text) -> String {
    ctx.tr(&text.en, &text.es).to_owned()
}

/// A remark in the chosen language.
fn remark(ctx: &Context, catalog: &Catalog, remark: &str) -> String {
    let known = catalog.says_below("remark-").into_iter().find(|t| t.en == remark);
    known.map_or_else(|| remark.to_owned(), |t| said(ctx, &t))
}

/// What more than one service seems to serve, as questions.
pub(super) fn conflicts(ctx: &Context, catalog: &Catalog, made: &Inventory) -> String {
    let name = |id: &String| made.service(id).map_or_else(|| id.clone(), |s| format!("{} ({})", s.name, s.id));
    let line = |c: &Conflict| {
        let need = catalog.need(&c.need).map_or_else(|| same(&c.need), |n| n.name.clone());
        let need = Text { en: need.en.to_lowercase(), es: need.es.to_lowercase() };
        let services = same(&c.services.iter().map(name).collect::<Vec<_>>().join(", "));
        format!("{}\n", said(ctx, &catalog.say("conflict", &[("need", &need), ("services", &services)])))
    };
    made.conflicts.iter().map(line).collect()
}

/// Which findings are only hints, and how to settle them.
pub(super) fn open_questions(ctx: &Context, made: &Inventory) -> String {
    let hints: Vec<&str> =
        made.services.iter().filter(|s| s.confidence.0 == Confidence::Hint).map(|s| s.id.as_str()).collect();
    match hints.first() {
        None => String::new(),
        Some(first) => format!(
            "{}: {}. decamp inventory --explain {first}\n",
            ctx.tr("Ask the group about", "Pregunten en el grupo por"),
            hints.join(", ")
        ),
    }
}
