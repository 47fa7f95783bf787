//! One file a command: read, call one stage, write.

use crate::files::Files;
use crate::ui::Ui;

pub mod bundle;
pub mod key;

/// What every command is handed.
#[derive(Debug)]
pub struct Context {
    /// How it speaks.
    pub ui: Ui,
    /// The disk.
    pub files: Files,
    /// Replace what exists.
    pub force: bool,
    /// The only clock.
    pub today: jiff::civil::Date,
}

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, and something needs attention.
    Attention,
}
