//! What the command line and the workspace say about keys, and about evidence that should stay out.

use super::super::Context;
use super::tell::{SECRET, say};
use super::{Terminal, is_stdio};
use crate::bundle::{self, Ask as _, Keys, Recipients, Signer, Signers};
use crate::cli::bundle::{KeyArgsIn, SealArgs};
use crate::error::{Error, Result};
use crate::ui::{Lang, Ui};
use crate::words;
use age::secrecy::SecretString;
use serde::Deserialize;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A key file is never longer.
const KEY_FILE: u64 = 1024 * 1024;
/// Nor is a file of the workspace that is read here.
const DOCUMENT: u64 = 64 * 1024 * 1024;

/// The secret key files and passphrases of the command line.
pub(in crate::commands) fn secret(ctx: &Context, path: &Path) -> Result<SecretString> {
    if !is_stdio(path) {
        return ctx.files.read_secret(path, KEY_FILE).map(SecretString::from);
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

fn ask(ctx: &Context) -> Result<SecretString> {
    let answer = Terminal(ctx.ui).secret(say(ctx.ui, "Passphrase:", "Contraseña:"));
    answer.ok_or_else(|| {
        Error::input("no passphrase was given").hint("type it, or give it with `--passphrase-file FILE`")
    })
}

/// A new passphrase: typed twice, or made when nothing is typed.
fn ask_new(ctx: &Context) -> Result<(SecretString, bool)> {
    let ui = ctx.ui;
    if !ui.can_ask() {
        return Err(Error::input("there is no terminal to ask for the passphrase")
            .hint("give it with `--passphrase-file FILE`; `decamp key passphrase -o FILE` makes one"));
    }
    let prompt =
        inquire::Password::new(say(ui, "Passphrase (empty: one is made):", "Contraseña (vacía: se crea una):"))
            .with_custom_confirmation_message(say(ui, "Again:", "Otra vez:"))
            .with_custom_confirmation_error_message(say(ui, "They are not the same.", "No son iguales."));
    let answer = prompt.prompt().map_err(|_| Error::input("no passphrase was given"))?;
    if answer.is_empty() {
        return Ok((SecretString::from(words::passphrase(words_of(ui))?), true));
    }
    Ok((SecretString::from(answer), false))
}

/// The words of the person's language.
pub(in crate::commands) fn words_of(ui: Ui) -> words::List {
    match ui.lang {
        Lang::En => words::List::En,
        Lang::Es => words::List::Es,
    }
}

/// Shows a passphrase that was made, once, on the terminal.
pub(super) fn show_passphrase(ui: Ui, made: &SecretString) {
    use age::secrecy::ExposeSecret as _;
    ui.warn(&format!(
        "{}\n\n    {}\n",
        say(
            ui,
            "this passphrase is shown only now; write it down, on paper:",
            "esta contraseña se muestra solo ahora; anótenla en papel:",
        ),
        made.expose_secret()
    ));
}

/// Who can open the bundle, and the passphrase that was made for it.
pub(super) struct SealedTo {
    pub(super) recipients: Recipients,
    pub(super) made: Option<SecretString>,
}

/// The part of `group.yaml` that matters here.
#[derive(Debug, Default, Deserialize)]
struct Group {
    #[serde(default)]
    recipients: Vec<String>,
}

pub(super) fn recipients(ctx: &Context, args: &SealArgs) -> Result<SealedTo> {
    let known = |recipients| SealedTo { recipients, made: None };
    if args.passphrase {
        let (passphrase, made) = ask_new(ctx)?;
        let made = made.then(|| passphrase.clone());
        return Ok(SealedTo { recipients: Recipients::with_passphrase(passphrase), made });
    }
    if let Some(file) = &args.passphrase_file {
        if args.from_stdin.is_some() && is_stdio(file) {
            return Err(Error::input("stdin can't hold both the passphrase and what is to be sealed"));
        }
        return Ok(known(Recipients::with_passphrase(passphrase_of(ctx, file)?)));
    }
    let mut to = Recipients::asking(Arc::new(Terminal(ctx.ui)));
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
    Ok(known(to))
}

/// The key that signs.
pub(super) fn signer(ctx: &Context, path: Option<&Path>) -> Result<Option<Signer>> {
    let Some(path) = path else { return Ok(None) };
    let shown = path.display().to_string();
    let ask = || Terminal(ctx.ui).secret(say(ctx.ui, "Passphrase of the SSH key:", "Contraseña de la llave SSH:"));
    Signer::new(&shown, &secret(ctx, path)?, &ask).map(Some)
}

/// Those whose signatures count.
pub(super) fn signers(ctx: &Context, path: Option<&Path>) -> Result<Option<Signers>> {
    let Some(path) = path else { return Ok(None) };
    Signers::new(&path.display().to_string(), &ctx.files.read_text(path, KEY_FILE)?).map(Some)
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

/// The identities of these files.
pub(in crate::commands) fn keys_of(ctx: &Context, files: &[PathBuf]) -> Result<Keys> {
    let mut keys = Keys::asking(Arc::new(Terminal(ctx.ui)));
    for file in files {
        keys.add_file(&file.display().to_string(), &secret(ctx, file)?)?;
    }
    Ok(keys)
}

pub(super) fn keys(ctx: &Context, args: &KeyArgsIn) -> Result<Keys> {
    let mut keys = keys_of(ctx, &args.identities)?;
    if let Some(file) = &args.passphrase_file {
        keys.add_passphrase(passphrase_of(ctx, file)?, args.max_work_factor);
    } else if keys.is_empty() {
        if !ctx.ui.can_ask() {
            return Err(Error::input("no key was given")
                .hint("give an identity with `-i FILE`, or a passphrase with `--passphrase-file FILE`"));
        }
        keys.add_passphrase(ask(ctx)?, args.max_work_factor);
    }
    Ok(keys)
}
