//! Which houses: the fewest that serve all needs that can be served, and of those the ones that fit best.

use super::choose::{common_format, home};
use crate::catalog::Catalog;
use crate::catalog::model::{Answer, Provider, ProviderKind, ProviderStatus, Purpose, Sourced};
use crate::error::{Error, Result, did_you_mean};
use crate::group::Group;
use crate::inventory::Inventory;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The most candidates of which every combination is tried.
const CANDIDATES: usize = 20;
/// The most houses that are combined by trying; what is left after them is added one by one.
const TOGETHER: usize = 4;

/// Why a provider is not chosen unless the group names it. The names are keys in `playbooks/texts/`, after `no-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It takes nobody, or has ended.
    Closed,
    /// By invitation only.
    Invitation,
    /// A company.
    Company,
    /// A machine of one's own, which the group did not wish for.
    Own,
    /// In no country that the group wishes.
    Country,
    /// In no language of the group.
    Language,
    /// For larger or smaller groups.
    Size,
    /// For groups of other countries.
    Members,
    /// For other kinds of groups.
    Purpose,
    /// Not for groups at all.
    Never,
}

impl Unfit {
    /// The key of its sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::Closed => "no-closed",
            Self::Invitation => "no-invitation",
            Self::Company => "no-company",
            Self::Own => "no-own",
            Self::Country => "no-country",
            Self::Language => "no-language",
            Self::Size => "no-size",
            Self::Members => "no-members",
            Self::Purpose => "no-purpose",
            Self::Never => "no-never",
        }
    }
}

/// Why a plan may not choose a provider by itself; none: it may.
pub fn unfit(provider: &Provider, group: &Group) -> Option<Unfit> {
    match provider.status {
        ProviderStatus::Closed => return Some(Unfit::Closed),
        ProviderStatus::Invitation => return Some(Unfit::Invitation),
        ProviderStatus::Open | ProviderStatus::Unknown => {}
    }
    match provider.kind {
        ProviderKind::Company => return Some(Unfit::Company),
        ProviderKind::Own if !group.wishes.self_host => return Some(Unfit::Own),
        ProviderKind::Own | ProviderKind::Movement => {}
    }
    let wished = &group.wishes.countries;
    if !wished.is_empty() && !provider.countries.iter().any(|c| wished.contains(c)) {
        return Some(Unfit::Country);
    }
    let spoken = &provider.languages;
    if !group.languages.is_empty() && !spoken.is_empty() && !spoken.iter().any(|l| group.languages.contains(l)) {
        return Some(Unfit::Language);
    }
    unsuited(provider, group)
}

/// Whether what is on record about whom it takes speaks against this group.
pub fn unsuited(provider: &Provider, group: &Group) -> Option<Unfit> {
    let suits = provider.suits.as_ref().filter(|s| s.sourced != Sourced::None)?;
    if suits.never {
        return Some(Unfit::Never);
    }
    if let (Some(range), Some(people)) = (&suits.people, group.people)
        && (range.min.is_some_and(|min| people < min) || range.max.is_some_and(|max| people > max))
    {
        return Some(Unfit::Size);
    }
    if let Some(country) = &group.country
        && !suits.countries.is_empty()
        && !suits.countries.contains(country)
    {
        return Some(Unfit::Members);
    }
    (!suits.purposes.is_empty() && suits.purposes.iter().all(|p| *p == Purpose::Individual)).then_some(Unfit::Purpose)
}

/// The providers that a plan uses, in order of preference: those wished, else those found.
///
/// # Errors
/// When a wished provider is not in the catalog.
pub fn providers(catalog: &Catalog, group: &Group, inventory: &Inventory, wished: &[String]) -> Result<Vec<String>> {
    let wished = if wished.is_empty() { group.wishes.providers.as_slice() } else { wished };
    for id in wished {
        if catalog.provider(id).is_none() {
            let mut e = Error::input(format!("`{id}` is not a provider that the catalog knows"));
            if let Some(near) = did_you_mean(id, catalog.providers.keys().map(String::as_str)) {
                e = e.hint(format!("did you mean `{near}`?"));
            }
            return Err(e.hint("`decamp catalog list` shows them"));
        }
    }
    Ok(if wished.is_empty() { found(catalog, group, inventory) } else { wished.to_vec() })
}

/// A provider that may be chosen.
struct Candidate<'a> {
    id: &'a String,
    /// Which of the needs it surely offers, a bit a need.
    serves: u64,
    /// How well it fits: higher is better.
    fit: (usize, bool, usize, bool),
}

fn found(catalog: &Catalog, group: &Group, inventory: &Inventory) -> Vec<String> {
    // A need with the old services that show it, so that a way to carry it over counts.
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in &inventory.services {
        for need in service.needs.iter().filter(|n| !group.wishes.keep.contains(n)) {
            needs.entry(need).or_default().push(&service.id);
        }
    }
    let needs: Vec<(&str, Vec<&str>)> = needs.into_iter().take(64).collect();
    let mut all: Vec<Candidate<'_>> = catalog
        .providers
        .iter()
        .filter(|(_, p)| unfit(&p.value, group).is_none())
        .map(|(id, p)| candidate(catalog, group, &needs, id, &p.value))
        .filter(|c| c.serves != 0)
        .collect();
    all.sort_by_key(|c| (Reverse(c.serves.count_ones()), Reverse(c.fit), c.id));
    let wanted = all.iter().fold(0, |sum, c| sum | c.serves);
    let mut chosen = together(&all[..all.len().min(CANDIDATES)], wanted);
    loop {
        let have = chosen.iter().fold(0, |sum, c: &&Candidate<'_>| sum | c.serves);
        let more = |c: &&Candidate<'_>| (c.serves & !have).count_ones();
        match all.iter().filter(|c| more(c) > 0).max_by_key(|c| (more(c), c.fit, Reverse(c.id))) {
            Some(next) => chosen.push(next),
            None => break,
        }
    }
    chosen.sort_by_key(|c| (Reverse(c.serves.count_ones()), Reverse(c.fit), c.id));
    chosen.into_iter().map(|c| c.id.clone()).collect()
}

fn candidate<'a>(
    catalog: &Catalog,
    group: &Group,
    needs: &[(&str, Vec<&str>)],
    id: &'a String,
    provider: &Provider,
) -> Candidate<'a> {
    let (mut serves, mut carried) = (0, 0);
    for (bit, (need, from)) in needs.iter().enumerate() {
        if let Some(home) = home(catalog, id, need, None).filter(|h| h.offered == Answer::Yes) {
            serves |= 1 << bit;
            carried += from.iter().filter(|f| common_format(catalog, f, &home.service, need).is_some()).count();
        }
    }
    let spoken = group.languages.iter().filter(|l| provider.languages.contains(l)).count();
    let near = group.country.as_ref().is_some_and(|c| provider.countries.contains(c));
    Candidate { id, serves, fit: (spoken, provider.status == ProviderStatus::Open, carried, near) }
}

/// The smallest combination that serves `wanted`, and of those the best fitting; empty when more than [`TOGETHER`] are
/// needed, or none.
fn together<'c, 'a>(all: &'c [Candidate<'a>], wanted: u64) -> Vec<&'c Candidate<'a>> {
    for size in 1..=TOGETHER.min(all.len()) {
        let mut best: Option<(Vec<&Candidate<'_>>, Vec<_>)> = None;
        let mut at: Vec<usize> = (0..size).collect();
        loop {
            let set: Vec<&Candidate<'_>> = at.iter().map(|i| &all[*i]).collect();
            if set.iter().fold(0, |sum, c| sum | c.serves) & wanted == wanted {
                let mut fit: Vec<_> = set.iter().map(|c| c.fit).collect();
                fit.sort_unstable();
                if best.as_ref().is_none_or(|(_, old)| fit > *old) {
                    best = Some((set, fit));
                }
            }
            if !next(&mut at, all.len()) {
                break;
            }
        }
        if let Some((set, _)) = best {
            return set;
        }
    }
    Vec::new()
}

/// The next combination of indexes below `n`, in order.
fn next(at: &mut [usize], n: usize) -> bool {
    let size = at.len();
    for i in (0..size).rev() {
        if at[i] < n - size + i {
            at[i] += 1;
            for j in i + 1..size {
                at[j] = at[j - 1] + 1;
            }
            return true;
        }
    }
    false
}

/// Other providers that a plan could choose and that serve the most important need of those that move.
pub fn second(catalog: &Catalog, group: &Group, used: &BTreeSet<&str>, needs: &BTreeSet<&str>) -> Vec<String> {
    let serves = |id: &str| {
        needs.iter().filter(|n| home(catalog, id, n, None).is_some_and(|h| h.offered == Answer::Yes)).count()
    };
    let mut all: Vec<(usize, &String)> = catalog
        .providers
        .iter()
        .filter(|(id, p)| !used.contains(id.as_str()) && unfit(&p.value, group).is_none())
        .map(|(id, _)| (serves(id), id))
        .filter(|(n, _)| *n > 0)
        .collect();
    all.sort_by_key(|(n, id)| (Reverse(*n), *id));
    all.into_iter().take(3).filter_map(|(_, id)| catalog.provider(id).map(|p| p.name.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_that_serve_all_win() {
        let ids = ["a", "b", "c", "d"].map(str::to_owned);
        let of = |i: usize, serves, spoken| Candidate { id: &ids[i], serves, fit: (spoken, true, 0, false) };
        let all = [of(0, 0b0111, 1), of(1, 0b1100, 1), of(2, 0b1010, 2), of(3, 0b0001, 3)];
        let names: Vec<&str> = together(&all, 0b1111).iter().map(|c| c.id.as_str()).collect();
        assert_eq!(names, ["a", "c"], "two are enough, and c speaks more languages than b");
        assert!(together(&all[..1], 0b1111).is_empty());
    }

    #[test]
    fn every_combination_is_tried_once() {
        let mut at = vec![0, 1];
        let mut count = 1;
        while next(&mut at, 5) {
            count += 1;
        }
        assert_eq!(count, 10);
    }
}
