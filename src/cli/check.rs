//! The command line of `check`.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `check`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct CheckArgs {
    /// A resolver to ask about the domains, instead of the system's; names of servers are looked up at the first one (can be repeated)
    #[arg(long, value_name = "ADDR:PORT")]
    pub resolver: Vec<SocketAddr>,
    /// A page of the new site, looked at for what it still loads from services that you leave (can be repeated)
    #[arg(long, value_name = "URL")]
    pub site: Vec<String>,
    /// The new mailbox, held against --export: mbox, Maildir, letters, or Takeout as it came. Port 993 unless given; on 143 TLS starts
    /// within the connection
    #[arg(long, value_name = "USER@HOST[:PORT]", requires = "export")]
    pub imap: Option<String>,
    /// TLS starts within the connection, whatever the port
    #[arg(long, requires = "imap")]
    pub starttls: bool,
    /// The new files, calendar or address book (https://USER@HOST/PATH), held against --export: a folder, .ics or .vcf
    #[arg(long, value_name = "URL", requires = "export")]
    pub webdav: Option<String>,
    /// The old export; with both --imap and --webdav give it twice, the mail first
    #[arg(long, value_name = "PATH")]
    pub export: Vec<PathBuf>,
    /// A command that prints the password, for example "pass show casa/ana"; else it is asked for. Its environment has
    /// DECAMP_ACCOUNT=USER@HOST
    #[arg(long, value_name = "CMD")]
    pub password_command: Option<String>,
    /// A PEM file with the certificate authority of your own server, beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Connect to servers on this machine or in its own network too; without it such addresses are refused
    #[arg(long)]
    pub allow_private: bool,
}
