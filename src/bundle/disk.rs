//! The disk as bundles see it: a tree to seal is read, and a tree that was opened is written, through handles of
//! folders, so that no name and no link can lead out of them.

mod source;
mod spool;
mod staging;

pub(super) use source::{Found, Root, Watched, What, children, real};
pub(super) use spool::Spool;
pub(super) use staging::Staging;

/// No picture of this run's memory, with keys and plaintext in it, is written when it crashes.
pub fn no_core_dumps() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Where it is not allowed, the crash of a memory-safe program is unlikely enough.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// Folders in which a bundle is unpacked are called so, with a random end.
const STAGING: &str = ".decamp-open-";
