//! The disk as bundles see it: a tree to seal is read, and a tree that was opened is written, through handles of
//! folders, so that no name and no link can lead out of them.

mod source;
mod spool;
mod staging;

pub(super) use source::{Found, Root, Watched, What, children, real};
pub(super) use spool::Spool;
pub(super) use staging::Staging;

/// Folders in which a bundle is unpacked are called so, with a random end.
const STAGING: &str = ".decamp-open-";
