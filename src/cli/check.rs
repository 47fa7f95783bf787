//! The command line of `check`.

use clap::Args;
use std::net::SocketAddr;

/// `check`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct CheckArgs {
    /// A resolver to ask about the domains, instead of the system's; names of servers are looked up at the first one (can be repeated)
    #[arg(long, value_name = "ADDR:PORT")]
    pub resolver: Vec<SocketAddr>,
}
