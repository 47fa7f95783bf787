//! `decamp key`

use super::{Context, Outcome};
use crate::bundle;
use crate::cli::bundle::{KeyCommand, KeyNewArgs};
use crate::error::{Error, Result};
use crate::ui::Lang;
use age::secrecy::ExposeSecret as _;
use serde::Serialize;

/// The result of `key new`.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    schema: &'static str,
    recipient: &'a str,
    identity: String,
}

/// Runs a `key` command.
pub fn run(ctx: &Context, command: &KeyCommand) -> Result<Outcome> {
    match command {
        KeyCommand::New(args) => new(ctx, args),
    }
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
    let shown = ctx.files.path(path);
    if ctx.files.exists(path) {
        return Err(Error::input(format!("`{}` exists already", shown.display()))
            .hint("a key is never replaced, not even with `--force`: choose another name"));
    }
    let mut out = ctx.files.create(path)?;
    out.write_all(text.expose_secret().as_bytes())?;
    out.commit_new()?;
    let identity = ctx.files.shown(&shown);
    if ctx.ui.json {
        ctx.ui.out_json(&Shown { schema: "decamp/key/1", recipient: &recipient, identity })?;
        return Ok(Outcome::Done);
    }
    ctx.ui.out(&recipient)?;
    ctx.ui.say(&match ctx.ui.lang {
        Lang::En => format!("the secret key is in `{identity}`: keep it off the machines that are moved, and keep a copy"),
        Lang::Es => format!("la clave secreta está en `{identity}`: guárdenla fuera de las computadoras de la mudanza, y guarden una copia"),
    });
    Ok(Outcome::Done)
}
