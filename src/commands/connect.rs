//! How commands connect, where a flag says so: names, authorities, passwords, pages.

use super::Context;
use super::bundle::Terminal;
use crate::bundle::Ask as _;
use crate::check::clean;
use crate::error::{Error, Result};
use crate::net::http::{Ask, Reply, Web};
use crate::net::tls::Authorities;
use crate::net::vet::{Fault, Names, Reach};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use url::Url;
use zeroize::Zeroize as _;

/// A certificate file is never longer.
const CERTIFICATES: u64 = 4 * 1024 * 1024;

/// What the command line says of connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Network<'a> {
    /// The resolver to ask, instead of the system's.
    pub(super) resolver: Option<SocketAddr>,
    /// Whether this machine and its own network may be connected to.
    pub(super) allow_private: bool,
    /// A file with certificate authorities of one's own.
    pub(super) ca: Option<&'a Path>,
}

impl Network<'_> {
    /// How names are looked up, and what is allowed.
    pub(super) fn names<'n>(&self, tell: &'n dyn Fn(&str)) -> Names<'n> {
        let reach = if self.allow_private { Reach::Private } else { Reach::Public };
        Names { resolver: self.resolver, reach, tell }
    }

    /// Says what will be looked up, before it is.
    pub(super) fn teller<'c>(&self, ctx: &'c Context) -> impl Fn(&str) + use<'c> {
        let whom = resolver(ctx, self.resolver);
        move |what: &str| ctx.ui.say(&format!("{} {whom}: {what}", ctx.tr("asking", "se pregunta a")))
    }

    /// The system's authorities, and one's own.
    pub(super) fn authorities(&self, ctx: &Context) -> Result<Authorities> {
        let own = match self.ca {
            Some(path) => Some((path.display().to_string(), ctx.files.read(path, CERTIFICATES)?)),
            None => None,
        };
        Authorities::new(own.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
    }
}

/// What a resolver is called.
pub(super) fn resolver(ctx: &Context, address: Option<SocketAddr>) -> String {
    address.map_or_else(
        || ctx.tr("the system's resolver", "el servidor DNS del sistema").to_owned(),
        |address| address.to_string(),
    )
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

/// The password of an account: what a command prints, else what is typed. Never from an argument.
pub(super) fn password(ctx: &Context, command: Option<&str>, account: &str) -> Result<SecretString> {
    if let Some(command) = command {
        return printed(command, account);
    }
    let account = clean(account);
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

/// The longest page, in bytes.
const PAGE: u64 = 16 * 1024 * 1024;

/// The address of a page, as people type it.
pub(super) fn address(text: &str) -> Result<Url> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let wrong = || {
        Error::input(format!("`{}` is not the address of a page", clean(text)))
            .hint("write it as https://casaabierta.example/")
    };
    let mut url = Url::parse(&whole).map_err(|_| wrong())?;
    let plain = matches!(url.scheme(), "https" | "http") && url.host().is_some();
    if !plain || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    url.set_fragment(None);
    Ok(url)
}

/// Fetches a page.
pub(super) fn page(web: &mut Web<'_>, url: &Url) -> std::result::Result<Reply, Fault> {
    let reply = web.ask(url, Ask { method: "GET", headers: &[("Accept", "text/html")], body: None, limit: PAGE })?;
    if reply.status == 200 {
        return Ok(reply);
    }
    Err(Fault::unknown(&format!("it answers {}", reply.status), &format!("responde {}", reply.status)))
}
