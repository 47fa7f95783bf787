//! A house that closes: what is saved before, what can't be, and what moves only afterwards.

use super::{PageOne, noticed};
use crate::catalog::model::{TaskKind, Text};
use crate::plan::{Assignment, Decision, Task};
use serde_json::{Value, json};

/// The most lines on what is saved before a house closes.
const SAVED: usize = 4;

/// The most needs that are named as moved only afterwards.
const LATER: usize = 6;

/// Whether a task that carries or switches a need has no day.
pub(super) fn misses(task: &Task, need: &str) -> bool {
    let carries = matches!(task.kind, TaskKind::Export | TaskKind::Copy | TaskKind::CutOver);
    carries && task.need.as_deref() == Some(need) && task.start.is_none() && task.done.is_none()
}

impl PageOne<'_> {
    /// What is saved before a house closes, what can't be, and what works again only later.
    pub(super) fn closing(&self) -> Option<Value> {
        let plan = self.view.plan;
        let until = plan.until?;
        let (mut saved, mut lost) = (Vec::new(), Vec::new());
        let mut later: Vec<&str> = Vec::new();
        let ends = |a: &&Assignment| matches!(a.decision, Decision::Move | Decision::LetGo);
        let mut all: Vec<&Assignment> = plan.assignments.iter().filter(ends).collect();
        all.sort_by_key(|a| noticed(&a.need));
        for a in all {
            let own = |kind: TaskKind| {
                let of = move |t: &&Task| t.kind == kind && t.need.as_ref() == Some(&a.need);
                plan.tasks.iter().filter(of).filter(|t| t.from.as_ref() == Some(&a.from)).collect::<Vec<_>>()
            };
            let missing = |tasks: &[&Task]| tasks.iter().any(|t| t.start.is_none() && t.done.is_none());
            if missing(&own(TaskKind::CutOver)) && !later.contains(&a.need.as_str()) {
                later.push(&a.need);
            }
            // A copy saves what lies there; where nothing is exported, what is carried over is the copy.
            let copies = Some(own(TaskKind::Export)).filter(|e| !e.is_empty()).unwrap_or_else(|| own(TaskKind::Copy));
            let (name, from) = (self.need(&a.need), self.name(&a.from));
            if missing(&copies) {
                lost.push(json!({"what": name, "from": from}));
            } else if !copies.is_empty() {
                saved.push(Text { en: format!("{} ({from})", name.en), es: format!("{} ({from})", name.es) });
            }
        }
        let later_more = later.len().saturating_sub(LATER);
        later.truncate(LATER);
        let later = Some(self.list(&later)).filter(|_| !later.is_empty());
        let saved_more = saved.len().saturating_sub(SAVED);
        saved.truncate(SAVED);
        Some(json!({"until": self.view.date(Some(until)), "late": self.view.late(), "saved": saved,
            "saved_more": saved_more, "lost": lost, "later": later, "later_more": later_more}))
    }
}
