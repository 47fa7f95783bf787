//! The sealed bundle: `age(zstd(tar))`, with a manifest as its last member.
//!
//! `age -d BUNDLE | zstd -d | tar x` opens it without decamp; `docs/bundle-format.md` says the rest. Data moves
//! one way in each direction:
//!
//! ```text
//! seal:  disk ──> seal (walk, names) ──> write (tar) ──> compress (zstd, age) ──> output
//! open:  source ──> layers (age) ──> decompress (zstd) ──> read (tar) ──> check (shape, manifest) ──> disk
//! ```
//!
//! [`list`], [`verify`] and [`open`] read by the same function, so none of them accepts what another refuses; where only
//! some members are wanted, `pick` reads those by way of the manifest. Only `disk` touches the disk, apart from the
//! streams that the caller hands in.

mod ask;
mod beside;
mod check;
mod compress;
mod decompress;
mod disk;
mod fault;
mod frames;
mod header;
pub(crate) mod keys;
mod layers;
mod list;
mod manifest;
mod names;
mod open;
mod padding;
mod pick;
mod read;
mod recipients;
mod salvage;
mod seal;
mod sign;
mod since;
mod target;
#[cfg(test)]
mod tests;
mod write;

pub use ask::Ask;
pub use check::MAX_SIZE;
pub use disk::no_core_dumps;
pub use fault::{Failure, Fault, Layer};
pub use keys::{Keys, MAX_WORK_FACTOR, new_identity, passphrase};
pub use list::{Listed, Listing, Payload, SignedBy, decrypted, list, payload, verify};
pub use manifest::{Carried, Label, LeftOut, MANIFEST, Manifest, Member};
pub use open::{Base, OpenOptions, OpenReport, dry_run, open, to_output};
pub use read::Kind;
pub use recipients::Recipients;
pub use salvage::{Salvage, Saved, salvage};
pub use seal::{Renamed, SealOptions, SealReport, Streamed, ready, seal};
pub use sign::{NAMESPACE, Signer, Signers};
pub use since::Since;
