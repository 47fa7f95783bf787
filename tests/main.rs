//! One integration binary; a file a subject. `architecture.rs` holds that no file is forgotten here.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::pedantic
)]

mod architecture;
mod catalog;
mod check;
mod cli;
mod corpus;
mod crash;
mod fuzz;
mod hostile;
mod interview;
mod inventory;
mod offline;
mod overlay;
mod payees;
mod plans;
mod privacy;
mod rendered;
mod samples;
mod sealed;
mod servers;
mod support;
mod workspace;
mod wrong_input;
