//! The kinds `google-oauth` and `m365-apps`: services that people entered with "Sign in with …", or that may read the
//! group's accounts. They break when the account goes.

use super::json::each;
use super::table::{Layout, Table, no_header, plain_name};
use super::text::Text;
use super::{Counts, Input, Kind, Place, Signal, Sink};
use crate::error::Result;
use std::collections::BTreeMap;

/// Which form a list of grants has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table with a row an app, or a row a grant.
    Table(Layout),
    /// JSON: a list, or a list under `value` (Microsoft) or `items` (Google).
    Json,
    /// The account's page of third-party access, saved as text.
    Page,
    /// The same, saved as HTML.
    Html,
}

/// The most apps that are told apart.
const APPS: usize = 10_000;
/// Columns that name the app. Of other languages, those that a public page shows (Portuguese: a Brazilian reseller's help, and
/// support.google.com/a/answer/6124308?hl=pt-br, read 2026-11).
const APP: [&str; 12] = [
    "app name",
    "application name",
    "app",
    "application",
    "app display name",
    "displayname",
    "display name",
    "appdisplayname",
    "client name",
    "displaytext",
    "nome do aplicativo",
    "nome do app",
];
/// Columns that count who uses it.
const USERS: [&str; 5] = ["users", "user count", "number of users", "accessed by", "total users"];
/// Of these, one must be there for a table to be Google's.
const GOOGLE: [&str; 14] = [
    "client id",
    "clientid",
    "oauth client id",
    "oauth scopes",
    "requested services",
    "google data access",
    "access level",
    "id de cliente",
    "id do cliente",
    "nome do evento",
    "scope",
    "scopes",
    "app id",
    "event",
];
/// Of these, one must be there for a table to be Microsoft's.
const MICROSOFT: [&str; 9] = [
    "application id",
    "appid",
    "applicationid",
    "service principal type",
    "serviceprincipaltype",
    "homepage url",
    "homepage",
    "identifier uri s",
    "assignment required",
];

/// Names of Google's and Microsoft's own apps, and of devices: they are no third party.
const OWN: [&str; 18] = [
    "gmail",
    "youtube",
    "google",
    "microsoft",
    "office",
    "windows",
    "android",
    "android device",
    "ios",
    "ios account manager",
    "macos",
    "chrome",
    "apple internet accounts",
    "azure",
    "graph explorer",
    "mac os",
    "chromium",
    "chrome os",
];

/// Which list of grants a table with these column names is.
pub fn kind_of(names: &[String]) -> Option<Kind> {
    let names: Vec<String> = names.iter().map(|n| plain_name(n)).collect();
    let has = |list: &[&str]| list.iter().any(|k| names.iter().any(|n| n == k));
    if !has(&APP) {
        return None;
    }
    if has(&MICROSOFT) {
        Some(Kind::M365Apps)
    } else if has(&GOOGLE) {
        Some(Kind::GoogleOauth)
    } else {
        None
    }
}

/// Reads a list of grants, and offers each app once.
///
/// # Errors
/// With file and line, never a line's text, when the list is broken.
pub fn read(text: Text<'_>, kind: Kind, form: Form, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut apps = Apps::default();
    let done = match form {
        Form::Table(layout) => table(text, layout, about, &mut apps),
        Form::Json => each(
            text,
            about.path,
            &["[]", "value[]", "items[]"],
            &[
                "displayName",
                "appDisplayName",
                "displayText",
                "appName",
                "name",
                "servicePrincipalType",
                "publisherName",
            ],
            &mut |_, fields| {
                let name = ["displayName", "appDisplayName", "displayText", "appName", "name"];
                if let Some(name) = name.iter().find_map(|k| fields.get(k)) {
                    apps.add(name, 0, None);
                }
            },
        ),
        Form::Page | Form::Html => page(text, form == Form::Html, about, &mut apps),
    };
    // A console's list says whose accounts these are; the page of an account does when it names one of the group's.
    let counts = apps.offer(kind, form != Form::Page && form != Form::Html, about, sink);
    done.map(|()| counts)
}

#[derive(Debug, Default)]
struct Apps {
    rows: u64,
    /// Name → first line, and how many use it.
    found: BTreeMap<String, (u64, u64)>,
    /// The page names an account at one of the group's domains.
    own: bool,
}

impl Apps {
    fn add(&mut self, name: &str, line: u64, users: Option<u64>) {
        let name = crate::ui::printable(name.trim());
        self.rows += 1;
        // In a row that is damaged a person may stand where the app should.
        if name.is_empty() || name.len() > 200 || is_person(&name) || self.found.len() >= APPS {
            return;
        }
        let entry = self.found.entry(name).or_insert((line, 0));
        entry.1 = match users {
            Some(users) => entry.1.max(users),
            None => entry.1 + 1,
        };
    }

    fn offer(self, kind: Kind, console: bool, about: &Input<'_>, sink: &mut dyn Sink) -> Counts {
        let mut matched = 0;
        let own = self.own;
        let mut all: Vec<(u64, String, u64)> =
            self.found.into_iter().map(|(n, (line, users))| (line, n, users)).collect();
        all.sort();
        for (line, name, users) in all.iter().filter(|(_, name, _)| !is_own(name)) {
            let place = Place { path: about.path, line: Some(*line).filter(|n| *n > 0) };
            let users = Some(*users).filter(|n| *n > 0);
            matched += u64::from(sink.offer(kind, place, &Signal::App { name, users }));
        }
        if console || own {
            sink.offer(
                kind,
                Place { path: about.path, line: None },
                &Signal::Export { name: None, counts: &BTreeMap::new(), last: None },
            );
        }
        let mut counts = Counts::default();
        counts.add("rows", self.rows);
        counts.add("apps", all.len() as u64);
        counts.add("matched", matched);
        counts
    }
}

/// Whether an address stands in the name.
fn is_person(name: &str) -> bool {
    name.split_whitespace()
        .any(|word| word.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.')))
}

fn is_own(name: &str) -> bool {
    let name = plain_name(name);
    let first = name.split(' ').next().unwrap_or_default();
    OWN.contains(&name.as_str()) || matches!(first, "google" | "microsoft" | "office")
}

fn table(text: Text<'_>, layout: Layout, about: &Input<'_>, apps: &mut Apps) -> Result<()> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let names = row.names();
    let find = |known: &[&str]| known.iter().find_map(|k| names.iter().position(|n| n == k));
    let app = find(&APP).ok_or_else(|| no_header(about.path))?;
    let users = find(&USERS);
    while table.next_into(&mut row)? {
        if row.cell(app).is_empty() {
            continue;
        }
        let count = users.and_then(|n| row.cell(n).replace(',', "").parse().ok());
        let line = row.line;
        apps.add(row.cell(app), line, count);
    }
    table.whole()
}

/// What stands below an app's name on the page.
const BELOW: [&str; 11] = [
    "has access to",
    "has some access",
    "has full access",
    "access given",
    "tiene acceso",
    "acceso otorgado",
    "signed in with",
    "sign in with google",
    "acceder con google",
    "iniciar sesion con google",
    "accede con google",
];

/// Lines of the page: a name, then what it has access to.
fn page(mut text: Text<'_>, html: bool, about: &Input<'_>, apps: &mut Apps) -> Result<()> {
    let mut line = Vec::new();
    let mut before = String::new();
    let mut number = 0;
    let mut hidden = false;
    while text.read_into(&mut line).map_err(|e| super::text::failed(about.path, &e))? {
        number += 1;
        let shown = String::from_utf8_lossy(&line);
        apps.own |= about.domains.iter().any(|d| shown.contains(&format!("@{d}")));
        let pieces = if html { pieces(&shown, &mut hidden) } else { vec![shown.trim().to_owned()] };
        for now in pieces {
            let plain = plain_name(&now);
            let below = BELOW.iter().any(|g| plain.starts_with(g)) || is_access(&plain);
            if below && !before.is_empty() && !is_heading(&before) {
                apps.add(&before, number, None);
            }
            if !now.is_empty() {
                before = now;
            }
        }
    }
    Ok(())
}

/// `Access to: Google Calendar`, behind the name of one of the page's filters.
fn is_access(plain: &str) -> bool {
    ["access to ", "acceso a "].iter().any(|filter| plain.starts_with(filter))
}

/// What stands above the page's filters is no app: a heading, how many there are, whose account it is.
fn is_heading(text: &str) -> bool {
    let plain = plain_name(text);
    let known = ["account type", "tipo de cuenta", "access to", "acceso a", "linked account"];
    known.contains(&plain.as_str()) || plain.starts_with("you have ") || text.contains('@')
}

/// The text between the tags of one line; what stands in scripts and styles is none.
fn pieces(line: &str, hidden: &mut bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut now = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        if !*hidden {
            now.push_str(&rest[..at]);
        }
        let Some(end) = rest[at..].find('>') else { break };
        let tag = rest[at + 1..at + end].to_ascii_lowercase();
        if tag.starts_with("script") || tag.starts_with("style") {
            *hidden = true;
        } else if tag.starts_with("/script") || tag.starts_with("/style") {
            *hidden = false;
        }
        found.push(std::mem::take(&mut now));
        rest = &rest[at + end + 1..];
    }
    if !*hidden {
        now.push_str(rest);
    }
    found.push(now);
    let decode = |t: String| t.replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"").trim().to_owned();
    found.into_iter().map(decode).filter(|t| !t.is_empty()).collect()
}
