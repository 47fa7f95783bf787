//! Who sealed a bundle: the manifest is signed in the SSHSIG format, which `ssh-keygen -Y verify` checks too.

use super::fault::{Failure, Fault, Layer};
use crate::error::{Error, Result};
use age::secrecy::{ExposeSecret as _, SecretString};
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

/// What a signature is for, so that none made for something else counts here.
pub const NAMESPACE: &str = "decamp-manifest@1";

/// Signs manifests.
pub struct Signer(PrivateKey);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Signer").field(&self.shown()).finish()
    }
}

impl Signer {
    /// Reads an SSH private key; `ask` gives the passphrase of a protected one.
    ///
    /// # Errors
    /// When it is no ed25519 key, or stays locked.
    pub fn new(file: &str, text: &SecretString, ask: &dyn Fn() -> Option<SecretString>) -> Result<Self> {
        let plain = SecretString::from(text.expose_secret().replace("\r\n", "\n").trim().to_owned() + "\n");
        let key = PrivateKey::from_openssh(plain.expose_secret()).map_err(|_| {
            Error::input("this is not an SSH private key")
                .in_file(file)
                .hint("make one with `ssh-keygen -t ed25519`; an age identity can't sign")
        })?;
        let key = if key.is_encrypted() {
            let passphrase = ask().ok_or_else(|| {
                Error::input("this SSH key is protected by a passphrase, and there is nobody to ask")
                    .in_file(file)
                    .hint("run it in a terminal, or sign with a key of its own that has no passphrase")
            })?;
            key.decrypt(passphrase.expose_secret())
                .map_err(|_| Error::input("the passphrase does not open this SSH key").in_file(file))?
        } else {
            key
        };
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(Error::input("only ed25519 keys can sign").in_file(file).hint("ssh-keygen -t ed25519"));
        }
        Ok(Self(key))
    }

    /// Its public key.
    pub fn shown(&self) -> String {
        let mut key = self.0.public_key().clone();
        key.set_comment("");
        key.to_openssh().unwrap_or_default()
    }

    pub(super) fn sign(&self, manifest: &[u8]) -> Result<String> {
        let wrong = |_| Error::machine("could not sign the manifest");
        let signature = self.0.sign(NAMESPACE, HashAlg::Sha512, manifest).map_err(wrong)?;
        signature.to_pem(LineEnding::LF).map_err(wrong)
    }
}

/// Whose signatures count.
#[derive(Debug, Default)]
pub struct Signers(Vec<(String, PublicKey)>);

impl Signers {
    /// Reads a file of allowed signers, as `ssh-keygen -Y verify` takes it (`NAME ssh-ed25519 AAAA…`), or of public keys.
    ///
    /// # Errors
    /// With the line that can't be read.
    pub fn new(file: &str, text: &str) -> Result<Self> {
        let mut all = Vec::new();
        for (number, line) in super::keys::lines(text) {
            if super::keys::is_secret(line) {
                return Err(Error::input("this is a secret key").at(file, number).hint("give the public one, `.pub`"));
            }
            all.extend(signer(line).map_err(|e| e.at(file, number))?);
        }
        if all.is_empty() {
            return Err(Error::input("this file names nobody whose signature counts")
                .in_file(file)
                .hint("write `NAME ssh-ed25519 AAAA…`, one a line"));
        }
        Ok(Self(all))
    }

    /// Who of them signed this manifest.
    ///
    /// # Errors
    /// When nobody did.
    pub(super) fn check(&self, manifest: &[u8], signature: Option<&[u8]>) -> std::result::Result<String, Failure> {
        let refused = |what: &str| Failure::from(Fault::new(Layer::Manifest, "signature", what));
        let Some(signature) = signature else { return Err(refused("it is not signed")) };
        let text = std::str::from_utf8(signature).map_err(|_| refused("the signature can't be read"))?;
        let signature = SshSig::from_pem(text).map_err(|_| refused("the signature can't be read"))?;
        let known = self.0.iter().filter(|(_, key)| key.key_data() == signature.public_key());
        let mut any = false;
        for (name, key) in known {
            any = true;
            if key.verify(NAMESPACE, manifest, &signature).is_ok() {
                return Ok(name.clone());
            }
        }
        Err(refused(if any {
            "the signature does not belong to this manifest"
        } else {
            "it is signed by somebody whose signature does not count here"
        }))
    }
}

/// One line; nobody when it is for another use.
fn signer(line: &str) -> Result<Option<(String, PublicKey)>> {
    let wrong = || Error::input("this line names no signer").hint("write `NAME ssh-ed25519 AAAA…`");
    let (before, key) = match line.find("ssh-ed25519 ") {
        Some(at) => line.split_at(at),
        None if line.contains("ssh-") || line.contains("ecdsa-") || line.contains("sk-") => {
            return Err(Error::input("only ed25519 keys can sign bundles").hint("ssh-keygen -t ed25519"));
        }
        None => return Err(wrong()),
    };
    let mut public: PublicKey = key.parse().map_err(|_| wrong().hint("copy the whole line of the `.pub` file"))?;
    let comment = public.comment().to_owned();
    public.set_comment("");
    let mut words = before.split_whitespace();
    let name = match words.next() {
        Some(name) => name.to_owned(),
        None if comment.is_empty() => key.split_whitespace().nth(1).unwrap_or_default().to_owned(),
        None => comment,
    };
    for option in words.flat_map(|w| w.split("\",").map(|o| o.trim_end_matches('"'))) {
        match option.split_once("=\"") {
            Some(("namespaces", list)) => {
                let ours = list
                    .split(',')
                    .any(|n| globset::Glob::new(n).is_ok_and(|g| g.compile_matcher().is_match(NAMESPACE)));
                if !ours {
                    return Ok(None);
                }
            }
            _ => {
                let shown = option.split('=').next().unwrap_or(option);
                return Err(Error::input(format!("decamp does not know the option `{}`", shown.escape_debug()))
                    .hint("only `namespaces=\"…\"` is known; leave out dates and certificates"));
            }
        }
    }
    Ok(Some((name, public)))
}
