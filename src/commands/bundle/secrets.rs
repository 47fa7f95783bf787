//! What the command line and the workspace say about keys, and about evidence that should stay out.

use super::super::Context;
use super::is_stdio;
use super::tell::{SECRET, say};
use crate::bundle::{self, Keys, Recipients};
use crate::cli::bundle::{KeyArgsIn, SealArgs};
use crate::error::{Error, Result};
use age::secrecy::SecretString;
use serde::Deserialize;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A key file is never longer.
const KEY_FILE: u64 = 1024 * 1024;
/// Nor is a file of the workspace that is read here.
const DOCUMENT: u64 = 64 * 1024 * 1024;

/// The secret key files and passphrases of the command line.
pub(super) fn secret(ctx: &Context, path: &Path) -> Result<SecretString> {
    if !is_stdio(path) {
        return ctx.files.read_text(path, KEY_FILE).map(SecretString::from);
    }
    let mut text = String::new();
    io::stdin()
        .take(KEY_FILE)
        .read_to_string(&mut text)
        .map_err(|_| Error::input("what came on stdin is not text").in_file("-"))?;
    Ok(SecretString::from(text))
}

pub(super) fn passphrase_of(ctx: &Context, path: &Path) -> Result<SecretString> {
    bundle::passphrase(&path.display().to_string(), &secret(ctx, path)?)
}

pub(super) fn ask(ctx: &Context, twice: bool) -> Result<SecretString> {
    let ui = ctx.ui;
    if !ui.can_ask() {
        return Err(Error::input("there is no terminal to ask for the passphrase")
            .hint("give it with `--passphrase-file FILE`"));
    }
    let mut prompt = inquire::Password::new(say(ui, "Passphrase:", "Contraseña:"));
    if twice {
        prompt = prompt
            .with_custom_confirmation_message(say(ui, "Again:", "Otra vez:"))
            .with_custom_confirmation_error_message(say(ui, "They are not the same.", "No son iguales."));
    } else {
        prompt = prompt.without_confirmation();
    }
    let answer = prompt.prompt().map_err(|_| Error::input("no passphrase was given"))?;
    if answer.is_empty() {
        return Err(Error::input("the passphrase is empty"));
    }
    Ok(SecretString::from(answer))
}

/// The part of `group.yaml` that matters here.
#[derive(Debug, Default, Deserialize)]
struct Group {
    #[serde(default)]
    recipients: Vec<String>,
}

pub(super) fn recipients(ctx: &Context, args: &SealArgs) -> Result<Recipients> {
    if args.passphrase {
        return Ok(Recipients::with_passphrase(ask(ctx, true)?));
    }
    if let Some(file) = &args.passphrase_file {
        return Ok(Recipients::with_passphrase(passphrase_of(ctx, file)?));
    }
    let mut to = Recipients::new();
    for (n, recipient) in args.recipients.iter().enumerate() {
        to.add(recipient, n + 1)?;
    }
    for file in &args.recipients_files {
        let text = ctx.files.read_text(file, KEY_FILE)?;
        to.add_file(&file.display().to_string(), &text)?;
    }
    if to.shown().is_empty() && ctx.files.exists("group.yaml") {
        let group: Group = document(ctx, "group.yaml")?;
        to.add_file("group.yaml", &group.recipients.join("\n"))
            .or_else(|e| if group.recipients.is_empty() { Ok(()) } else { Err(e) })?;
    }
    Ok(to)
}

pub(super) fn document<T: serde::de::DeserializeOwned>(ctx: &Context, path: &str) -> Result<T> {
    let text = ctx.files.read_text(path, DOCUMENT)?;
    crate::yaml::from_str(&text, path)
}

/// The part of `inventory.yaml` that matters here.
#[derive(Debug, Default, Deserialize)]
struct Inventory {
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
struct Source {
    path: String,
    #[serde(default)]
    care: String,
}

/// Evidence that `inventory` found to be secret: it is sealed only when it is named itself.
pub(super) fn secret_evidence(ctx: &Context, named: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    if !ctx.files.exists("inventory.yaml") {
        return Ok(Vec::new());
    }
    let inventory: Inventory = document(ctx, "inventory.yaml")?;
    let secret = inventory.sources.into_iter().filter(|s| s.care == "secret");
    Ok(secret
        .map(|s| {
            let file = s.path.split('!').next().unwrap_or(&s.path);
            (ctx.files.path(file), SECRET.to_owned())
        })
        .filter(|(path, _)| !named.iter().any(|n| ctx.files.path(n) == *path))
        .collect())
}

pub(super) fn keys(ctx: &Context, args: &KeyArgsIn) -> Result<Keys> {
    let mut keys = Keys::new();
    for file in &args.identities {
        keys.add_file(&file.display().to_string(), &secret(ctx, file)?)?;
    }
    if let Some(file) = &args.passphrase_file {
        keys.add_passphrase(passphrase_of(ctx, file)?, args.max_work_factor);
    } else if keys.is_empty() {
        if !ctx.ui.can_ask() {
            return Err(Error::input("no key was given")
                .hint("give an identity with `-i FILE`, or a passphrase with `--passphrase-file FILE`"));
        }
        keys.add_passphrase(ask(ctx, false)?, args.max_work_factor);
    }
    Ok(keys)
}
