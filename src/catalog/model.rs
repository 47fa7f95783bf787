//! What a playbook file may say: the types behind `playbooks/`, and so behind its schemas.
//!
//! This file holds data types only. `build.rs` includes it too, so that a file that does not fit
//! fails the build with its name; it therefore uses nothing from the rest of the crate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Text that people read, in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Spanish, by `docs/glossary.md`.
    pub es: String,
}

/// How well a fact is backed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sourced {
    /// No source: a fingerprint yields at most a hint; a claim, host, price or setting is printed nowhere.
    #[default]
    None,
    /// Someone else's words, or old ones.
    Reported,
    /// The party's own words.
    Verified,
}

/// `active`, or `retired` (kept, marked, never chosen).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In use today.
    #[default]
    Active,
    /// Gone or not to be chosen; kept so that its traces are recognised.
    Retired,
}

/// Whether a provider takes new groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderStatus {
    /// Anyone eligible may join.
    Open,
    /// By invitation only.
    Invitation,
    /// Takes nobody, or has ended.
    Closed,
    /// Not known: ask.
    #[default]
    Unknown,
}

/// Yes, no, or not known (which is asked, never taken for no).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody has said.
    #[default]
    Unknown,
}

/// What lies at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Databases, member records, documents: the substance.
    Data,
    /// Uploaded files and media.
    Files,
    /// Scripts, fonts and style sheets that visitors load.
    Scripts,
    /// Mail in transit or at rest.
    Mail,
    /// Answers to name look-ups.
    Dns,
}

/// What whoever runs the host can read there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sees {
    /// The content itself.
    Content,
    /// Who, when and how much, not what.
    Metadata,
    /// Only ciphertext.
    Ciphertext,
}

/// How much harm it does when what lies there is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Harm {
    /// Public anyway.
    Open,
    /// Nobody else's business.
    Private,
    /// Could hurt somebody.
    CouldHurt,
}

/// What a service holds; never finer than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Names, addresses, phone numbers.
    Contacts,
    /// Amounts, cards, accounts.
    Money,
    /// Letters, chats, posts.
    Messages,
    /// Documents about people.
    CaseFiles,
    /// Where people are or were.
    Location,
    /// What anyone may read.
    Public,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Ask the group.
    Hint,
    /// A strong sign that may be stale.
    Likely,
    /// A working record, or two independent kinds of evidence.
    Certain,
}

/// A sentence with its source and date.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The sentence, in our own words.
    pub says: Text,
    /// An address, or outlet, title and date.
    #[serde(default)]
    pub source: String,
    /// When the source said it: YYYY, YYYY-MM or YYYY-MM-DD.
    #[serde(default)]
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// Who runs the machines that a service stands on, for one part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// An id in `playbooks/operators/`.
    pub operator: String,
    /// Which part lies there.
    pub what: What,
    /// What the operator can read of it.
    pub sees: Sees,
    /// What the source says, no more.
    pub says: Text,
    /// Where that stands.
    #[serde(default)]
    pub source: String,
    /// When it said so.
    #[serde(default)]
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// Signs of a service that share one source. Names match themselves and everything below, at label
/// boundaries; see `playbooks/README.md` for the pattern language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fingerprint {
    /// How well it is backed; with `none` it yields at most a hint.
    pub sourced: Sourced,
    /// Where the signs are written down.
    pub source: String,
    /// When that was written.
    pub date: String,
    /// Lowers (never raises) what the kind of sign would give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<Confidence>,
    /// Which of the service's needs the signs show (default: all).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Only for records whose owner name, relative to the zone, fits (`_github-challenge-*`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Mail exchangers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mx: Vec<String>,
    /// Name servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ns: Vec<String>,
    /// Targets of aliases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<String>,
    /// Targets of SRV records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub srv: Vec<String>,
    /// Domains of SPF `include`, `redirect`, `exists`, `a` and `mx`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spf: Vec<String>,
    /// TXT values, `*` for any run of characters, case ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub txt: Vec<String>,
    /// DKIM selectors whose key stands in a TXT record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<String>,
    /// Domains of DMARC and TLS report addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dmarc: Vec<String>,
    /// Address ranges (CIDR); always a hint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// Third-party hosts of a page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub web: Vec<String>,
    /// Payees on a statement, by words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payee: Vec<String>,
    /// Words that say it is another payee after all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payee_not: Vec<String>,
    /// Sites of accounts, bookmarks and senders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domain: Vec<String>,
    /// Kinds of exports that are the service's own (`google-users`, `m365-users`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub export_kind: Vec<String>,
    /// What a reader must know about the sign ("may be stale").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text>,
}

/// A way out of a service, or into one, for one need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Route {
    /// One of the need's formats.
    pub format: String,
    /// What a person does, in order.
    pub steps: Vec<Text>,
    /// How one signs in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<Text>,
    /// What does not come along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Text>,
    /// Limits (bytes a day, how long a download stays).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Text>,
    /// Days that pass before the export can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_days: Option<u32>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// A template that a piece of software needs filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    /// Path below `templates/`, without `.hbs`.
    pub template: String,
    /// Where the result goes below `configs/PROVIDER/`.
    pub path: String,
    /// One sentence for the folder's README: what it is for and how it is put in place.
    pub says: Text,
    /// Needs that must move to this service for it to be written (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Services one of which must be the old one (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Provider settings that the template asks for; one that nobody knows becomes an ASK.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// Once for the group or once for each of its domains.
    #[serde(default)]
    pub each: Each,
}

/// How often a template is filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// Once.
    #[default]
    Group,
    /// Once a domain; `DOMAIN` in the path is replaced.
    Domain,
}

/// Evidence that must, or must not, be taken for this service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Each must yield this service.
    #[serde(default)]
    pub matches: Vec<Example>,
    /// None may yield this service above a hint.
    #[serde(default)]
    pub not: Vec<Example>,
}

/// One line of made-up evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Example {
    /// A record of the zone `example.org.` (`@ MX 1 aspmx.l.google.com.`).
    Zone(String),
    /// A third-party host of a page.
    Web(String),
    /// A payee on a statement.
    Payee(String),
    /// A site with an account.
    Domain(String),
}

/// Why and since when an item is retired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Since when.
    pub since: String,
    /// Why.
    pub reason: Text,
    /// Where that stands.
    #[serde(default)]
    pub source: String,
    /// What to look at instead: an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
}

/// Hosted by a company, or software that a group can run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// A company's service.
    #[default]
    Hosted,
    /// Software that a provider, or the group itself, runs.
    Software,
}

/// `playbooks/services/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Its name, as people know it.
    pub name: String,
    /// Hosted service or software.
    pub kind: ServiceKind,
    /// Who offers it: an id in `playbooks/operators/` (none for software).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// When a person last looked at this file: YYYY-MM-DD.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Active or retired.
    pub status: Status,
    /// Set when retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
    /// Which needs it serves: ids in `playbooks/needs/`.
    pub needs: Vec<String>,
    /// What lies there, where it differs from what the needs say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Holds>,
    /// How much harm it does when read, where that differs from what the needs say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care: Option<Harm>,
    /// Who runs its machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Host>,
    /// Its signs in evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<Fingerprint>,
    /// Ways out: need → routes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exports: BTreeMap<String, Vec<Route>>,
    /// Ways in: need → routes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub imports: BTreeMap<String, Vec<Route>>,
    /// Files that its new home needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateUse>,
    /// How the account is closed, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<Text>,
    /// What ends with the account: each to export, transfer or lose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dies_with_it: Vec<Text>,
    /// Need → what must be asked before it is moved (a delivery network does not say where the site stands).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ask_first: BTreeMap<String, Text>,
    /// What to do when it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce: Option<Text>,
    /// Its own test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examples: Option<Examples>,
}

/// `playbooks/operators/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Operator {
    /// Its name.
    pub name: String,
    /// Country of its seat: two letters.
    pub country: String,
    /// Its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Active or retired.
    pub status: Status,
    /// Set when retired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
    /// Its parent, where one company owns the other: an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What is on record about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_record: Vec<Fact>,
}

/// Whether a provider offers a piece of software.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Offer {
    /// Yes, no or unknown.
    pub offered: Answer,
    /// For which of the service's needs (default: all).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// What it buys.
    pub says: Text,
    /// How much.
    pub amount: f64,
    /// In which currency: three letters.
    pub currency: String,
    /// `year`, `month` or `once`.
    pub per: String,
    /// Where that stands.
    #[serde(default)]
    pub source: String,
    /// When it said so.
    #[serde(default)]
    pub date: String,
    /// How well it is backed.
    #[serde(default)]
    pub sourced: Sourced,
}

/// A value of a provider's setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// A port or a priority.
    Number(u32),
    /// A host name, an address, a mechanism.
    One(String),
    /// Several (mail exchangers as `10 a.mx.example.org`).
    Many(Vec<String>),
}

/// A provider's setting: a value with its source, or a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Setting {
    /// Absent when nobody has said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SettingValue>,
    /// The question to put to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Text>,
    /// Where that stands.
    pub source: String,
    /// When it said so.
    pub date: String,
    /// How well it is backed.
    pub sourced: Sourced,
}

/// `playbooks/providers/ID.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its home page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage: String,
    /// When a person last looked at this file.
    pub last_checked: String,
    /// Dates on which a person has read the translation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<String, String>,
    /// Whether it takes new groups.
    pub status: ProviderStatus,
    /// What that is known from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_says: Option<Fact>,
    /// Countries where it is.
    pub countries: Vec<String>,
    /// Languages it works in.
    pub languages: Vec<String>,
    /// The group itself runs it.
    pub own: bool,
    /// Service id → whether it is offered.
    pub offers: BTreeMap<String, Offer>,
    /// Who may join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Fact>,
    /// How one joins, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<Text>,
    /// Prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cost: Vec<Cost>,
    /// Host names, ports, records.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Setting>,
    /// What is on record about demands for data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legal: Vec<Fact>,
    /// Two-step sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub two_step: Option<Fact>,
    /// Hours and people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<Fact>,
    /// What is known about spam and delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spam: Option<Fact>,
}

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
}
