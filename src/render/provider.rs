//! Files that belong to a provider and not to one piece of software: those of the group's own server. One group's and
//! those of a network of many are filled alike.

use super::engine::Engine;
use super::given::Account;
use super::{Job, Told, is_safe, moved};
use crate::catalog::Catalog;
use crate::catalog::model::{Each, SettingValue, TemplateUse};
use crate::error::{Error, Result};
use crate::plan::Decision;
use crate::plan::settings::domains;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization as _;

/// A group, as the files of its provider name it.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// A word for files and for Ansible: `casa-abierta`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// Software that the provider's templates set up: id → whether it moves there.
    pub software: BTreeMap<String, bool>,
    /// Names of everything that moves there.
    pub programs: Vec<String>,
    /// Names of those that no template of the provider sets up.
    pub by_hand: Vec<String>,
    /// The old services.
    pub from: BTreeSet<String>,
    /// Settings that the provider's templates name; empty when nobody has said.
    pub set: Map<String, Value>,
    /// The keys of those.
    pub missing: Vec<String>,
    /// Mailboxes in use, at domains that come along.
    pub accounts: Vec<Account>,
    /// Those of which a person must say whether they get one.
    pub asked: Vec<Account>,
}

/// What was made for one provider.
#[derive(Debug, Default)]
pub struct Made {
    /// Path below `configs/PROVIDER/` → bytes.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What stands in the folder's README.
    pub(super) told: Vec<Told>,
}

/// The group at each provider that has templates and to which something moves.
pub fn members(job: Job<'_>) -> Vec<(String, Member)> {
    let moves = || job.plan.assignments.iter().filter(|a| a.decision == Decision::Move);
    let providers: BTreeSet<&String> = moves().filter_map(|a| a.provider.as_ref()).collect();
    let mut found = Vec::new();
    for id in providers {
        let Some(provider) = job.catalog.provider(id).filter(|p| !p.templates.is_empty()) else { continue };
        let own = || moves().filter(|a| a.provider.as_ref() == Some(id));
        let moved: BTreeSet<&String> = own().filter_map(|a| a.to.as_ref()).collect();
        let set_up = provider.templates.iter().flat_map(|t| &t.to);
        let software: BTreeMap<String, bool> = set_up.map(|s| (s.clone(), moved.contains(s))).collect();
        let name = |s: &String| job.catalog.service(s).map_or(s, |s| &s.name).clone();
        let mut set = Map::new();
        for key in provider.templates.iter().filter(|t| wanted(t, &software)).flat_map(|t| &t.settings) {
            let value = match job.settings.get(job.catalog, id, key) {
                Some(SettingValue::Many(list)) => json!(list),
                _ => job.settings.text(job.catalog, id, key).map_or(Value::Null, Value::String),
            };
            set.insert(key.clone(), value);
        }
        let all = domains(job.inventory, job.group);
        let ours = |a: &&Account| all.is_empty() || all.contains(&a.domain);
        let mut seen = BTreeSet::new();
        let mailboxes = job.given.accounts.iter().filter(ours).filter(|a| seen.insert(&a.address));
        let mailboxes = mailboxes.map(|a| Account { aliases: moved::aliases(a, &all), ..a.clone() });
        let (accounts, asked) = mailboxes.partition(|a| moved::why_not(a, &all).is_none());
        let member = Member {
            id: word(&job.group.name),
            name: job.group.name.clone(),
            domains: all,
            programs: moved.iter().map(|s| name(s)).collect(),
            by_hand: moved.into_iter().filter(|s| !software.contains_key(*s)).map(name).collect(),
            from: own().map(|a| a.from.clone()).collect(),
            missing: set.iter().filter(|(_, v)| v.is_null()).map(|(k, _)| k.clone()).collect(),
            software,
            set,
            accounts,
            asked,
        };
        found.push((id.clone(), member));
    }
    found
}

/// Whether a template is for software that moves.
fn wanted(each: &TemplateUse, software: &BTreeMap<String, bool>) -> bool {
    each.to.is_empty() || each.to.iter().any(|to| software.get(to) == Some(&true))
}

/// Fills the provider's templates: those of the network once, the others once a group.
///
/// # Errors
/// When a template can't be filled, or two groups would write the same file.
pub fn files(catalog: &Catalog, engine: &Engine, provider: &str, members: &[Member]) -> Result<Made> {
    let wrong = |message: String| Error::input(message).in_file(format!("providers/{provider}.yaml"));
    let Some(known) = catalog.provider(provider) else { return Ok(Made::default()) };
    let about = json!({"id": provider, "name": known.name});
    let mut software: BTreeMap<&String, bool> = BTreeMap::new();
    for (id, moves) in members.iter().flat_map(|m| &m.software) {
        *software.entry(id).or_default() |= moves;
    }
    let mut made = Made::default();
    for each in known.templates.iter().filter(|t| members.iter().any(|m| wanted(t, &m.software))) {
        let turns: Vec<&Member> =
            if each.network { members.iter().take(1).collect() } else { members.iter().collect() };
        for member in turns.into_iter().filter(|m| each.network || wanted(each, &m.software)) {
            let mut data = json!({"provider": about, "groups": members, "software": software});
            if !each.network {
                data["group"] = json!(member);
                data["software"] = json!(member.software);
            }
            let path = each.path.replace("GROUP", &member.id);
            for (template, within, plain) in engine.folder(&each.template) {
                let path = format!("{path}{within}");
                if !is_safe(&path) || each.each == Each::Domain {
                    return Err(wrong(format!(
                        "the template path `{path}` leaves its folder, or is one for each domain"
                    )));
                }
                let text = plain.map_or_else(|| engine.fill(&template, &data), |text| Ok(text.to_owned()))?;
                if made.files.insert(path.clone(), text.into_bytes()).is_some() {
                    return Err(wrong(format!("`{path}` would be written twice")).hint(format!(
                        "`{}` and another group have names that are too alike: change one in its group.yaml",
                        crate::ui::printable(&member.name)
                    )));
                }
            }
            made.told.push(Told { path, says: each.says.clone() });
        }
    }
    Ok(made)
}

/// A name as a word: small letters, digits and hyphens, never one that Ansible or a file system means otherwise.
pub fn word(name: &str) -> String {
    const TAKEN: &[&str] = &["all", "ungrouped", "localhost", "con", "prn", "aux", "nul"];
    let mut word = String::new();
    for c in name.nfd().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => word.push(c),
            // What an accent leaves behind is no gap.
            '\u{300}'..='\u{36f}' => {}
            _ if word.ends_with('-') || word.is_empty() => {}
            _ => word.push('-'),
        }
    }
    let hash = &blake3::hash(name.as_bytes()).to_hex()[..8];
    let mut word = word.trim_end_matches('-').to_owned();
    if word.len() > 40 {
        // Long names keep apart in what is cut off.
        word.truncate(31);
        word = format!("{}-{hash}", word.trim_end_matches('-'));
    }
    let word = word.as_str();
    if word.bytes().any(|b| b.is_ascii_lowercase()) && !TAKEN.contains(&word) {
        return if word.starts_with(|c: char| c.is_ascii_digit()) { format!("group-{word}") } else { word.to_owned() };
    }
    // Names in other scripts, and those that are taken, keep apart by a hash.
    format!("group-{hash}")
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_name_becomes_a_word() {
        assert_eq!(word("Casa Abierta"), "casa-abierta");
        assert_eq!(word("Ñandú & Río, A.C."), "nandu-rio-a-c");
        assert_eq!(word("4th Street"), "group-4th-street");
        for name in ["", "{{ x }}\n", "الحرية", "all", "CON", "..", "/etc/passwd", "-rf", "123"] {
            let word = word(name);
            let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(plain && word.starts_with(|c: char| c.is_ascii_lowercase()) && word.len() <= 46, "{word}");
        }
        assert_ne!(word("الحرية"), word("حرية"));
        assert_ne!(word(&format!("{}1", "casa ".repeat(20))), word(&format!("{}2", "casa ".repeat(20))));
        assert!(word("all") != "all" && word("CON") != "con");
    }
}
