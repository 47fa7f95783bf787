//! The one error type: what happened, where, and what to do.
//!
//! Rules for the wording: lower case, no full stop, names in backticks; the hint says what to do. Never
//! a secret, and never a line of a file whose care is `secret`.

use serde::Serialize;
use std::fmt;
use std::path::Path;

/// Whose fault it is, and so the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command or an input was wrong; nothing was written. Exit status 2.
    Input,
    /// The machine failed: disk, network, permission. Exit status 3.
    Machine,
    /// The reader of our output went away; not an error.
    BrokenPipe,
}

/// Why a bundle was refused, where that is no damage: a wrong file, a wrong key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It does not begin as an age file does.
    Header,
    /// It has the look of an armor, and is none.
    Armor,
    /// No key fits.
    NoMatch,
    /// A signature is wanted, and there is nothing that could carry one.
    Unsigned,
}

impl Refused {
    /// The layer of the format.
    pub fn layer(self) -> &'static str {
        if self == Self::Unsigned { "manifest" } else { "age" }
    }

    /// The class of the reason.
    pub fn class(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Armor => "armor",
            Self::NoMatch => "no-match",
            Self::Unsigned => "signature",
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// The file, as given.
    pub file: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// That line, when it may be shown.
    #[serde(skip)]
    pub snippet: Option<String>,
}

/// How many characters of a message, and of a line, are shown.
const MESSAGE: usize = 600;
const SNIPPET: usize = 160;

/// The first characters of a text.
fn beginning(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What went wrong.
#[derive(Debug, Clone)]
pub struct Error {
    /// Whose fault.
    pub kind: Kind,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hints: Vec<String>,
    /// Where.
    pub at: Option<At>,
    /// Of a bundle: why it was refused before it could be found damaged.
    pub refused: Option<Refused>,
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the command or of an input.
    ///
    /// Messages quote words of the input, which may be of any length; what is shown of them is bounded here.
    pub fn input(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Input,
            message: beginning(message.into(), MESSAGE),
            hints: Vec::new(),
            at: None,
            refused: None,
        }
    }

    /// An error of the machine.
    pub fn machine(message: impl Into<String>) -> Self {
        Self { kind: Kind::Machine, message: message.into(), hints: Vec::new(), at: None, refused: None }
    }

    /// An I/O error on `path`: a missing file is the command's fault, all else the machine's.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let shown = path.display();
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { kind: Kind::BrokenPipe, ..Self::machine("broken pipe") },
            std::io::ErrorKind::NotFound => Self::input(format!("`{shown}` does not exist"))
                .hint("check the path; it is taken from the folder given by `-C`, or the current one"),
            _ => Self::machine(format!("could not {doing} `{shown}`: {error}")),
        }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds why a bundle was refused.
    pub fn refused(mut self, why: Refused) -> Self {
        self.refused = Some(why);
        self
    }

    /// Adds the file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        match &mut self.at {
            Some(at) => at.file = file.into(),
            None => self.at = Some(At { file: file.into(), line: None, snippet: None }),
        }
        self
    }

    /// Adds file and line.
    pub fn at(mut self, file: impl Into<String>, line: u64) -> Self {
        self.at = Some(At { file: file.into(), line: Some(line), snippet: None });
        self
    }

    /// Adds the line's text (only where the file's care allows it).
    pub fn snippet(mut self, text: impl Into<String>) -> Self {
        if let Some(at) = &mut self.at {
            at.snippet = Some(beginning(text.into(), SNIPPET));
        }
        self
    }

    /// The exit status of the contract.
    pub fn exit(&self) -> u8 {
        match self.kind {
            Kind::Input => 2,
            Kind::Machine => 3,
            Kind::BrokenPipe => 0,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(at) = &self.at {
            match at.line {
                Some(line) => write!(f, "\n  --> {}:{line}", at.file)?,
                None => write!(f, "\n  --> {}", at.file)?,
            }
            if let Some(snippet) = &at.snippet {
                write!(f, "\n   | {snippet}")?;
            }
        }
        for hint in &self.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// "did you mean" among `known`, when one is near enough.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&word.to_lowercase(), &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= 1 + k.len() / 4)
        .min()
        .map(|(_, k)| k.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested() {
        assert_eq!(did_you_mean("webiste", ["mail", "website"]), Some("website".into()));
        assert_eq!(did_you_mean("xyzzy", ["mail", "website"]), None);
    }

    #[test]
    fn shows_place_and_hint() {
        let e = Error::input("the TTL is too big")
            .at("a.zone", 3)
            .snippet("x 99999999999 A")
            .hint("write at most 2147483647");
        assert_eq!(
            e.to_string(),
            "the TTL is too big\n  --> a.zone:3\n   | x 99999999999 A\nhint: write at most 2147483647"
        );
    }
}
