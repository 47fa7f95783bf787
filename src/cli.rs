//! The command line.

pub mod bundle;
