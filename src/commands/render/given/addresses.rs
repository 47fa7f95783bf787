//! Addresses of the old site: from its sitemap, a list of links, an export of WordPress, a network recording.

use super::{each_file, trouble};
use crate::catalog::index::Index;
use crate::commands::Context;
use crate::error::Error;
use crate::evidence::sniff::Format;
use crate::evidence::zone::is_below;
use crate::evidence::{Kind, addresses};
use crate::inventory::Inventory;
use crate::render::given::{Address, Given};
use std::collections::BTreeMap;

/// The most addresses that become redirects: a server reads them all at its start.
const MOST: usize = 50_000;

/// Reads them into `given.addresses`, each once; those of other sites are none of the group's.
pub(super) fn read(ctx: &Context, index: &Index, inventory: &Inventory, given: &mut Given) {
    let mut all: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    let wxr = crate::evidence::wxr::kind();
    let domains: Vec<&str> = inventory.zones.iter().map(|z| z.domain.as_str()).collect();
    let mine: Vec<&str> = inventory.group.domains.iter().map(String::as_str).chain(domains).collect();
    let kinds = [Kind::Sitemap, Kind::Links, Kind::Har, wxr];
    for source in inventory.sources.iter().filter(|s| kinds.contains(&s.kind)) {
        let mut found: Vec<addresses::Page> = Vec::new();
        let mut remarks: Vec<Error> = Vec::new();
        let done = each_file(ctx, index, source, &mut |path, format, _, text| {
            let take = &mut |page: addresses::Page| {
                if found.len() < MOST && (page.host.is_empty() || mine.iter().any(|d| is_below(&page.host, d))) {
                    found.push(page);
                }
            };
            let read = match format {
                Format::Sitemap => addresses::sitemap(text, path, take)?,
                Format::Links(form) => addresses::links(text, form, path, take)?,
                Format::Wxr => addresses::wxr(text, path, take)?,
                Format::Har => addresses::har(text, path, take)?,
                _ => return Ok(()),
            };
            if let Some((line, n)) = read.bad {
                remarks.push(Error::input(format!("{n} lines hold no address")).at(path, line));
            }
            if read.sitemaps > 0 {
                let says = format!("it is an index of {} other sitemaps", read.sitemaps);
                remarks.push(Error::input(says).in_file(path).hint("save those into evidence/, too"));
            }
            Ok(())
        });
        // What stands before the damage counts: a redirect too few is no wrong one.
        if let Err(e) = done {
            trouble(given, "addresses", source, &e);
        }
        for remark in &remarks {
            trouble(given, "addresses", source, remark);
        }
        for page in found {
            let to = all.entry((page.host, page.path)).or_default();
            // What a person has decided counts, wherever else the address stands.
            if page.to.is_some() {
                *to = page.to;
            }
        }
    }
    if all.len() > MOST {
        given.troubles.push(crate::render::given::Trouble {
            what: "addresses".into(),
            file: "evidence/".into(),
            line: None,
            says: format!("{} of {} addresses; only {MOST} are taken", all.len() - MOST, all.len()),
        });
    }
    given.addresses = all.into_iter().take(MOST).map(|((host, path), to)| Address { host, path, to }).collect();
}
