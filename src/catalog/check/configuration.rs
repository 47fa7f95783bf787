//! What is wrong with what configurations take from a service's file.

use super::Checker;
use crate::catalog::model::{RedirectRule, Service};
use crate::error::did_you_mean;

impl Checker<'_> {
    pub(super) fn configuration(&mut self, service: &Service) {
        for record in &service.records {
            self.sourced(&record.name, record.sourced, &record.source, &record.date);
            if words_in(&record.value).is_none() {
                self.add(&record.value, format!("`{}` has a brace too many", record.value), None);
            }
            for need in &record.needs {
                self.known("need of the service", need, service.needs.iter());
            }
        }
        for (program, reach) in &service.reach {
            self.sourced(program, reach.sourced, &reach.source, &reach.date);
        }
        for rule in &service.redirects {
            self.sourced(&rule.old, rule.sourced, &rule.source, &rule.date);
            self.rule(rule);
        }
    }

    fn rule(&mut self, rule: &RedirectRule) {
        const WORDS: [&str; 5] = ["slug", "year", "month", "day", "rest"];
        let (Some(old), Some(new)) = (words_in(&rule.old), words_in(&rule.new)) else {
            return self.add(&rule.old, format!("`{}` has a brace too many", rule.old), None);
        };
        if let Some(word) = old.iter().find(|w| !WORDS.contains(w)) {
            self.add(&rule.old, format!("`{word}` stands for no part of a path"), did_you_mean(word, WORDS));
        }
        if let Some(word) = new.iter().find(|w| !old.contains(w)) {
            self.add(&rule.new, format!("`{word}` is not in the old path"), None);
        }
        if !rule.old.starts_with('/') || !rule.new.starts_with('/') {
            self.add(&rule.old, "a path begins with `/`", None);
        }
        if !rule.to.is_empty() {
            self.known("service", &rule.to, self.catalog.services.keys());
        }
    }
}

/// The words in braces; none when a brace is left over.
fn words_in(text: &str) -> Option<Vec<&str>> {
    let (mut words, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (word, after) = after.split_once('}')?;
        if before.contains('}') || word.is_empty() {
            return None;
        }
        words.push(word);
        rest = after;
    }
    (!rest.contains('}')).then_some(words)
}
