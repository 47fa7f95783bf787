//! What a template is given of the old services: how their mailboxes are reached, whose they are, and their lists.

use super::Job;
use super::given::{Account, List, Role};
use crate::catalog::model::{ImapAccess, Route, Sourced, Text};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Once for what a template is filled.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Target<'a> {
    /// A domain.
    pub(super) domain: Option<&'a str>,
    /// A mailbox.
    pub(super) account: Option<&'a Account>,
    /// A list.
    pub(super) list: Option<&'a List>,
}

impl Target<'_> {
    /// The path with what it is filled for. Without a list of people there is one example for PERSON.
    pub(super) fn path(&self, pattern: &str) -> String {
        let path = self.domain.map_or_else(|| pattern.to_owned(), |d| pattern.replace("DOMAIN", d));
        let path = path.replace("ACCOUNT", self.account.map_or("PERSON", |a| a.slug.as_str()));
        path.replace("LIST", self.list.map_or("LIST", |l| l.slug.as_str()))
    }
}

/// The mailboxes that get a new one, each once: in use, and at a domain that comes along.
pub(super) fn accounts<'a>(job: Job<'a>, froms: &BTreeSet<&str>, own: &[String]) -> Vec<&'a Account> {
    let mut seen = BTreeSet::new();
    let mine = job.given.accounts.iter().filter(|a| froms.contains(a.service.as_str()) && why_not(a, own).is_none());
    mine.filter(|a| seen.insert(a.address.as_str())).collect()
}

/// The lists of these services.
pub(super) fn lists<'a>(job: Job<'a>, froms: &BTreeSet<&str>) -> Vec<&'a List> {
    job.given.lists.iter().filter(|l| froms.contains(l.service.as_str())).collect()
}

/// The old services, each with its mailboxes.
pub(super) fn olds(job: Job<'_>, froms: &BTreeSet<&str>, needs: &[String], own: &[String]) -> Vec<Value> {
    froms.iter().map(|id| old(job, id, needs, own)).collect()
}

fn old(job: Job<'_>, id: &str, needs: &[String], own: &[String]) -> Value {
    let service = job.catalog.service(id);
    let name = service.map_or(id, |s| s.name.as_str());
    let routes = service.into_iter().flat_map(|s| s.exports.iter()).filter(|(need, _)| needs.contains(need));
    let route = routes.flat_map(|(_, r)| r).find(|r| r.imap.is_some() && r.sourced != Sourced::None);
    let day = route.and_then(|r| r.bytes_per_day);
    let mine = job.given.accounts.iter().filter(|a| a.service == id);
    let (here, others): (Vec<_>, Vec<_>) = mine.map(|a| (a, why_not(a, own))).partition(|(_, why)| why.is_none());
    let shown = |a: &Account| {
        let mut value = account(a, own);
        value["days"] = json!(day.and_then(|d| a.bytes.map(|b| b.div_ceil(d.max(1)).max(1))));
        value
    };
    let accounts: Vec<Value> = here.into_iter().map(|(a, _)| shown(a)).collect();
    let blocked =
        route.and_then(|r| r.imap.as_ref()).and_then(|i| i.blocked.as_ref()).filter(|b| b.sourced != Sourced::None);
    let others: Vec<Value> = others
        .into_iter()
        .map(|(a, why)| {
            let mut value = shown(a);
            let ours = own.is_empty() || own.contains(&a.domain);
            value["ours"] = json!(ours);
            value["opened"] = json!(ours && !a.active && blocked.is_some());
            value["why"] = json!(why);
            value
        })
        .collect();
    let (opened, left): (Vec<&Value>, Vec<&Value>) = others.iter().partition(|o| o["opened"] == true);
    json!({
        "id": id,
        "name": name,
        "imap": route.and_then(|r| r.imap.as_ref()).map(imap),
        "limits": route.and_then(|r| r.limits.clone()),
        "sign_in": route.and_then(|r| r.sign_in.clone()),
        "bytes_per_day": day,
        "bytes_per_second": day.map(|d| d / 86_400),
        "source": route.map(source),
        "copied": accounts.iter().chain(opened.iter().copied()).collect::<Vec<_>>(),
        "opened": opened,
        "left": left,
        "aliases_unknown": job.given.accounts.iter().any(|a| a.service == id && !a.aliases_known),
        "accounts": accounts,
        "others": others,
    })
}

fn source(route: &Route) -> String {
    format!("{} ({})", route.source, route.date)
}

/// How the mailboxes are reached, with the folders as `mbsync` and `imapsync` take them.
fn imap(access: &ImapAccess) -> Value {
    let mut value = json!(access);
    let apart = || access.leave.iter().chain(&access.everything);
    let patterns = ["INBOX", "*"].into_iter().map(str::to_owned).chain(apart().map(|f| format!("!{f}")));
    // Neither under the old name nor, on a second run, under the new one.
    let mut renamed: Vec<String> = Vec::new();
    for name in access.renamed.iter().flat_map(|r| [&r.from, &r.to]) {
        let out = format!("!{name}");
        if !renamed.contains(&out) {
            renamed.push(out);
        }
    }
    let patterns = patterns.chain(renamed);
    value["patterns"] = patterns.collect();
    value["excludes"] = apart().map(|f| expression(f)).collect();
    value["leaves"] = access.leave.iter().map(|f| expression(f)).collect();
    for (n, renamed) in access.renamed.iter().enumerate() {
        let channel = format!("{}-{}", renamed.to.to_lowercase(), renamed.word);
        value["renamed"][n]["channel"] = json!(channel);
        value["renamed"][n]["pair"] = json!(format!("{}={}", renamed.from, renamed.to));
    }
    let words: BTreeSet<&str> = access.renamed.iter().map(|r| r.word.as_str()).collect();
    value["words"] = words.into_iter().collect();
    for key in ["leave", "everything", "renamed"] {
        if value[key].is_null() {
            value[key] = json!([]);
        }
    }
    for key in ["depth", "token", "blocked"] {
        if value.get(key).is_none() {
            value[key] = Value::Null;
        }
    }
    value
}

/// A folder's name, in which `*` stands for anything, as a regular expression of Perl.
fn expression(folder: &str) -> String {
    let mut out = String::from("^");
    for c in folder.chars() {
        match c {
            '*' => out.push_str(".*"),
            c if c.is_ascii_alphanumeric() || c == ' ' || c == '/' || !c.is_ascii() => out.push(c),
            c => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out.push('$');
    out
}

/// A mailbox, with those of its other addresses that come along.
pub(super) fn account(a: &Account, own: &[String]) -> Value {
    json!({
        "service": a.service, "address": a.address, "local": a.local, "domain": a.domain, "slug": a.slug, "name": a.name,
        "aliases": aliases(a, own), "aliases_known": a.aliases_known,
        "active": a.active, "bytes": a.bytes, "days": null,
        "profile_id": uuid("profile", &a.address), "mail_id": uuid("mail", &a.address),
    })
}

/// Those of its other addresses that come along.
pub(super) fn aliases(a: &Account, own: &[String]) -> Vec<String> {
    let here = |alias: &&String| alias.rsplit_once('@').is_some_and(|(_, d)| own.iter().any(|o| o == d));
    a.aliases.iter().filter(here).cloned().collect()
}

/// Why a mailbox gets no new one by itself.
pub(super) fn why_not(a: &Account, own: &[String]) -> Option<Text> {
    if !own.is_empty() && !own.contains(&a.domain) {
        return Some(super::text(
            "its domain is not the group's: decide which new address takes its mail",
            "su dominio no es del grupo: decidan qué dirección nueva recibe su correo",
        ));
    }
    if a.active {
        return None;
    }
    Some(if a.unlicensed {
        super::text(
            "ASK: it can't sign in and nobody pays for it, as is normal for a shared mailbox or a room. Who reads it? Give it a mailbox, or make it an alias, before the cut-over: else mail to it comes back",
            "ASK: no puede iniciar sesión y nadie paga por ella, como es normal en un buzón compartido o una sala. ¿Quién la lee? Denle un buzón, o háganla un alias, antes del cambio: si no, el correo que le envíen regresa",
        )
    } else {
        super::text(
            "ASK: it can't sign in there: is it shared, or did somebody leave? Decide whether its mail is kept, and give it a mailbox, or make it an alias, before the cut-over: else mail to it comes back",
            "ASK: no puede iniciar sesión ahí: ¿es compartida, o alguien se fue? Decidan si se conserva su correo, y denle un buzón, o háganla un alias, antes del cambio: si no, el correo que le envíen regresa",
        )
    })
}

/// A UUID (version 8, RFC 9562) that is the same on each run.
fn uuid(what: &str, address: &str) -> String {
    let hash = Sha256::digest(format!("decamp {what} {address}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032X}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A list with the people of each kind. Who owns a list gets its mail, too. `here`: its address comes along.
pub(super) fn list(l: &List, own: &[String]) -> Value {
    let mut by: Map<String, Value> = Map::new();
    let pick =
        |fits: fn(Role) -> bool| l.members.values().filter(|m| fits(m.role)).map(|m| json!(m)).collect::<Value>();
    by.insert("owners".into(), pick(|r| r == Role::Owner));
    by.insert("moderators".into(), pick(|r| r == Role::Moderator));
    by.insert("members".into(), pick(|r| matches!(r, Role::Owner | Role::Moderator | Role::Member)));
    by.insert("subscribed".into(), pick(|r| r == Role::Subscribed));
    by.insert("unsubscribed".into(), pick(|r| r == Role::Unsubscribed));
    by.insert("cleaned".into(), pick(|r| r == Role::Cleaned));
    by.insert("unknown".into(), pick(|r| r == Role::Unknown));
    by.insert("service".into(), json!(l.service));
    by.insert("name".into(), json!(l.name));
    by.insert("address".into(), json!(l.address));
    by.insert("local".into(), json!(l.address.as_ref().and_then(|a| a.split_once('@')).map(|(local, _)| local)));
    let domain = l.address.as_ref().and_then(|a| a.split_once('@')).map(|(_, domain)| domain);
    by.insert("here".into(), json!(domain.is_some_and(|d| own.iter().any(|o| o == d))));
    by.insert("slug".into(), json!(l.slug));
    Value::Object(by)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_expressions_that_fit_only_themselves() {
        assert_eq!(expression("[Gmail]/All Mail"), "^\\[Gmail\\]/All Mail$");
        assert_eq!(expression("Sync Issues*"), "^Sync Issues.*$");
    }

    #[test]
    fn identifiers_are_uuids_and_stay_the_same() {
        let id = uuid("mail", "ana@casa.example");
        assert_eq!(id, uuid("mail", "ana@casa.example"));
        assert_ne!(id, uuid("profile", "ana@casa.example"));
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!((lengths, &id[14..15]), (vec![8, 4, 4, 4, 12], "8"));
    }
}
