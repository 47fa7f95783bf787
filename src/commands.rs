//! Dispatch, and what every command is handed. One thin file a command: read, call one stage, write.

pub mod bundle;
pub mod catalog;
pub mod check;
mod connect;
pub mod demo;
pub mod exposure;
mod groups;
pub mod init;
pub mod interview;
pub mod inventory;
pub mod key;
pub mod man;
pub mod plan;
pub mod render;
pub mod status;
pub mod tasks;

use crate::catalog::{Catalog, load};
use crate::cli::{Cli, Command, Global};
use crate::error::{Error, Result};
use crate::files::Files;
use crate::render::engine::Engine;
use crate::ui::Ui;
use clap::CommandFactory as _;
use jiff::Zoned;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// The most bytes of a playbook or a template.
const LIMIT: u64 = 4 * 1024 * 1024;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done. Exit status 0.
    Done,
    /// Done, and something needs attention. Exit status 1.
    Attention,
    /// Some of many inputs were wrong, and have been named. Exit status 2.
    Wrong,
}

impl Outcome {
    /// The exit status of the contract.
    pub fn exit(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention => 1,
            Self::Wrong => 2,
        }
    }
}

/// What every command is handed.
#[derive(Debug)]
pub struct Context {
    /// How it speaks.
    pub ui: Ui,
    /// The disk.
    pub files: Files,
    /// Whether it may write over what exists.
    pub force: bool,
    /// The date.
    pub today: Date,
    /// The time, for what has to be waited for.
    pub now: Zoned,
    /// Folders that lie over the embedded playbooks and templates.
    pub playbooks: Option<PathBuf>,
    /// The same for templates.
    pub templates: Option<PathBuf>,
    /// Whether people, addresses and amounts are replaced in what is printed.
    pub redact: bool,
}

impl Context {
    fn new(global: &Global) -> Result<Self> {
        let now = now(global.today)?;
        Ok(Self {
            ui: ui(global),
            files: Files::new(global.dir.clone(), global.dry_run),
            force: global.force,
            today: now.date(),
            now,
            playbooks: global.playbooks.clone(),
            templates: global.templates.clone(),
            redact: global.redact,
        })
    }

    /// The same for the workspace in another folder; what is written there is made durable later, all at once.
    pub fn at(&self, root: PathBuf) -> Self {
        Self {
            files: Files::new(root, self.files.dry_run).synced_later(),
            now: self.now.clone(),
            playbooks: self.playbooks.clone(),
            templates: self.templates.clone(),
            ..*self
        }
    }

    /// The catalog: embedded, and over it the folder of `--playbooks`.
    pub fn catalog(&self) -> Result<Catalog> {
        let (catalog, any) = self.layers()?;
        match &self.playbooks {
            Some(dir) if !any => Err(Error::input(format!("`{}` holds no playbooks", dir.display()))
                .hint(format!("its sub-folders are: {}", load::FOLDERS.join(", ")))),
            _ => Ok(catalog),
        }
    }

    /// The same, and whether the folder of `--playbooks` holds anything yet.
    pub fn layers(&self) -> Result<(Catalog, bool)> {
        let mut catalog = load::embedded()?;
        let mut any = false;
        if let Some(dir) = &self.playbooks {
            let dir = std::path::absolute(dir).map_err(|e| Error::io("read", dir, &e))?;
            for folder in load::FOLDERS {
                let ext = if folder == "ranges" { ".txt" } else { ".yaml" };
                for name in self.files.list(dir.join(folder))? {
                    let Some(id) = name.strip_suffix(ext) else { continue };
                    let path = dir.join(folder).join(&name);
                    let shown = self.files.shown(&path);
                    let text = self.files.read_text(&path, LIMIT)?;
                    catalog.put(id, load::parse(folder, &text, &shown)?, &dir.display().to_string());
                    any = true;
                }
            }
        }
        Ok((catalog, any))
    }

    /// The templates: embedded, and over them the folder of `--templates`.
    pub fn engine(&self) -> Result<Engine> {
        let (mut overlay, mut plain) = (BTreeMap::new(), BTreeMap::new());
        if let Some(dir) = &self.templates {
            let dir = std::path::absolute(dir).map_err(|e| Error::io("read", dir, &e))?;
            for path in self.files.walk(&dir, 10_000)? {
                let Ok(relative) = path.strip_prefix(&dir) else { continue };
                let name = relative.to_string_lossy().replace('\\', "/");
                if let Some(name) = name.strip_suffix(".hbs") {
                    overlay.insert(name.to_owned(), self.files.read_text(&path, LIMIT)?);
                } else if let Ok(text) = String::from_utf8(self.files.read(&path, LIMIT)?) {
                    // What is no text is nobody's template.
                    plain.insert(name, text);
                }
            }
        }
        Ok(Engine::new(overlay).with_plain(plain))
    }

    /// Warns when a cloud service syncs the workspace.
    pub fn warn_if_synced(&self) {
        if let Some(service) = crate::files::synced_by(&self.files.root) {
            self.ui.warn(&match self.ui.lang {
                crate::ui::Lang::En => format!("{service} syncs this folder: everything here is copied to it. Move the workspace elsewhere."),
                crate::ui::Lang::Es => format!("{service} sincroniza esta carpeta: todo lo que hay aquí se copia allá. Muevan la carpeta de trabajo a otro lugar."),
            });
        }
    }

    /// Says in the chosen language.
    pub fn tr<'t>(&self, en: &'t str, es: &'t str) -> &'t str {
        match self.ui.lang {
            crate::ui::Lang::En => en,
            crate::ui::Lang::Es => es,
        }
    }

    /// Names what was written (or, with `--dry-run`, would have been).
    pub fn say_written(&self) {
        let word =
            if self.files.dry_run { self.tr("would write", "se escribiría") } else { self.tr("wrote", "escrito") };
        for path in self.files.written() {
            let shown = self.files.shown(&path);
            if !shown.starts_with(".decamp") {
                self.ui.say(&format!("{word} {shown}"));
            }
        }
    }
}

/// How a command with these flags speaks.
pub fn ui(global: &Global) -> Ui {
    Ui {
        lang: global.lang,
        json: global.json,
        quiet: global.quiet,
        silent: false,
        verbose: global.verbose,
        color: global.color,
    }
}

/// Prints help, or says what is wrong with the command line.
pub fn usage(e: &clap::Error) -> ExitCode {
    let code = if e.use_stderr() { 2 } else { 0 };
    let json = std::env::args_os().any(|a| a == "--json");
    if json && code == 2 {
        let text = e.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Ui { json, ..Ui::default() }.error(&Error::input(message).hint("`decamp help` shows the commands"));
    } else {
        // Nobody is left to hear of a failure to print.
        let _ = e.print();
    }
    ExitCode::from(code)
}

/// `--today`, else `SOURCE_DATE_EPOCH`, else the clock: the only place that looks at it. A day that is given takes the
/// time of day from the other two.
fn now(today: Option<Date>) -> Result<Zoned> {
    let now = match std::env::var_os("SOURCE_DATE_EPOCH") {
        Some(epoch) => epoch
            .to_str()
            .and_then(|s| s.parse::<i64>().ok())
            .and_then(|s| jiff::Timestamp::from_second(s).ok())
            .map(|t| t.to_zoned(jiff::tz::TimeZone::UTC))
            .ok_or_else(|| Error::input("SOURCE_DATE_EPOCH is not a number of seconds")),
        None => Ok(Zoned::now()),
    }?;
    match today {
        Some(day) => now.with().date(day).build().map_err(|e| Error::input(format!("there is no such day: {e}"))),
        None => Ok(now),
    }
}

/// Runs a command.
///
/// # Errors
/// What went wrong, for `main` to print.
pub fn run(cli: &Cli) -> Result<Outcome> {
    let ctx = Context::new(&cli.global)?;
    if cli.version {
        let date = load::DATE;
        return ctx.ui.out(&format!("decamp {} (catalog {date})", env!("CARGO_PKG_VERSION"))).map(|()| Outcome::Done);
    }
    let Some(command) = &cli.command else {
        return ctx.ui.out(&Cli::command().render_help().to_string()).map(|()| Outcome::Done);
    };
    let outcome = match command {
        Command::Demo(args) => demo::run(&ctx, args),
        Command::Init(args) => init::run(&ctx, args),
        Command::Inventory(args) => inventory::run(&ctx, args),
        Command::Interview(args) => interview::run(&ctx, args),
        Command::Exposure(args) => exposure::run(&ctx, args),
        Command::Plan(args) => plan::run(&ctx, args),
        Command::Next(args) => tasks::next(&ctx, args),
        Command::Done(args) => tasks::done(&ctx, args),
        Command::Status => status::run(&ctx),
        Command::Render(args) => render::run(&ctx, args),
        Command::Bundle(args) => bundle::run(&ctx, &args.command),
        Command::Key(args) => key::run(&ctx, &args.command),
        Command::Catalog(args) => catalog::run(&ctx, &args.command),
        Command::Completions(args) => man::completions(&ctx, args.shell),
        Command::Man(args) => man::pages(&ctx, &args.dir),
        Command::Check(args) => check::run(&ctx, args),
    }?;
    if ctx.files.dry_run {
        ctx.say_written();
    }
    Ok(outcome)
}
