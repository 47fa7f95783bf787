//! Where the addresses of the old site lead, as web servers want it told.
//!
//! nginx and Apache compare the path after decoding it; what they would not see as it is written is refused, by name.

use super::given::Address;
use crate::catalog::Catalog;
use crate::catalog::model::{RedirectRule, Sourced, Text};
use crate::evidence::addresses::{of_path, of_url};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One old address and the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The old path, decoded.
    pub path: String,
    /// The old query; empty without one.
    pub query: String,
    /// The old path and query as a browser sends them.
    pub sent: String,
    /// The whole new address.
    pub to: String,
    /// The path as a regular expression of Apache, which has no other way to quote everything.
    pub path_is: String,
    /// The query likewise.
    pub query_is: String,
    /// The new address for Apache, in which a `%` would stand for something else.
    pub to_rewrite: String,
}

/// An address that leads nowhere yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The old path and query.
    pub old: String,
    /// What the rules would make of it; empty when none fits.
    pub suggestion: String,
}

/// A rule for many addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The old paths, as a regular expression that nginx and Apache both read.
    pub pattern: String,
    /// The new path, with `$1` and so on.
    pub to: String,
    /// The same for Apache, with `%1`.
    pub to_rewrite: String,
    /// When it fits.
    pub says: Text,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
}

/// An address that can't be told to a web server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The old path and query.
    pub old: String,
    /// Why.
    pub why: Text,
}

/// All of one domain.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Redirects {
    /// The host with `www.`, as a regular expression of Apache.
    pub www_is: String,
    /// What somebody has decided.
    pub pairs: Vec<Pair>,
    /// What nobody has.
    pub open: Vec<Open>,
    /// What can't be told.
    pub refused: Vec<Refused>,
    /// Rules that may fit.
    pub rules: Vec<Rule>,
    /// Addresses that stay as they are, because somebody wrote the same one.
    pub same: usize,
}

/// The addresses at `domain` (with and without `www.`); `first` takes those of a table without hosts. `froms` are the old
/// services, `to` is the new software.
pub fn of(
    catalog: &Catalog,
    addresses: &[Address],
    domain: &str,
    first: bool,
    froms: &BTreeSet<&str>,
    to: &str,
) -> Redirects {
    let www = format!("www.{domain}");
    let rules = rules(catalog, froms, to);
    let mut all = Redirects {
        www_is: exactly(&www),
        rules: rules.iter().map(|(_, rule)| rule.clone()).collect(),
        ..Redirects::default()
    };
    let mut pairs: BTreeMap<(String, String), Pair> = BTreeMap::new();
    for a in addresses.iter().filter(|a| a.host == domain || a.host == www || (first && a.host.is_empty())) {
        let Some(new) = &a.to else {
            let suggestion = rules.iter().find_map(|(rule, _)| applied(rule, &a.path)).unwrap_or_default();
            all.open.push(Open { old: a.path.clone(), suggestion });
            continue;
        };
        match pair(&a.path, new, domain) {
            Ok(None) => all.same += 1,
            Ok(Some(pair)) => {
                pairs.entry((pair.path.clone(), pair.query.clone())).or_insert(pair);
            }
            Err(why) => all.refused.push(Refused { old: a.path.clone(), why }),
        }
    }
    // What leads back to itself would never end.
    let home = format!("https://{domain}");
    let next: BTreeMap<String, String> =
        pairs.values().filter_map(|p| Some((p.sent.clone(), p.to.strip_prefix(&home)?.to_owned()))).collect();
    for pair in pairs.into_values() {
        if circles(&next, &pair.sent) {
            all.refused
                .push(Refused { old: pair.sent, why: text("it leads back to itself", "lleva de regreso a sí misma") });
        } else {
            all.pairs.push(pair);
        }
    }
    all
}

fn circles(next: &BTreeMap<String, String>, start: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = start;
    while let Some(to) = next.get(at) {
        if !seen.insert(at) {
            return true;
        }
        at = to;
    }
    false
}

/// The pair, or nothing when both are the same.
fn pair(old: &str, new: &str, domain: &str) -> Result<Option<Pair>, Text> {
    let (raw, query) = old.split_once('?').unwrap_or((old, ""));
    let no = |en: &str, es: &str| Err(text(en, es));
    let Ok(path) = percent_decode_str(raw).decode_utf8() else {
        return no("its bytes are no text", "sus bytes no son texto");
    };
    let path = path.into_owned();
    let odd = |c: char| c.is_control() || c == '$' || ('\u{202a}'..='\u{202e}').contains(&c);
    if path.chars().chain(query.chars()).any(odd) {
        return no(
            "it holds a character that a web server would act on",
            "contiene un carácter que el servidor web interpretaría",
        );
    }
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = parts.len().saturating_sub(1);
    if !path.starts_with('/')
        || path.starts_with("//")
        || path.contains('\\')
        || parts.iter().enumerate().any(|(n, p)| matches!(*p, "." | "..") || (p.is_empty() && n < last))
    {
        return no(
            "a web server shortens this path before it looks",
            "un servidor web acorta esta ruta antes de mirarla",
        );
    }
    let Some(to) = whole(new, domain) else {
        return no(
            "the new address is neither a path that begins with / nor an address that begins with https://",
            "la dirección nueva no es una ruta que empiece con / ni una dirección que empiece con https://",
        );
    };
    let same = to.strip_prefix(&format!("https://{domain}")) == Some(old);
    let to_rewrite = to.replace('%', "\\%");
    let (path_is, query_is) = (exactly(&path), exactly(query));
    Ok((!same).then(|| Pair { path, query: query.to_owned(), sent: old.to_owned(), to, path_is, query_is, to_rewrite }))
}

/// A regular expression for this text alone: every byte that could mean something is told by its number.
fn exactly(text: &str) -> String {
    let mut pattern = String::from("^");
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_') {
            pattern.push(char::from(b));
        } else {
            pattern.push_str(&format!("\\x{b:02x}"));
        }
    }
    pattern + "$"
}

/// The whole new address, as a browser wants it in an answer.
fn whole(new: &str, domain: &str) -> Option<String> {
    let new = new.trim();
    let (scheme, host, path) = if new.starts_with('/') && !new.starts_with("//") {
        ("https", domain.to_owned(), of_path(new)?)
    } else {
        let (host, path) = of_url(new)?;
        (if new.get(..5)?.eq_ignore_ascii_case("https") { "https" } else { "http" }, host, path)
    };
    // `of_path` cuts off what follows a `#`, which browsers keep to themselves; here it leads to a place on the page.
    let fragment = new
        .split_once('#')
        .map(|(_, f)| f)
        .filter(|f| f.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)));
    let path = path.replace('$', "%24").replace('\'', "%27");
    let fragment = fragment.map_or(String::new(), |f| format!("#{f}"));
    Some(format!("{scheme}://{host}{path}{fragment}"))
}

/// The rules of the old services for the new software, that somebody backs.
fn rules<'c>(catalog: &'c Catalog, froms: &BTreeSet<&str>, to: &str) -> Vec<(&'c RedirectRule, Rule)> {
    let all = froms.iter().filter_map(|id| catalog.service(id)).flat_map(|s| &s.redirects);
    let fits = all.filter(|r| r.sourced != Sourced::None && (r.to.is_empty() || r.to == to));
    fits.filter_map(|rule| {
        let (pattern, names) = pattern(&rule.old)?;
        let to = numbered(&rule.new, &names)?;
        let (source, date) = (rule.source.clone(), rule.date.clone());
        let to_rewrite = to.replace('$', "%");
        Some((rule, Rule { pattern, to, to_rewrite, says: rule.says.clone(), source, date }))
    })
    .collect()
}

/// `/blog/{slug}` as a regular expression and the names in it. Only letters that mean nothing in an answer's head are let
/// through: the servers match the decoded path.
fn pattern(old: &str) -> Option<(String, Vec<&str>)> {
    let (mut text, mut names, mut rest) = (String::from("^"), Vec::new(), old.trim_end_matches('/'));
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(&escaped(before));
        text.push_str(match name {
            "year" => "([0-9][0-9][0-9][0-9])",
            "month" | "day" => "([0-9][0-9]?)",
            "slug" => "([A-Za-z0-9._~-]+)",
            "rest" => "([A-Za-z0-9._~/-]*)",
            _ => return None,
        });
        names.push(name);
        rest = after;
    }
    text.push_str(&escaped(rest));
    text.push_str("/?$");
    Some((text, names))
}

fn escaped(plain: &str) -> String {
    plain
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "/-_".contains(c) { c.to_string() } else { format!("[{c}]") })
        .collect()
}

/// `/{slug}/` → `/$1/`.
fn numbered(new: &str, names: &[&str]) -> Option<String> {
    let mut text = new.to_owned();
    for (n, name) in names.iter().enumerate() {
        text = text.replace(&format!("{{{name}}}"), &format!("${}", n + 1));
    }
    (!text.contains(['{', '}'])).then_some(text)
}

/// What a rule makes of a path; nothing when it does not fit.
fn applied(rule: &RedirectRule, path: &str) -> Option<String> {
    let mut said: BTreeMap<&str, String> = BTreeMap::new();
    let (mut want, mut have) = (rule.old.trim_end_matches('/'), path.trim_end_matches('/'));
    while let Some((before, after)) = want.split_once('{') {
        let (name, after) = after.split_once('}')?;
        have = have.strip_prefix(before)?;
        let good = |c: char| match name {
            "year" | "month" | "day" => c.is_ascii_digit(),
            "rest" => c.is_ascii_alphanumeric() || "._~/-".contains(c),
            _ => c.is_ascii_alphanumeric() || "._~-".contains(c),
        };
        let end = have.find(|c| !good(c)).unwrap_or(have.len());
        if end == 0 && name != "rest" || name == "year" && end != 4 || matches!(name, "month" | "day") && end > 2 {
            return None;
        }
        said.insert(name, have[..end].to_owned());
        (want, have) = (after, &have[end..]);
    }
    if want != have {
        return None;
    }
    Some(said.iter().fold(rule.new.clone(), |new, (name, value)| new.replace(&format!("{{{name}}}"), value)))
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.into(), es: es.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(path: &str, to: Option<&str>) -> Address {
        Address { host: "casa.example".into(), path: path.into(), to: to.map(str::to_owned) }
    }

    fn all(addresses: &[Address]) -> Redirects {
        of(&Catalog::default(), addresses, "casa.example", true, &BTreeSet::new(), "wordpress")
    }

    #[test]
    fn what_leads_to_itself_or_can_not_be_told_is_refused() {
        let found = all(&[
            address("/a", Some("/b")),
            address("/b", Some("/a")),
            address("/c", Some("/c")),
            address("/d//e", Some("/x")),
            address("/f/../g", Some("/x")),
            address("/$x", Some("/x")),
            address("/%0d%0ax", Some("/x")),
            address("/%ff", Some("/x")),
            address("/h", Some("javascript:alert(1)")),
            address("/i", Some("//evil.example/")),
            address("/j", None),
            address("/k", Some("/nuevo ñ?x=1#ahora")),
        ]);
        assert_eq!(found.pairs.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["/k"]);
        assert_eq!(found.pairs[0].to, "https://casa.example/nuevo%20%C3%B1?x=1#ahora");
        assert_eq!((found.same, found.open.len(), found.refused.len()), (1, 1, 9));
    }

    #[test]
    fn rules_are_one_for_both_servers() {
        let rule = RedirectRule { old: "/{year}/{month}/{slug}".into(), new: "/{slug}/".into(), ..Default::default() };
        let (text, names) = pattern(&rule.old).unwrap();
        assert_eq!(text, "^/([0-9][0-9][0-9][0-9])/([0-9][0-9]?)/([A-Za-z0-9._~-]+)/?$");
        assert_eq!(numbered(&rule.new, &names).unwrap(), "/$3/");
        assert_eq!(applied(&rule, "/2020/01/hola-a-todas/").unwrap(), "/hola-a-todas/");
        assert_eq!(applied(&rule, "/2020/01/"), None);
        assert_eq!(applied(&rule, "/20200/01/x"), None);
        assert_eq!(pattern("/{unheard}"), None);
    }
}
