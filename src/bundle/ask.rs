//! What a key may want to know: the passphrase of a protected key, or what a plugin asks.

use age::secrecy::SecretString;
use std::fmt;
use std::sync::Arc;

/// Asks the person. Without a terminal there is nobody, and every answer is none.
pub trait Ask: Send + Sync {
    /// Shows a plugin's message.
    fn tell(&self, message: &str);
    /// Asks for something secret.
    fn secret(&self, what: &str) -> Option<SecretString>;
    /// Asks for something that anybody may read.
    fn plain(&self, what: &str) -> Option<String>;
    /// Asks a question with two answers; `true` is the first.
    fn choose(&self, what: &str, yes: &str, no: Option<&str>) -> Option<bool>;
}

/// Nobody is there.
struct Nobody;

impl Ask for Nobody {
    fn tell(&self, _: &str) {}
    fn secret(&self, _: &str) -> Option<SecretString> {
        None
    }
    fn plain(&self, _: &str) -> Option<String> {
        None
    }
    fn choose(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }
}

/// An [`Ask`] in the form that the `age` crate takes.
#[derive(Clone)]
pub(super) struct Asked(pub(super) Arc<dyn Ask>);

impl Default for Asked {
    fn default() -> Self {
        Self(Arc::new(Nobody))
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

impl age::Callbacks for Asked {
    fn display_message(&self, message: &str) {
        self.0.tell(message);
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        self.0.choose(message, yes, no)
    }

    fn request_public_string(&self, description: &str) -> Option<String> {
        self.0.plain(description)
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        self.0.secret(description)
    }
}
