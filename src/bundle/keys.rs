//! What opens a bundle. No message ever holds a line of a key.

use super::ask::{Ask, Asked};
use crate::error::{Error, Result};
use age::secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;

/// The scrypt work factor that is accepted unless the person says more: about four seconds and 1 GiB.
pub const MAX_WORK_FACTOR: u8 = 20;

/// What may open a bundle.
#[derive(Default)]
pub struct Keys {
    identities: Vec<Box<dyn age::Identity>>,
    has_passphrase: bool,
    asked: Asked,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("identities", &self.identities.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// No key yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No key yet; protected keys and plugins may ask.
    pub fn asking(ask: Arc<dyn Ask>) -> Self {
        Self { asked: Asked(ask), ..Self::default() }
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    /// Adds a passphrase; more work than 2 to the power `max_work_factor` is refused.
    pub fn add_passphrase(&mut self, passphrase: SecretString, max_work_factor: u8) {
        let mut identity = age::scrypt::Identity::new(passphrase);
        identity.set_max_work_factor(max_work_factor);
        self.identities.push(Box::new(identity));
        self.has_passphrase = true;
    }

    /// Adds an age identity.
    pub fn add_identity(&mut self, identity: age::x25519::Identity) {
        self.identities.push(Box::new(identity));
    }

    /// Adds the identities of a file: age identities one a line, one SSH private key, or an age file with identities in it
    /// that a passphrase protects.
    pub fn add_file(&mut self, file: &str, text: &SecretString) -> Result<()> {
        let text = text.expose_secret();
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with("age-encryption.org/") || start.starts_with("-----BEGIN AGE ENCRYPTED FILE") {
            let reader = age::armor::ArmoredReader::new(std::io::Cursor::new(start.as_bytes().to_vec()));
            let wrong = || Error::input("this encrypted identity can't be read").in_file(file);
            let asked = self.asked.clone();
            let protected =
                age::encrypted::Identity::from_buffer(reader, Some(file.to_owned()), asked, Some(MAX_WORK_FACTOR))
                    .map_err(|_| wrong())?;
            let protected = protected.ok_or_else(|| {
                wrong().hint("it is encrypted to keys, not with a passphrase: decrypt it with `age -d` first")
            })?;
            self.identities.push(Box::new(protected));
            return Ok(());
        }
        if start.starts_with("-----BEGIN") {
            self.identities.push(ssh_identity(start, file, &self.asked).map_err(|e| e.in_file(file))?);
            return Ok(());
        }
        let before = self.identities.len();
        for (number, line) in lines(text) {
            self.line(line).map_err(|e| e.at(file, number))?;
        }
        if self.identities.len() == before {
            return Err(Error::input("there is no identity in this file").in_file(file));
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<()> {
        if let Ok(identity) = line.parse::<age::x25519::Identity>() {
            self.identities.push(Box::new(identity));
            return Ok(());
        }
        // The crate checks the plugin's name before any program is looked for.
        if let Ok(identity) = line.parse::<age::plugin::Identity>() {
            let name = identity.plugin().to_owned();
            let plugin = age::plugin::IdentityPluginV1::new(&name, &[identity], self.asked.clone()).map_err(|_| {
                Error::input(format!("the program `age-plugin-{name}` is not installed"))
                    .hint("an identity of this kind needs its plugin on the PATH")
            })?;
            self.identities.push(Box::new(plugin));
            return Ok(());
        }
        let error = Error::input("this line is not an identity");
        Err(if line.starts_with("AGE-SECRET-KEY-PQ-1") {
            Error::input("this is a hybrid post-quantum identity, which decamp does not know yet")
                .hint("use `age -d` itself for this bundle")
        } else if line.starts_with("age1") || line.starts_with("ssh-") {
            error.hint("this is a public key; to open a bundle the secret one is needed")
        } else {
            error.hint("an identity is `AGE-SECRET-KEY-1…`, whole and alone on its line")
        })
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.identities.iter().map(|i| &**i)
    }

    pub(super) fn has_passphrase(&self) -> bool {
        self.has_passphrase
    }
}

fn ssh_identity(text: &str, file: &str, asked: &Asked) -> Result<Box<dyn age::Identity>> {
    // The reader wants line feeds, and one behind the last line.
    let plain = SecretString::from(text.replace("\r\n", "\n").trim_end().to_owned() + "\n");
    let identity = age::ssh::Identity::from_buffer(plain.expose_secret().as_bytes(), Some(file.to_owned()))
        .map_err(|_| Error::input("this SSH private key can't be read"))?;
    match identity {
        age::ssh::Identity::Unencrypted(_) => Ok(Box::new(identity)),
        age::ssh::Identity::Encrypted(_) => Ok(Box::new(identity.with_callbacks(asked.clone()))),
        age::ssh::Identity::Unsupported(_) => Err(Error::input("SSH keys of this type can't open bundles")),
    }
}

/// A new age identity as the text of its file, and its recipient.
pub fn new_identity() -> (SecretString, String) {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    (identity_file(&identity), recipient)
}

/// An age identity as the text of its file.
pub(crate) fn identity_file(identity: &age::x25519::Identity) -> SecretString {
    SecretString::from(format!("# public key: {}\n{}\n", identity.to_public(), identity.to_string().expose_secret()))
}

/// The passphrase in the first line of a file.
pub fn passphrase(file: &str, text: &SecretString) -> Result<SecretString> {
    let text = text.expose_secret();
    let line = text.split('\n').next().unwrap_or("");
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Error::input("the passphrase is empty").in_file(file));
    }
    Ok(SecretString::from(line.to_owned()))
}

/// Whether `text` looks like a secret key, in whatever case it was typed.
pub(crate) fn is_secret(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["AGE-SECRET-KEY", "AGE-PLUGIN-", "PRIVATE KEY"].iter().any(|mark| upper.contains(mark))
}

/// The lines that say something, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    (1..)
        .zip(text.lines())
        .map(|(n, line)| (n, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_identity_is_never_echoed() {
        let broken = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33X\n";
        let error = Keys::new().add_file("k.txt", &SecretString::from(broken)).unwrap_err().to_string();
        assert!(error.contains("k.txt:1") && !error.contains("1GQ97"), "{error}");
    }

    #[test]
    fn a_new_identity_opens_what_is_sealed_to_its_recipient() {
        let (text, recipient) = new_identity();
        let mut keys = Keys::new();
        keys.add_file("k.txt", &text).unwrap();
        crate::bundle::Recipients::new().add(&recipient, 1).unwrap();
        assert!(text.expose_secret().starts_with(&format!("# public key: {recipient}\nAGE-SECRET-KEY-1")));
    }

    #[test]
    fn plugins_are_looked_for_by_good_names_only() {
        for bad in ["AGE-PLUGIN-../X-1QQQ", "AGE-PLUGIN--1QQQ", "AGE-PLUGIN-\0-1QQQ"] {
            assert!(Keys::new().line(bad).unwrap_err().message.contains("not an identity"), "{bad}");
        }
    }
}
