//! `decamp` helps a small group leave big-cloud vendors for movement-aligned hosting.
//!
//! Data moves one way; a folder is a stage:
//!
//! ```text
//! evidence ──> findings ──> inventory.yaml ──> exposure
//!                                │
//!                                └──> plan/ ──> configs/ ──> bundles/
//!                                                   └──> check (against what answers)
//! ```
//!
//! `inventory`, `exposure`, `plan` and `check` take values and return values. Only [`files`] touches the disk, only `net`
//! connects, only [`ui`] prints; `tests/architecture.rs` holds that.

pub mod bundle;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod commands;
pub mod dates;
pub mod error;
pub mod evidence;
pub mod exposure;
pub mod files;
pub mod group;
pub mod inventory;
pub mod net;
pub mod plan;
pub mod render;
pub mod report;
pub mod trustees;
pub mod ui;
pub mod words;
pub mod workspace;
pub mod yaml;
