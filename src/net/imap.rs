//! Reads a mailbox over IMAP: folders, and a few headers of every letter. Nothing is changed there, not even "seen".

use super::ask::runtime;
use super::tls::Authorities;
use super::vet::{Fault, Names};
use crate::catalog::model::Text;
use crate::check::mail::HEADERS;
use crate::check::{clean, text};
use crate::error::{Error, Result};
use async_imap::types::NameAttribute;
use async_imap::{Client, Session};
use futures_util::TryStreamExt as _;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

/// How long it may take to connect, and to sign in.
const CONNECT: Duration = Duration::from_secs(15);
/// How long one command may take.
const COMMAND: Duration = Duration::from_secs(120);
/// How many letters are asked for at a time.
const AT_ONCE: u32 = 500;
/// The most that the answer to one command may weigh, in bytes.
const ANSWER: u64 = 64 * 1024 * 1024;
/// More folders than any mailbox has.
const FOLDERS: usize = 20_000;

/// Whose mailbox, and where.
#[derive(Debug)]
pub struct Account<'a> {
    /// The name to sign in with.
    pub user: &'a str,
    /// The server.
    pub host: Host<String>,
    /// Its port.
    pub port: u16,
    /// The connection begins in the clear, and TLS starts before anything is said.
    pub starttls: bool,
    /// The password.
    pub password: &'a SecretString,
}

/// What is in the mailbox.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A folder.
    Folder,
    /// A letter, by its headers.
    Letter(&'a [u8]),
    /// Not all of the folder could be read.
    Unread(Text),
}

/// Gives each folder and letter to `found`.
///
/// # Errors
/// When there is no answer; a wrong password is the command's fault.
pub fn read(
    names: &Names<'_>,
    authorities: &Authorities,
    account: &Account<'_>,
    found: &mut dyn FnMut(&str, Seen<'_>),
) -> Result<std::result::Result<(), Fault>> {
    let addresses = match names.addresses(&account.host, account.port) {
        Ok(addresses) => addresses,
        Err(fault) => return Ok(Err(fault)),
    };
    let tls = TlsConnector::from(authorities.config()?);
    runtime()?.block_on(async {
        let stream = match tokio::time::timeout(CONNECT, connect(&addresses, tls, account)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(fault)) => return Ok(Err(fault)),
            Err(_) => return Ok(Err(late())),
        };
        let mut session = match tokio::time::timeout(CONNECT, sign_in(stream, account)).await {
            Ok(Ok(session)) => session,
            Ok(Err(SignIn::Fault(fault))) => return Ok(Err(fault)),
            Ok(Err(SignIn::Denied(says))) => {
                return Err(Error::input(format!(
                    "the mail server refuses to let `{}` in: {says}",
                    clean(account.user)
                ))
                .hint("try the same name and password in a mail program; some servers want a password for programs"));
            }
            Err(_) => return Ok(Err(late())),
        };
        let done = folders(&mut session, found).await;
        // Whether it hears the goodbye makes no difference.
        let _ = tokio::time::timeout(Duration::from_secs(3), session.logout()).await;
        Ok(done)
    })
}

fn late() -> Fault {
    Fault::unknown("the mail server does not answer in time", "el servidor de correo no responde a tiempo")
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    let error = clean(&error.to_string());
    Fault::unknown(
        &format!("the mail server can't be understood: {error}"),
        &format!("no se entiende al servidor de correo: {error}"),
    )
}

type Stream = Bounded<TlsStream<TcpStream>>;

async fn connect(
    addresses: &[SocketAddr],
    tls: TlsConnector,
    account: &Account<'_>,
) -> std::result::Result<Stream, Fault> {
    let mut last = late();
    for address in addresses {
        let mut tcp = match TcpStream::connect(address).await {
            Ok(tcp) => tcp,
            Err(e) => {
                last = broken(&e);
                continue;
            }
        };
        if account.starttls {
            start_tls(&mut tcp).await?;
        }
        let name = match &account.host {
            Host::Domain(name) => {
                ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(|e| broken(&e))?
            }
            Host::Ipv4(_) | Host::Ipv6(_) => ServerName::from(address.ip()),
        };
        let stream = tls.connect(name, tcp).await.map_err(|e| {
            let why = clean(&e.to_string());
            Fault::unknown(&format!("no TLS: {why}"), &format!("sin TLS: {why}"))
        })?;
        return Ok(Bounded { inner: stream, left: ANSWER });
    }
    Err(last)
}

/// Asks for TLS in the clear; not a byte more is read than the answer, so that nothing slips in before it (RFC 3501 §6.2.1).
async fn start_tls(tcp: &mut TcpStream) -> std::result::Result<(), Fault> {
    line(tcp).await?;
    tcp.write_all(b"a STARTTLS\r\n").await.map_err(|e| broken(&e))?;
    for _ in 0..20 {
        let line = line(tcp).await?;
        if let Some(answer) = line.strip_prefix("a ") {
            let good = answer.to_ascii_uppercase().starts_with("OK");
            return if good { Ok(()) } else { Err(broken(&"it offers no TLS")) };
        }
    }
    Err(broken(&"no answer to STARTTLS"))
}

async fn line(tcp: &mut TcpStream) -> std::result::Result<String, Fault> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') && line.len() < 4096 {
        line.push(tcp.read_u8().await.map_err(|e| broken(&e))?);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

enum SignIn {
    Denied(String),
    Fault(Fault),
}

async fn sign_in(stream: Stream, account: &Account<'_>) -> std::result::Result<Session<Stream>, SignIn> {
    let mut client = Client::new(stream);
    if !account.starttls {
        let greeting = client.read_response().await.map_err(|e| SignIn::Fault(broken(&e)))?;
        greeting.ok_or_else(|| SignIn::Fault(broken(&"it hangs up")))?;
    }
    client.login(account.user, account.password.expose_secret()).await.map_err(|(e, _)| match e {
        async_imap::error::Error::No(says) => SignIn::Denied(clean(&says)),
        async_imap::error::Error::Validate(_) => SignIn::Denied("the name or the password has a line break".into()),
        e => SignIn::Fault(broken(&e)),
    })
}

/// Runs one command: within its time, and its answer within its size.
async fn within<T, E: std::fmt::Display>(
    command: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, Fault> {
    match tokio::time::timeout(COMMAND, command).await {
        Ok(done) => done.map_err(|e| broken(&e)),
        Err(_) => Err(late()),
    }
}

async fn folders(
    session: &mut Session<Stream>,
    found: &mut dyn FnMut(&str, Seen<'_>),
) -> std::result::Result<(), Fault> {
    session.get_mut().left = ANSWER;
    let listed = within(async {
        let names = session.list(Some(""), Some("*")).await?;
        names
            .try_filter_map(|name| async move {
                let nothing = name.attributes().iter().any(|a| matches!(a, NameAttribute::NoSelect));
                Ok((!nothing).then(|| (name.name().to_owned(), shown(name.name(), name.delimiter()))))
            })
            .try_collect::<Vec<(String, String)>>()
            .await
    })
    .await?;
    if listed.len() > FOLDERS {
        return Err(broken(&format!("{} folders", listed.len())));
    }
    let mut gone: Option<Text> = None;
    for (raw, name) in &listed {
        found(name, Seen::Folder);
        let done = match &gone {
            Some(why) => Err(Fault::Unknown(why.clone())),
            None => folder(session, raw, name, found).await,
        };
        if let Err(fault) = done {
            // What came after a broken answer would be guessed at.
            gone = Some(fault.says().clone());
            found(name, Seen::Unread(fault.says().clone()));
        }
    }
    Ok(())
}

async fn folder(
    session: &mut Session<Stream>,
    raw: &str,
    name: &str,
    found: &mut dyn FnMut(&str, Seen<'_>),
) -> std::result::Result<(), Fault> {
    session.get_mut().left = ANSWER;
    let mailbox = match tokio::time::timeout(COMMAND, session.examine(raw)).await {
        Ok(Ok(mailbox)) => mailbox,
        // Somebody else's folder: the others can still be read.
        Ok(Err(async_imap::error::Error::No(says))) => {
            found(name, Seen::Unread(broken(&says).says().clone()));
            return Ok(());
        }
        Ok(Err(e)) => return Err(broken(&e)),
        Err(_) => return Err(late()),
    };
    let (mut from, mut read) = (1_u32, 0_u32);
    while from <= mailbox.exists {
        let to = from.saturating_add(AT_ONCE - 1).min(mailbox.exists);
        session.get_mut().left = ANSWER;
        read += within(async {
            let query = format!("(BODY.PEEK[HEADER.FIELDS ({HEADERS})])");
            let fetched = session.fetch(format!("{from}:{to}"), query).await?;
            let mut count = 0_u32;
            futures_util::pin_mut!(fetched);
            while let Some(letter) = fetched.try_next().await? {
                if let Some(headers) = letter.header() {
                    found(name, Seen::Letter(headers));
                    count += 1;
                }
            }
            Ok::<u32, async_imap::error::Error>(count)
        })
        .await?;
        from = to.saturating_add(1);
    }
    if read != mailbox.exists {
        let (en, es) = (
            format!("{read} of {} letters were shown", mailbox.exists),
            format!("se mostraron {read} de {} mensajes", mailbox.exists),
        );
        found(name, Seen::Unread(text(&en, &es)));
    }
    Ok(())
}

/// A folder's name as people see it, with `/` between its parts.
fn shown(raw: &str, delimiter: Option<&str>) -> String {
    let parts: Vec<String> = match delimiter.filter(|d| !d.is_empty()) {
        Some(delimiter) => raw.split(delimiter).map(|part| from_utf7(part).replace('/', "\u{2215}")).collect(),
        None => vec![from_utf7(raw)],
    };
    parts.join("/")
}

/// Modified UTF-7 (RFC 3501 §5.1.3); what is none stays as it is.
pub fn from_utf7(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((code, behind)) = after.split_once('-') else { return text.to_owned() };
        if code.is_empty() {
            out.push('&');
        } else {
            let Some(decoded) = utf16_of(code) else { return text.to_owned() };
            out.push_str(&decoded);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The text of a run of base64 (with `,` for `/`) over UTF-16.
fn utf16_of(code: &str) -> Option<String> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let (mut bits, mut held, mut units) = (0_u32, 0_u32, Vec::new());
    for b in code.bytes() {
        let digit = DIGITS.iter().position(|d| *d == b)?;
        bits = (bits << 6) | u32::try_from(digit).ok()?;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push(u16::try_from((bits >> held) & 0xffff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf16(&units).ok()
}

/// A stream of which only so much more is read.
#[derive(Debug)]
struct Bounded<S> {
    inner: S,
    left: u64,
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let done = Pin::new(&mut self.inner).poll_read(cx, buffer);
        let read = (buffer.filled().len() - before) as u64;
        match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                done
            }
            None => Poll::Ready(Err(std::io::Error::other("an answer of more than 64 MiB"))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_are_decoded() {
        assert_eq!(shown("Jardiner&AO0-a/Ni&APE-os", Some("/")), "Jardiner\u{ed}a/Ni\u{f1}os");
        assert_eq!(shown("INBOX.A.B", Some(".")), "INBOX/A/B");
        assert_eq!(shown("R&-D", Some("/")), "R&D");
        assert_eq!(from_utf7("&2D3eHA-"), "\u{1f61c}");
        for wrong in ["&", "&AO0", "&!-", "&2D0-"] {
            assert_eq!(from_utf7(wrong), wrong);
        }
    }
}
