//! The command line: clap structs only. Every doc comment is help text.

pub mod bundle;
pub mod check;

use crate::ui::{Color, Lang};
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;
use std::path::PathBuf;

/// Helps a small group leave big-cloud vendors, from evidence that it already has.
///
/// The way: init, inventory, exposure, plan, render, bundle. `decamp status` says where you stand and what comes next.
/// Nothing leaves this machine unless a flag says so.
#[derive(Debug, Parser)]
#[command(name = "decamp", disable_version_flag = true, propagate_version = false)]
pub struct Cli {
    /// Flags that every command has.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Print the version and the catalog's date
    #[arg(long, short = 'V')]
    pub version: bool,
}

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global")]
pub struct Global {
    /// The workspace
    #[arg(
        id = "workspace",
        short = 'C',
        value_name = "DIR",
        global = true,
        default_value = ".",
        hide_default_value = true
    )]
    pub dir: PathBuf,
    /// The language of what is printed
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// Print results as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Say nothing but errors and warnings
    #[arg(short = 'q', long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short = 'v', long, global = true)]
    pub verbose: bool,
    /// Write nothing; say what would be written
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Write over files that were edited by hand, or that exist
    #[arg(long, global = true)]
    pub force: bool,
    /// Take DATE for today (else SOURCE_DATE_EPOCH, else the clock)
    #[arg(long, value_name = "DATE", global = true)]
    pub today: Option<Date>,
    /// A folder of playbooks that add to the embedded ones or replace them
    #[arg(long, value_name = "DIR", global = true)]
    pub playbooks: Option<PathBuf>,
    /// A folder of templates that replace embedded ones
    #[arg(long, value_name = "DIR", global = true)]
    pub templates: Option<PathBuf>,
    /// Replace people, addresses, amounts and account names in what is printed
    #[arg(long, global = true)]
    pub redact: bool,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Go the whole way on a practice group, in a new folder
    Demo(DemoArgs),
    /// Make a new workspace
    Init(InitArgs),
    /// Find the services in use, from evidence
    Inventory(InventoryArgs),
    /// Ask what evidence can't answer: on the terminal, on paper, or in a page
    Interview(InterviewArgs),
    /// Show who holds what, and who can read it
    Exposure(ExposureArgs),
    /// Plan the move
    Plan(PlanArgs),
    /// Show today's three tasks
    Next(NextArgs),
    /// Tick a task off
    Done(DoneArgs),
    /// Show where the move stands, and the next command
    Status,
    /// Write the configuration that the plan needs
    Render(RenderArgs),
    /// Seal, list, verify and open encrypted bundles
    Bundle(bundle::BundleArgs),
    /// Make keys
    Key(bundle::KeyArgs),
    /// Show and check what decamp knows
    Catalog(CatalogArgs),
    /// Print a completion script
    Completions(CompletionsArgs),
    /// Write man pages
    Man(ManArgs),
    /// After the move: check what still points back, and what did not arrive; opens network connections
    ///
    /// The first line is one word that can be read aloud: safe, wait until HH:MM, go back, or can't tell. Without other flags the
    /// domains are checked: what configs/ says against what resolvers answer. --dry-run lists what would be looked up, and connects
    /// to nothing.
    Check(check::CheckArgs),
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The new folder
    #[arg(default_value = "decamp-demo")]
    pub dir: PathBuf,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The new workspace (default: the folder of -C)
    pub dir: Option<PathBuf>,
    /// The group's name
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// A domain of the group (can be repeated)
    #[arg(long, value_name = "D")]
    pub domain: Vec<String>,
    /// How many people
    #[arg(long, value_name = "N")]
    pub people: Option<u32>,
    /// A provider to move to, best first (can be repeated)
    #[arg(long, value_name = "PROVIDER")]
    pub to: Vec<String>,
    /// Make it here although a cloud service syncs this folder
    #[arg(long)]
    pub here_anyway: bool,
}

/// `inventory`.
#[derive(Debug, Args)]
pub struct InventoryArgs {
    /// Files and folders to read; `-` is stdin (default: evidence/)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Ask a resolver about DOMAIN; opens a network connection (can be repeated)
    #[arg(long, value_name = "DOMAIN", help_heading = "Network")]
    pub dns: Vec<String>,
    /// The resolver to ask, instead of the system's
    #[arg(long, value_name = "ADDR:PORT", help_heading = "Network")]
    pub resolver: Option<std::net::SocketAddr>,
    /// Fetch a page of the group's site and read it; opens a network connection (can be repeated)
    #[arg(long, value_name = "URL", help_heading = "Network")]
    pub site: Vec<String>,
    /// A PEM file with the certificate authority of your own server, beside the system's
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub ca: Option<PathBuf>,
    /// Let --site connect to servers on this machine or in its own network too
    #[arg(long, help_heading = "Network")]
    pub allow_private: bool,
    /// Write FILE instead of inventory.yaml; `-` prints and writes no file
    #[arg(short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Take one inventory of the evidence of each group's folder in DIR
    #[arg(long, value_name = "DIR")]
    pub group_dirs: Option<PathBuf>,
    /// Say why a service was found, and what would settle it
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// List what no fingerprint matched, on the terminal only
    #[arg(long)]
    pub show_unmatched: bool,
}

/// `interview`.
#[derive(Debug, Args)]
pub struct InterviewArgs {
    /// Write the questions as a page that works without internet and saves answers.csv (both languages)
    #[arg(long, value_name = "FILE", conflicts_with = "paper")]
    pub html: Option<PathBuf>,
    /// Write the questions as one sheet to print, with an answers.csv to type it into (both languages)
    #[arg(long, value_name = "FILE")]
    pub paper: Option<PathBuf>,
}

/// `exposure`.
#[derive(Debug, Args)]
pub struct ExposureArgs {
    /// The form
    #[arg(long, value_enum, default_value_t = ExposureFormat::Text)]
    pub format: ExposureFormat,
}

/// A form of `exposure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExposureFormat {
    /// For the terminal
    Text,
    /// Markdown
    Md,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// A provider to move to, best first (can be repeated)
    #[arg(long, value_name = "PROVIDER")]
    pub to: Vec<String>,
    /// The first day
    #[arg(long, value_name = "DATE")]
    pub start: Option<Date>,
    /// Working hours a week
    #[arg(long, value_name = "N")]
    pub hours_per_week: Option<f64>,
    /// It must be over by DATE: exports first, then domain and mail; says what does not fit
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Only these stages, for example 0-2
    #[arg(long, value_name = "A-B")]
    pub stages: Option<String>,
    /// Show where NEED could go, and why not elsewhere
    #[arg(long, value_name = "NEED")]
    pub explain: Option<String>,
    /// Calendar entries say what is done, not only "computers: step 4"
    #[arg(long)]
    pub plain_titles: bool,
    /// Plan for each group's folder in DIR
    #[arg(long, value_name = "DIR")]
    pub group_dirs: Option<PathBuf>,
}

/// `next`.
#[derive(Debug, Args)]
pub struct NextArgs {
    /// Only tasks of this role
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
}

/// `done`.
#[derive(Debug, Args)]
pub struct DoneArgs {
    /// The task's id
    pub task: String,
    /// For the question whether anything must be kept: the answer
    #[arg(long, value_name = "ANSWER")]
    pub answer: Option<Answered>,
}

/// Whether anything must be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Answered {
    /// Nothing must be kept: what waits may go on
    No,
    /// Something must be kept: nothing is deleted or closed
    Yes,
}

/// `render`.
#[derive(Debug, Default, Args)]
pub struct RenderArgs {
    /// Only a provider, a service or a path below configs/ (can be repeated)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Give a setting that the catalog does not know (can be repeated)
    #[arg(long, value_name = "PROVIDER.KEY=VALUE")]
    pub set: Vec<String>,
    /// Write zones from which vital names vanish
    #[arg(long)]
    pub allow_deletions: bool,
    /// Render the workspaces of many groups at once; what they share (one Ansible inventory) goes into DIR/configs/
    #[arg(long, value_name = "DIR", conflicts_with = "only")]
    pub group_dirs: Option<PathBuf>,
}

/// `catalog`.
#[derive(Debug, Args)]
pub struct CatalogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CatalogCommand,
}

/// A command of `catalog`.
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// List what decamp knows, with layer and date
    List {
        /// As one page in Markdown: services, where each can go, destinations, and how sure that is
        #[arg(long)]
        markdown: bool,
    },
    /// Show an item with its sources, and where a service's needs can go
    Show {
        /// Its id, or FOLDER/ID
        id: String,
    },
    /// Check playbook files, and run their examples
    Check {
        /// Files or folders (default: the embedded catalog and --playbooks)
        files: Vec<PathBuf>,
        /// Count age warnings as errors
        #[arg(long)]
        strict: bool,
    },
    /// Bring a newer list of a cloud's addresses into the folder of --playbooks
    ///
    /// Reads the lists of Amazon, Google, Microsoft, Oracle, Cloudflare, Fastly and DigitalOcean, and plain lists of
    /// networks, and tells them by their content. Without --playbooks it only says what it would write.
    Ranges {
        /// The list, as it was fetched
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Whose addresses they are, where the list does not tell
        #[arg(long, value_name = "ID")]
        service: Option<String>,
        /// Where the list was fetched
        #[arg(long, value_name = "URL")]
        source: Option<String>,
        /// When, where the list does not tell
        #[arg(long, value_name = "DATE")]
        dated: Option<Date>,
    },
    /// Print the schemas of playbook files
    Schema {
        /// Write one file a schema into DIR instead
        #[arg(short = 'o', value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder to write into
    pub dir: PathBuf,
}
