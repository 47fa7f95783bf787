//! The only module that prints. Results go to stdout, progress and messages to stderr.

use crate::error::{Error, Result};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

/// The language of what is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// Both, in the order in which files are written.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// `en` or `es`.
    pub fn id(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// `NAME.EXT` for English, `NAME.es.EXT` for Spanish.
    pub fn file(self, stem: &str, ext: &str) -> String {
        match self {
            Self::En => format!("{stem}.{ext}"),
            Self::Es => format!("{stem}.es.{ext}"),
        }
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How one command speaks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ui {
    /// The language of what is printed.
    pub lang: Lang,
    /// Results as JSON.
    pub json: bool,
    /// No messages but errors.
    pub quiet: bool,
    /// No results either: a command that runs others tells its own.
    pub silent: bool,
    /// More messages.
    pub verbose: bool,
    /// When to colour.
    pub color: Color,
}

impl Ui {
    /// Prints a result.
    pub fn out(&self, text: &str) -> Result<()> {
        if self.silent {
            return Ok(());
        }
        let mut stdout = std::io::stdout().lock();
        let shown = if std::io::stdout().is_terminal() { printable(text) } else { text.to_owned() };
        let end = if shown.ends_with('\n') { "" } else { "\n" };
        write!(stdout, "{shown}{end}").and_then(|()| stdout.flush()).map_err(|e| stdout_error(&e))
    }

    /// Prints a result of bytes.
    pub fn out_bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|e| stdout_error(&e))
    }

    /// Prints a result as JSON.
    pub fn out_json(&self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|e| Error::machine(format!("could not write the result as JSON: {e}")))?;
        self.out(&text)
    }

    /// Says something beside the result.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            Self::stderr("", text);
        }
    }

    /// Says what only the curious want to know.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            Self::stderr("", text);
        }
    }

    /// Says what must be heard.
    pub fn warn(&self, text: &str) {
        if self.silent {
            return;
        }
        let word = match self.lang {
            Lang::En => "warning",
            Lang::Es => "aviso",
        };
        Self::stderr(&self.paint(word, "33"), text);
    }

    /// Says what went wrong, as text or, with `--json`, as an object on stdout.
    pub fn error(&self, error: &Error) {
        #[derive(Serialize)]
        struct Shown<'a> {
            schema: &'static str,
            exit: u8,
            message: &'a str,
            hints: &'a [String],
            at: Option<&'a crate::error::At>,
            #[serde(skip_serializing_if = "Option::is_none")]
            layer: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            class: Option<&'a str>,
        }
        if self.json {
            let shown = Shown {
                schema: "decamp/error/1",
                exit: error.exit(),
                message: &error.message,
                hints: &error.hints,
                at: error.at.as_ref(),
                layer: error.refused.map(crate::error::Refused::layer),
                class: error.refused.map(crate::error::Refused::class),
            };
            // A broken pipe here has nobody left to hear of it.
            let _ = self.out_json(&shown);
        } else {
            Self::stderr(&self.paint("error", "31"), &error.to_string());
        }
    }

    /// Whether a person sits at the terminal and can be asked.
    pub fn can_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// A progress bar on a terminal, nothing elsewhere. Lengths are bytes.
    pub fn progress(&self, length: u64) -> indicatif::ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return indicatif::ProgressBar::hidden();
        }
        let style = indicatif::ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
            .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
        indicatif::ProgressBar::new(length).with_style(style)
    }

    /// Our own word in front may have a colour; nothing else may.
    fn stderr(word: &str, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let colon = if word.is_empty() { "" } else { ": " };
        let _ = writeln!(stderr, "{word}{colon}{}", printable(text));
    }

    fn paint(&self, text: &str, code: &str) -> String {
        let on = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal(),
        };
        if on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn stdout_error(e: &std::io::Error) -> Error {
    Error::io("write to", std::path::Path::new("stdout"), e)
}

/// `text` without what could drive a terminal: C0 and C1 controls (but line feed and tab) and the characters that turn the
/// direction of text around.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_defused() {
        assert_eq!(printable("a\x1b]52;c;x\x07b"), "a\u{fffd}]52;c;x\u{fffd}b");
        assert_eq!(printable("\x1b[31mred\x1b[0m"), "\u{fffd}[31mred\u{fffd}[0m");
        assert_eq!(printable("a\u{202e}b"), "a\u{fffd}b");
    }
}
