//! The host name of an address: nothing else of it is ever kept.

use super::zone::is_below;

/// Whose host an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A domain name, lower case, without a final dot.
    Name(String),
    /// A number on the internet (IPv4 or IPv6), or what a browser would read as one.
    Number,
    /// None: a relative address, an app, a note.
    None,
}

impl Host {
    /// The name, if it is one.
    pub fn name(self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Schemes that lead to a host on a network.
const SCHEMES: [&str; 12] =
    ["http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "imap", "imaps", "smtp", "smtps"];

/// The host of an address as a page writes it: with a scheme, or beginning with `//`; all else is relative.
pub fn of_reference(url: &str) -> Host {
    let url = url.trim();
    match url.split_once(':') {
        Some((scheme, rest)) if SCHEMES.iter().any(|s| s.eq_ignore_ascii_case(scheme.trim())) => {
            rest.strip_prefix("//").map_or(Host::None, of_authority)
        }
        _ => url.strip_prefix("//").map_or(Host::None, of_authority),
    }
}

/// The host of an address as a password manager keeps it: the scheme may be missing.
///
/// Without one, only a name under a public suffix that is known counts, so that a note or a password in the wrong
/// field is not taken for a site.
pub fn of_site(url: &str) -> Host {
    let url = url.trim();
    if url.contains("://") || url.starts_with("//") {
        return of_reference(url);
    }
    if url.contains(char::is_whitespace) || url.contains('@') {
        return Host::None;
    }
    match of_authority(url) {
        Host::Name(name) if is_known(&name) => Host::Name(name),
        Host::Number => Host::Number,
        _ => Host::None,
    }
}

/// Whether the name lies under a public suffix that is on the list.
fn is_known(name: &str) -> bool {
    use psl::Psl as _;
    psl::List.suffix(name.as_bytes()).is_some_and(|s| s.is_known())
}

/// `user:password@HOST:port/path?query#fragment` → HOST.
fn of_authority(rest: &str) -> Host {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.starts_with('[') {
        return Host::Number;
    }
    let host = match host.split_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        // Part of a password, or no host at all.
        Some(_) => return Host::None,
        None => host,
    };
    valid(host)
}

/// Checks a bare name: `shop.example.org`, `münchen.example`.
pub fn valid(host: &str) -> Host {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.len() > 253 || !host.contains('.') {
        return if !host.is_empty() && host.bytes().all(|b| b.is_ascii_digit()) { Host::Number } else { Host::None };
    }
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| {
                c.is_alphanumeric() || c == '-' || c == '_' || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
            })
    };
    if !host.split('.').all(fits) || host.chars().any(is_trick) {
        return Host::None;
    }
    // A last label of digits is a number to every browser: 127.1, 0x7f.1.
    if host.rsplit('.').next().is_some_and(|l| l.starts_with(|c: char| c.is_ascii_digit())) {
        return Host::Number;
    }
    Host::Name(host.to_lowercase())
}

/// Characters that would make a name look like another on a screen.
fn is_trick(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

/// The registrable part of a name: `www.example.co.uk` → `example.co.uk`.
pub fn registrable(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

/// The part of a name that is a company's: the registrable one, or that under which the company gives out names
/// (`x.wordpress.com` → `wordpress.com`). None under a suffix that is on no list.
pub fn of_company(host: &str) -> Option<&str> {
    use psl::Psl as _;
    let suffix = psl::List.suffix(host.as_bytes()).filter(psl::Suffix::is_known)?;
    if suffix.typ() == Some(psl::Type::Private) {
        std::str::from_utf8(suffix.as_bytes()).ok()
    } else {
        registrable(host)
    }
}

/// Whether `host` is the group's own, or the page's: below one of the group's domains, or of the same registrable
/// domain as the page.
pub fn is_first_party(host: &str, domains: &[String], page: Option<&str>) -> bool {
    domains.iter().any(|d| is_below(host, d))
        || page.is_some_and(|page| {
            is_below(host, page) || registrable(host).is_some_and(|own| registrable(page) == Some(own))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Host {
        Host::Name(text.to_owned())
    }

    #[test]
    fn only_the_host_is_taken() {
        for url in [
            "https://USER:PASS@App.Slack.com:443/path?token=T#F",
            "app.slack.com",
            "app.slack.com/login?x=y",
            "app.slack.com:8443",
            "//app.slack.com",
            "https://app.slack.com.",
            "https://a@b@app.slack.com\\x",
        ] {
            assert_eq!(of_site(url), name("app.slack.com"), "{url}");
        }
        assert_eq!(of_reference("//Fonts.Gstatic.com/x"), name("fonts.gstatic.com"));
        assert_eq!(of_site("https://münchen.example/"), name("münchen.example"));
    }

    #[test]
    fn what_is_no_site_is_none() {
        for url in [
            "",
            "sn",
            "http://sn",
            "about:blank",
            "android://HASH@com.slack",
            "androidapp://com.slack",
            "otpauth://totp/x?secret=Y",
            "chrome://FirefoxAccounts",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@b.org",
            "file:///etc/passwd",
            "my.secret word",
            "P4ss.w0rdnotatld",
            "ana@casaabierta.example",
            "https://first.last:pa/ss@host.org",
            "https://exa%6dple.org",
            "https://slack。com/",
        ] {
            assert_eq!(of_site(url), Host::None, "{url}");
        }
        for url in ["https://127.0.0.1/", "http://[::1]/", "http://0x7f.1/", "https://2130706433/", "192.0.2.7"] {
            assert_eq!(of_site(url), Host::Number, "{url}");
        }
        for url in
            ["script.js", "cdn.example.org/x.js", "/x", "?q", "data:image/png;base64,x", "blob:https://a.example/x"]
        {
            assert_eq!(of_reference(url), Host::None, "{url}");
        }
    }

    #[test]
    fn first_party_is_by_registrable_domain() {
        let domains = ["casaabierta.example".to_owned()];
        assert!(is_first_party("www.casaabierta.example", &domains, None));
        assert!(!is_first_party("notcasaabierta.example", &domains, None));
        assert!(is_first_party("static.group.org.uk", &[], Some("www.group.org.uk")));
        assert!(!is_first_party("other.org.uk", &[], Some("www.group.org.uk")));
        assert!(!is_first_party("b.github.io", &[], Some("a.github.io")));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(url in "\\PC{0,60}") {
            let _ = of_site(&url);
            let _ = of_reference(&url);
        }
    }
}
