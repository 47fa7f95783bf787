//! The kind `certificates`: names in certificates that were issued for a domain, as crt.sh or certspotter give them. A name
//! says that something was meant to stand there, not what; they are counted, and help to choose what to ask a resolver.

use super::host::{self, Host};
use super::json::each;
use super::text::Text;
use super::zone::is_below;
use super::{Counts, Input};
use crate::error::Result;
use std::collections::HashSet;

/// The most names that are told apart.
const NAMES: usize = 200_000;

/// Reads the list.
///
/// # Errors
/// With file and line when the JSON is broken.
pub fn read(text: Text<'_>, about: &Input<'_>) -> Result<Counts> {
    let (mut rows, mut names, mut others) = (0, HashSet::new(), HashSet::new());
    let done = each(text, about.path, &["[]", ""], &["name_value", "common_name", "dns_names[]"], &mut |_, f| {
        rows += 1;
        let all = ["name_value", "common_name", "dns_names[]"].iter().filter_map(|k| f.get(k));
        for name in all.flat_map(str::lines) {
            let Host::Name(name) = host::valid(name.trim().trim_start_matches("*.")) else { continue };
            let own = about.domains.is_empty() || about.domains.iter().any(|d| is_below(&name, d));
            let list = if own { &mut names } else { &mut others };
            if list.len() < NAMES {
                list.insert(super::hash(&name));
            }
        }
    });
    let mut counts = Counts::default();
    counts.add("certificates", rows);
    counts.add("names", names.len() as u64);
    if !others.is_empty() {
        counts.add("other-names", others.len() as u64);
    }
    done.map(|()| counts)
}
