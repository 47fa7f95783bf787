//! The records of a domain: as rendered, against what resolvers answer.

use super::{About, Doubt, Finding, Report, State, later, text, time};
use crate::catalog::model::Text;
use crate::evidence::zone::{Data, Record, is_below};
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet};

/// The most questions about one domain.
pub const QUESTIONS: usize = 2000;

/// Types whose answers can be held against a zone.
const TYPES: [&str; 8] = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT"];

/// A question: the name, absolute without the final dot, and the type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name, lower case.
    pub name: String,
    /// The type.
    pub rtype: String,
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)
    }
}

/// What a resolver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These values, or none; and for how many seconds more it will say so.
    Holds {
        /// Values as [`value`] writes them.
        values: BTreeSet<String>,
        /// Seconds, when it says.
        ttl: Option<u32>,
    },
    /// Nothing that could be understood.
    Unknown,
}

/// The values of each name and type.
type Sets = BTreeMap<Question, BTreeSet<String>>;

/// What was rendered for a domain.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    domain: String,
    old: Sets,
    prepare: Sets,
    after: Sets,
    /// The file to go back with.
    file: Option<String>,
    /// What is done at its own time.
    steps: Vec<Step>,
}

/// Records that change together, at their own time.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// What moves, in words.
    pub name: Text,
    /// The plan's task.
    pub task: Option<String>,
    /// Whether it was ticked off.
    pub done: bool,
    /// The step whose cut-over it cleans up after: from then on the old values are wrong.
    pub settles: Option<usize>,
    /// The records, and values that are right in the meantime.
    pub records: BTreeMap<Question, BTreeSet<String>>,
}

/// A record's value in the one form in which answers are compared; none for types that can't be.
pub fn value(record: &Record) -> Option<String> {
    let words: Vec<&str> = record.tokens.iter().map(|t| t.text.as_str()).collect();
    Some(match &record.data {
        Data::Address(address) => address.to_string(),
        Data::Mx { preference, target } => format!("{preference} {target}"),
        Data::Ns(name) | Data::Cname(name) => name.clone(),
        Data::Srv { target, port } => {
            let number = |i: usize| words.get(i).and_then(|w| w.parse::<u16>().ok());
            format!("{} {} {port} {target}", number(0)?, number(1)?)
        }
        Data::Txt(value) if record.rtype == "TXT" => value.clone(),
        _ if record.rtype == "CAA" => {
            format!("{} {} \"{}\"", words.first()?, words.get(1)?.to_ascii_lowercase(), words.get(2)?)
        }
        _ => return None,
    })
}

fn sets<'r>(records: impl Iterator<Item = &'r Record>) -> Sets {
    let mut found = Sets::new();
    for record in records.filter(|r| TYPES.contains(&r.rtype.as_str())) {
        if let Some(value) = value(record) {
            let question = Question { name: record.key(), rtype: record.rtype.clone() };
            found.entry(question).or_default().insert(value);
        }
    }
    found
}

impl Expected {
    /// From the records of the three zones.
    pub fn new(
        domain: &str,
        [old, prepare, after]: [&mut dyn Iterator<Item = &Record>; 3],
        file: Option<String>,
    ) -> Self {
        let mut expected = Self {
            domain: domain.to_owned(),
            old: sets(old),
            prepare: sets(prepare),
            after: sets(after),
            file,
            steps: Vec::new(),
        };
        // Below a delegation somebody else's servers answer.
        let delegated: BTreeSet<String> = [&expected.old, &expected.prepare, &expected.after]
            .iter()
            .flat_map(|sets| sets.keys())
            .filter(|q| q.rtype == "NS" && q.name != domain)
            .map(|q| q.name.clone())
            .collect();
        for sets in [&mut expected.old, &mut expected.prepare, &mut expected.after] {
            sets.retain(|q, _| !delegated.iter().any(|d| is_below(&q.name, d)));
        }
        expected
    }

    /// The same, where each step has its own time.
    #[must_use]
    pub fn with_steps(mut self, steps: Vec<Step>) -> Self {
        self.steps = steps;
        self
    }

    /// The domain.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What to ask a resolver: what changes first, then mail and website, then the rest.
    pub fn questions(&self) -> Vec<Question> {
        let all: BTreeSet<&Question> = self.after.keys().chain(self.old.keys()).chain(self.prepare.keys()).collect();
        let mut all: Vec<Question> = all.into_iter().cloned().collect();
        all.sort_by_key(|q| (!self.changes(q), !self.is_vital(q)));
        all.truncate(QUESTIONS);
        all
    }

    /// How many names and types there are more than are asked for.
    pub fn unasked(&self) -> usize {
        let all: BTreeSet<&Question> = self.after.keys().chain(self.old.keys()).chain(self.prepare.keys()).collect();
        all.len().saturating_sub(QUESTIONS)
    }

    fn changes(&self, q: &Question) -> bool {
        self.after.get(q) != self.old.get(q)
    }

    /// Whether nothing of the answer leads anywhere that the group has or had.
    fn is_lost(&self, q: &Question, values: &BTreeSet<String>) -> bool {
        let leads = |sets: &Sets| sets.get(q).is_some_and(|s| s.iter().any(|v| values.contains(v)));
        (self.changes(q) || values.is_empty()) && !leads(&self.after) && !leads(&self.old)
    }

    /// Without these, mail or website are gone.
    fn is_vital(&self, q: &Question) -> bool {
        let apex = q.name == self.domain;
        let site = apex || q.name.strip_prefix("www.") == Some(&self.domain);
        match q.rtype.as_str() {
            "MX" | "NS" => apex,
            "A" | "AAAA" | "CNAME" => site,
            _ => false,
        }
    }
}

/// How an answer stands to what was rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    New,
    Old,
    Other,
}

/// Values of which there may be only one at a name, so that another beside it is wrong.
const ALONE: [&str; 3] = ["v=spf1", "v=dmarc1", "v=dkim1"];

fn mark(value: &str) -> Option<&'static str> {
    let start = value.get(..8.min(value.len())).unwrap_or_default().to_ascii_lowercase();
    ALONE.into_iter().find(|a| start.starts_with(a))
}

impl Expected {
    fn holds(&self, q: &Question, saw: &BTreeSet<String>) -> Holds {
        let none = BTreeSet::new();
        let of = |sets: &'_ Sets| sets.get(q).cloned().unwrap_or_else(|| none.clone());
        let (old, prepare, after) = (of(&self.old), of(&self.prepare), of(&self.after));
        if q.rtype != "TXT" {
            return match saw {
                s if *s == after => Holds::New,
                s if *s == old || *s == prepare => Holds::Old,
                _ => Holds::Other,
            };
        }
        // Other people's tokens may have come since: they are nobody's business, but for a second SPF or DMARC record.
        let strange =
            |wanted: &BTreeSet<String>| saw.difference(wanted).any(|v| mark(v).is_some() && !after.contains(v));
        let twice = |word: &str| saw.iter().filter(|v| mark(v) == Some(word)).count() > 1;
        if ALONE.into_iter().any(twice) && *saw != after {
            return Holds::Other;
        }
        let stale = old.union(&prepare).any(|v| !after.contains(v) && saw.contains(v));
        if after.is_subset(saw) && !stale && !strange(&after) {
            Holds::New
        } else if (old.is_subset(saw) && !strange(&old)) || (prepare.is_subset(saw) && !strange(&prepare)) {
            Holds::Old
        } else {
            Holds::Other
        }
    }

    /// Holds the answers of resolvers against the zones. `answers` has one list a resolver, in the order of the questions.
    pub fn compare(&self, questions: &[Question], answers: &[(String, Vec<Answer>)], now: &Zoned) -> Report {
        let mut report = Report::default();
        let begun = self.begun(questions, answers);
        let mut unknown = 0_u64;
        let mut wrong: Vec<String> = Vec::new();
        let mut broken: Vec<String> = Vec::new();
        for (i, q) in questions.iter().enumerate() {
            let mut seen = Vec::new();
            for (resolver, list) in answers {
                let answer = list.get(i).unwrap_or(&Answer::Unknown);
                let (finding, holds) = self.judge(q, resolver, answer, now, &begun);
                if let (Answer::Holds { values, .. }, Some(Holds::Other)) = (answer, holds) {
                    let lost = self.is_vital(q) && self.is_lost(q, values);
                    let list = if lost { &mut broken } else { &mut wrong };
                    if !list.contains(&q.to_string()) {
                        list.push(q.to_string());
                    }
                }
                unknown += u64::from(finding.state == State::Unknown);
                seen.push(holds);
                report.add(finding);
            }
            if !seen.is_empty() && seen.iter().all(|h| *h == Some(Holds::Old)) {
                report.notes.push(text(
                    &format!("{q}: nobody has the new answer yet; if that is so after the wait, it was never entered"),
                    &format!("{q}: nadie tiene todavía la respuesta nueva; si sigue así después de la espera, nunca se capturó"),
                ));
            }
        }
        report.notes.extend(self.to_come(&begun));
        let unasked = self.unasked() as u64;
        report.count(About::Dns, State::Unknown, unasked);
        report.doubts.extend(self.doubts(&broken, &wrong, unknown + unasked));
        report
    }

    /// Which steps have begun: ticked off, or one of their new answers was seen. Where none has, all of them are looked for.
    fn begun(&self, questions: &[Question], answers: &[(String, Vec<Answer>)]) -> Vec<bool> {
        let saw_new = |q: &Question, new: &BTreeSet<String>| {
            let at = questions.iter().position(|asked| asked == q);
            let said = at.into_iter().flat_map(|i| answers.iter().filter_map(move |(_, list)| list.get(i)));
            said.into_iter().any(|a| matches!(a, Answer::Holds { values, .. } if new.is_subset(values)))
        };
        let begun: Vec<bool> = self
            .steps
            .iter()
            .map(|step| {
                // Only what is new with the step itself tells of it: not what was prepared.
                let new = step.records.keys().filter_map(|q| Some((q, self.after.get(q)?)));
                let mut new = new.filter(|(q, new)| self.old.get(q) != Some(new) && self.prepare.get(q) != Some(new));
                step.done || new.any(|(q, new)| saw_new(q, new))
            })
            .collect();
        if begun.contains(&true) { begun } else { vec![true; self.steps.len()] }
    }

    /// Whether an answer is as it should be before its step.
    fn is_early(&self, q: &Question, saw: &BTreeSet<String>, begun: &[bool]) -> bool {
        let Some((i, step)) = self.steps.iter().enumerate().find(|(_, s)| s.records.contains_key(q)) else {
            return false;
        };
        if begun[i] {
            return false;
        }
        let old_is_fine = step.settles.is_none_or(|cut_over| !begun[cut_over]);
        let none = BTreeSet::new();
        let prepare = self.prepare.get(q).unwrap_or(&none);
        let old = self.old.get(q).unwrap_or(&none);
        if q.rtype != "TXT" {
            return saw == prepare || (old_is_fine && saw == old);
        }
        // Of TXT values only those that may stand alone are compared: other people's tokens come and go.
        let alone = |set: &BTreeSet<String>| -> BTreeSet<String> {
            set.iter().filter(|v| mark(v).is_some()).cloned().collect()
        };
        let saw = alone(saw);
        let meanwhile = step.records.get(q).filter(|m| !m.is_empty());
        saw == alone(prepare) || (old_is_fine && saw == alone(old)) || meanwhile.is_some_and(|m| saw == alone(m))
    }

    /// What has not moved yet, as the plan has it.
    fn to_come(&self, begun: &[bool]) -> Vec<Text> {
        let waiting = self.steps.iter().zip(begun).filter(|(_, begun)| !**begun);
        waiting
            .map(|(step, _)| {
                let tick =
                    |done: &str| step.task.as_ref().map(|t| format!(" {done}: decamp done {t}")).unwrap_or_default();
                text(
                    &format!(
                        "{}: {} has not been switched yet, as the plan has it.{}",
                        self.domain,
                        step.name.en,
                        tick("Was it done")
                    ),
                    &format!(
                        "{}: {} todavía no se cambia, como dice el plan.{}",
                        self.domain,
                        step.name.es,
                        tick("Si ya se hizo")
                    ),
                )
            })
            .collect()
    }

    fn doubts(&self, broken: &[String], wrong: &[String], unknown: u64) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if !broken.is_empty() {
            let list = broken.join(", ");
            doubts.push(Doubt::Broken(
                text(
                    &format!("mail or website don't work as they answer now: {list}"),
                    &format!("el correo o el sitio web no funcionan con lo que responde ahora: {list}"),
                ),
                self.file.clone(),
            ));
        }
        if !wrong.is_empty() {
            let list = wrong.join(", ");
            doubts.push(Doubt::Other(text(
                &format!("neither the old nor the new answer, so somebody has to look: {list}"),
                &format!("ni la respuesta anterior ni la nueva, así que alguien tiene que mirar: {list}"),
            )));
        }
        if unknown > 0 {
            doubts.push(Doubt::Other(text(
                &format!(
                    "{}: {unknown} look-ups got no answer; that does not mean that the records are not there",
                    self.domain
                ),
                &format!(
                    "{}: {unknown} consultas no tuvieron respuesta; eso no quiere decir que los registros no estén",
                    self.domain
                ),
            )));
        }
        doubts
    }

    fn judge(
        &self,
        q: &Question,
        resolver: &str,
        answer: &Answer,
        now: &Zoned,
        begun: &[bool],
    ) -> (Finding, Option<Holds>) {
        let list = |sets: &Sets| sets.get(q).map(|s| s.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let finding = |state, saw: Vec<String>, until, says| Finding {
            about: About::Dns,
            name: q.to_string(),
            state,
            at: Some(resolver.to_owned()),
            expected: list(&self.after),
            saw,
            until,
            says,
        };
        let Answer::Holds { values, ttl } = answer else {
            let says = text("no answer", "sin respuesta");
            return (finding(State::Unknown, Vec::new(), None, Some(says)), None);
        };
        let saw: Vec<String> = values.iter().cloned().collect();
        if self.is_early(q, values, begun) {
            let says = text("as it should be before its step", "como debe estar antes de su paso");
            return (finding(State::Found, saw, None, Some(says)), Some(Holds::New));
        }
        let holds = self.holds(q, values);
        let made = match holds {
            Holds::New => finding(State::Found, saw, None, None),
            Holds::Old => {
                let until = later(now, i64::from(ttl.unwrap_or(0)));
                let says = still(&time(&until, now), values.is_empty());
                finding(State::Missing, saw, Some(until), Some(says))
            }
            Holds::Other => {
                let says = if values.is_empty() {
                    text("there is no such record", "no existe ese registro")
                } else {
                    text("neither the old nor the new answer", "ni la respuesta anterior ni la nueva")
                };
                finding(State::Missing, saw, None, Some(says))
            }
        };
        (made, Some(holds))
    }
}

fn still(time: &str, nothing: bool) -> Text {
    if nothing {
        text(
            &format!("not there yet; that may be remembered until {time}"),
            &format!("todavía no está; eso puede recordarse hasta las {time}"),
        )
    } else {
        text(
            &format!("still the old answer, until {time}"),
            &format!("todavía la respuesta anterior, hasta las {time}"),
        )
    }
}
