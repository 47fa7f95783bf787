//! Hosted services and software.

use super::{
    Confidence, DnsRecord, Harm, Holds, Host, ImapAccess, PeopleColumns, Reach, RedirectRule, Retired, Sourced, Status,
    Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Words, or runs of them, that may stand behind the payee and say nothing: the company's town, its page for help.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payee_tail: Vec<String>,
    /// Words that say it is another payee after all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payee_not: Vec<String>,
    /// Sites of accounts, bookmarks and senders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domain: Vec<String>,
    /// Kinds of exports that are the service's own (`google-users`, `m365-users`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub export_kind: Vec<String>,
    /// Its name in lists of apps that accounts of Google or Microsoft gave access, or by which people sign in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub app: Vec<String>,
    /// Other names that people say when they mean it ("Google Drive"); they count in answers only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
    /// Types of cloud resources, `*` for any run of characters (`AWS::S3::*`, `aws_s3_bucket`,
    /// `Microsoft.Storage/storageAccounts`, `storage.googleapis.com/Bucket`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// Domains of addresses whose mailbox lies there (`gmail.com`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mailbox: Vec<String>,
    /// Domains in Return-Path, DKIM `d=` and Received of mail that the group itself sent through it, or received at it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_through: Vec<String>,
    /// How its own exports of the kinds in `export_kind` look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<ExportShape>,
    /// What a reader must know about the sign ("may be stale").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<Text>,
}

/// How a service's own export is told from others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportShape {
    /// Column names that its table has, all of them; case, accents and punctuation are ignored. What stands in brackets counts
    /// where it is given here ("Name (Original Name)").
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Paths that its JSON has, all of them (`cards`, `[].ts`, `data[].gid`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Words of a line before the column names ("Transaction List by Vendor").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words of the lines below the rows, all of them, for a table whose columns people choose: its end tells whose it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foot: Vec<String>,
    /// What a row is (`contacts`, `messages`).
    pub counts: String,
    /// Of JSON: where the items stand that are counted (`cards[]`, `[]`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rows: String,
    /// Columns or keys that hold dates: the newest says how old the export is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// The rows are payments: who was paid is looked at, as in a ledger.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ledger: bool,
    /// The rows are resources of a cloud: the column that holds each one's type or ARN, which `resource` patterns fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<String>,
    /// The rows are people on a list, or in a newsletter's audience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<PeopleColumns>,
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
    /// Bytes a day an account that the vendor lets out (or in) by this route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_day: Option<u64>,
    /// Of the format `imap`: how the mailboxes are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imap: Option<ImapAccess>,
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

/// A template that a piece of software, or a provider, needs filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    /// Path below `templates/`, without `.hbs`. One that ends in `/` is a folder: all of it is written, files that are no
    /// `.hbs` as they are.
    pub template: String,
    /// Where the result goes below `configs/PROVIDER/`; `DOMAIN` and `GROUP` in it are replaced.
    pub path: String,
    /// One sentence for the folder's README: what it is for and how it is put in place.
    pub says: Text,
    /// Needs that must move to this service for it to be written (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Services one of which must be the old one (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Providers one of which must be the new one (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Only where no template of the provider's own sets this software up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unless_set_up: bool,
    /// Programs or protocols of `reach:`, one of which must lead to an old service (empty: none need).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reach: Vec<String>,
    /// What the folder's README says where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Text>,
    /// Of a provider: services one of which must move to it (empty: any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Of a provider: one file for all groups of `render --group-dirs`, which it finds under `groups`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub network: bool,
    /// Of what is taken along from a service that is left: types of its cloud resources, at least one of which must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// Provider settings that the template asks for; one that nobody knows becomes an ASK.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// Once for the group, or once for each of its domains, mailboxes or lists.
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
    /// Once a mailbox of the old services; `ACCOUNT` in the path is replaced.
    Account,
    /// Once a list or audience of the old services; `LIST` in the path is replaced.
    List,
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
    /// DNS records by which programs find it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<DnsRecord>,
    /// How programs reach what lies there, by the program or protocol: `rclone`, `caldav`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reach: BTreeMap<String, Reach>,
    /// Where the addresses of a site that stood there lead, once the site runs on other software.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<RedirectRule>,
    /// Files with which its resources are copied or taken down, in a folder of its own; nothing in them deletes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<TemplateUse>,
    /// How the account is closed, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<Text>,
    /// What ends with the account: each to export, transfer or lose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dies_with_it: Vec<Text>,
    /// Need → what must be asked before it is moved (a delivery network does not say where the site stands).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ask_first: BTreeMap<String, Text>,
    /// Needs whose place nothing takes, and why: they are let go (a pixel).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub let_go: BTreeMap<String, Text>,
    /// What to do when it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduce: Option<Text>,
    /// Its own test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examples: Option<Examples>,
}
