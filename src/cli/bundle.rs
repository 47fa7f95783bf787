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
    Seal(SealArgs),
    /// Show what is in a bundle
    List(ReadArgs),
    /// Read all of a bundle and check it, without writing anything
    Verify(ReadArgs),
    /// Unpack a bundle, all of it or some
    Open(OpenArgs),
}

/// `decamp bundle seal`
#[derive(Debug, Args)]
pub struct SealArgs {
    /// What to seal; it lies in the bundle under the last part of its path
    #[arg(required = true, value_name = "PATH", help_heading = "Input")]
    pub paths: Vec<PathBuf>,
    /// Leave out what matches, by name (`*.tmp`) or by path in the bundle (`mail/spam/**`)
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,
    /// The bundle to write, such as `FILE.tar.zst.age`; `-` writes to stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: PathBuf,
    /// Keep the times at which files were last changed
    #[arg(long, help_heading = "Output")]
    pub keep_times: bool,
    /// Who can open it: `age1…` or an SSH public key; may be given more than once
    #[arg(short, long = "recipient", value_name = "RECIPIENT", help_heading = "Safety")]
    pub recipients: Vec<String>,
    /// A file with one recipient a line
    #[arg(short = 'R', long = "recipients-file", value_name = "FILE", help_heading = "Safety")]
    pub recipients_files: Vec<PathBuf>,
    /// Ask for a passphrase instead
    #[arg(short, long, conflicts_with_all = ["recipients", "recipients_files", "passphrase_file"], help_heading = "Safety")]
    pub passphrase: bool,
    /// Take the passphrase from the first line of a file (`-`: stdin) instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipients", "recipients_files"], help_heading = "Safety")]
    pub passphrase_file: Option<PathBuf>,
}

/// What opens a bundle.
#[derive(Debug, Args)]
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

/// `decamp bundle list` and `decamp bundle verify`
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE", help_heading = "Input")]
    pub bundle: PathBuf,
    /// What opens it.
    #[command(flatten)]
    pub keys: KeyArgsIn,
}

/// `decamp bundle open`
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE", help_heading = "Input")]
    pub bundle: PathBuf,
    /// Only what matches, such as `mail/**`; a folder stands for all in it
    #[arg(value_name = "PATTERN", help_heading = "Input")]
    pub patterns: Vec<String>,
    /// Where to unpack; by default a folder named like the bundle
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write the content of the files to stdout instead
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub stdout: bool,
    /// Stop at so many bytes; `K`, `M`, `G` and `T` multiply by 1024
    #[arg(long, value_name = "N", default_value = "64G", value_parser = size, help_heading = "Safety")]
    pub max_size: u64,
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
