//! The sheets that trustees get: what they hold, and what to do with it.

use super::Context;
use crate::bundle::Recipients;
use crate::commands::bundle::Terminal;
use crate::error::{Error, Result};
use crate::trustees::{Share, Trustee, Trustees};
use crate::ui::Lang;
use crate::words::List;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The result of `key split`.
#[derive(Debug, Serialize)]
struct Shown {
    schema: &'static str,
    recipient: String,
    set: String,
    threshold: u8,
    shares: u8,
    files: Vec<Given>,
}

/// What one trustee gets.
#[derive(Debug, Serialize)]
struct Given {
    trustee: String,
    share: u8,
    /// Whether anyone who finds the sheet can read the share.
    readable: bool,
    paths: Vec<String>,
}

/// Writes a sheet in both languages for each trustee, and the encrypted shares as files.
pub(super) fn write(ctx: &Context, dir: &Path, trustees: &Trustees, shares: &[Share]) -> Result<()> {
    let engine = ctx.engine()?;
    let mut given = Vec::new();
    for (trustee, share) in trustees.0.iter().zip(shares) {
        let stem = trustee.stem().unwrap_or_default();
        let armor = armored(ctx, trustee, share)?;
        let mut paths = Vec::new();
        for lang in Lang::ALL {
            let path = dir.join(lang.file(&stem, "html"));
            let data = sheet(trustee, share, armor.as_deref(), lang)?;
            let text = Zeroizing::new(engine.fill(&format!("trustees/{}", lang.file("sheet", "html")), &data)?);
            ctx.files.write(&path, text.as_bytes())?;
            paths.push(ctx.files.shown(&ctx.files.path(&path)));
        }
        if let Some(armor) = &armor {
            let path = dir.join(format!("{stem}.age"));
            ctx.files.write(&path, armor.as_bytes())?;
            paths.push(ctx.files.shown(&ctx.files.path(&path)));
        }
        given.push(Given { trustee: trustee.name.clone(), share: share.index, readable: armor.is_none(), paths });
    }
    tell(ctx, shares, given)
}

/// The share, encrypted to its trustee.
fn armored(ctx: &Context, trustee: &Trustee, share: &Share) -> Result<Option<String>> {
    let Some(recipient) = &trustee.recipient else { return Ok(None) };
    let mut to = Recipients::asking(Arc::new(Terminal(ctx.ui)));
    to.add_file(&trustee.name, recipient)?;
    to.armored(&share.text()).map(Some)
}

fn sheet(trustee: &Trustee, share: &Share, armor: Option<&str>, lang: Lang) -> Result<serde_json::Value> {
    let text = share.text();
    let list = match lang {
        Lang::En => List::En,
        Lang::Es => List::Es,
    };
    let words = if armor.is_none() { share.words(list) } else { Vec::new() };
    let recipient = share.public.as_ref().map(|p| p.recipient.clone()).unwrap_or_default();
    Ok(json!({
        "name": trustee.name,
        "set": share.set_shown(),
        "index": share.index,
        "threshold": share.threshold,
        "shares": share.count,
        "recipient": recipient,
        "readable": armor.is_none(),
        "armor": armor,
        "file": format!("{}.age", trustee.stem().unwrap_or_default()),
        "text": if armor.is_none() { Some(text.as_str()) } else { None },
        "word_count": words.len(),
        "words": words,
        "qr": qr(armor.unwrap_or(&text))?,
    }))
}

/// A QR code as SVG for the middle of a page.
fn qr(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .or_else(|_| QrCode::with_error_correction_level(text, EcLevel::L))
        .map_err(|_| Error::input("the share is too long for a QR code").hint("use a recipient of the kind `age1…`"))?;
    let image = code.render::<svg::Color<'_>>().module_dimensions(3, 3).quiet_zone(true).build();
    let at = image.find("<svg").unwrap_or(0);
    Ok(image[at..].to_owned())
}

fn tell(ctx: &Context, shares: &[Share], files: Vec<Given>) -> Result<()> {
    let Some(first) = shares.first() else { return Ok(()) };
    let shown = Shown {
        schema: "decamp/key-split/1",
        recipient: first.public.as_ref().map(|p| p.recipient.clone()).unwrap_or_default(),
        set: first.set_shown(),
        threshold: first.threshold,
        shares: first.count,
        files,
    };
    let ui = ctx.ui;
    for given in shown.files.iter().filter(|g| g.readable) {
        for path in &given.paths {
            ui.warn(&match ui.lang {
                Lang::En => {
                    format!("`{path}` holds a share that anyone can read: print it, hand it over, and delete the file")
                }
                Lang::Es => format!(
                    "`{path}` contiene una parte que cualquiera puede leer: imprímanla, entréguenla y borren el archivo"
                ),
            });
        }
    }
    if ui.json {
        return ui.out_json(&shown);
    }
    for given in &shown.files {
        ui.out(&format!("{}: {}", given.trustee, given.paths.join(", ")))?;
    }
    ui.say(&match ui.lang {
        Lang::En => format!(
            "any {} of {} shares open what is sealed to {}. Try it now: combine {} of them, compare the recipient, delete the result",
            shown.threshold, shown.shares, shown.recipient, shown.threshold
        ),
        Lang::Es => format!(
            "con {} de las {} partes se abre lo sellado para {}. Prueben ahora: junten {}, comparen el destinatario y borren el resultado",
            shown.threshold, shown.shares, shown.recipient, shown.threshold
        ),
    });
    Ok(())
}
