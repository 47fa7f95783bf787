//! Where `check` may connect to: addresses on the public internet, and only those.
//!
//! A name that somebody else controls may lead anywhere: to this machine, to a printer beside it, to a cloud's secrets. So every
//! address is looked at before the connection, and the address that was looked at is the one that is connected to.

use super::ask::runtime;
use super::dns::build;
use crate::catalog::model::Text;
use crate::check::text;
use crate::error::{Error, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::Host;

/// How long the look-up of a name may take.
const LOOK_UP: Duration = Duration::from_secs(15);
/// The most addresses of one name that are tried.
const ADDRESSES: usize = 8;

/// Why there is no answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is not connected to, whatever it is.
    Refused(Text),
    /// It wants another name or password.
    Denied(Text),
    /// It did not answer, or not in a way that can be understood.
    Unknown(Text),
}

impl Fault {
    /// An unknown state, in both languages.
    pub fn unknown(en: &str, es: &str) -> Self {
        Self::Unknown(text(en, es))
    }

    /// What happened.
    pub fn says(&self) -> &Text {
        match self {
            Self::Refused(says) | Self::Denied(says) | Self::Unknown(says) => says,
        }
    }
}

/// Which addresses are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet.
    Public,
    /// Also this machine and its own network, because a flag says so.
    Private,
}

/// How names are looked up, and what is allowed.
pub struct Names<'a> {
    /// The resolver to ask, instead of the system's.
    pub resolver: Option<SocketAddr>,
    /// What is allowed.
    pub reach: Reach,
    /// Hears of every look-up before it is made.
    pub tell: &'a dyn Fn(&str),
}

/// Reads a host as browsers do: `0x7f.1` and `2130706433` are addresses, `münchen.example` is its ASCII form.
///
/// # Errors
/// When it is no host.
pub fn host(text: &str) -> Result<Host<String>> {
    Host::parse(text).map_err(|_| Error::input(format!("`{}` is not a host name", crate::check::clean(text))))
}

impl Names<'_> {
    /// The addresses of a host that may be connected to.
    ///
    /// # Errors
    /// When one of them may not, or there is none.
    pub fn addresses(&self, host: &Host<String>, port: u16) -> std::result::Result<Vec<SocketAddr>, Fault> {
        let found = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => self.look_up(name)?,
        };
        for address in &found {
            allowed(*address, self.reach).map_err(|why| {
                Fault::Refused(text(
                    &format!("{host} is {address}: {}", why.en),
                    &format!("{host} es {address}: {}", why.es),
                ))
            })?;
        }
        Ok(found.into_iter().take(ADDRESSES).map(|a| SocketAddr::new(a, port)).collect())
    }

    fn look_up(&self, name: &str) -> std::result::Result<Vec<IpAddr>, Fault> {
        for kind in ["A", "AAAA"] {
            (self.tell)(&format!("{} {kind}", name.trim_end_matches('.')));
        }
        let failed = |_: Error| Fault::unknown("no resolver can be used", "no se puede usar ningún servidor DNS");
        let found = runtime().map_err(failed)?.block_on(async {
            let resolver = build(self.resolver).map_err(failed)?;
            let name = format!("{}.", name.trim_end_matches('.'));
            let found = tokio::time::timeout(LOOK_UP, resolver.lookup_ip(name)).await;
            Ok(match found {
                Ok(Ok(found)) => found.iter().collect(),
                _ => Vec::new(),
            })
        })?;
        if found.is_empty() {
            let name = crate::check::clean(name);
            return Err(Fault::unknown(
                &format!("no address of {name} was found"),
                &format!("no se encontró ninguna dirección de {name}"),
            ));
        }
        Ok(found)
    }
}

/// Whether an address may be connected to.
///
/// # Errors
/// Why not.
pub fn allowed(address: IpAddr, reach: Reach) -> std::result::Result<(), Text> {
    let kind = match address {
        IpAddr::V4(a) => of_v4(a),
        IpAddr::V6(a) => of_v6(a),
    };
    match (kind, reach) {
        (Kind::Public, _) | (Kind::Own, Reach::Private) => Ok(()),
        (Kind::Own, Reach::Public) => Err(text(
            "an address of this machine or its own network; --allow-private allows it",
            "una dirección de esta computadora o de su propia red; --allow-private la permite",
        )),
        (Kind::Never, _) => Err(text("an address that is no server's", "una dirección que no es de ningún servidor")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On the internet.
    Public,
    /// This machine, or a network that is somebody's own.
    Own,
    /// Nothing that a group's server has: clouds' secrets, link-local, multicast, documentation.
    Never,
}

/// Clouds keep their machines' secrets here, within ranges that are otherwise somebody's own.
const SECRETS_V4: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
const SECRETS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// By the IANA registry of special-purpose IPv4 addresses (RFC 6890).
fn of_v4(a: Ipv4Addr) -> Kind {
    let [first, second, third, _] = a.octets();
    match (first, second, third) {
        _ if a == SECRETS_V4 => Kind::Never,
        (127 | 10, ..) | (192, 168, _) | (172, 16..=31, _) | (100, 64..=127, _) => Kind::Own,
        (0 | 224..=255, ..)
        | (169, 254, _)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => Kind::Never,
        _ => Kind::Public,
    }
}

/// By the IANA registry of special-purpose IPv6 addresses; those that carry an IPv4 address are what that is.
fn of_v6(a: Ipv6Addr) -> Kind {
    let parts = a.segments();
    let carried = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        _ if a == Ipv6Addr::LOCALHOST => Kind::Own,
        _ if a == SECRETS_V6 => Kind::Never,
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => match carried(high, low) {
            Kind::Public => Kind::Public,
            // A private address in such clothes has no good reason.
            _ => Kind::Never,
        },
        [0xfc00..=0xfdff, ..] => Kind::Own,
        // Teredo and its neighbours, documentation, 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Never,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Never,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_connected_to() {
        for (address, kind) in [
            ("127.0.0.1", Kind::Own),
            ("127.255.255.254", Kind::Own),
            ("10.0.0.1", Kind::Own),
            ("172.16.0.1", Kind::Own),
            ("172.31.255.255", Kind::Own),
            ("172.32.0.1", Kind::Public),
            ("192.168.1.1", Kind::Own),
            ("100.64.0.1", Kind::Own),
            ("100.127.255.255", Kind::Own),
            ("100.128.0.1", Kind::Public),
            ("100.100.100.200", Kind::Never),
            ("0.0.0.0", Kind::Never),
            ("0.1.2.3", Kind::Never),
            ("169.254.169.254", Kind::Never),
            ("192.0.0.192", Kind::Never),
            ("192.0.2.1", Kind::Never),
            ("198.18.0.1", Kind::Never),
            ("198.51.100.1", Kind::Never),
            ("203.0.113.1", Kind::Never),
            ("224.0.0.1", Kind::Never),
            ("255.255.255.255", Kind::Never),
            ("8.8.8.8", Kind::Public),
            ("::1", Kind::Own),
            ("::", Kind::Never),
            ("::ffff:127.0.0.1", Kind::Never),
            ("::ffff:169.254.169.254", Kind::Never),
            ("::ffff:8.8.8.8", Kind::Public),
            ("::127.0.0.1", Kind::Never),
            ("64:ff9b::a00:1", Kind::Never),
            ("64:ff9b:1::1", Kind::Never),
            ("fd00::1", Kind::Own),
            ("fc00::1", Kind::Own),
            ("fd00:ec2::254", Kind::Never),
            ("fe80::1", Kind::Never),
            ("fec0::1", Kind::Never),
            ("ff02::1", Kind::Never),
            ("100::1", Kind::Never),
            ("2001::1", Kind::Never),
            ("2001:db8::1", Kind::Never),
            ("2002:7f00:1::", Kind::Never),
            ("2606:4700:4700::1111", Kind::Public),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(allowed(address, Reach::Public).is_ok(), kind == Kind::Public, "{address}");
            assert_eq!(allowed(address, Reach::Private).is_ok(), kind != Kind::Never, "{address}");
        }
    }

    #[test]
    fn numbers_in_every_dress_are_addresses() {
        for text in [
            "127.0.0.1",
            "0x7f.1",
            "0177.1",
            "2130706433",
            "0x7f000001",
            "127.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "127。0。0。1",
        ] {
            assert_eq!(host(text).unwrap(), Host::<String>::Ipv4(Ipv4Addr::LOCALHOST), "{text}");
        }
        for text in ["[::1]", "[0:0:0:0:0:0:0:1]"] {
            assert_eq!(host(text).unwrap(), Host::<String>::Ipv6(Ipv6Addr::LOCALHOST), "{text}");
        }
        for text in ["", "a b", "a@b", "[fe80::1%25eth0]", "a/b", "256.0.0.1", "x:y"] {
            assert!(host(text).is_err(), "{text}");
        }
    }
}
