//! `--explain ID`: why a service was found, and what would settle a doubt.

use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, Fingerprint};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result, did_you_mean};
use crate::inventory::{Found, Inventory};
use crate::workspace::Workspace;
use serde_json::json;

/// Runs `inventory --explain ID`.
pub(super) fn run(ctx: &Context, catalog: &Catalog, id: &str) -> Result<Outcome> {
    let inventory = Workspace::open(&ctx.files)?.inventory()?;
    let found = inventory.service(id);
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
                let remark = e.remark.as_deref().map_or(String::new(), |r| format!(" [{r}]"));
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
        text.push_str(ctx.tr("What would settle it:\n", "Qué lo aclararía:\n"));
        for line in settles {
            text.push_str(&format!("  {line}\n"));
        }
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

/// Evidence that could show the service, open kinds first.
fn settling(ctx: &Context, catalog: &Catalog, id: &str) -> Vec<String> {
    let Some(service) = catalog.service(id) else { return Vec::new() };
    let any = |has: fn(&Fingerprint) -> bool| service.fingerprints.iter().any(has);
    let mut found = Vec::new();
    if any(|f| {
        !(f.mx.is_empty()
            && f.ns.is_empty()
            && f.cname.is_empty()
            && f.dkim.is_empty()
            && f.txt.is_empty()
            && f.spf.is_empty())
    }) {
        found.push(
            ctx.tr(
                "a zone file, exported at the registrar (open)",
                "un archivo de zona, exportado con el registrador (abierto)",
            )
            .to_owned(),
        );
    }
    if any(|f| !f.web.is_empty()) {
        found.push(
            ctx.tr("a saved page of the website (open)", "una página guardada del sitio web (abierto)").to_owned(),
        );
    }
    if any(|f| !f.payee.is_empty()) {
        found.push(
            ctx.tr("bank or card statements of a year (private)", "estados de cuenta de un año (privado)").to_owned(),
        );
    }
    if any(|f| !f.export_kind.is_empty()) {
        found.push(
            ctx.tr(
                "the user list of its admin console (private)",
                "la lista de cuentas de su consola de administración (privado)",
            )
            .to_owned(),
        );
    }
    if any(|f| !f.domain.is_empty()) {
        found.push(
            ctx.tr(
                "a password export, read from stdin (secret)",
                "una exportación de contraseñas, leída por stdin (secreto)",
            )
            .to_owned(),
        );
    }
    found
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
