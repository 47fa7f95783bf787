//! Finds what is wrong in playbook files beyond their types: words that name nothing, patterns that match too much,
//! facts without a date, examples that do not hold.

mod configuration;
mod service;

use super::Catalog;
use super::index::Index;
use super::load::Parsed;
use super::model::{Sourced, TaskKind, TaskTemplate, Text};
use crate::error::did_you_mean;
use jiff::civil::Date;
use serde::Serialize;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file as given, or `FOLDER/ID.yaml` for an embedded one.
    pub file: String,
    /// The line, when one can be named.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Only age: never an error by itself.
    pub warning: bool,
}

/// Everything wrong with one item, judged within `catalog` (which holds it already).
pub fn check(
    catalog: &Catalog,
    index: &Index,
    file: &str,
    id: &str,
    parsed: &Parsed,
    text: &str,
    today: Date,
) -> Vec<Problem> {
    let mut c = Checker { catalog, file, text, found: Vec::new() };
    if !super::load::is_id(id) {
        c.add(
            id,
            format!("the file's name `{id}` is not kebab-case"),
            Some("use lower-case letters, digits and `-`".into()),
        );
    }
    match parsed {
        Parsed::Service(service) => c.service(index, id, service),
        Parsed::Need(need) => {
            c.tasks(&need.tasks);
            c.stage(need.stage);
            if need.formats.is_empty() {
                c.add("formats", "the need travels in no format", Some("name at least one, or `none`".into()));
            }
        }
        Parsed::Stage(stage) => {
            c.stage(stage.n);
            c.tasks(&stage.tasks);
        }
        Parsed::Condition(condition) => {
            if condition.when == super::model::Threshold::default() {
                c.add("when", "the condition has no threshold", Some("it would always hold".into()));
            }
        }
        Parsed::Texts(_) => {}
        Parsed::Provider(provider) => {
            if let Some(suits) = &provider.suits {
                c.sourced("suits", suits.sourced, &suits.source, &suits.date);
            }
            for (service, offer) in &provider.offers {
                c.known("service", service, catalog.services.keys());
                for need in &offer.needs {
                    c.known("need", need, catalog.needs.keys());
                }
                if offer.offered == super::model::Answer::Yes {
                    c.sourced(service, offer.sourced, &offer.source, &offer.date);
                }
            }
            c.named(&provider.name);
            for cost in &provider.cost {
                c.sourced("cost", cost.sourced, &cost.source, &cost.date);
            }
            for (key, setting) in &provider.settings {
                if setting.value.is_some() {
                    c.sourced(key, setting.sourced, &setting.source, &setting.date);
                } else if setting.ask.is_none() {
                    c.add(key, format!("the setting `{key}` has neither a value nor a question"), None);
                }
            }
        }
        Parsed::Operator(operator) => {
            c.named(&operator.name);
            for fact in &operator.on_record {
                c.sourced(&fact.source, fact.sourced, &fact.source, &fact.date);
            }
            if let Some(owner) = &operator.owner {
                c.known("operator", owner, catalog.operators.keys());
            }
        }
        Parsed::Ranges(text) => {
            if let Err((line, message)) = super::ranges::Ranges::default().add(id, text) {
                c.found.push(Problem { file: file.into(), line: Some(line), message, hint: None, warning: false });
            }
            c.known("service", id, catalog.services.keys());
        }
    }
    c.texts(parsed);
    c.age(parsed, today);
    c.found
}

/// The most words of a task's title.
const WORDS: usize = 12;
/// In a stage's file: after all tasks of needs in that stage.
const ALL: &str = "all";

struct Checker<'a> {
    catalog: &'a Catalog,
    file: &'a str,
    text: &'a str,
    found: Vec<Problem>,
}

impl Checker<'_> {
    /// Adds a problem at the first line that holds `word`.
    fn add(&mut self, word: &str, message: impl Into<String>, hint: Option<String>) {
        let line = self.text.lines().position(|l| !word.is_empty() && l.contains(word)).map(|n| n as u64 + 1);
        self.found.push(Problem { file: self.file.into(), line, message: message.into(), hint, warning: false });
    }

    fn known<'k>(&mut self, what: &str, word: &str, known: impl Iterator<Item = &'k String> + Clone) {
        if !known.clone().any(|k| k == word) {
            let hint = did_you_mean(word, known.map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            self.add(word, format!("`{word}` is not a {what}"), hint);
        }
    }

    fn sourced(&mut self, word: &str, sourced: Sourced, source: &str, date: &str) {
        if sourced != Sourced::None && (source.is_empty() || !is_date(date)) {
            self.add(
                word,
                format!("`{word}` is said to be sourced but lacks a source or a date"),
                Some("give `source` and `date` (YYYY, YYYY-MM or YYYY-MM-DD), or `sourced: none`".into()),
            );
        }
    }

    fn tasks(&mut self, tasks: &[TaskTemplate]) {
        for (i, task) in tasks.iter().enumerate() {
            if !super::load::is_id(&task.id) {
                self.add(&task.id, format!("the task id `{}` is not kebab-case", task.id), None);
            }
            if !self.catalog.says(&format!("role-{}", task.role)) {
                let texts = self.catalog.texts.values().flat_map(|t| t.value.texts.keys());
                let roles: Vec<&str> = texts.filter_map(|k| k.strip_prefix("role-")).collect();
                let hint = did_you_mean(&task.role, roles).map(|near| format!("did you mean `{near}`?"));
                self.add(&task.role, format!("`{}` is not a role", task.role), hint);
            }
            self.manners(task);
            if let Some(stage) = task.stage {
                self.stage(stage);
            }
            if tasks[..i].iter().any(|t| t.id == task.id) {
                self.add(&task.id, format!("the task id `{}` stands twice", task.id), None);
            }
            for after in &task.after {
                let there = match after.split_once(':') {
                    Some((ALL, kind)) => TaskKind::of(kind).is_some(),
                    Some((stage, id)) => {
                        self.catalog.stages.get(stage).is_some_and(|s| s.value.tasks.iter().any(|t| t.id == id))
                    }
                    None => after == ALL || tasks.iter().any(|t| t.id == *after),
                };
                if !there {
                    let hint = did_you_mean(after, tasks.iter().map(|t| t.id.as_str()))
                        .map(|near| format!("did you mean `{near}`?"));
                    self.add(after, format!("`{}` comes after `{after}`, which is not a task", task.id), hint);
                }
            }
            let when = task.when.clone().unwrap_or_default();
            for service in when.from.iter().chain(&when.to) {
                self.known("service", service, self.catalog.services.keys());
            }
        }
        if let Some(id) = circle(tasks) {
            self.add(&id, format!("the task `{id}` comes after itself"), Some("look at its `after`".into()));
        }
    }

    /// What every task must have, whatever it does.
    fn manners(&mut self, task: &TaskTemplate) {
        for title in [&task.title.en, &task.title.es] {
            if title.split_whitespace().count() > WORDS {
                self.add(title, format!("the title of `{}` has more than {WORDS} words", task.id), None);
            }
        }
        let done = |t: &Text| t.en.starts_with("Done when: ") && t.es.starts_with("Listo cuando: ");
        if !task.steps.iter().any(done) {
            let hint = "end the steps with `Done when: …` and `Listo cuando: …`";
            self.add(&task.id, format!("`{}` does not say when it is done", task.id), Some(hint.into()));
        }
        if task.kind == TaskKind::Close && task.gate.is_none() {
            let hint = "add `gate: hold-asked`";
            self.add(&task.id, format!("`{}` closes something without a gate", task.id), Some(hint.into()));
        }
        if task.kind == TaskKind::CutOver && task.rollback.is_none() {
            self.add(
                &task.id,
                format!("`{}` switches something and can't be undone", task.id),
                Some("add `rollback:`".into()),
            );
        }
        if task.holders.is_some_and(|n| n < 2) {
            let hint = "two people at least, so that one can be missing";
            self.add(&task.id, format!("`{}` leaves a key with one person", task.id), Some(hint.into()));
        }
    }

    fn named(&mut self, name: &str) {
        if name.trim().is_empty() {
            self.add("name", "the item has no name", Some("add `name:`".into()));
        }
    }

    fn stage(&mut self, n: u8) {
        if n > 6 {
            self.add("stage", format!("there is no stage {n}"), Some("stages go from 0 to 6".into()));
        }
    }

    /// Every text is there in both languages.
    fn texts(&mut self, parsed: &Parsed) {
        let value = match parsed {
            Parsed::Need(i) => serde_json::to_value(i),
            Parsed::Service(i) => serde_json::to_value(i),
            Parsed::Provider(i) => serde_json::to_value(i),
            Parsed::Operator(i) => serde_json::to_value(i),
            Parsed::Stage(i) => serde_json::to_value(i),
            Parsed::Condition(i) => serde_json::to_value(i),
            Parsed::Texts(i) => serde_json::to_value(i),
            Parsed::Ranges(_) => return,
        };
        let mut stack = vec![value.unwrap_or_default()];
        while let Some(value) = stack.pop() {
            match value {
                serde_json::Value::Object(map) => {
                    let text = |key: &str| map.get(key).and_then(|v| v.as_str()).map(str::trim);
                    if let (Some(en), Some(es)) = (text("en"), text("es"))
                        && (en.is_empty() || es.is_empty())
                    {
                        let other = if en.is_empty() { es } else { en };
                        self.add(other, "a text lacks one of its languages", Some("give both `en` and `es`".into()));
                    }
                    stack.extend(map.into_iter().map(|(_, v)| v));
                }
                serde_json::Value::Array(list) => stack.extend(list),
                _ => {}
            }
        }
    }

    fn age(&mut self, parsed: &Parsed, today: Date) {
        let checked = match parsed {
            Parsed::Need(i) => &i.last_checked,
            Parsed::Service(i) => &i.last_checked,
            Parsed::Provider(i) => &i.last_checked,
            Parsed::Operator(i) => &i.last_checked,
            Parsed::Stage(i) => &i.last_checked,
            Parsed::Condition(i) => &i.last_checked,
            Parsed::Texts(i) => &i.last_checked,
            Parsed::Ranges(_) => return,
        };
        match checked.parse::<Date>() {
            Ok(date) => {
                let days = date.until(today).map_or(0, |span| span.get_days());
                if days > 365 {
                    self.add(
                        "last_checked",
                        format!("last checked {days} days ago"),
                        Some("look at the sources again".into()),
                    );
                    if let Some(last) = self.found.last_mut() {
                        last.warning = true;
                    }
                }
            }
            Err(_) => self.add(
                "last_checked",
                format!("`last_checked` is `{checked}`, not a date"),
                Some("write it as 2026-11-22".into()),
            ),
        }
    }
}

/// A task that comes after itself.
fn circle(tasks: &[TaskTemplate]) -> Option<String> {
    let mut done: Vec<&str> = Vec::new();
    loop {
        let ready = tasks.iter().find(|t| {
            !done.contains(&t.id.as_str())
                && t.after
                    .iter()
                    .all(|a| a.contains(':') || done.contains(&a.as_str()) || !tasks.iter().any(|o| o.id == *a))
        });
        match ready {
            Some(task) => done.push(&task.id),
            None => return tasks.iter().find(|t| !done.contains(&t.id.as_str())).map(|t| t.id.clone()),
        }
    }
}

fn is_date(text: &str) -> bool {
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>()[..] {
        [y] => digits(y, 4),
        [y, m] => digits(y, 4) && digits(m, 2),
        [..] => text.parse::<Date>().is_ok(),
    }
}
