//! HTTP for `check`: each hop is vetted, TLS is verified, time and size are bounded.

use super::tls::{Authorities, provider};
use super::vet::{Fault, Names, Reach, allowed};
use crate::check::{clean, text};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::io::Read as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::{Method, Request, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::Url;

/// How long one request may take, with its whole answer.
const REQUEST: Duration = Duration::from_secs(45);
/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// How often one may be sent elsewhere.
const REDIRECTS: u32 = 5;
/// The most bytes of an answer's headers.
const HEADERS: usize = 64 * 1024;

type Answer<T> = std::result::Result<T, Fault>;

/// Who signs in.
#[derive(Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// What is asked of a server.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'r> {
    /// `GET`, `PROPFIND`, …
    pub method: &'r str,
    /// More headers.
    pub headers: &'r [(&'static str, &'r str)],
    /// The body, if any.
    pub body: Option<&'r str>,
    /// The most bytes that are wanted of the answer, unpacked.
    pub limit: u64,
}

/// What it answered.
#[derive(Debug)]
pub struct Reply {
    /// The address at the end of all redirects.
    pub url: Url,
    /// 200 and the like.
    pub status: u16,
    /// Its kind, as it says, in lower case and without parameters.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A client for one check.
pub struct Web<'a> {
    names: &'a Names<'a>,
    certificates: Vec<Certificate<'static>>,
    login: Option<(Login, String)>,
    deadline: Instant,
    agents: HashMap<String, (ureq::Agent, Reach)>,
}

/// Only the addresses that were vetted; nothing is looked up again.
#[derive(Debug)]
struct Vetted(Vec<SocketAddr>);

impl Resolver for Vetted {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        self.0.iter().for_each(|address| found.push(*address));
        Ok(found)
    }
}

/// `https://host:port`, to which alone a password belongs.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl<'a> Web<'a> {
    /// A client that gives up after `time`.
    pub fn new(names: &'a Names<'a>, authorities: &Authorities, time: Duration) -> Self {
        let certificates =
            authorities.certificates().iter().map(|c| Certificate::from_der(c.as_ref()).to_owned()).collect();
        Self { names, certificates, login: None, deadline: Instant::now() + time, agents: HashMap::new() }
    }

    /// Signs in, at the origin of `url` only.
    pub fn signed_in(mut self, url: &Url, login: Login) -> Self {
        self.login = Some((login, origin(url)));
        self
    }

    /// Asks, and follows redirects: each is vetted anew, none leads from https to anything else, and none from the internet
    /// into somebody's own network.
    ///
    /// # Errors
    /// When there is no answer, or an address is refused.
    pub fn ask(&mut self, url: &Url, ask: Ask<'_>) -> Answer<Reply> {
        let mut url = url.clone();
        let mut reach = self.names.reach;
        for _ in 0..=REDIRECTS {
            let (agent, reached) = self.agent(&url, reach)?;
            reach = reached;
            match self.one(&agent, &url, ask)? {
                Hop::Here(reply) => return Ok(reply),
                Hop::Next(next) => url = next,
            }
        }
        Err(Fault::unknown("it sends one from address to address without end", "manda de una dirección a otra sin fin"))
    }

    /// The agent for a host, which keeps to the addresses that were vetted, and how far those reach.
    fn agent(&mut self, url: &Url, reach: Reach) -> Answer<(ureq::Agent, Reach)> {
        let key = origin(url);
        if let Some((agent, reached)) = self.agents.get(&key)
            && (reach == Reach::Private || *reached == Reach::Public)
        {
            return Ok((agent.clone(), *reached));
        }
        let host = url.host().ok_or_else(|| Fault::unknown("there is no host", "no hay servidor"))?;
        let port = url.port_or_known_default().unwrap_or(443);
        let names = Names { reach, ..*self.names };
        let addresses = names.addresses(&host.to_owned(), port)?;
        let public = addresses.iter().all(|a| allowed(a.ip(), Reach::Public).is_ok());
        let reached = if public { Reach::Public } else { Reach::Private };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&self.certificates))
            .unversioned_rustls_crypto_provider(provider())
            .build();
        let config = Config::builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("decamp")
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(REQUEST))
            .max_response_header_size(HEADERS)
            .tls_config(tls)
            .build();
        let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), Vetted(addresses));
        self.agents.insert(key, (agent.clone(), reached));
        Ok((agent, reached))
    }

    fn one(&self, agent: &ureq::Agent, url: &Url, ask: Ask<'_>) -> Answer<Hop> {
        if Instant::now() >= self.deadline {
            return Err(late());
        }
        let method = Method::from_bytes(ask.method.as_bytes()).map_err(|e| broken(&e))?;
        let mut request = Request::builder().method(method).uri(url.as_str());
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        if let Some((login, _)) = self.login.as_ref().filter(|(_, at)| *at == origin(url)) {
            request = request.header("Authorization", basic(login));
        }
        let sent = match ask.body {
            Some(body) => request.body(body.to_owned()).map_err(|e| broken(&e)).map(|r| agent.run(r)),
            None => request.body(()).map_err(|e| broken(&e)).map(|r| agent.run(r)),
        }?;
        let response = sent.map_err(|e| of_error(&e))?;
        let status = response.status().as_u16();
        let header =
            |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            return next(url, &header("location")).map(Hop::Next);
        }
        let kind = header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut body = Vec::new();
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        reader.take(ask.limit + 1).read_to_end(&mut body).map_err(|e| of_read(&e))?;
        if body.len() as u64 > ask.limit {
            let limit = ask.limit / (1024 * 1024);
            return Err(Fault::unknown(
                &format!("the answer is longer than {limit} MiB"),
                &format!("la respuesta tiene más de {limit} MiB"),
            ));
        }
        Ok(Hop::Here(Reply { url: url.clone(), status, kind, body }))
    }
}

enum Hop {
    Here(Reply),
    Next(Url),
}

/// Where a redirect may lead.
fn next(from: &Url, to: &str) -> Answer<Url> {
    let refused = |en: &str, es: &str| {
        let to = clean(to);
        Fault::Refused(text(&format!("it sends one on to {to}: {en}"), &format!("manda a {to}: {es}")))
    };
    let url = from.join(to).map_err(|_| refused("no address", "no es una dirección"))?;
    match (from.scheme(), url.scheme()) {
        (_, "https") | ("http", "http") => {}
        _ => return Err(refused("not by https", "no es por https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("with a name in it", "lleva un nombre"));
    }
    Ok(url)
}

fn basic(login: &Login) -> String {
    use base64::Engine as _;
    let both = zeroize::Zeroizing::new(format!("{}:{}", login.user, login.password.expose_secret()));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both.as_bytes()))
}

fn late() -> Fault {
    Fault::unknown("it does not answer in time", "no responde a tiempo")
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    let error = clean(&error.to_string());
    Fault::unknown(
        &format!("no answer that can be understood: {error}"),
        &format!("ninguna respuesta que se entienda: {error}"),
    )
}

fn of_error(error: &ureq::Error) -> Fault {
    match error {
        ureq::Error::Timeout(_) => late(),
        e => broken(e),
    }
}

/// What goes wrong while a body is read comes wrapped.
fn of_read(error: &std::io::Error) -> Fault {
    match error.get_ref().and_then(|e| e.downcast_ref::<ureq::Error>()) {
        Some(e) => of_error(e),
        None if error.kind() == std::io::ErrorKind::TimedOut => late(),
        None => broken(error),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_with_https() {
        let from = Url::parse("https://casa.example/a/").unwrap();
        for good in ["b", "/c", "https://other.example/", "//other.example/x"] {
            assert!(next(&from, good).is_ok(), "{good}");
        }
        for bad in [
            "http://casa.example/",
            "file:///etc/passwd",
            "gopher://casa.example/",
            "dict://casa.example/",
            "ftp://casa.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@casa.example/",
            "https://user:pass@casa.example/",
            "https://",
        ] {
            assert!(next(&from, bad).is_err(), "{bad}");
        }
        let plain = Url::parse("http://casa.example/").unwrap();
        assert!(next(&plain, "https://casa.example/").is_ok() && next(&plain, "/x").is_ok());
        assert!(next(&plain, "file:///etc/passwd").is_err());
    }
}
