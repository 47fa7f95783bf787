//! The kinds `aws`, `azure`, `gcp` and `terraform`: which resources run where, with sizes and costs where they are given.
//!
//! Types are offered, never names, addresses, tags or attributes: state files are full of secrets.

use super::json::{Fields, each};
use super::ledger::amount;
use super::table::{Layout, Table, plain_name};
use super::text::{Text, failed};
use super::{Amount, Counts, Input, Kind, Place, Signal, Sink};
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Which form a list of resources has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON of one of the clouds' tools.
    Json,
    /// `aws s3 ls`: a day and a bucket a line, or objects with sizes.
    S3,
    /// Cost Explorer's table: services as columns, or as rows.
    Costs(Layout),
    /// `az resource list -o table`.
    Table,
    /// `gcloud asset search-all-resources` without a format: a block of lines a resource.
    Lines,
}

/// The most types that are told apart.
const TYPES: usize = 10_000;

/// What the JSON of a cloud has at its top.
pub fn kind_of(paths: &BTreeSet<String>) -> Option<Kind> {
    let has = |path: &str| paths.contains(path);
    if has("terraform_version") && (has("resources") || has("modules") || has("values")) {
        Some(Kind::Terraform)
    } else if has("ResourceTagMappingList")
        || has("configurationItems")
        || has("Reservations")
        || has("ResultsByTime")
        || (has("Buckets") && (has("Owner") || has("Buckets[].CreationDate")))
        || has("DBInstances")
        || has("Resources[].Arn")
    {
        Some(Kind::Aws)
    } else if has("[].assetType")
        || has("assetType")
        || has("asset_type")
        || has("[].asset_type")
        || has("results[].assetType")
    {
        Some(Kind::Gcp)
    } else if (has("[].id") && has("[].type") && has("[].resourceGroup"))
        || has("value[].resourceGroup")
        || has("data[].resourceGroup")
    {
        Some(Kind::Azure)
    } else {
        None
    }
}

/// What one type of resource adds up to.
#[derive(Debug, Default)]
struct Sum {
    count: u64,
    bytes: Option<u64>,
    monthly: Option<Amount>,
}

#[derive(Debug, Default)]
struct Types(BTreeMap<String, Sum>);

impl Types {
    fn add(&mut self, what: &str, bytes: Option<u64>) {
        if what.is_empty() || what.len() > 200 || what.chars().any(char::is_control) {
            return;
        }
        if self.0.len() >= TYPES && !self.0.contains_key(what) {
            return;
        }
        let sum = self.0.entry(what.to_owned()).or_default();
        sum.count += 1;
        if let Some(bytes) = bytes {
            sum.bytes = Some(sum.bytes.unwrap_or(0).saturating_add(bytes));
        }
    }

    fn cost(&mut self, what: &str, amount: &Amount) {
        if what.is_empty() || what.len() > 200 || self.0.len() >= TYPES {
            return;
        }
        let sum = self.0.entry(what.to_owned()).or_default();
        sum.count += 1;
        match &mut sum.monthly {
            Some(old) => old.cents = old.cents.saturating_add(amount.cents),
            None => sum.monthly = Some(amount.clone()),
        }
    }

    fn offer(self, kind: Kind, about: &Input<'_>, months: u64, sink: &mut dyn Sink) -> Counts {
        let mut counts = Counts::default();
        let (mut resources, mut matched) = (0, 0);
        for (what, sum) in &self.0 {
            resources += sum.count;
            let monthly =
                sum.monthly.clone().map(|a| Amount { cents: a.cents / i64::try_from(months.max(1)).unwrap_or(1), ..a });
            let signal = Signal::Resource { what, count: sum.count, bytes: sum.bytes, monthly };
            if sink.offer(kind, Place { path: about.path, line: None }, &signal) {
                matched += sum.count;
            }
        }
        counts.add("resources", resources);
        counts.add("types", self.0.len() as u64);
        counts.add("matched", matched);
        counts
    }
}

/// Reads a list of resources.
///
/// # Errors
/// With file and line, never a line's text, when it is broken.
pub fn read(text: Text<'_>, kind: Kind, form: Form, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let mut types = Types::default();
    let mut months = 1;
    let done = match (form, kind) {
        (Form::Json, Kind::Aws) => aws(text, about, &mut types),
        (Form::Json, Kind::Azure) => azure(text, about, &mut types),
        (Form::Json, Kind::Gcp) => gcp(text, about, &mut types),
        (Form::Json, _) => terraform(text, about, &mut types),
        (Form::S3, _) => s3(text, about, &mut types),
        (Form::Table, _) => az_table(text, about, &mut types),
        (Form::Lines, _) => gcloud_lines(text, about, &mut types),
        (Form::Costs(layout), _) => costs(text, layout, about, &mut types, &mut months),
    };
    let counts = types.offer(kind, about, months, sink);
    done.map(|()| counts)
}

/// The kind of a resource, without region, account and name: `arn:aws:s3:::bucket` → `arn:aws:s3:::`,
/// `arn:aws:rds:us-east-1:1234:db:name` → `arn:aws:rds:::db:`.
fn arn_type(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, _, _, resource] = parts[..] else { return None };
    // A kind stands before a slash or a colon; a bare name is the resource's own.
    let kind = resource.find(['/', ':']).map_or("", |at| &resource[..=at]);
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b':'));
    (partition.starts_with("aws") && plain(partition) && plain(service) && plain(kind))
        .then(|| format!("arn:{partition}:{service}:::{kind}"))
}

fn aws(text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    const PATHS: [&str; 8] = [
        "ResourceTagMappingList[]",
        "configurationItems[]",
        "Reservations[].Instances[]",
        "Buckets[]",
        "DBInstances[]",
        "Resources[]",
        "Volumes[]",
        "ResultsByTime[].Groups[]",
    ];
    let wanted = [
        "ResourceARN",
        "resourceType",
        "configurationItemStatus",
        "Arn",
        "ResourceType",
        "AllocatedStorage",
        "Size",
        "Keys[]",
        "Metrics.UnblendedCost.Amount",
        "Metrics.UnblendedCost.Unit",
    ];
    each(text, about.path, &PATHS, &wanted, &mut |path, f: &Fields| match path {
        0 | 5 => {
            let by_type = f.get("ResourceType").filter(|t| t.starts_with("AWS::")).map(str::to_owned);
            let arn = f.get("ResourceARN").or(f.get("Arn")).and_then(arn_type);
            types.add(&by_type.or(arn).unwrap_or_default(), None);
        }
        // What is deleted is no working record.
        1 if f.get("configurationItemStatus").is_some_and(|s| s.starts_with("ResourceDeleted")) => {}
        1 => types.add(f.get("resourceType").unwrap_or_default(), None),
        2 => types.add("AWS::EC2::Instance", None),
        3 => types.add("AWS::S3::Bucket", None),
        4 => types.add("AWS::RDS::DBInstance", f.number("AllocatedStorage").map(|g| g << 30)),
        6 => types.add("AWS::EC2::Volume", f.number("Size").map(|g| g << 30)),
        _ => {
            let amount = f.get("Metrics.UnblendedCost.Amount").and_then(amount::parse);
            if let (Some(service), Some(mut amount)) = (f.get("Keys[]"), amount) {
                amount.currency = f.get("Metrics.UnblendedCost.Unit").map(str::to_owned);
                types.cost(service, &amount);
            }
        }
    })
}

fn azure(text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    each(text, about.path, &["[]", "value[]", "data[]"], &["type", "properties.diskSizeGB"], &mut |_, f| {
        types.add(f.get("type").unwrap_or_default(), f.number("properties.diskSizeGB").map(|g| g << 30));
    })
}

fn gcp(text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let wanted = ["assetType", "asset_type", "resource.data.sizeGb"];
    each(text, about.path, &["[]", "results[]", ""], &wanted, &mut |_, f| {
        let what = f.get("assetType").or(f.get("asset_type")).unwrap_or_default();
        types.add(what, f.number("resource.data.sizeGb").map(|g| g << 30));
    })
}

/// Version 4 lists resources, with those that it only looks up (`data`); version 3 has a map of them a module.
fn terraform(text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let paths = [
        "resources[]",
        "values.root_module.resources[]",
        "modules[].resources",
        "values.root_module.child_modules[].resources[]",
        "values.root_module.child_modules[].child_modules[].resources[]",
    ];
    let wanted = ["mode", "type", "*.type", "instances[].attributes.allocated_storage", "instances[].attributes.size"];
    each(text, about.path, &paths, &wanted, &mut |path, f| {
        if path == 2 {
            // What stands under `data.` is only looked up.
            for (_, what) in f.below("type").filter(|(path, _)| !path.starts_with("data.")) {
                types.add(what, None);
            }
        } else if f.get("mode") != Some("data") {
            let disk = f.number("instances[].attributes.allocated_storage");
            types.add(f.get("type").unwrap_or_default(), disk.map(|g| g << 30));
        }
    })
}

/// `2024-01-02 03:04:05 bucket`, `2024-01-02 03:04:05 1234 key`, `PRE folder/`, `Total Size: 1234`.
fn s3(mut text: Text<'_>, about: &Input<'_>, types: &mut Types) -> Result<()> {
    let mut line = Vec::new();
    let (mut any, mut bytes) = (false, None);
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        if let Some(total) = line.trim().strip_prefix("Total Size:") {
            bytes = total.trim().split(' ').next().and_then(|n| n.parse().ok());
        }
        any |= is_s3(&line);
    }
    if any {
        types.add("AWS::S3::Bucket", bytes);
    }
    Ok(())
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

/// Whether column names are Cost Explorer's.
pub fn is_costs(names: &[String]) -> bool {
    let names: Vec<String> = names.iter().map(|n| n.trim().to_lowercase()).collect();
    let totals = names
        .iter()
        .any(|n| n.starts_with("total costs") || n.starts_with("costo total") || n.starts_with("total cost"));
    names.first().is_some_and(|n| matches!(n.as_str(), "service" | "servicio"))
        && (totals || names.iter().any(|n| n.ends_with("($)")))
}

/// Services as columns (`EC2-Instances ($)`) with months as rows, and a row of totals first; or services as rows.
fn costs(text: Text<'_>, layout: Layout, about: &Input<'_>, types: &mut Types, months: &mut u64) -> Result<()> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let names: Vec<String> = row.cells().map(str::to_owned).collect();
    let mut rows = 0_u64;
    let mut by_row = true;
    while table.next_into(&mut row)? {
        let first = plain_name(row.cell(0));
        if first.is_empty() || first.contains("total") {
            continue;
        }
        let is_month = row.cell(0).get(..4).is_some_and(|y| y.bytes().all(|b| b.is_ascii_digit()));
        if is_month {
            by_row = false;
            rows += 1;
        }
        for (n, name) in names.iter().enumerate().skip(1) {
            let lower = name.to_lowercase();
            if lower.contains("total") || lower.starts_with("tax") || lower.starts_with("impuesto") {
                continue;
            }
            let Some(mut amount) = amount::parse(row.cell(n)).filter(|a| a.cents > 0) else { continue };
            amount.currency = amount.currency.or_else(|| lower.contains("($)").then(|| "USD".to_owned()));
            if is_month {
                types.cost(name.split('(').next().unwrap_or_default().trim(), &amount);
            } else {
                let service = row.cell(0).to_owned();
                types.cost(service.split('(').next().unwrap_or_default().trim(), &amount);
            }
        }
    }
    *months = if by_row { names.len().saturating_sub(2).max(1) as u64 } else { rows.max(1) };
    Ok(())
}
