//! What comes after what: references become ids, what does not apply is left out, and all is put in order.

use super::{Made, is_all};
use crate::catalog::model::TaskKind;
use crate::plan::Task;
use std::collections::{BTreeMap, BTreeSet};

/// A join task stands once for each provider; what comes after it comes after its own, else after all of them.
pub(super) fn resolve(all: &mut [Made]) {
    let ids: BTreeSet<String> = all.iter().map(|m| m.task.id.clone()).collect();
    for Made { task, provider, .. } in all.iter_mut() {
        let mut after = Vec::new();
        for id in &task.after {
            // What goes to one provider waits for nobody else's.
            let own = provider.as_ref().map(|p| format!("{id}-{p}")).filter(|own| ids.contains(own));
            if let Some(own) = own {
                after.push(own);
            } else if ids.contains(id) || is_all(id) {
                after.push(id.clone());
            } else {
                after.extend(ids.range(format!("{id}-")..).take_while(|i| i.starts_with(&format!("{id}-"))).cloned());
            }
        }
        after.retain(|id| *id != task.id);
        task.after = after;
        if let Some(gate) = &task.gate {
            // A gate that no task of the plan answers stays shut.
            let known = ids.iter().find(|id| *id == gate || id.ends_with(&format!("-{gate}")));
            task.gate = known.or(Some(gate)).cloned();
        }
    }
}

/// Who comes right after whom, by place in the list.
struct Followers {
    at: BTreeMap<String, usize>,
    next: Vec<Vec<usize>>,
}

impl Followers {
    fn of(all: &[Made]) -> Self {
        let at: BTreeMap<String, usize> = all.iter().enumerate().map(|(i, m)| (m.task.id.clone(), i)).collect();
        let mut followers = Self { at, next: vec![Vec::new(); all.len()] };
        for (i, made) in all.iter().enumerate() {
            for before in &made.task.after {
                followers.add(before, i);
            }
        }
        followers
    }

    fn add(&mut self, before: &str, i: usize) {
        if let Some(&b) = self.at.get(before) {
            self.next[b].push(i);
        }
    }

    /// Everything that comes after a task, directly or not.
    fn later(&self, i: usize) -> Vec<bool> {
        let mut found = vec![false; self.next.len()];
        let mut open = vec![i];
        while let Some(at) = open.pop() {
            for &n in &self.next[at] {
                if !std::mem::replace(&mut found[n], true) {
                    open.push(n);
                }
            }
        }
        found
    }
}

/// What ends a whole account comes after everything that its needs still do there.
pub(super) fn accounts(all: &mut [Made]) {
    let mut of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, Made { task, applies, account, .. }) in all.iter().enumerate() {
        if let Some(from) = task.from.as_ref().filter(|_| *applies && !account) {
            of.entry(from.clone()).or_default().push(i);
        }
    }
    let mut followers = Followers::of(all);
    for i in 0..all.len() {
        let from = all[i].task.from.as_ref().filter(|_| all[i].account);
        let Some(own) = from.and_then(|from| of.get(from)) else { continue };
        let later = followers.later(i);
        for &before in own.iter().filter(|b| !later[**b]) {
            let id = all[before].task.id.clone();
            if !all[i].task.after.contains(&id) {
                followers.add(&id, i);
                all[i].task.after.push(id);
            }
        }
    }
}

/// When a house closes, what only sorts waits for no vote and no meeting, and an export waits for nothing but the key that
/// seals it: what was copied and not needed can be sorted out at home, what was sorted first may be gone.
pub(super) fn hurry(all: &mut [Made]) {
    let stage: BTreeSet<String> = all.iter().filter(|m| m.task.need.is_none()).map(|m| m.task.id.clone()).collect();
    let key = stage.iter().find(|id| id.ends_with("-first-bundle")).cloned();
    for Made { task, .. } in all.iter_mut().filter(|m| m.task.need.is_some()) {
        match task.kind {
            TaskKind::Export => task.after = key.iter().cloned().collect(),
            TaskKind::Sort | TaskKind::Prepare => task.after.retain(|a| !stage.contains(a) || Some(a) == key.as_ref()),
            _ => {}
        }
    }
}

/// A stage in which nothing moves needs no kick-off and no training; what a task of another stage waits for is kept.
pub(super) fn idle(all: &mut [Made]) {
    let busy: BTreeSet<u8> = all.iter().filter(|m| m.applies && m.moves).map(|m| m.task.stage).collect();
    let awaited: BTreeSet<String> =
        all.iter().filter(|m| m.applies && m.moves).flat_map(|m| m.task.after.iter().cloned()).collect();
    for made in all.iter_mut().filter(|m| m.task.need.is_none() && (1..=5).contains(&m.task.stage)) {
        made.applies &= busy.contains(&made.task.stage) || awaited.contains(&made.task.id);
    }
}

/// `after: [all]`: after the tasks of needs in the same stage; `all:provision`, after those of that kind. Before the last
/// stage, not after those that only run on side by side or wait for an answer: a stage ends without them.
pub(super) fn last(all: &mut [Made]) {
    let mut open: BTreeSet<String> = BTreeSet::new();
    // What comes after a switch is not waited for by those who get ready for it.
    let mut switched: BTreeSet<String> = BTreeSet::new();
    let mut own: BTreeMap<u8, Vec<(usize, String)>> = BTreeMap::new();
    for (i, Made { task, applies, .. }) in all.iter().enumerate().filter(|(_, m)| m.task.need.is_some()) {
        let runs_on =
            task.kind == TaskKind::Parallel || task.gate.is_some() || task.after.iter().any(|a| open.contains(a));
        if runs_on {
            open.insert(task.id.clone());
        }
        if task.kind == TaskKind::CutOver || task.after.iter().any(|a| switched.contains(a)) {
            switched.insert(task.id.clone());
        }
        if *applies && (task.stage == 6 || !runs_on) {
            own.entry(task.stage).or_default().push((i, task.kind.word()));
        }
    }
    let mut followers = Followers::of(all);
    for i in 0..all.len() {
        if !all[i].task.after.iter().any(|a| is_all(a)) {
            continue;
        }
        // Never after what waits for the task itself.
        let later = followers.later(i);
        while let Some(at) = all[i].task.after.iter().position(|a| is_all(a)) {
            let kind = all[i].task.after.remove(at).strip_prefix("all:").map(str::to_owned);
            let of = own.get(&all[i].task.stage).into_iter().flatten();
            let fits = |(b, k): &&(usize, String)| {
                kind.as_ref().is_none_or(|kind| kind == k && !switched.contains(&all[*b].task.id)) && !later[*b]
            };
            let before: Vec<String> = of.filter(fits).map(|(b, _)| all[*b].task.id.clone()).collect();
            for id in &before {
                followers.add(id, i);
            }
            all[i].task.after.extend(before);
        }
    }
}

/// Leaves out what does not apply; what came after it comes after that which it came after.
pub(super) fn contract(all: Vec<Made>) -> Vec<Task> {
    let gone: BTreeMap<String, Vec<String>> =
        all.iter().filter(|m| !m.applies).map(|m| (m.task.id.clone(), m.task.after.clone())).collect();
    let mut kept: Vec<Task> = all.into_iter().filter(|m| m.applies).map(|m| m.task).collect();
    let ids: BTreeSet<String> = kept.iter().map(|t| t.id.clone()).collect();
    for task in &mut kept {
        let mut after: Vec<String> = Vec::new();
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        let mut open: Vec<&String> = task.after.iter().rev().collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            if ids.contains(id) {
                after.push(id.clone());
            } else if let Some(before) = gone.get(id) {
                open.extend(before.iter().rev());
            }
        }
        after.retain(|id| *id != task.id);
        task.after = after;
    }
    kept
}

/// Stable topological order: as listed, each after what it comes after. A circle (which `catalog check` refuses) is cut
/// at its first task.
pub(super) fn ordered(all: Vec<Task>) -> Vec<Task> {
    let at: BTreeMap<&str, usize> = all.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
    let mut waits: Vec<usize> = vec![0; all.len()];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for (i, task) in all.iter().enumerate() {
        for before in task.after.iter().filter_map(|a| at.get(a.as_str())) {
            waits[i] += 1;
            next[*before].push(i);
        }
    }
    let mut open: BTreeSet<usize> = (0..all.len()).filter(|i| waits[*i] == 0).collect();
    let mut left: BTreeSet<usize> = (0..all.len()).collect();
    let mut order = Vec::with_capacity(all.len());
    while let Some(i) = open.pop_first().or_else(|| left.first().copied()) {
        left.remove(&i);
        order.push(i);
        for n in &next[i] {
            waits[*n] = waits[*n].saturating_sub(1);
            if waits[*n] == 0 && left.contains(n) {
                open.insert(*n);
            }
        }
    }
    let mut all: Vec<Option<Task>> = all.into_iter().map(Some).collect();
    order.into_iter().filter_map(|i| all[i].take()).collect()
}
