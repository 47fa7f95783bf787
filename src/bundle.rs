//! The sealed bundle: `age(zstd(tar))`, with a manifest as its last member.
//!
//! `age -d BUNDLE | zstd -d | tar x` opens it without decamp; `docs/bundle-format.md` says the rest. Data moves
//! one way in each direction:
//!
//! ```text
//! seal:  disk ──> names ──> write (tar) ──> zstd ──> age ──> output
//! open:  source ──> layers (age, zstd) ──> read (tar) ──> check (shape, manifest) ──> disk
//! ```
//!
//! [`list`], [`verify`] and [`open`] read by the same function, so none of them accepts what another refuses.
//! Only `disk` touches the disk, apart from the streams that the caller hands in.

mod check;
mod disk;
mod fault;
mod keys;
mod layers;
mod manifest;
mod names;
mod open;
mod read;
mod seal;
#[cfg(test)]
mod tests;
mod write;

pub use check::MAX_SIZE;
pub use fault::{Failure, Fault, Layer};
pub use keys::{Keys, MAX_WORK_FACTOR, Recipients, new_identity, passphrase};
pub use manifest::{LeftOut, MANIFEST, Manifest, Member};
pub use open::{Listed, Listing, OpenOptions, OpenReport, dry_run, list, open, to_output, verify};
pub use read::Kind;
pub use seal::{Renamed, SealOptions, SealReport, seal};
