//! Asks at the terminal what keys and plugins want to know.

use super::tell::say;
use crate::bundle::Ask;
use crate::ui::{Ui, printable};
use age::secrecy::SecretString;

/// The terminal, if there is one.
pub(in crate::commands) struct Terminal(pub(in crate::commands) Ui);

impl Ask for Terminal {
    fn tell(&self, message: &str) {
        self.0.say(message);
    }

    fn secret(&self, what: &str) -> Option<SecretString> {
        if !self.0.can_ask() {
            return None;
        }
        let prompt = inquire::Password::new(&printable(what)).without_confirmation().prompt();
        prompt.ok().filter(|p| !p.is_empty()).map(SecretString::from)
    }

    fn plain(&self, what: &str) -> Option<String> {
        if !self.0.can_ask() {
            return None;
        }
        inquire::Text::new(&printable(what)).prompt().ok()
    }

    fn choose(&self, what: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        if !self.0.can_ask() {
            return None;
        }
        let no = no.unwrap_or(say(self.0, "cancel", "cancelar"));
        let answers = vec![printable(yes), printable(no)];
        let answer = inquire::Select::new(&printable(what), answers.clone()).prompt().ok()?;
        Some(answer == answers[0])
    }
}
