//! `decamp key`

mod sheets;

use super::bundle::{keys_of, secret, words_of};
use super::{Context, Outcome};
use crate::bundle;
use crate::cli::bundle::{KeyCombineArgs, KeyCommand, KeyNewArgs, KeyPassphraseArgs, KeySplitArgs};
use crate::error::{Error, Result};
use crate::trustees::{self, Share, Trustees};
use crate::ui::Lang;
use crate::words;
use age::secrecy::ExposeSecret as _;
use serde::Serialize;
use std::path::Path;

/// A share's file is never longer, in bytes.
const SHARE_FILE: u64 = 1024 * 1024;

/// The result of `key new` and `key combine`.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    schema: &'static str,
    recipient: &'a str,
    identity: String,
}

/// Runs a `key` command.
pub fn run(ctx: &Context, command: &KeyCommand) -> Result<Outcome> {
    bundle::no_core_dumps();
    match command {
        KeyCommand::New(args) => new(ctx, args),
        KeyCommand::Passphrase(args) => passphrase(ctx, args),
        KeyCommand::Split(args) => split(ctx, args),
        KeyCommand::Combine(args) => combine(ctx, args),
    }
}

/// Refuses to replace a key.
fn fresh(ctx: &Context, path: &Path) -> Result<()> {
    if ctx.files.exists(path) {
        return Err(Error::input(format!("`{}` exists already", ctx.files.path(path).display()))
            .hint("a key is never replaced, not even with `--force`: choose another name"));
    }
    Ok(())
}

fn keep(ctx: &Context, path: &Path, text: &str) -> Result<()> {
    let mut out = ctx.files.create(path)?;
    out.write_all(text.as_bytes())?;
    out.commit_new()
}

fn new(ctx: &Context, args: &KeyNewArgs) -> Result<Outcome> {
    let (text, recipient) = bundle::new_identity();
    let Some(path) = args.output.as_ref().filter(|p| p.as_os_str() != "-") else {
        if ctx.ui.json {
            return Err(Error::input("a secret key is not printed as JSON").hint("name a file for it with `-o FILE`"));
        }
        // Whoever pipes the identity on still gets to see the recipient.
        ctx.ui.out(text.expose_secret())?;
        ctx.ui.say(&recipient);
        return Ok(Outcome::Done);
    };
    fresh(ctx, path)?;
    keep(ctx, path, text.expose_secret())?;
    told(ctx, path, &recipient)
}

fn told(ctx: &Context, path: &Path, recipient: &str) -> Result<Outcome> {
    let identity = ctx.files.shown(&ctx.files.path(path));
    if ctx.ui.json {
        ctx.ui.out_json(&Shown { schema: "decamp/key/1", recipient, identity })?;
        return Ok(Outcome::Done);
    }
    ctx.ui.out(recipient)?;
    ctx.ui.say(&match ctx.ui.lang {
        Lang::En => format!("the secret key is in `{identity}`: keep it off the machines that are moved, and keep a copy"),
        Lang::Es => format!("la llave secreta está en `{identity}`: guárdenla fuera de las computadoras de la mudanza, y guarden una copia"),
    });
    Ok(Outcome::Done)
}

fn passphrase(ctx: &Context, args: &KeyPassphraseArgs) -> Result<Outcome> {
    let made = words::passphrase(words_of(ctx.ui))?;
    match &args.output {
        Some(path) => {
            fresh(ctx, path)?;
            keep(ctx, path, &format!("{made}\n"))?;
            ctx.say_written();
        }
        None if ctx.ui.json => {
            return Err(Error::input("a passphrase is not printed as JSON").hint("name a file for it with `-o FILE`"));
        }
        None => ctx.ui.out(&made)?,
    }
    Ok(Outcome::Done)
}

fn split(ctx: &Context, args: &KeySplitArgs) -> Result<Outcome> {
    let shown = args.trustees.display().to_string();
    let trustees = Trustees::read(&shown, &ctx.files.read_text(&args.trustees, SHARE_FILE)?, &args.paper)?;
    let identity = trustees::identity(&args.identity.display().to_string(), &secret(ctx, &args.identity)?)?;
    let count = u8::try_from(trustees.0.len()).unwrap_or(u8::MAX);
    if !ctx.files.list(&args.output)?.is_empty() {
        return Err(Error::input(format!("`{}` is not empty", ctx.files.path(&args.output).display()))
            .hint("sheets are never replaced, not even with `--force`: choose a new folder"));
    }
    let shares = trustees::split(&identity, args.threshold, count)?;
    sheets::write(ctx, &args.output, &trustees, &shares)?;
    Ok(Outcome::Done)
}

fn combine(ctx: &Context, args: &KeyCombineArgs) -> Result<Outcome> {
    fresh(ctx, &args.output)?;
    let mut shares = Vec::new();
    for path in &args.shares {
        shares.push((path.display().to_string(), share(ctx, args, path)?));
    }
    let (text, recipient) = trustees::combine(shares)?;
    keep(ctx, &args.output, text.expose_secret())?;
    told(ctx, &args.output, &recipient)
}

/// A share from its file: readable, or still encrypted to its trustee.
fn share(ctx: &Context, args: &KeyCombineArgs, path: &Path) -> Result<Share> {
    const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
    const END: &str = "-----END AGE ENCRYPTED FILE-----";
    let name = path.display().to_string();
    let text = secret(ctx, path)?;
    let text = text.expose_secret();
    let armor = text.find(BEGIN).and_then(|at| text[at..].find(END).map(|end| &text[at..at + end + END.len()]));
    let Some(armor) = armor else { return trustees::read(&name, text) };
    let keys = keys_of(ctx, &args.identities)?;
    if keys.is_empty() {
        return Err(Error::input("this share is encrypted to its trustee").in_file(name).hint(
            "the trustee opens it with `age -d -i KEY SHARE`; or give the trustee's identity here with `-i FILE`",
        ));
    }
    let plain = bundle::decrypted(armor.as_bytes(), &keys).map_err(|e| e.in_file(&name))?;
    trustees::read(&name, plain.expose_secret())
}
