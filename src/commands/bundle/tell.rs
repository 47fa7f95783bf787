//! What `bundle` says to the person.

use super::super::Context;
use crate::bundle::{Kind, Label, Listing, OpenReport, Salvage, SealReport, SignedBy};
use crate::error::Result;
use crate::ui::{Lang, Ui};
use std::path::Path;

/// Why secret evidence stays out.
pub(super) const SECRET: &str = "it is secret evidence; name it to seal it";

/// Which of two texts fits the person.
pub(super) fn say<'a>(ui: Ui, en: &'a str, es: &'a str) -> &'a str {
    match ui.lang {
        Lang::En => en,
        Lang::Es => es,
    }
}

/// The reasons that sealing gives, in the person's language; what the system says stays as it is.
pub(super) fn why(ui: Ui, reason: &str) -> &str {
    let es = match reason {
        SECRET => "es evidencia secreta; nómbrenla para sellarla",
        "it is a pipe, a socket or a device" => "no es archivo ni carpeta",
        "it may not be read" => "no hay permiso para leerlo",
        "it went away" => "ya no está",
        "it changed before it could be read" => "cambió antes de leerse",
        "it changed while it was read" => "cambió mientras se leía",
        "it became shorter while it was read" => "se acortó mientras se leía",
        "a link leads out of the folder" => "es un enlace que sale de la carpeta",
        "a link's target is absolute" => "es un enlace con ruta absoluta",
        other => other,
    };
    say(ui, reason, es)
}

pub(super) fn tell_sealed(ctx: &Context, report: &SealReport) {
    let ui = ctx.ui;
    for left in &report.left_out {
        ui.warn(&format!("{} `{}`: {}", say(ui, "left out:", "queda fuera:"), left.path, why(ui, &left.why)));
    }
    for torn in &report.incomplete {
        ui.warn(&format!("{} `{}`: {}", say(ui, "perhaps torn:", "quizás incompleto:"), torn.path, why(ui, &torn.why)));
    }
    for renamed in &report.renamed {
        ui.detail(&format!(
            "{} `{}` -> `{}`",
            say(ui, "stored under another name:", "guardado con otro nombre:"),
            renamed.from,
            renamed.to
        ));
    }
    ui.say(&match ui.lang {
        Lang::En => format!(
            "sealed {} files, {} bytes; left out {}",
            report.files,
            report.bytes,
            report.left_out.len() + report.excluded.len()
        ),
        Lang::Es => format!(
            "sellados {} archivos, {} bytes; quedan fuera {}",
            report.files,
            report.bytes,
            report.left_out.len() + report.excluded.len()
        ),
    });
    if report.carried > 0 {
        ui.say(&match ui.lang {
            Lang::En => format!(
                "{} files are as they were in the bundle that this one builds on: keep that one too",
                report.carried
            ),
            Lang::Es => format!(
                "{} archivos siguen como en el paquete en el que se apoya este: guarden también ese",
                report.carried
            ),
        });
    }
    if let Some(key) = &report.signed_by {
        ui.say(&format!("{} {key}", say(ui, "signed by", "firmado por")));
    }
    if report.passphrase {
        ui.say(say(ui, "whoever knows the passphrase can open it", "lo puede abrir quien sepa la contraseña"));
    }
    for recipient in &report.recipients {
        ui.say(&format!("{} {recipient}", say(ui, "can be opened by", "lo puede abrir")));
    }
}

pub(super) fn tell_manifest(ui: Ui, manifest: &str) {
    if manifest == "none" {
        ui.say(say(ui, "manifest: none (made by other tools)", "manifiesto: ninguno (hecho con otros programas)"));
    }
}

pub(super) fn counts(ui: Ui, files: u64, bytes: u64) -> String {
    match ui.lang {
        Lang::En => format!("{files} files, {bytes} bytes"),
        Lang::Es => format!("{files} archivos, {bytes} bytes"),
    }
}

/// What people wrote on it; what should have been destroyed is said loudly.
pub(super) fn tell_label(ctx: &Context, label: &Label) {
    let ui = ctx.ui;
    if let Some(keeper) = &label.keeper {
        ui.say(&format!("{} {keeper}", say(ui, "kept by", "lo guarda")));
    }
    if let Some(place) = &label.place {
        ui.say(&format!("{} {place}", say(ui, "kept at", "está en")));
    }
    let Some(date) = &label.destroy_by else { return };
    if date.parse::<jiff::civil::Date>().is_ok_and(|d| d < ctx.today) {
        ui.warn(&match ui.lang {
            Lang::En => {
                format!("it was to be destroyed by {date}; ask first whether somebody has to keep it (lawsuit, audit)")
            }
            Lang::Es => format!(
                "debía destruirse a más tardar el {date}; pregunten antes si hay que conservarlo (juicio, auditoría)"
            ),
        });
    } else {
        ui.say(&format!("{} {date}", say(ui, "to be destroyed by", "debe destruirse a más tardar el")));
    }
}

/// Who signed it.
pub(super) fn tell_signed(ui: Ui, signed_by: &SignedBy) {
    match signed_by {
        SignedBy::Nobody => {}
        SignedBy::Unchecked => ui.say(say(
            ui,
            "signed; `--signers FILE` tells whether by somebody you know",
            "firmado; `--signers ARCHIVO` dice si lo firmó alguien que conocen",
        )),
        SignedBy::Name(name) => ui.say(&format!("{} {name}", say(ui, "signed by", "firmado por"))),
    }
}

/// The files that are whole, and those that are not.
pub(super) fn tell_salvage(ui: Ui, salvage: &Salvage) -> Result<()> {
    for saved in &salvage.whole {
        ui.out(&format!("{:<6} {}", say(ui, "whole", "entero"), saved.path))?;
    }
    for lost in &salvage.lost {
        ui.out(&format!("{:<6} {lost}", say(ui, "lost", "perdido")))?;
    }
    if !salvage.by_manifest {
        ui.warn(say(
            ui,
            "the list of contents is lost: nobody can tell what else was in the bundle",
            "la lista del contenido se perdió: no se puede saber qué más había en el paquete",
        ));
    }
    ui.say(&match ui.lang {
        Lang::En => {
            format!("{} files whole, {} bytes; {} lost", salvage.whole.len(), salvage.bytes, salvage.lost.len())
        }
        Lang::Es => format!(
            "{} archivos enteros, {} bytes; {} perdidos",
            salvage.whole.len(),
            salvage.bytes,
            salvage.lost.len()
        ),
    });
    Ok(())
}

/// The members as a tree, with their sizes; what lies in another bundle is marked.
pub(super) fn tree(listing: &Listing) -> String {
    let members = listing.members.iter().map(|m| (m.path.as_str(), m.kind, m.size, m.target.as_deref(), ' '));
    let carried = listing.carried.iter().map(|c| (c.path.as_str(), Kind::File, c.size, None, '='));
    let mut all: Vec<_> = members.chain(carried).collect();
    all.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
    let mut text = String::new();
    let mut above: Vec<&str> = Vec::new();
    for (path, kind, size, target, mark) in all {
        let parts: Vec<&str> = path.split('/').collect();
        let (name, parents) = parts.split_last().unwrap_or((&"", &[]));
        let same = above.iter().zip(parents).take_while(|(a, b)| a == b).count();
        // Folders that are no members of their own are still shown.
        for (depth, parent) in parents.iter().enumerate().skip(same) {
            text.push_str(&format!("{:>15}  {}{parent}/\n", "", "  ".repeat(depth)));
        }
        let indent = "  ".repeat(parents.len());
        match (kind, target) {
            (Kind::Folder, _) => text.push_str(&format!("{:>15}  {indent}{name}/\n", "")),
            (_, Some(target)) => text.push_str(&format!("{:>15}  {indent}{name} -> {target}\n", "")),
            _ => text.push_str(&format!("{size:>14}{mark}  {indent}{name}\n")),
        }
        above = if kind == Kind::Folder { parts } else { parents.to_vec() };
    }
    text
}

pub(super) fn tell_opened(ctx: &Context, report: &OpenReport, folder: &Path) -> Result<()> {
    tell_manifest(ctx.ui, report.manifest);
    tell_label(ctx, &report.label);
    tell_signed(ctx.ui, &report.signed_by);
    ctx.ui.say(&counts(ctx.ui, report.files, report.bytes));
    ctx.ui.out(&ctx.files.shown(folder))
}
