//! What `bundle` says to the person.

use super::super::Context;
use crate::bundle::{OpenReport, SealReport};
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

pub(super) fn tell_opened(ctx: &Context, report: &OpenReport, folder: &Path) -> Result<()> {
    tell_manifest(ctx.ui, report.manifest);
    ctx.ui.say(&counts(ctx.ui, report.files, report.bytes));
    ctx.ui.out(&ctx.files.shown(folder))
}
