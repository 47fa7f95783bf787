//! A provider's settings: the group's own answer first, then what the catalog has a source for.

use crate::catalog::Catalog;
use crate::catalog::model::{SettingValue, Sourced, Text};
use crate::error::{Error, Result};
use crate::group::Group;
use crate::inventory::Inventory;
use std::collections::BTreeMap;

/// `PROVIDER.KEY` → value, from `--set` and `group.yaml`.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    own: BTreeMap<(String, String), SettingValue>,
}

/// What nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Ask {
    /// The provider.
    pub provider: String,
    /// The setting.
    pub key: String,
    /// For which domain, when it is one.
    pub domain: Option<String>,
}

impl Settings {
    /// The group's answers, and over them those of `--set PROVIDER.KEY=VALUE`.
    ///
    /// # Errors
    /// When a value does not fit its key; it would end in a configuration.
    pub fn new(group: &Group, set: &[String]) -> Result<Self> {
        let mut own = BTreeMap::new();
        for (provider, keys) in &group.settings {
            for (key, value) in keys {
                sound(key, value)
                    .map_err(|why| Error::input(format!("settings: {provider}.{key}: {why}")).in_file("group.yaml"))?;
                own.insert((provider.clone(), key.clone()), value.clone());
            }
        }
        for text in set {
            let (name, value) =
                text.split_once('=').ok_or_else(|| Error::input(format!("`{text}` is not PROVIDER.KEY=VALUE")))?;
            let (provider, key) = name.split_once('.').ok_or_else(|| {
                Error::input(format!("`{name}` is not PROVIDER.KEY"))
                    .hint("for example may-first.spf=include:_spf.example.org")
            })?;
            let value = match key {
                "mx" | "ns" | "web_address" | "ssh_keys" => {
                    SettingValue::Many(value.split(',').map(|v| v.trim().to_owned()).collect())
                }
                _ => SettingValue::One(value.to_owned()),
            };
            sound(key, &value).map_err(|why| Error::input(format!("--set {name}: {why}")))?;
            own.insert((provider.to_owned(), key.to_owned()), value);
        }
        Ok(Self { own })
    }

    /// Whether the group itself said it.
    pub fn is_own(&self, provider: &str, key: &str) -> bool {
        self.own.contains_key(&(provider.to_owned(), key.to_owned()))
    }

    /// Provider and key of each that was said.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.keys().map(|(provider, key)| (provider.as_str(), key.as_str()))
    }

    /// The value of a setting, when somebody has said it.
    pub fn get(&self, catalog: &Catalog, provider: &str, key: &str) -> Option<SettingValue> {
        if let Some(value) = self.own.get(&(provider.to_owned(), key.to_owned())) {
            return Some(value.clone());
        }
        let setting = catalog.provider(provider)?.settings.get(key)?;
        setting.value.clone().filter(|_| setting.sourced != Sourced::None)
    }

    /// The value as one text.
    pub fn text(&self, catalog: &Catalog, provider: &str, key: &str) -> Option<String> {
        self.get(catalog, provider, key).map(|v| match v {
            SettingValue::Number(n) => n.to_string(),
            SettingValue::One(s) => s,
            SettingValue::Many(list) => list.join(" "),
        })
    }

    /// The value as a list.
    pub fn list(&self, catalog: &Catalog, provider: &str, key: &str) -> Vec<String> {
        match self.get(catalog, provider, key) {
            Some(SettingValue::Many(list)) => list,
            Some(SettingValue::One(s)) => vec![s],
            Some(SettingValue::Number(n)) => vec![n.to_string()],
            None => Vec::new(),
        }
    }
}

/// The question for a setting that the catalog words, or a plain one.
pub fn question(catalog: &Catalog, provider: &str, key: &str) -> Text {
    let known = catalog.provider(provider).and_then(|p| p.settings.get(key)).and_then(|s| s.ask.clone());
    let worded = format!("ask-setting-{key}");
    let worded = catalog.says(&worded).then(|| catalog.say(&worded, &[]));
    known.or(worded).unwrap_or_else(|| catalog.say("ask-setting", &[("key", &Text { en: key.into(), es: key.into() })]))
}

/// Whether a value may stand in a configuration.
fn sound(key: &str, value: &SettingValue) -> std::result::Result<(), String> {
    let each: Vec<String> = match value {
        SettingValue::Number(n) => vec![n.to_string()],
        SettingValue::One(s) => vec![s.clone()],
        SettingValue::Many(list) => list.clone(),
    };
    for text in &each {
        let host = |h: &str| crate::group::is_domain(h.trim_end_matches('.'));
        let good = match key {
            "mx" => text.split_once(' ').is_some_and(|(p, h)| p.parse::<u16>().is_ok() && host(h.trim())),
            "ns" | "imap_host" | "smtp_host" | "web_cname" | "lists_host" | "autoconfig_host" | "autodiscover_host"
            | "mta_sts_host" | "caa_issuer" => host(text),
            "imap_port" | "smtp_port" => text.parse::<u16>().is_ok_and(|p| p > 0),
            "web_address" => text.parse::<std::net::IpAddr>().is_ok(),
            "spf" => {
                let body = text.trim_start_matches(['+', '~', '?']);
                let named = ["include:", "a:", "mx:", "ip4:", "ip6:", "exists:"].iter().any(|m| body.starts_with(m));
                (named || matches!(body, "mx" | "a")) && is_word(text)
            }
            "dkim_selector" => {
                text.len() <= 63 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            }
            "dkim_value" => {
                text.contains("p=") && text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\')
            }
            "caa" => text == "add",
            "mta_sts_id" => (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()),
            "tls_rpt" => (text.starts_with("mailto:") || text.starts_with("https://")) && is_word(text),
            "server_host" => host(text) || text.parse::<std::net::IpAddr>().is_ok(),
            "server_user" => {
                text.len() <= 32
                    && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
            }
            "ssh_keys" => {
                let mut words = text.split(' ');
                let kind = words.next().unwrap_or_default();
                let known = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519@", "sk-ecdsa-sha2-"];
                let body = words.next().is_some_and(|k| {
                    k.starts_with("AAAA")
                        && k.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
                });
                known.iter().any(|k| kind.starts_with(k)) && body && !text.chars().any(char::is_control)
            }
            "backup_repository" => !text.starts_with('-') && is_word(text),
            "smtp_security" => matches!(text.as_str(), "tls" | "starttls"),
            "mail_login" => matches!(text.as_str(), "address" | "username"),
            "nextcloud_url" | "meet_url" | "panel_url" | "help_url" => text.starts_with("https://") && is_word(text),
            _ => !text.chars().any(char::is_control),
        };
        if !good {
            return Err(format!("`{}` is not a value for `{key}`", crate::ui::printable(text)));
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| {
        (0x21..0x7f).contains(&b) && !matches!(b, b'"' | b'\\' | b'\'' | b'`' | b'<' | b'>' | b';' | b'(' | b')')
    })
}

/// Domains of the inventory's zones and of the group.
pub fn domains(inventory: &Inventory, group: &Group) -> Vec<String> {
    let mut all = group.domains.clone();
    for zone in &inventory.zones {
        if !all.contains(&zone.domain) {
            all.push(zone.domain.clone());
        }
    }
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_inject_are_refused() {
        for set in [
            "p.spf=include:a.example\n@ TXT x",
            "p.spf=include:a.example\" \"x",
            "p.spf=all",
            "p.imap_host=a.example;rm -rf",
            "p.imap_port=0",
            "p.mx=mail.example.org",
            "p.dkim_value=v=DKIM1; p=\"",
            "p.nextcloud_url=http://plain.example",
            "p.caa_issuer=ca.example; policy=x",
            "p.mta_sts_id=1; x",
            "p.tls_rpt=ana@casa.example",
            "p.web_address=example.org",
            "p.server_host=-oProxyCommand=id",
            "p.server_user=root;id",
            "p.ssh_keys=command=\"id\" ssh-ed25519 AAAA",
            "p.ssh_keys=ssh-ed25519 AAAA\nssh-rsa AAAA",
            "p.backup_repository=--password-command=id",
        ] {
            assert!(Settings::new(&Group::default(), &[set.to_owned()]).is_err(), "{set}");
        }
        let good = [
            "p.mx=10 a.example.org,20 b.example.org",
            "p.spf=include:_spf.example.org",
            "p.dkim_value=v=DKIM1; k=rsa; p=MIG",
            "p.server_host=2001:db8::1",
            "p.server_user=ana_2",
            "p.ssh_keys=ssh-ed25519 AAAAC3NzaC1lZDI1 ana@casa,sk-ssh-ed25519@openssh.com AAAAG beto",
            "p.backup_repository=sftp:respaldo@copia.example.org:/casa",
        ];
        Settings::new(&Group::default(), &good.map(str::to_owned)).unwrap();
    }
}
