//! Needs and stages, and the tasks that they bring.

use super::{Harm, Holds, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a task does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// Makes ready.
    #[default]
    Prepare,
    /// Decides what comes along.
    Sort,
    /// Takes data out.
    Export,
    /// Sets up the new place.
    Provision,
    /// Carries over.
    Copy,
    /// Switches.
    CutOver,
    /// Looks whether all arrived.
    Verify,
    /// Both run for a while.
    Parallel,
    /// Ends the old one.
    Close,
}

impl TaskKind {
    /// Its word in a playbook.
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
    }
}

/// When a task applies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Old services, one of which it must be (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// New services, one of which it must be (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Only when the old and the new share no format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<bool>,
    /// Only when the group has (or has not) a domain of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<bool>,
    /// Countries of the group, one of which it must be (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Services, one of which must be in the inventory (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Needs, one of which must be in the inventory (empty: any).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What was decided for the need (empty: `move`, and for `close` tasks also `let-go`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Only when the plan must end by a date (`--until`), or only when it need not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hurry: Option<bool>,
    /// Only when secret evidence (password exports, mailboxes) was found inside the workspace, or only when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<bool>,
}

/// What becomes of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It moves.
    Move,
    /// It stays for now, and is reduced.
    Stay,
    /// It is closed, nothing is carried.
    LetGo,
    /// Somebody must be asked.
    Ask,
}

/// How often a habit comes around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Repeat {
    /// Every three months.
    Quarterly,
    /// Every year.
    Yearly,
}

/// A task of a need or of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaskTemplate {
    /// Its id within the file; the plan's id is `NEED-FROM-ID` or `STAGE-ID`.
    pub id: String,
    /// What it does.
    pub kind: TaskKind,
    /// Stage 0 to 6 (default: the need's).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<u8>,
    /// One line; `{from}`, `{to}`, `{provider}` and `{group}` are filled in.
    pub title: Text,
    /// What to do, one sentence a step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Text>,
    /// Takes the steps from the old service's export, the new one's import, or the old one's closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_from: Option<StepsFrom>,
    /// Who: `coordinator`, `technician`, `everyone`, `trustees`, `board`.
    pub role: String,
    /// Working hours.
    pub hours: f64,
    /// More hours for each account.
    #[serde(skip_serializing_if = "is_zero")]
    pub hours_per_account: f64,
    /// Days to wait afterwards.
    #[serde(skip_serializing_if = "is_zero_days")]
    pub wait_days: u32,
    /// Tasks of the same file that come first; `STAGEFILE:ID` for a task of a stage's file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// A question that must be answered first (`hold-asked`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// How to go back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Text>,
    /// What can go wrong, said beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub danger: Option<Text>,
    /// Rendered files that it uses, below `configs/PROVIDER/`; `DOMAIN` is filled in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// In a stage's file: the first step of every task of a need that names this task in its `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminds: Option<Text>,
    /// One of the five things that a group does this month also when the answer is "not yet".
    #[serde(skip_serializing_if = "is_false")]
    pub first: bool,
    /// How many people hold the key, right or share that the task hands out: at least 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holders: Option<u32>,
    /// A standing habit: it comes around after the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(b: &bool) -> bool {
    !*b
}

/// Where a task's steps come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StepsFrom {
    /// The old service's way out.
    Export,
    /// The new service's way in.
    Import,
    /// How the old account is closed.
    Close,
    /// How one joins the provider.
    Join,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(n: &f64) -> bool {
    *n == 0.0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_days(n: &u32) -> bool {
    *n == 0
}

/// `playbooks/needs/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Need {
    /// Its name.
    pub name: Text,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Formats it travels in, best first.
    pub formats: Vec<String>,
    /// Stage 1 to 5 in which it moves.
    pub stage: u8,
    /// A group mostly has several services for it side by side: one is not left over because of another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
    /// Its formats are kinds of it (fonts, videos), of which nothing is carried: software that takes none of the kinds of a
    /// service is no place for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kinds: bool,
    /// A group has it in one place, so that two are a question.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one: bool,
    /// What services for it hold.
    pub holds: Vec<Holds>,
    /// How much harm it does when read.
    pub care: Option<Harm>,
    /// Why it stays for now where nobody in the movement offers it, and what is reduced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Text>,
    /// What gets worse or breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Text>,
    /// Names below the group's domain that `--dns` asks for on its account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<String>,
    /// How moving it goes.
    pub tasks: Vec<TaskTemplate>,
}

/// `playbooks/stages/ID.yaml`: a stage of every plan, with the tasks that no need brings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stage {
    /// 0 to 6.
    pub n: u8,
    /// Its name.
    pub name: Text,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// "You may stop here": what that means.
    pub stop: Text,
    /// Tasks of every plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskTemplate>,
    /// Standing habits with which every plan ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub habits: Vec<Text>,
}

/// `playbooks/conditions/ID.yaml`: when the answer is "not yet".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Its name.
    pub name: Text,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// What page one says; `{admins}`, `{hours}`, `{weeks}`, `{date}` and `{what}` are filled in.
    pub says: Text,
    /// The thresholds; all that are given must be passed.
    pub when: Threshold,
}

/// Thresholds of a condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Threshold {
    /// The group says that it has (or has not) its domains in its hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_control: Option<bool>,
    /// The group says that fewer people than these can administer its important services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admins_below: Option<u32>,
    /// The inventory names fewer services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services_below: Option<u32>,
    /// An action, election or deadline lies within so many weeks of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_within_weeks: Option<u32>,
    /// The group says that records must be kept for a court, an auditor or a lawyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<bool>,
    /// The group has fewer hours a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_below: Option<f64>,
    /// The stages up to 3, after which a group may stop, would last longer than so many weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weeks_over: Option<u32>,
    /// The times to avoid leave no day free within so many weeks of the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_free_day_within_weeks: Option<u32>,
}

/// `playbooks/texts/ID.yaml`: sentences that the engine puts into plans.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Texts {
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Key → sentence; words in `{}` are filled in.
    #[allow(clippy::struct_field_names)]
    pub texts: BTreeMap<String, Text>,
}
