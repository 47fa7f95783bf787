//! The command line of `bundle` and `key`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `decamp bundle …`
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BundleCommand,
}

/// What to do with bundles.
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Encrypt files and folders into one file that `age`, `zstd` and `tar` can open
    Seal(Box<SealArgs>),
    /// Show what is in a bundle
    List(ListArgs),
    /// Read all of a bundle and check it, without writing anything
    Verify(VerifyArgs),
    /// Unpack a bundle, all of it or some
    Open(OpenArgs),
}

/// `decamp bundle seal`
#[derive(Debug, Default, Args)]
pub struct SealArgs {
    /// What to seal; it lies in the bundle under the last part of its path
    #[arg(required_unless_present = "from_stdin", value_name = "PATH", help_heading = "Input")]
    pub paths: Vec<PathBuf>,
    /// Also seal what comes on stdin, as a file of this name
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub from_stdin: Option<String>,
    /// Leave out what matches, by name (`*.tmp`) or by path in the bundle (`mail/spam/**`)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,
    /// Take only what is new or changed since this bundle, or since the manifest of one
    #[arg(long, value_name = "B", help_heading = "Input")]
    pub since: Option<PathBuf>,
    /// What opens the bundle of `--since`
    #[arg(short, long = "identity", value_name = "IDENTITY", requires = "since", help_heading = "Input")]
    pub identities: Vec<PathBuf>,
    /// The bundle to write, such as `FILE.tar.zst.age`; `-` writes to stdout. Without it, or for a folder, a name is made of
    /// the date and a random word, which tells nothing
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Cut the bundle into files of at most this size (`FILE.001`, …); `K`, `M`, `G` and `T` multiply by 1024
    #[arg(long, value_name = "N", value_parser = size, help_heading = "Output")]
    pub volume_size: Option<u64>,
    /// Also write the manifest, readable, for the next `--since`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub manifest: Option<PathBuf>,
    /// Keep the times at which files were last changed
    #[arg(long, help_heading = "Output")]
    pub keep_times: bool,
    /// Who keeps the bundle: kept in it
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub keeper: Option<String>,
    /// Where the bundle lies: kept in it
    #[arg(long, value_name = "PLACE", help_heading = "Output")]
    pub place: Option<String>,
    /// When the bundle is to be destroyed (YYYY-MM-DD): kept in it
    #[arg(long, value_name = "DATE", help_heading = "Output")]
    pub destroy_by: Option<String>,
    /// Who can open it: `age1…` or an SSH public key; may be given more than once
    #[arg(short, long = "recipient", value_name = "RECIPIENT", help_heading = "Safety")]
    pub recipients: Vec<String>,
    /// A file with one recipient a line
    #[arg(short = 'R', long = "recipients-file", value_name = "FILE", help_heading = "Safety")]
    pub recipients_files: Vec<PathBuf>,
    /// Ask for a passphrase instead; left empty, one is made of ten words
    #[arg(short, long, conflicts_with_all = ["recipients", "recipients_files", "passphrase_file"], help_heading = "Safety")]
    pub passphrase: bool,
    /// Take the passphrase from the first line of a file (`-`: stdin) instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipients", "recipients_files"], help_heading = "Safety")]
    pub passphrase_file: Option<PathBuf>,
    /// Sign with this SSH private key (ed25519), so that others can tell who sealed it
    #[arg(long, value_name = "KEY", help_heading = "Safety")]
    pub sign: Option<PathBuf>,
    /// Fill up, so that the size of the bundle says little about its content
    #[arg(long, help_heading = "Safety")]
    pub pad: bool,
}

/// What opens a bundle.
#[derive(Debug, Default, Args)]
pub struct KeyArgsIn {
    /// A file with the secret key (age or SSH; `-`: stdin); may be given more than once
    #[arg(short, long = "identity", value_name = "IDENTITY", help_heading = "Safety")]
    pub identities: Vec<PathBuf>,
    /// Take the passphrase from the first line of a file (`-`: stdin)
    #[arg(long, value_name = "FILE", conflicts_with = "identities", help_heading = "Safety")]
    pub passphrase_file: Option<PathBuf>,
    /// The most work that a passphrase may take, as a power of two
    #[arg(long, value_name = "N", default_value_t = crate::bundle::MAX_WORK_FACTOR, value_parser = clap::value_parser!(u8).range(1..=30), help_heading = "Safety")]
    pub max_work_factor: u8,
}

/// `decamp bundle list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE", help_heading = "Input")]
    pub bundle: PathBuf,
    /// Who may have signed it (`NAME ssh-ed25519 AAAA…`, one a line); anything else is refused
    #[arg(long, value_name = "FILE", help_heading = "Safety")]
    pub signers: Option<PathBuf>,
    /// What opens it.
    #[command(flatten)]
    pub keys: KeyArgsIn,
}

/// `decamp bundle verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE", help_heading = "Input")]
    pub bundle: PathBuf,
    /// Of a damaged bundle, say which files are still whole
    #[arg(long, help_heading = "Output")]
    pub salvage: bool,
    /// Stop at so many bytes; `K`, `M`, `G` and `T` multiply by 1024. By default as much as the bundle announces, at most 64G
    #[arg(long, value_name = "N", value_parser = size, help_heading = "Safety")]
    pub max_size: Option<u64>,
    /// Who may have signed it (`NAME ssh-ed25519 AAAA…`, one a line); anything else is refused
    #[arg(long, value_name = "FILE", help_heading = "Safety")]
    pub signers: Option<PathBuf>,
    /// What opens it.
    #[command(flatten)]
    pub keys: KeyArgsIn,
}

/// `decamp bundle open`
#[derive(Debug, Default, Args)]
pub struct OpenArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE", help_heading = "Input")]
    pub bundle: PathBuf,
    /// Only what matches, such as `mail/**`; a folder stands for all in it
    #[arg(value_name = "PATTERN", help_heading = "Input")]
    pub patterns: Vec<String>,
    /// A bundle that this one builds on (`seal --since`); may be given more than once
    #[arg(long = "base", value_name = "BUNDLE", help_heading = "Input")]
    pub bases: Vec<PathBuf>,
    /// Where to unpack; by default a folder named like the bundle
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write the content of the files to stdout instead
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub stdout: bool,
    /// Give back names that a bundle stores differently, where this disk takes them
    #[arg(long, help_heading = "Output")]
    pub original_names: bool,
    /// Of a damaged bundle, unpack the files that are still whole
    #[arg(long, conflicts_with_all = ["patterns", "bases", "stdout", "original_names", "signers"], help_heading = "Output")]
    pub salvage: bool,
    /// Stop at so many bytes; `K`, `M`, `G` and `T` multiply by 1024. By default as much as the bundle announces, at most 64G
    #[arg(long, value_name = "N", value_parser = size, help_heading = "Safety")]
    pub max_size: Option<u64>,
    /// Who may have signed it (`NAME ssh-ed25519 AAAA…`, one a line); anything else is refused
    #[arg(long, value_name = "FILE", help_heading = "Safety")]
    pub signers: Option<PathBuf>,
    /// What opens it.
    #[command(flatten)]
    pub keys: KeyArgsIn,
}

/// `decamp key …`
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an identity: a secret key, and the recipient to seal to
    New(KeyNewArgs),
    /// Make a passphrase of ten words
    Passphrase(KeyPassphraseArgs),
    /// Share an identity among trustees: any K of them can put it together again
    Split(KeySplitArgs),
    /// Put an identity together again from enough shares
    Combine(KeyCombineArgs),
}

/// `decamp key passphrase`
#[derive(Debug, Args)]
pub struct KeyPassphraseArgs {
    /// Where to keep it; an existing file is never replaced. Without it, it is printed
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// `decamp key split`
#[derive(Debug, Args)]
pub struct KeySplitArgs {
    /// The file with the identity to share
    #[arg(short, long, value_name = "IDENTITY", help_heading = "Input")]
    pub identity: PathBuf,
    /// Who gets a share: a YAML list of `{name: …, recipient: age1…}`
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub trustees: PathBuf,
    /// So many shares open it
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..), help_heading = "Safety")]
    pub threshold: u8,
    /// A trustee without a recipient, who gets the share readable on paper; may be given more than once
    #[arg(long, value_name = "NAME", help_heading = "Safety")]
    pub paper: Vec<String>,
    /// A new folder for the sheets
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub output: PathBuf,
}

/// `decamp key combine`
#[derive(Debug, Args)]
pub struct KeyCombineArgs {
    /// Shares: files with the words or lines of a sheet, or the sheets themselves
    #[arg(required = true, value_name = "SHARE", help_heading = "Input")]
    pub shares: Vec<PathBuf>,
    /// What opens shares that are still encrypted to their trustees; may be given more than once
    #[arg(short, long = "identity", value_name = "IDENTITY", help_heading = "Input")]
    pub identities: Vec<PathBuf>,
    /// Where to keep the identity; an existing file is never replaced
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: PathBuf,
}

/// `decamp key new`
#[derive(Debug, Args)]
pub struct KeyNewArgs {
    /// Where to keep the secret key; an existing file is never replaced. Without it, it is printed
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// `64G` and its like.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let upper = upper.trim_end_matches('B').trim_end_matches('I');
    let (digits, power) = match upper.char_indices().next_back() {
        Some((at, 'K')) => (&upper[..at], 10),
        Some((at, 'M')) => (&upper[..at], 20),
        Some((at, 'G')) => (&upper[..at], 30),
        Some((at, 'T')) => (&upper[..at], 40),
        _ => (upper, 0),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "not a size, such as `64G` or `500M`".to_owned())?;
    number.checked_mul(1 << power).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("64G").unwrap(), 64 << 30);
        assert_eq!(size("500").unwrap(), 500);
        assert_eq!(size("1 KiB").unwrap(), 1024);
        assert!(size("-1").is_err() && size("9999999T").is_ok() && size("99999999T").is_err());
    }
}
