//! `plan/plan.yaml`: what a plan says.

pub use crate::catalog::model::Decision;
use crate::catalog::model::{Repeat, TaskKind, Text};
use crate::inventory::YearlyCost;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The schema's name.
pub const SCHEMA: &str = "decamp/plan/1";

/// `plan/plan.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// The group's name.
    pub group: String,
    /// First day.
    pub start: Date,
    /// Last day of the last dated task.
    pub end: Date,
    /// Working hours a week.
    pub hours_per_week: f64,
    /// Whether the group should go now.
    pub verdict: Verdict,
    /// Why not yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why_not_yet: Vec<Text>,
    /// Weeks from the first day to the last, had all tasks dates.
    #[serde(default)]
    pub weeks: u32,
    /// The day by which it must be over (`--until`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What would make it shorter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shorten: Vec<Text>,
    /// The providers in order of preference.
    #[serde(default)]
    pub providers: Vec<String>,
    /// What becomes of each need of each service.
    pub assignments: Vec<Assignment>,
    /// The stages, each of which may be the last.
    pub stages: Vec<PlanStage>,
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// What must be asked.
    pub questions: Vec<Question>,
    /// Messages that are ready to be sent.
    pub messages: Vec<Message>,
}

/// Go, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Go.
    Go,
    /// Not yet.
    NotYet,
}

/// What becomes of one need of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The need.
    pub need: String,
    /// The old service.
    pub from: String,
    /// The new service (software), when it moves.
    #[serde(default)]
    pub to: Option<String>,
    /// Who runs the new one.
    #[serde(default)]
    pub provider: Option<String>,
    /// What is decided.
    pub decision: Decision,
    /// Why.
    pub why: Text,
    /// When to look again.
    #[serde(default)]
    pub review: Option<Date>,
    /// What the old one costs a year.
    #[serde(default)]
    pub cost: Option<YearlyCost>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanStage {
    /// 0 to 6.
    pub n: u8,
    /// Its name.
    pub name: Text,
    /// What stopping here means.
    pub may_stop_here: Text,
    /// Services that still hold something when one stops here.
    pub still_exposed: Vec<String>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Stable from run to run.
    pub id: String,
    /// 0 to 6.
    pub stage: u8,
    /// The need, unless it is the stage's own.
    #[serde(default)]
    pub need: Option<String>,
    /// The old service.
    #[serde(default)]
    pub from: Option<String>,
    /// The new service.
    #[serde(default)]
    pub to: Option<String>,
    /// What it does.
    pub kind: TaskKind,
    /// One line.
    pub title: Text,
    /// What to do.
    #[serde(default)]
    pub steps: Vec<Text>,
    /// Who.
    pub role: String,
    /// Working hours.
    pub hours: f64,
    /// How many of them each person spends on their own account, where everyone does the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_each: Option<f64>,
    /// Days to wait afterwards.
    pub wait_days: u32,
    /// Ids of tasks that come first.
    pub after: Vec<String>,
    /// The id of the task that must be answered with "no" first.
    #[serde(default)]
    pub gate: Option<String>,
    /// The answer, when others wait for it as their gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<GateAnswer>,
    /// Why it has no date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    /// First day; absent while something blocks it.
    #[serde(default)]
    pub start: Option<Date>,
    /// Last day.
    #[serde(default)]
    pub end: Option<Date>,
    /// Whether the end date hangs on it.
    pub critical: bool,
    /// By how many days it may be late before the end is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack_days: Option<u32>,
    /// How many people hold what it hands out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holders: Option<u32>,
    /// How often it comes around after the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// It is done also when the answer is "not yet".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// How to go back.
    #[serde(default)]
    pub rollback: Option<Text>,
    /// What can go wrong.
    #[serde(default)]
    pub danger: Option<Text>,
    /// Files that it uses.
    pub files: Vec<String>,
    /// When it was done.
    #[serde(default)]
    pub done: Option<Date>,
    /// Who took it.
    #[serde(default)]
    pub who: Option<String>,
    /// What people noted.
    #[serde(default)]
    pub note: Option<String>,
}

/// The answer to a gate's question: must anything be kept?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateAnswer {
    /// No: what waits may go on.
    No,
    /// Yes: nothing is deleted or closed, and a lawyer decides.
    Yes,
}

/// Why a task has no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocked {
    /// Its gate has not been answered.
    Gate,
    /// Records must be kept.
    Hold,
    /// The answer is "not yet".
    NotYet,
    /// It does not fit before the end.
    Until,
    /// Something before it has no date.
    Before,
}

/// Something that must be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whom: a provider's or a service's id, or `group`.
    pub to: String,
    /// About what.
    pub about: String,
    /// The message, ready to be sent.
    pub draft: Text,
}

/// A message file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Who gets it.
    pub to: String,
    /// The file, below `plan/`.
    pub file: String,
}
