//! The kinds `html` and `har`: which third parties a page brings in.
//!
//! Only host names are taken. A link that a visitor must click loads nothing, so it is no third party of the page.

pub mod har;
pub mod html;
pub mod strings;
#[cfg(test)]
mod tests;

use super::{Counts, Input, Kind, Place, Signal, Sink, host};
use std::collections::{BTreeMap, BTreeSet};

/// The most pairs of host and use that are kept of one page.
const HOSTS: usize = 10_000;

/// The hosts of one page while it is read; each with its use and the line where it first stood.
#[derive(Debug, Default)]
struct Hosts {
    found: BTreeMap<(String, &'static str), Option<u64>>,
    more: u64,
}

impl Hosts {
    fn add(&mut self, host: String, how: &'static str, line: Option<u64>) {
        let key = (host, how);
        if self.found.contains_key(&key) {
            return;
        }
        if self.found.len() >= HOSTS {
            self.more += 1;
            return;
        }
        self.found.insert(key, line);
    }

    /// Offers what is neither the group's nor the page's own, each host and use once, in the order of the lines.
    fn offer(self, kind: Kind, about: &Input<'_>, page: Option<&str>, sink: &mut dyn Sink) -> Counts {
        let mut all: Vec<_> = self.found.into_iter().map(|((host, how), line)| (line, host, how)).collect();
        all.retain(|(_, host, _)| !host::is_first_party(host, about.domains, page));
        all.sort();
        let (mut hosts, mut matched) = (BTreeSet::new(), BTreeSet::new());
        for (line, host, how) in &all {
            hosts.insert(host);
            if sink.offer(kind, Place { path: about.path, line: *line }, &Signal::Host { host, how }) {
                matched.insert(host);
            }
        }
        let mut counts = Counts::default();
        counts.add("hosts", hosts.len() as u64);
        counts.add("matched", matched.len() as u64);
        if self.more > 0 {
            counts.add("not-read", self.more);
        }
        counts
    }
}
