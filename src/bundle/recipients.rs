//! Who a bundle is sealed to. No message ever holds a line of a secret key.

use super::ask::{Ask, Asked};
use crate::error::{Error, Result, did_you_mean};
use age::secrecy::SecretString;
use std::sync::Arc;

/// The scrypt work factor that passphrases are sealed with: 2 to this power, about a second.
const WORK_FACTOR: u8 = 18;

/// Who can open a bundle that is about to be sealed.
#[derive(Default)]
pub struct Recipients {
    keys: Vec<Box<dyn age::Recipient + Send>>,
    shown: Vec<String>,
    passphrase: Option<SecretString>,
    asked: Asked,
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipients").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Recipients {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nobody yet; plugins may ask.
    pub fn asking(ask: Arc<dyn Ask>) -> Self {
        Self { asked: Asked(ask), ..Self::default() }
    }

    /// Whoever knows `passphrase`, and nobody else.
    pub fn with_passphrase(passphrase: SecretString) -> Self {
        Self { passphrase: Some(passphrase), ..Self::default() }
    }

    /// Adds the `number`th recipient of the command line.
    pub fn add(&mut self, recipient: &str, number: usize) -> Result<()> {
        self.parse(recipient.trim()).map_err(|mut e| {
            e.message = format!("recipient {number} of the command line: {}", e.message);
            e
        })
    }

    /// Adds the recipients of a file, one a line; `#` begins a comment line.
    pub fn add_file(&mut self, file: &str, text: &str) -> Result<()> {
        let before = self.shown.len();
        let mut any = false;
        for (number, line) in super::keys::lines(text) {
            any = true;
            self.parse(line).map_err(|e| e.at(file, number))?;
        }
        if !any && self.shown.len() == before {
            return Err(Error::input("the recipients file names nobody")
                .in_file(file)
                .hint("write one `age1…` a line"));
        }
        Ok(())
    }

    /// The recipients in words: public keys, or nothing for a passphrase.
    pub fn shown(&self) -> &[String] {
        &self.shown
    }

    /// Whether a passphrase opens the bundle.
    pub fn is_passphrase(&self) -> bool {
        self.passphrase.is_some()
    }

    fn parse(&mut self, text: &str) -> Result<()> {
        if super::keys::is_secret(text) {
            return Err(Error::input("this is an identity (a secret key), not a recipient")
                .hint("give the public key, `age1…`; it stands in the identity's file after `# public key:`"));
        }
        if text.starts_with("ssh-") {
            let key: age::ssh::Recipient = text.parse().map_err(|e| ssh_error(&e))?;
            self.keep(key.to_string(), Box::new(key));
            return Ok(());
        }
        if let Ok(key) = text.parse::<age::x25519::Recipient>() {
            self.keep(key.to_string(), Box::new(key));
            return Ok(());
        }
        if let Ok(key) = text.parse::<age::tag::Recipient>() {
            self.keep(key.to_string(), Box::new(key));
            return Ok(());
        }
        if let Ok(key) = text.parse::<age::tagpq::Recipient>() {
            self.keep(key.to_string(), Box::new(key));
            return Ok(());
        }
        if text.starts_with("age1pq1") {
            return Err(Error::input("this is a hybrid post-quantum recipient, which decamp does not know yet")
                .hint("use an `age1…` of 62 characters, as `decamp key new` makes it"));
        }
        let native = ["age1tag1", "age1tagpq1"].iter().any(|mark| text.starts_with(mark));
        // The crate checks the plugin's name before any program is looked for.
        if !native && let Ok(key) = text.parse::<age::plugin::Recipient>() {
            return self.plugin(key);
        }
        if text.starts_with("age1") && (text.len() == 62 || native) {
            return Err(Error::input("this `age1…` has a typing mistake: its checksum is wrong")
                .hint("copy the whole recipient again"));
        }
        if text.starts_with("age1") {
            return Err(Error::input("this `age1…` is cut off, mistyped, or of a kind that decamp does not know")
                .hint(
                    "an age recipient has 62 characters; that of a plugin begins with `age1` and the plugin's name",
                ));
        }
        let mut e = Error::input("this is not a recipient");
        let start = text.split(['1', ' ']).next().unwrap_or_default();
        if start.len() < 12
            && let Some(near) = did_you_mean(start, ["age", "ssh-ed25519", "ssh-rsa"])
        {
            e = e.hint(format!("did you mean `{near}…`?"));
        }
        Err(e.hint("a recipient is `age1…` or an SSH public key `ssh-ed25519 …`"))
    }

    fn plugin(&mut self, key: age::plugin::Recipient) -> Result<()> {
        let (name, shown) = (key.plugin().to_owned(), key.to_string());
        let plugin = age::plugin::RecipientPluginV1::new(&name, &[key], &[], self.asked.clone())
            .map_err(|_| missing_plugin(&name))?;
        self.keep(shown, Box::new(plugin));
        Ok(())
    }

    /// Keeps a key once, however often it is named.
    fn keep(&mut self, shown: String, key: Box<dyn age::Recipient + Send>) {
        if !self.shown.contains(&shown) {
            self.shown.push(shown);
            self.keys.push(key);
        }
    }

    pub(super) fn encryptor(&self) -> Result<age::Encryptor> {
        if let Some(passphrase) = &self.passphrase {
            if !self.keys.is_empty() {
                return Err(Error::input("a passphrase excludes recipients").hint("use one or the other"));
            }
            let mut key = age::scrypt::Recipient::new(passphrase.clone());
            key.set_work_factor(WORK_FACTOR);
            return age::Encryptor::with_recipients(std::iter::once(&key as &dyn age::Recipient)).map_err(failed);
        }
        if self.keys.is_empty() {
            return Err(Error::input("nobody could open this bundle: no recipient is named")
                .hint("name a recipient with `-r age1…` or `-R FILE`, or use a passphrase with `-p`"));
        }
        age::Encryptor::with_recipients(self.keys.iter().map(|k| &**k as &dyn age::Recipient)).map_err(failed)
    }

    /// Encrypts a short text, in armor.
    ///
    /// # Errors
    /// When nobody is named, or a plugin fails.
    pub fn armored(&self, text: &str) -> Result<String> {
        use std::io::Write as _;
        let encryptor = self.encryptor()?;
        let mut out = Vec::new();
        let write = |out: &mut Vec<u8>| {
            let armor = age::armor::ArmoredWriter::wrap_output(out, age::armor::Format::AsciiArmor)?;
            let mut age = encryptor.wrap_output(armor)?;
            age.write_all(text.as_bytes())?;
            age.finish()?.finish().map(|_| ())
        };
        write(&mut out).map_err(|e| Error::machine(format!("could not encrypt: {e}")))?;
        String::from_utf8(out).map_err(|_| Error::machine("could not encrypt: the armor is no text"))
    }
}

fn missing_plugin(name: &str) -> Error {
    Error::input(format!("the program `age-plugin-{name}` is not installed"))
        .hint("a recipient of this kind needs its plugin on the PATH")
}

fn failed(error: age::EncryptError) -> Error {
    match error {
        age::EncryptError::PluginResolve(_) => Error::input("the plugin of a recipient is not installed"),
        age::EncryptError::Plugin(all) => {
            let said: Vec<String> = all.iter().map(ToString::to_string).collect();
            Error::input(format!("a plugin could not encrypt: {}", said.join("; ")))
        }
        age::EncryptError::Io(e) => Error::machine(format!("could not encrypt: {e}")),
        _ => Error::input("these recipients can't be used together")
            .hint("post-quantum recipients (`age1tagpq1…`) stand alone; seal once for them and once for the others"),
    }
}

fn ssh_error(error: &age::ssh::ParseRecipientKeyError) -> Error {
    use age::ssh::ParseRecipientKeyError as E;
    match error {
        E::RsaModulusTooSmall => Error::input("this RSA key is too weak (less than 2048 bits)"),
        E::RsaModulusTooLarge => Error::input("this RSA key is larger than decamp supports"),
        E::Unsupported(_) | E::Ignore => Error::input("SSH keys of this type can't receive bundles")
            .hint("use an `ssh-ed25519` or `ssh-rsa` key, or make one with `decamp key new`"),
        _ => Error::input("this SSH public key can't be read").hint("copy the whole line of the `.pub` file"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    const SECRET: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

    #[test]
    fn a_recipients_file_may_have_comments_and_windows_line_ends() {
        let mut to = Recipients::new();
        to.add_file("r.txt", &format!("\u{feff}# Ana\r\n{KEY}\r\n\r\n{KEY}\r\n")).unwrap();
        assert_eq!(to.shown(), [KEY]);
    }

    #[test]
    fn a_typing_mistake_is_named_by_line() {
        let typo = KEY.replace("2z3", "2z2");
        let error = Recipients::new().add_file("r.txt", &format!("# x\n{KEY}\n{typo}\n")).unwrap_err();
        assert_eq!(error.at.unwrap().line, Some(3));
        assert!(error.message.contains("checksum"));
    }

    #[test]
    fn an_identity_is_never_echoed() {
        for text in [SECRET.to_owned(), SECRET.to_lowercase(), format!("x {SECRET}")] {
            let error = Recipients::new().add_file("r.txt", &text).unwrap_err().to_string();
            assert!(error.contains("identity") && !error.to_uppercase().contains("1GQ97"), "{error}");
            let error = Recipients::new().add(&text, 1).unwrap_err().to_string();
            assert!(error.contains("identity") && !error.to_uppercase().contains("1GQ97"), "{error}");
        }
    }

    #[test]
    fn nobody_is_refused_and_so_is_a_file_without_names() {
        assert!(Recipients::new().encryptor().is_err());
        assert!(Recipients::new().add_file("r.txt", "# nobody\n").is_err());
    }
}
