//! Which settings there are: what nobody knows is a slip of the pen, and would otherwise be lost without a word.

use super::questions::DNS_SETTINGS;
use super::settings::Settings;
use crate::catalog::Catalog;
use crate::error::{Error, Result, did_you_mean};
use crate::group::Group;
use std::collections::BTreeSet;

/// Asked for wherever certificates are, by the rendered DNS itself.
const OF_DNS: &str = "caa_issuer";

/// The settings of `group.yaml` and of `--set`.
///
/// # Errors
/// When a provider or a setting is none that anything reads, or a value does not fit.
pub fn settings(catalog: &Catalog, group: &Group, set: &[String]) -> Result<Settings> {
    let settings = Settings::new(group, set)?;
    let keys = keys(catalog);
    for (provider, key) in settings.names() {
        let own = group.settings.get(provider).is_some_and(|s| s.contains_key(key));
        let placed = |e: Error| if own { e.in_file("group.yaml") } else { e };
        let Some(known) = catalog.provider(provider) else {
            let e = Error::input(format!("`{provider}.{key}` is a setting of no provider that the catalog knows"));
            let near = did_you_mean(provider, catalog.providers.keys().map(String::as_str));
            return Err(placed(hinted(e, near)).hint("`decamp catalog list` shows the providers"));
        };
        let own_keys = || known.settings.keys().map(String::as_str);
        if !keys.contains(key) && !own_keys().any(|k| k == key) {
            let near = did_you_mean(key, own_keys()).or_else(|| did_you_mean(key, keys.iter().copied()));
            let all: Vec<&str> = own_keys().chain(keys.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect();
            let e = placed(hinted(Error::input(format!("`{key}` is not a setting of `{provider}`")), near));
            return Err(e.hint(format!("known are: {}", all.join(", "))));
        }
    }
    Ok(settings)
}

fn hinted(e: Error, near: Option<String>) -> Error {
    match near {
        Some(near) => e.hint(format!("did you mean `{near}`?")),
        None => e,
    }
}

/// What templates and DNS records are filled with, whoever the provider is.
fn keys(catalog: &Catalog) -> BTreeSet<&str> {
    let services = || catalog.services.values().map(|s| &s.value);
    let providers = catalog.providers.values().map(|p| &p.value);
    let templates = services().flat_map(|s| &s.templates).chain(providers.flat_map(|p| &p.templates));
    let of_templates = templates.flat_map(|t| &t.settings).map(String::as_str);
    let records = || services().flat_map(|s| &s.records);
    let asked = records().flat_map(|r| r.when.keys()).map(String::as_str);
    let filled = records().flat_map(|r| placeholders(&r.value));
    let of_dns = DNS_SETTINGS.iter().flat_map(|(_, keys)| keys.iter().copied());
    of_templates.chain(asked).chain(filled).chain(of_dns).chain([OF_DNS]).collect()
}

/// `https://{nextcloud_url.host}/` → `nextcloud_url`.
fn placeholders(value: &str) -> impl Iterator<Item = &str> {
    let inside = value.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    inside.map(|name| name.split_once('.').map_or(name, |(key, _)| key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_of_braces() {
        assert_eq!(
            placeholders("0 issue \"{caa_issuer}\" {nextcloud_url.host}").collect::<Vec<_>>(),
            ["caa_issuer", "nextcloud_url"]
        );
        assert_eq!(placeholders("v=spf1 }{").count(), 0);
    }
}
