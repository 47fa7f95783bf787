//! How `check` connects: names, authorities, passwords.

use crate::bundle::Ask as _;
use crate::cli::check::CheckArgs;
use crate::commands::Context;
use crate::commands::bundle::Terminal;
use crate::error::{Error, Result};
use crate::net::tls::Authorities;
use crate::net::vet::{Fault, Names, Reach};
use secrecy::SecretString;
use std::process::{Command, Stdio};
use zeroize::Zeroize as _;

/// A certificate file is never longer.
const CERTIFICATES: u64 = 4 * 1024 * 1024;

/// How names are looked up, and what is allowed.
pub(super) fn names<'a>(args: &CheckArgs, tell: &'a dyn Fn(&str)) -> Names<'a> {
    let reach = if args.allow_private { Reach::Private } else { Reach::Public };
    Names { resolver: args.resolver.first().copied(), reach, tell }
}

/// Says what will be looked up, before it is.
pub(super) fn teller<'a>(ctx: &'a Context, args: &CheckArgs) -> impl Fn(&str) + use<'a> {
    let whom = args
        .resolver
        .first()
        .map_or_else(|| ctx.tr("the system's resolver", "el servidor DNS del sistema").to_owned(), ToString::to_string);
    move |what: &str| ctx.ui.say(&format!("{} {whom}: {what}", ctx.tr("asking", "se pregunta a")))
}

/// Says whom it connects to; with `--dry-run` that is all.
pub(super) fn says_whom(ctx: &Context, whom: &str) -> bool {
    let word = if ctx.files.dry_run {
        ctx.tr("would connect to", "se conectaría con")
    } else {
        ctx.tr("connecting to", "conectando con")
    };
    ctx.ui.say(&format!("{word} {whom}"));
    !ctx.files.dry_run
}

/// The system's authorities, and that of `--ca`.
pub(super) fn authorities(ctx: &Context, args: &CheckArgs) -> Result<Authorities> {
    let own = match &args.ca {
        Some(path) => Some((path.display().to_string(), ctx.files.read(path, CERTIFICATES)?)),
        None => None,
    };
    Authorities::new(own.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
}

/// The password of an account: what a command prints, else what is typed. Never from an argument.
pub(super) fn password(ctx: &Context, args: &CheckArgs, account: &str) -> Result<SecretString> {
    if let Some(command) = &args.password_command {
        return printed(command, account);
    }
    let account = crate::check::clean(account);
    let question = format!("{} {account}:", ctx.tr("Password of", "Contraseña de"));
    Terminal(ctx.ui).secret(&question).ok_or_else(|| {
        Error::input(format!("there is no password for `{account}`"))
            .hint("run it on a terminal, or give --password-command, for example \"pass show casa/ana\"")
    })
}

fn printed(command: &str, account: &str) -> Result<SecretString> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell)
        .args([flag, command])
        .env("DECAMP_ACCOUNT", account)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .stdout(Stdio::piped())
        .output()
        .map_err(|e| Error::input(format!("the password command can't be run: {e}")))?;
    let mut bytes = output.stdout;
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let password = std::str::from_utf8(line).ok().filter(|p| !p.is_empty()).map(|p| SecretString::from(p.to_owned()));
    bytes.zeroize();
    if !output.status.success() {
        return Err(Error::input("the password command failed").hint("run it by itself and see what it says"));
    }
    password.ok_or_else(|| Error::input("the password command printed nothing"))
}

/// What a refused sign-in is: the command's fault. All else leaves its state unknown.
pub(super) fn unknown(fault: Fault) -> Result<Fault> {
    match fault {
        Fault::Denied(says) => Err(Error::input(says.en).hint("is it the right name, and the right password?")),
        fault => Ok(fault),
    }
}
