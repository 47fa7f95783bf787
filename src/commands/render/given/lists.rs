//! Mailing lists and audiences: from the services' own exports, by the columns that their files in the catalog name.

use super::{each_file, trouble};
use crate::catalog::index::Index;
use crate::commands::Context;
use crate::evidence::people::{self, Person, State};
use crate::evidence::sniff::Format;
use crate::inventory::{Inventory, Source};
use crate::render::given::{Given, List, Member, Role, Slugs, clean};
use std::collections::{BTreeMap, BTreeSet};

/// Which list: the service, and what the file says of the list, or else where the file lies.
type Key = (String, String);

/// Reads them into `given.lists`, sorted by service and name.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory, given: &mut Given) {
    let kinds: BTreeSet<&str> = index.shapes().0.iter().filter(|s| s.people.is_some()).map(|s| s.kind.id()).collect();
    let mut all: BTreeMap<Key, List> = BTreeMap::new();
    // An audience comes in several files; where one can't be read, nobody knows who has left.
    let mut spoiled: BTreeSet<(String, String)> = BTreeSet::new();
    for source in inventory.sources.iter().filter(|s| kinds.contains(s.kind.id())) {
        let Some(service) = index.export(source.kind.id()).map(|h| h.service.clone()) else { continue };
        let mut found: Vec<(String, bool, Vec<Person>)> = Vec::new();
        let done = each_file(ctx, index, source, &mut |path, format, above, text| {
            if let Format::Table(shape, layout) = format
                && let Some(columns) = shape.people.as_ref().filter(|_| shape.kind == source.kind)
            {
                let title = (layout.header as usize).checked_sub(2).and_then(|n| above.lines().nth(n));
                let rows = people::read(text, columns, *layout, title, path)?;
                found.push((path.to_owned(), is_audience(columns), rows));
            }
            Ok(())
        });
        if let Err(e) = done {
            trouble(given, "lists", source, &e);
            spoiled.insert((service, container(&source.path)));
            continue;
        }
        for (path, parts, rows) in found {
            put(&service, source, &path, parts, rows, &mut all);
        }
    }
    let mut slugs = Slugs::default();
    all.retain(|_, list| !spoiled.contains(&(list.service.clone(), list.origin.clone())));
    given.lists = all.into_values().map(|l| List { slug: slugs.of(&l.name), ..l }).collect();
}

/// Whether a file is one of those that together are a newsletter's audience: who has left stands in another.
fn is_audience(columns: &people::Columns) -> bool {
    let of_audience = |s: &State| matches!(s, State::Subscribed | State::Unsubscribed | State::Cleaned);
    columns.all.iter().chain(columns.states.values()).any(of_audience)
}

/// The archive, or else the folder, in which a file lies.
fn container(path: &str) -> String {
    match path.split_once('!') {
        Some((archive, _)) => archive.to_owned(),
        None if [".zip", ".tgz", ".tar.gz"].iter().any(|end| path.to_ascii_lowercase().ends_with(end)) => {
            path.to_owned()
        }
        None => path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()),
    }
}

/// A file's name without folders and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Puts the rows of a file into their lists. `parts`: the file is one of those that together are an audience.
fn put(service: &str, source: &Source, path: &str, parts: bool, rows: Vec<Person>, all: &mut BTreeMap<Key, List>) {
    let origin = if parts { container(path) } else { path.to_owned() };
    let is_archive = source.path == origin;
    for person in rows {
        let name = match &person.list {
            Some(list) => clean(list),
            None if parts && !is_archive => service.to_owned(),
            None => clean(stem(&origin)),
        };
        let key = (service.to_owned(), person.list.clone().unwrap_or_else(|| origin.clone()));
        let list = all.entry(key).or_insert_with(|| List {
            service: service.to_owned(),
            address: people::address(&name).map(|(l, d)| format!("{l}@{d}")),
            name,
            slug: String::new(),
            origin: origin.clone(),
            members: BTreeMap::new(),
        });
        let (address, role) = match people::address(&person.address) {
            Some((local, domain)) => (format!("{local}@{domain}"), role(person.state)),
            None => (clean(&person.address), Role::Unknown),
        };
        let note = if role == Role::Unknown {
            format!("{path}:{} {}", person.line, clean(&person.word))
        } else {
            String::new()
        };
        let member =
            Member { address: address.clone(), name: clean(&person.name), role, note: note.trim_end().to_owned() };
        let entry = list.members.entry(address).or_insert_with(|| member.clone());
        // Who has left once has left; who owns it owns it.
        if member.role > entry.role {
            *entry = member;
        }
    }
}

fn role(state: State) -> Role {
    match state {
        State::Owner => Role::Owner,
        State::Moderator => Role::Moderator,
        State::Member => Role::Member,
        State::Subscribed => Role::Subscribed,
        State::Unsubscribed => Role::Unsubscribed,
        State::Cleaned => Role::Cleaned,
        State::Unknown => Role::Unknown,
    }
}
