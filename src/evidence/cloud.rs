//! The kinds `aws`, `azure`, `gcp` and `terraform`: which resources run where, with sizes and costs where they are given.
//!
//! Types are offered, never names, addresses, tags or attributes: state files are full of secrets.

pub mod config;
mod costs;
pub mod resources;
mod types;

pub use costs::is_costs;

use super::json::{Fields, each};
use super::ledger::amount;
use super::table::{Layout, Table};
use super::text::{Text, failed};
use super::{Amount, Counts, Input, Kind, Sink};
use crate::error::Result;
use std::collections::BTreeSet;
use types::{Types, arn_type};

/// Which form a list of resources has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// JSON of one of the clouds' tools.
    Json,
    /// JSON of Google's asset inventory, and where in it the assets stand.
    Assets(&'static str),
    /// A table, and the column that holds each resource's type or ARN, as the service's file names it.
    Rows(Layout, String),
    /// Terraform's configuration: what is to be made, which is no proof that it stands.
    Config,
    /// `aws s3 ls`: a day and a bucket a line, or objects with sizes.
    S3,
    /// Cost Explorer's table: services as columns, or as rows.
    Costs(Layout),
    /// `az resource list -o table`.
    Table,
    /// `gcloud asset search-all-resources` without a format: a block of lines a resource.
    Lines,
}

/// What the JSON of a cloud has at its top, and in which form; `text` is its beginning.
pub fn of_json(paths: &BTreeSet<String>, text: &str) -> Option<(Kind, Form)> {
    let has = |path: &str| paths.contains(path);
    // Other lists have assets and groups, too; these words stand in every type, or every id, of the cloud's own.
    if text.contains(".googleapis.com/")
        && let Some((at, _)) = ASSETS.into_iter().find(|(_, keys)| keys.iter().any(|k| has(k)))
    {
        return Some((Kind::Gcp, Form::Assets(at)));
    }
    if (has("terraform_version") && (has("resources") || has("modules") || has("values")))
        || (has("lineage") && has("serial"))
    {
        Some((Kind::Terraform, Form::Json))
    } else if has("ResourceTagMappingList")
        || has("configurationItems")
        || has("Reservations")
        || has("ResultsByTime")
        || (has("Buckets") && (has("Owner") || has("Buckets[].CreationDate")))
        || has("DBInstances")
        || has("Resources[].Arn")
        || has("StackResourceSummaries[].ResourceType")
        || has("StackResources[].ResourceType")
        || has("resourceIdentifiers[].resourceType")
    {
        Some((Kind::Aws, Form::Json))
    } else if text.contains("/subscriptions/")
        && ((has("[].id") && has("[].type") && has("[].resourceGroup"))
            || has("value[].resourceGroup")
            || has("data[].resourceGroup"))
    {
        Some((Kind::Azure, Form::Json))
    } else {
        None
    }
}

/// Where assets stand: in the tool's list, alone on a line, in the two answers of the API.
const ASSETS: [(&str, &[&str]); 4] = [
    ("[]", &["[].assetType", "[].asset_type"]),
    ("results[]", &["results[].assetType"]),
    ("assets[]", &["assets[].assetType"]),
    ("", &["assetType", "asset_type"]),
];

/// Reads a list of resources.
///
/// # Errors
/// With file and line, never a line's text, when it is broken.
pub fn read(text: Text<'_>, kind: Kind, form: &Form, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut types = Types::default();
    let mut months = 1;
    let done = match (form, kind) {
        (Form::Json | Form::Assets(_), _) => json(text, kind, form, about, &[], &mut |seen| match seen.cost() {
            Some((service, amount)) => types.cost(service, &amount),
            None => types.add(&seen.what, seen.bytes),
        }),
        (Form::Rows(layout, column), _) => rows(text, *layout, column, about, &mut types),
        (Form::Config, _) => config::read(text, about, &mut types),
        (Form::S3, _) => s3(text, about, &mut types),
        (Form::Table, _) => az_table(text, about, &mut types),
        (Form::Lines, _) => gcloud_lines(text, about, &mut types),
        (Form::Costs(layout), _) => costs::read(text, *layout, about, &mut types, &mut months),
    };
    let counts = types.offer(kind, about, months, sink);
    done.map(|()| counts)
}

/// A resource as a list has it.
struct Seen<'f> {
    /// Its type; empty where the list is one of costs.
    what: String,
    /// What it stores.
    bytes: Option<u64>,
    fields: &'f Fields,
}

impl Seen<'_> {
    /// What a service cost, where the list is one of costs.
    fn cost(&self) -> Option<(&str, Amount)> {
        let service = self.fields.get("Keys[]")?;
        let mut amount = self.fields.get("Metrics.UnblendedCost.Amount").and_then(amount::parse)?;
        amount.currency = self.fields.get("Metrics.UnblendedCost.Unit").map(str::to_owned);
        Some((service, amount))
    }
}

/// What is done with each resource.
type Found<'f> = &'f mut dyn FnMut(Seen<'_>);

/// Where resources stand in JSON of one of the clouds' tools: `more` are scalars that are taken beside what a type needs.
fn json(text: Text<'_>, kind: Kind, form: &Form, about: &Input<'_>, more: &[&str], found: Found<'_>) -> Result<()> {
    match (form, kind) {
        (Form::Assets(at), _) => assets(text, at, about, more, found),
        (_, Kind::Aws) => aws(text, about, more, found),
        (_, Kind::Azure) => azure(text, about, more, found),
        _ => terraform(text, about, more, found),
    }
}

fn aws(text: Text<'_>, about: &Input<'_>, more: &[&str], found: Found<'_>) -> Result<()> {
    const PATHS: [&str; 11] = [
        "ResourceTagMappingList[]",
        "configurationItems[]",
        "Reservations[].Instances[]",
        "Buckets[]",
        "DBInstances[]",
        "Resources[]",
        "Volumes[]",
        "ResultsByTime[].Groups[]",
        "StackResourceSummaries[]",
        "StackResources[]",
        "resourceIdentifiers[]",
    ];
    const WANTED: [&str; 12] = [
        "ResourceARN",
        "resourceType",
        "configurationItemStatus",
        "ResourceStatus",
        "resourceDeletionTime",
        "Arn",
        "ResourceType",
        "AllocatedStorage",
        "Size",
        "Keys[]",
        "Metrics.UnblendedCost.Amount",
        "Metrics.UnblendedCost.Unit",
    ];
    each(text, about.path, &PATHS, &[&WANTED, more].concat(), &mut |path, f: &Fields| {
        let mut see = |what: &str, bytes| found(Seen { what: what.to_owned(), bytes, fields: f });
        match path {
            0 | 5 => {
                let by_type = f.get("ResourceType").filter(|t| t.starts_with("AWS::")).map(str::to_owned);
                let arn = f.get("ResourceARN").or(f.get("Arn")).and_then(arn_type);
                see(&by_type.or(arn).unwrap_or_default(), None);
            }
            // What is deleted is no working record.
            1 if f.get("configurationItemStatus").is_some_and(|s| s.starts_with("ResourceDeleted")) => {}
            8 | 9 if f.get("ResourceStatus") == Some("DELETE_COMPLETE") => {}
            10 if f.get("resourceDeletionTime").is_some() => {}
            1 | 10 => see(f.get("resourceType").unwrap_or_default(), None),
            8 | 9 => see(f.get("ResourceType").unwrap_or_default(), None),
            2 => see("AWS::EC2::Instance", None),
            3 => see("AWS::S3::Bucket", None),
            4 => see("AWS::RDS::DBInstance", f.number("AllocatedStorage").map(|g| g << 30)),
            6 => see("AWS::EC2::Volume", f.number("Size").map(|g| g << 30)),
            _ => see("", None),
        }
    })
}

fn azure(text: Text<'_>, about: &Input<'_>, more: &[&str], found: Found<'_>) -> Result<()> {
    let wanted = [&["type", "properties.diskSizeGB"], more].concat();
    each(text, about.path, &["[]", "value[]", "data[]"], &wanted, &mut |_, f| {
        let what = f.get("type").unwrap_or_default().to_owned();
        found(Seen { what, bytes: f.number("properties.diskSizeGB").map(|g| g << 30), fields: f });
    })
}

fn assets(text: Text<'_>, at: &str, about: &Input<'_>, more: &[&str], found: Found<'_>) -> Result<()> {
    let wanted = [&["assetType", "asset_type", "resource.data.sizeGb"], more].concat();
    each(text, about.path, &[at], &wanted, &mut |_, f| {
        let what = f.get("assetType").or(f.get("asset_type")).unwrap_or_default().to_owned();
        found(Seen { what, bytes: f.number("resource.data.sizeGb").map(|g| g << 30), fields: f });
    })
}

fn rows(text: Text<'_>, layout: Layout, column: &str, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let at = row.names().iter().position(|n| n == column).unwrap_or(usize::MAX);
    while table.next_into(&mut row)? {
        types.listed(row.cell(at));
    }
    table.whole()
}

/// Version 4 lists resources, with those that it only looks up (`data`); version 3 has a map of them a module.
fn terraform(text: Text<'_>, about: &Input<'_>, more: &[&str], found: Found<'_>) -> Result<()> {
    let paths = [
        "resources[]",
        "values.root_module.resources[]",
        "modules[].resources",
        "values.root_module.child_modules[].resources[]",
        "values.root_module.child_modules[].child_modules[].resources[]",
    ];
    let own = ["mode", "type", "*.type", "instances[].attributes.allocated_storage", "instances[].attributes.size"];
    each(text, about.path, &paths, &[&own, more].concat(), &mut |path, f| {
        if path == 2 {
            // What stands under `data.` is only looked up.
            for (_, what) in f.below("type").filter(|(path, _)| !path.starts_with("data.")) {
                found(Seen { what: what.to_owned(), bytes: None, fields: f });
            }
        } else if f.get("mode") != Some("data") {
            let disk = f.number("instances[].attributes.allocated_storage");
            let what = f.get("type").unwrap_or_default().to_owned();
            found(Seen { what, bytes: disk.map(|g| g << 30), fields: f });
        }
    })
}

/// `2024-01-02 03:04:05 bucket`, `2024-01-02 03:04:05 1234 key`, `PRE folder/`, `Total Size: 1234`.
fn s3(mut text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let mut line = Vec::new();
    let (mut objects, mut bytes) = (false, None);
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        if let Some(total) = line.trim().strip_prefix("Total Size:") {
            bytes = total.trim().split(' ').next().and_then(|n| n.parse().ok());
        }
        if s3_bucket(&line).is_some() {
            types.add("AWS::S3::Bucket", None);
        } else {
            objects |= is_s3(&line);
        }
    }
    // Objects are those of one bucket, which the list doesn't name.
    if objects {
        types.add("AWS::S3::Bucket", bytes);
    }
    Ok(())
}

/// The bucket of a line that has a day, a time and nothing else: lines of objects have a size, too.
fn s3_bucket(line: &str) -> Option<&str> {
    let mut words = line.split_ascii_whitespace();
    let bucket = words.nth(2)?;
    (is_s3(line) && words.next().is_none()).then_some(bucket)
}

/// A line of `aws s3 ls`.
pub fn is_s3(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let (Some(day), Some(time), Some(_)) = (words.next(), words.next(), words.next()) else { return false };
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
    };
    shaped(day, "0000-00-00") && shaped(time, "00:00:00")
}

/// `az resource list -o table`: the type stands in a column of its own.
fn az_table(mut text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let mut line = Vec::new();
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        if let Some(what) = line.split_ascii_whitespace().find(|w| w.starts_with("Microsoft.") && w.contains('/')) {
            types.add(what, None);
        }
    }
    Ok(())
}

fn gcloud_lines(mut text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let mut line = Vec::new();
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        if let Some(what) = line.strip_prefix("assetType:") {
            types.add(what.trim(), None);
        }
    }
    Ok(())
}
