//! Mailboxes: from the user lists of the old services' admin consoles.

use super::{each_file, trouble};
use crate::catalog::index::Index;
use crate::commands::Context;
use crate::error::Error;
use crate::evidence::people;
use crate::evidence::sniff::Format;
use crate::evidence::{Kind, users};
use crate::inventory::{Inventory, Source};
use crate::render::given::{Account, Given, Slugs, clean};
use std::collections::BTreeMap;

/// Reads them into `given.accounts`, sorted by service and address.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory, given: &mut Given) {
    let mut all: BTreeMap<(String, String), Account> = BTreeMap::new();
    for source in inventory.sources.iter().filter(|s| matches!(s.kind, Kind::GoogleUsers | Kind::M365Users)) {
        let Some(service) = index.export(source.kind.id()).map(|h| h.service.clone()) else { continue };
        let mut found: Vec<(String, users::User)> = Vec::new();
        let done = each_file(ctx, index, source, &mut |path, format, _, text| match format {
            Format::Users(kind, layout) if *kind == source.kind => {
                users::each(text, *kind, *layout, path, &mut |user| found.push((path.to_owned(), user)))
            }
            _ => Ok(()),
        });
        if let Err(e) = done {
            trouble(given, "accounts", source, &e);
            continue;
        }
        if source.counts.get("rows").is_some_and(|rows| *rows != found.len() as u64) {
            let e = Error::input("it is not the list that the inventory was made from");
            trouble(given, "accounts", source, &e.hint("run `decamp inventory` and `decamp plan` again"));
        }
        for (path, user) in found.into_iter().filter(|(_, u)| !u.guest) {
            take(&service, source, &path, &user, &mut all, given);
        }
    }
    let mut slugs = Slugs::default();
    given.accounts = all.into_values().map(|a| Account { slug: slugs.of(&a.address), ..a }).collect();
}

fn take(
    service: &str,
    source: &Source,
    path: &str,
    user: &users::User,
    all: &mut BTreeMap<(String, String), Account>,
    given: &mut Given,
) {
    let Some((local, domain)) = people::address(&user.address) else {
        let says = if user.address.contains('@') {
            "an address that no configuration can hold"
        } else {
            "the list hides whose accounts these are"
        };
        let hint = "look at the line, and give the account by hand";
        return trouble(given, "accounts", source, &Error::input(says).at(path, user.line).hint(hint));
    };
    let address = format!("{local}@{domain}");
    let others = user.aliases.iter().flatten().filter_map(|a| people::address(a)).map(|(l, d)| format!("{l}@{d}"));
    let mut aliases: Vec<String> = others.filter(|a| *a != address).collect();
    aliases.sort();
    aliases.dedup();
    let account = Account {
        service: service.to_owned(),
        address: address.clone(),
        local,
        domain,
        slug: String::new(),
        name: clean(&user.name),
        aliases,
        aliases_known: user.aliases.is_some(),
        active: user.active,
        unlicensed: user.unlicensed,
        bytes: user.bytes,
    };
    let entry = all.entry((service.to_owned(), address)).or_insert_with(|| account.clone());
    // Of two lists, the one by which it is in use says more: a report of use and a list of users stand beside each other.
    entry.active |= account.active;
    entry.unlicensed |= account.unlicensed;
    entry.aliases_known |= account.aliases_known;
    entry.bytes = entry.bytes.max(account.bytes);
    if entry.name.is_empty() {
        entry.name = account.name;
    }
    entry.aliases.extend(account.aliases);
    entry.aliases.sort();
    entry.aliases.dedup();
}
