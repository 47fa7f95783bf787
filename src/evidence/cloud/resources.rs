//! The resources themselves, for who copies and takes down what stands there: names and a few facts, read only when
//! configurations are made, and kept nowhere else. Attributes are full of secrets, so only those named here are taken; of what
//! a machine runs when it starts nothing but that there is such a text.

use super::{Form, Seen, arn_type, json, s3_bucket};
use crate::error::Result;
use crate::evidence::read::head_of;
use crate::evidence::sniff::{Format, Sniffed, sniff};
use crate::evidence::text::{Text, failed};
use crate::evidence::{Input, Kind};
use std::collections::BTreeMap;
use std::io::{BufRead, Cursor, Read as _};

/// The most resources that are taken from one file.
const MOST: usize = 10_000;
/// The longest name.
const NAME: usize = 256;

/// A resource with its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// Its type, as the cloud or the tool names it.
    pub what: String,
    /// Its name or id.
    pub name: String,
    /// Where it stands.
    pub region: Option<String>,
    /// `engine`, `version`, `host`, `port`, `user`, `size`, `state`, `starts` (`yes`: it runs a text when it starts), `tag NAME`.
    pub details: BTreeMap<String, String>,
}

/// Fact → where it stands, within an item of any form. The first that is there counts.
const FACTS: &[(&str, &[&str])] = &[
    (
        "name",
        &[
            "Name",
            "DBInstanceIdentifier",
            "InstanceId",
            "resourceName",
            "resourceId",
            "PhysicalResourceId",
            "instances[].attributes.bucket",
            "instances[].attributes.identifier",
            "instances[].attributes.name",
            "instances[].attributes.id",
            "values.bucket",
            "values.identifier",
            "values.name",
            "values.id",
            // In Terraform's state it is only Terraform's own name for it: last.
            "name",
        ],
    ),
    (
        "region",
        &[
            "awsRegion",
            "Region",
            "Placement.AvailabilityZone",
            "AvailabilityZone",
            "location",
            "resource.location",
            "instances[].attributes.region",
            "instances[].attributes.location",
            "instances[].attributes.availability_zone",
            "instances[].attributes.zone",
            "values.region",
            "values.location",
            "values.availability_zone",
            "values.zone",
        ],
    ),
    (
        "engine",
        &[
            "Engine",
            "resource.data.databaseVersion",
            "instances[].attributes.engine",
            "instances[].attributes.database_version",
            "values.engine",
            "values.database_version",
        ],
    ),
    ("version", &["EngineVersion", "instances[].attributes.engine_version", "values.engine_version"]),
    (
        "host",
        &[
            "Endpoint.Address",
            "instances[].attributes.address",
            "instances[].attributes.fqdn",
            "values.address",
            "values.fqdn",
        ],
    ),
    ("port", &["Endpoint.Port", "instances[].attributes.port", "values.port"]),
    (
        "user",
        &[
            "MasterUsername",
            "instances[].attributes.username",
            "instances[].attributes.administrator_login",
            "values.username",
            "values.administrator_login",
        ],
    ),
    (
        "size",
        &[
            "InstanceType",
            "resource.data.machineType",
            "properties.hardwareProfile.vmSize",
            "instances[].attributes.instance_type",
            "instances[].attributes.machine_type",
            "instances[].attributes.size",
            "values.instance_type",
            "values.machine_type",
            "values.size",
        ],
    ),
    ("state", &["State.Name", "resource.data.status"]),
    ("system", &["PlatformDetails", "properties.storageProfile.osDisk.osType"]),
];

/// Where a text stands that a machine runs when it starts: only that it is there is told.
const STARTS: &[&str] = &[
    "UserData",
    "resource.data.metadata.items[].key",
    "properties.userData",
    "instances[].attributes.user_data",
    "instances[].attributes.user_data_base64",
    "instances[].attributes.metadata_startup_script",
    "instances[].attributes.custom_data",
    "values.user_data",
    "values.user_data_base64",
    "values.metadata_startup_script",
    "values.custom_data",
];

/// Names of tags that say what a thing is for. Others hold anything, passwords too.
const USES: &[&str] = &[
    "name",
    "role",
    "use",
    "app",
    "application",
    "service",
    "project",
    "component",
    "purpose",
    "env",
    "environment",
    "stage",
];

/// Whether a tag is one that people name things by: its name says so, and its value is a few plain words.
fn says_what_for(key: &str, value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/');
    USES.contains(&key.to_ascii_lowercase().as_str())
        && value.chars().count() <= 64
        && value.chars().all(plain)
        && value.split(' ').count() <= 6
}

/// Tags: a list of names, a list of values.
const TAGS: &[&str] = &["Tags[].Key", "Tags[].Value"];

/// Hands on the resources of a file that is a cloud's own; of any other nothing.
///
/// # Errors
/// With file and line, never a line's text, when it is broken.
pub fn read(input: &mut dyn BufRead, about: &Input<'_>, found: &mut dyn FnMut(Resource)) -> Result<()> {
    let head = head_of(input, about.path)?;
    let (Sniffed::Known(Format::Cloud(kind, form), encoding) | Sniffed::Damaged(Format::Cloud(kind, form), encoding)) =
        sniff(&head, Some(about.path), about.shapes)
    else {
        return Ok(());
    };
    let mut all = Cursor::new(head).chain(input);
    let text = Text::new(&mut all, encoding);
    let mut left = MOST;
    let mut take = |r: Resource| {
        if left > 0 && !r.name.is_empty() && r.name.len() <= NAME && r.what.len() <= 200 {
            left -= 1;
            found(r);
        }
    };
    match &form {
        Form::Json | Form::Assets(_) => {
            let facts = FACTS.iter().flat_map(|(_, paths)| paths.iter().copied());
            let more: Vec<&str> = facts.chain(STARTS.iter().copied()).chain(TAGS.iter().copied()).collect();
            json(text, kind, &form, about, &more, &mut |seen| named(&seen, kind, &mut take))
        }
        Form::S3 => buckets(text, about, &mut take),
        Form::Table => az_table(text, about, &mut take),
        // Tables, costs and plans name types only.
        Form::Rows(..) | Form::Costs(_) | Form::Config | Form::Lines => Ok(()),
    }
}

/// The facts of an item: one resource, or one an instance where Terraform made several.
fn named(seen: &Seen<'_>, kind: Kind, take: &mut dyn FnMut(Resource)) {
    let f = seen.fields;
    let list = |fact: &str| {
        let paths = FACTS.iter().find(|(name, _)| *name == fact).map_or(&[][..], |(_, paths)| *paths);
        paths.iter().map(|p| f.list(p)).find(|l| !l.is_empty()).unwrap_or(&[])
    };
    let arn = f.get("ResourceARN").or(f.get("Arn")).filter(|a| arn_type(a).is_some());
    let names: Vec<String> = match arn {
        Some(arn) => vec![last_of(arn)],
        // `//storage.googleapis.com/NAME`, `…/instances/NAME`.
        None if kind == Kind::Gcp => list("name").iter().map(|n| last_of(n)).collect(),
        None => list("name").to_vec(),
    };
    let region = arn.and_then(|a| a.split(':').nth(3)).filter(|r| !r.is_empty());
    let starts = STARTS.iter().any(|p| {
        let texts = f.list(p);
        // Google has many such texts; two of them are run.
        let runs = |t: &String| matches!(t.as_str(), "startup-script" | "user-data");
        if p.ends_with("items[].key") { texts.iter().any(runs) } else { texts.iter().any(|t| !t.is_empty()) }
    });
    for (n, name) in names.into_iter().enumerate() {
        let mut details = BTreeMap::new();
        for (fact, _) in FACTS.iter().filter(|(fact, _)| !matches!(*fact, "name" | "region")) {
            let texts = list(fact);
            if let Some(text) = texts.get(n).or(texts.first()).filter(|t| !t.is_empty()) {
                details.insert((*fact).to_owned(), last_of(text));
            }
        }
        if starts {
            details.insert("starts".to_owned(), "yes".to_owned());
        }
        for (key, value) in f.list(TAGS[0]).iter().zip(f.list(TAGS[1])) {
            if says_what_for(key, value) {
                details.insert(format!("tag {key}"), value.clone());
            }
        }
        let listed = list("region");
        let region = region.map(str::to_owned).or_else(|| listed.get(n).or(listed.first()).map(|r| last_of(r)));
        take(Resource { what: seen.what.clone(), name, region, details });
    }
}

/// What stands after the last slash or, in an ARN, colon.
fn last_of(text: &str) -> String {
    let text = if text.starts_with("arn:") { text.rsplit(':').next().unwrap_or(text) } else { text };
    text.rsplit('/').next().unwrap_or(text).to_owned()
}

/// `aws s3 ls` of an account: a day, a time and a bucket a line. One of objects has sizes.
fn buckets(mut text: Text<'_>, about: &Input<'_>, take: &mut dyn FnMut(Resource)) -> Result<()> {
    let mut line = Vec::new();
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        if let Some(name) = s3_bucket(&line) {
            take(Resource { what: "AWS::S3::Bucket".to_owned(), name: name.to_owned(), ..Resource::default() });
        }
    }
    Ok(())
}

/// `az resource list -o table`: name, group, place, type.
fn az_table(mut text: Text<'_>, about: &Input<'_>, take: &mut dyn FnMut(Resource)) -> Result<()> {
    let mut line = Vec::new();
    while text.read_into(&mut line).map_err(|e| failed(about.path, &e))? {
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let at = words.iter().position(|w| w.starts_with("Microsoft.") && w.contains('/'));
        if let Some(at) = at.filter(|at| *at > 0) {
            let region = (at >= 3).then(|| words[at - 1].to_owned());
            let (what, name) = (words[at].to_owned(), words[0].to_owned());
            take(Resource { what, name, region, ..Resource::default() });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Resource> {
        let mut found = Vec::new();
        read(&mut text.as_bytes(), &Input::new("x.json", &[]), &mut |r| found.push(r)).unwrap();
        found
    }

    #[test]
    fn names_and_facts_are_taken_and_secrets_are_not() {
        let text = r#"{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "serial": 3, "resources": [
            {"mode": "managed", "type": "aws_db_instance", "instances": [{"attributes": {"identifier": "casa", "engine": "postgres", "address": "casa.abc.us-east-1.rds.amazonaws.com", "port": 5432, "username": "casa", "password": "SECRET1"}}]},
            {"mode": "managed", "type": "aws_s3_bucket", "name": "own", "instances": [{"attributes": {"bucket": "uno", "region": "us-east-1"}}, {"attributes": {"bucket": "dos", "region": "us-west-2"}}]},
            {"mode": "managed", "type": "aws_instance", "instances": [{"attributes": {"id": "i-1", "instance_type": "t3.small", "user_data": "SECRET2"}}]},
            {"mode": "data", "type": "aws_ami", "instances": [{"attributes": {"id": "ami-1"}}]}]}"#;
        let found = all(text);
        let names: Vec<&str> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["casa", "uno", "dos", "i-1"]);
        assert_eq!(found[0].details["engine"], "postgres");
        assert_eq!(found[0].details["host"], "casa.abc.us-east-1.rds.amazonaws.com");
        assert_eq!(found[2].region.as_deref(), Some("us-west-2"));
        assert_eq!(found[3].details["starts"], "yes");
        assert!(!format!("{found:?}").contains("SECRET"), "{found:?}");
    }

    #[test]
    fn each_cloud_is_read() {
        let aws = all(
            r#"{"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::casa-fotos", "Tags": [{"Key": "use", "Value": "web"}]}, {"ResourceARN": "arn:aws:rds:us-east-1:1:db:casa"}]}"#,
        );
        assert_eq!((aws[0].name.as_str(), aws[0].details["tag use"].as_str()), ("casa-fotos", "web"));
        assert_eq!((aws[1].name.as_str(), aws[1].region.as_deref()), ("casa", Some("us-east-1")));
        let gcp = all(
            r#"[{"assetType": "storage.googleapis.com/Bucket", "name": "//storage.googleapis.com/casa", "resource": {"location": "us"}}]"#,
        );
        assert_eq!((gcp[0].name.as_str(), gcp[0].region.as_deref()), ("casa", Some("us")));
        let azure = all(
            r#"[{"id": "/subscriptions/1/x", "name": "casafotos", "type": "Microsoft.Storage/storageAccounts", "location": "westus", "resourceGroup": "g"}]"#,
        );
        assert_eq!(
            (azure[0].name.as_str(), azure[0].what.as_str()),
            ("casafotos", "Microsoft.Storage/storageAccounts")
        );
        let s3 = all("2024-01-02 03:04:05 casa-fotos\n2024-01-02 03:04:06 casa-copias\n");
        assert_eq!(s3.len(), 2);
    }

    #[test]
    fn what_is_broken_names_its_line_and_nothing_else() {
        let text = "{\"Buckets\": [\n{\"Name\": \"uno\", \"CreationDate\": \"x\"},\n{\"Name\": \"SECRET\"";
        let error = read(&mut text.as_bytes(), &Input::new("x.json", &[]), &mut |_| {}).unwrap_err();
        assert_eq!(error.at.as_ref().and_then(|a| a.line), Some(3));
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}
