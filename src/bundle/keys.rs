//! Who a bundle is sealed to, and what opens it. No message ever holds a line of a key.

use crate::error::{Error, Result};
use age::secrecy::{ExposeSecret as _, SecretString};

/// The scrypt work factor that passphrases are sealed with: 2 to this power, about a second.
const WORK_FACTOR: u8 = 18;
/// The work factor that is accepted unless the person says more: about four seconds and 1 GiB.
pub const MAX_WORK_FACTOR: u8 = 20;

/// Who can open a bundle that is about to be sealed.
#[derive(Default)]
pub struct Recipients {
    keys: Vec<Box<dyn age::Recipient + Send>>,
    shown: Vec<String>,
    passphrase: Option<SecretString>,
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
        for (number, line) in lines(text) {
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
        if is_secret(text) {
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
        if text.starts_with("age1") && text.len() == 62 {
            return Err(Error::input("this `age1…` has a typing mistake: its checksum is wrong")
                .hint("copy the whole recipient again"));
        }
        if text.starts_with("age1") {
            return Err(Error::input("this `age1…` is cut off, or of a kind that decamp does not know")
                .hint("an age recipient has 62 characters; plugins are not supported yet"));
        }
        Err(Error::input("this is not a recipient").hint("a recipient is `age1…` or an SSH public key `ssh-ed25519 …`"))
    }

    /// Keeps a key once, however often it is named.
    fn keep(&mut self, shown: String, key: Box<dyn age::Recipient + Send>) {
        if !self.shown.contains(&shown) {
            self.shown.push(shown);
            self.keys.push(key);
        }
    }

    pub(super) fn encryptor(&self) -> Result<age::Encryptor> {
        let failed = |_| Error::input("these recipients can't be used together");
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

/// What may open a bundle.
#[derive(Default)]
pub struct Keys {
    identities: Vec<Box<dyn age::Identity>>,
    has_passphrase: bool,
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

    /// Adds the identities of a file: age identities one a line, or one SSH private key.
    pub fn add_file(&mut self, file: &str, text: &SecretString) -> Result<()> {
        let text = text.expose_secret();
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with("age-encryption.org/") || start.starts_with("-----BEGIN AGE ENCRYPTED FILE") {
            return Err(Error::input("this identity is itself encrypted")
                .in_file(file)
                .hint("decrypt it with `age -d` first"));
        }
        if start.starts_with("-----BEGIN") {
            self.identities.push(ssh_identity(start).map_err(|e| e.in_file(file))?);
            return Ok(());
        }
        let before = self.identities.len();
        for (number, line) in lines(text) {
            let identity = line.parse::<age::x25519::Identity>().map_err(|_| {
                let error = Error::input("this line is not an identity").at(file, number);
                if line.starts_with("age1") || line.starts_with("ssh-") {
                    error.hint("this is a public key; to open a bundle the secret one is needed")
                } else {
                    error.hint("an identity is `AGE-SECRET-KEY-1…`, whole and alone on its line")
                }
            })?;
            self.identities.push(Box::new(identity));
        }
        if self.identities.len() == before {
            return Err(Error::input("there is no identity in this file").in_file(file));
        }
        Ok(())
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.identities.iter().map(|i| &**i)
    }

    pub(super) fn has_passphrase(&self) -> bool {
        self.has_passphrase
    }
}

fn ssh_identity(text: &str) -> Result<Box<dyn age::Identity>> {
    // The reader wants line feeds, and one behind the last line.
    let plain = SecretString::from(text.replace("\r\n", "\n").trim_end().to_owned() + "\n");
    let identity = age::ssh::Identity::from_buffer(plain.expose_secret().as_bytes(), None)
        .map_err(|_| Error::input("this SSH private key can't be read"))?;
    match identity {
        age::ssh::Identity::Unencrypted(_) => Ok(Box::new(identity)),
        age::ssh::Identity::Encrypted(_) => Err(Error::input("this SSH key is protected by a passphrase")
            .hint("make an unprotected copy with `ssh-keygen -p` for as long as you need it")),
        age::ssh::Identity::Unsupported(_) => Err(Error::input("SSH keys of this type can't open bundles")),
    }
}

/// A new age identity as the text of its file, and its recipient.
pub fn new_identity() -> (SecretString, String) {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let text = format!("# public key: {recipient}\n{}\n", identity.to_string().expose_secret());
    (SecretString::from(text), recipient)
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
fn is_secret(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["AGE-SECRET-KEY", "AGE-PLUGIN-", "PRIVATE KEY"].iter().any(|mark| upper.contains(mark))
}

/// The lines that say something, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
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
        let broken = SecretString::from(format!("{SECRET}X\n"));
        let error = Keys::new().add_file("k.txt", &broken).unwrap_err().to_string();
        assert!(error.contains("k.txt:1") && !error.contains("1GQ97"), "{error}");
    }

    #[test]
    fn nobody_is_refused_and_so_is_a_file_without_names() {
        assert!(Recipients::new().encryptor().is_err());
        assert!(Recipients::new().add_file("r.txt", "# nobody\n").is_err());
    }

    #[test]
    fn a_new_identity_opens_what_is_sealed_to_its_recipient() {
        let (text, recipient) = new_identity();
        let mut keys = Keys::new();
        keys.add_file("k.txt", &text).unwrap();
        Recipients::new().add(&recipient, 1).unwrap();
        assert!(text.expose_secret().starts_with(&format!("# public key: {recipient}\nAGE-SECRET-KEY-1")));
    }
}
