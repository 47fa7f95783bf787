//! Walks what was named, and hands each file to its reader.

use crate::catalog::index::Index;
use crate::cli::InventoryArgs;
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::evidence::archive::Pack;
use crate::evidence::exports::Shapes;
use crate::evidence::mail::{Mailbox, is_letter};
use crate::evidence::read::{Outcome, offer_export, read_file, read_stream};
use crate::evidence::{Counts, Input, Kind, Place, Signal, Sink, zone};
use crate::files::Files;
use crate::inventory::collect::Collector;
use crate::inventory::{Source, ZoneRef};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// The most files of one run.
const MOST: usize = 100_000;

/// What was read so far.
pub(super) struct Read<'a> {
    ctx: &'a Context,
    files: &'a Files,
    domains: &'a [String],
    shapes: &'a Shapes,
    show_unmatched: bool,
    /// The files.
    pub(super) sources: Vec<Source>,
    /// The zones.
    pub(super) zones: Vec<ZoneRef>,
}

/// Shows on the terminal what no fingerprint matched; nothing of it is kept.
struct Showing<'s, 'c> {
    inner: &'s mut Collector<'c>,
    ctx: &'s Context,
}

impl Sink for Showing<'_, '_> {
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        let known = self.inner.offer(kind, place, signal);
        if !known {
            let what = match signal {
                Signal::Payee { payee, .. } => Some((*payee).to_owned()),
                Signal::Login { host } => Some((*host).to_owned()),
                _ => None,
            };
            if let Some(what) = what {
                self.ctx.ui.say(&format!("{place}: {what}"));
            }
        }
        known
    }
}

/// Calls what was asked for over the network by its kind: the records of a resolver's answers, a page of the site.
struct AsLive<'s>(&'s mut dyn Sink);

impl Sink for AsLive<'_> {
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        self.0.offer(live(kind), place, signal)
    }
}

/// The kind of what was asked for over the network.
fn live(kind: Kind) -> Kind {
    match kind {
        Kind::Zone => Kind::Dns,
        Kind::Html => Kind::Site,
        other => other,
    }
}

impl<'a> Read<'a> {
    /// Nothing read yet.
    pub(super) fn new(
        ctx: &'a Context,
        files: &'a Files,
        domains: &'a [String],
        shapes: &'a Shapes,
        show_unmatched: bool,
    ) -> Self {
        // What nobody matched are people: it goes to a terminal, never into a file.
        let show_unmatched = show_unmatched && ctx.ui.can_ask();
        Self { ctx, files, domains, shapes, show_unmatched, sources: Vec::new(), zones: Vec::new() }
    }

    /// Reads a file, a folder, or stdin (`-`).
    pub(super) fn path(&mut self, path: &Path, collector: &mut Collector<'_>) -> Result<()> {
        if path == Path::new("-") {
            let stdin = std::io::stdin();
            let mut input = BufReader::new(stdin.lock());
            let about = self.about("-", true);
            let outcome = with_sink(self.ctx, self.show_unmatched, collector, |sink| {
                read_stream(&mut input, &about, sink, &zone::no_include)
            })?;
            if let Some(seen) = outcome.export.as_ref() {
                offer_export(outcome.kind, "-", seen, collector);
            }
            self.take("-".to_owned(), outcome);
            return Ok(());
        }
        let named = self.files.path(path).is_file();
        let hidden = |f: &PathBuf| f.file_name().is_some_and(|n| n.to_string_lossy().starts_with(".decamp-"));
        let walked = self.files.walk_all(path, MOST)?;
        let files: Vec<PathBuf> = walked.files.into_iter().filter(|f| !hidden(f)).collect();
        for (other, why) in walked.others {
            let shown = self.files.shown(&other);
            let outcome = passed_over(&shown, why);
            self.take(shown, outcome);
        }
        let together = Together::of(&files);
        for (root, letters) in &together.maildirs {
            self.maildir(root, letters, collector)?;
        }
        for root in &together.packs {
            self.pack(root, files.iter().filter(|f| together.pack_of(f) == Some(root)), collector)?;
        }
        for file in files.iter().filter(|f| !together.holds(f)) {
            for (path, outcome) in self.read(file, &self.files.shown(file), named, collector)? {
                if let Some(seen) = outcome.export.as_ref() {
                    offer_export(outcome.kind, &path, seen, collector);
                }
                self.take(path, outcome);
            }
        }
        Ok(())
    }

    fn about<'p>(&self, path: &'p str, named: bool) -> Input<'p>
    where
        'a: 'p,
    {
        Input { path, domains: self.domains, shapes: self.shapes, named }
    }

    /// Reads one file.
    fn read(
        &self,
        file: &Path,
        shown: &str,
        named: bool,
        collector: &mut Collector<'_>,
    ) -> Result<Vec<(String, Outcome)>> {
        let input = match self.files.open(file) {
            // One file that may not be read doesn't stop the rest, unless it was asked for.
            Err(e) if !named && self.files.is_denied(file) => {
                return Ok(vec![(shown.to_owned(), passed_over(shown, e))]);
            }
            input => input?,
        };
        let about = self.about(shown, named);
        let folder = file.parent().unwrap_or(Path::new(".")).to_path_buf();
        let files = self.files;
        let include = move |name: &str| included(files, &folder, name);
        let live = is_live(shown);
        with_sink(self.ctx, self.show_unmatched, collector, |sink| {
            if live {
                return read_file(input.into_inner(), &about, &mut AsLive(sink), &include);
            }
            read_file(input.into_inner(), &about, sink, &include)
        })
    }

    /// Reads a mailbox that has a file a letter: one source, however many there are.
    fn maildir(&mut self, root: &Path, letters: &[PathBuf], collector: &mut Collector<'_>) -> Result<()> {
        let shown = self.files.shown(root);
        let about = self.about(&shown, true);
        let done = with_sink(self.ctx, self.show_unmatched, collector, |sink| {
            let mut mailbox = Mailbox::new(Kind::Maildir);
            for letter in letters {
                match self.files.open(letter) {
                    Ok(file) => mailbox.file(&mut BufReader::new(file.into_inner()), &about, sink)?,
                    Err(_) if self.files.is_denied(letter) => mailbox.broken(),
                    Err(e) => return Err(e),
                }
            }
            Ok(mailbox.done(&about, sink))
        })?;
        self.take(shown, done);
        Ok(())
    }

    /// Reads an unpacked export: one source, however many files it has.
    fn pack<'f>(
        &mut self,
        root: &Path,
        files: impl Iterator<Item = &'f PathBuf>,
        collector: &mut Collector<'_>,
    ) -> Result<()> {
        let mut pack = Pack::new(&self.files.shown(root));
        for file in files {
            let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
            if pack.wants(&name) {
                for (path, outcome) in self.read(file, &self.files.shown(file), false, collector)? {
                    pack.add(path, outcome);
                }
            }
        }
        let mut all = Vec::new();
        let shown = self.files.shown(root);
        let about = self.about(&shown, false);
        with_sink(self.ctx, self.show_unmatched, collector, |sink| {
            pack.finish(&about, sink, &mut all);
            Ok(())
        })?;
        for (path, outcome) in all {
            self.take(path, outcome);
        }
        Ok(())
    }

    /// Reads the answers of a resolver.
    pub(super) fn answers(&mut self, path: &str, zone: &str, collector: &mut Collector<'_>) -> Result<()> {
        let about = self.about(path, true);
        let outcome = read_stream(&mut zone.as_bytes(), &about, &mut AsLive(collector), &zone::no_include)?;
        self.take(path.to_owned(), outcome);
        Ok(())
    }

    /// Reads a page of the site.
    pub(super) fn page(&mut self, path: &str, page: &[u8], collector: &mut Collector<'_>) -> Result<()> {
        let about = self.about(path, true);
        let outcome = read_stream(&mut &*page, &about, &mut AsLive(collector), &zone::no_include)?;
        self.take(path.to_owned(), outcome);
        Ok(())
    }

    fn take(&mut self, path: String, outcome: Outcome) {
        let Outcome { mut kind, counts, reason, damage, zones, sha256, .. } = outcome;
        // What leaves the team names no file; the inventory tells that one is damaged.
        if let Some(damage) = damage.filter(|_| !self.ctx.redact) {
            self.ctx.ui.warn(&damage.to_string());
        }
        let is_live = is_live(&path);
        if is_live {
            kind = live(kind);
        }
        for (zone, complete) in zones {
            if let Some(sha256) = &sha256 {
                let (domain, source, complete) = (zone.name, path.clone(), complete && !is_live);
                self.zones.push(ZoneRef { domain, source, sha256: sha256.clone(), complete });
            }
        }
        if !self.ctx.redact {
            self.ctx.ui.detail(&format!("{path}: {}", kind.id()));
        }
        self.sources.push(Source { path, kind, care: kind.care(), reason, counts: counts.0 });
    }
}

/// What is not read, with the reason.
fn passed_over(shown: &str, why: Error) -> Outcome {
    let why = Error { at: None, ..why }.in_file(shown);
    Outcome::with_damage(Kind::Unknown, Counts::default(), Some(why))
}

/// Files that are one thing together: the letters of a Maildir, the files of an unpacked export.
#[derive(Debug, Default)]
struct Together {
    maildirs: BTreeMap<PathBuf, Vec<PathBuf>>,
    packs: BTreeSet<PathBuf>,
}

impl Together {
    fn of(files: &[PathBuf]) -> Self {
        let mut found = Self::default();
        for file in files {
            if let Some(root) = maildir_of(file) {
                found.maildirs.entry(root).or_default().push(file.clone());
            } else if file.file_name().is_some_and(|n| n == "channels.json") {
                found.packs.extend(file.parent().map(Path::to_path_buf));
            } else if let Some(takeout) =
                file.ancestors().skip(1).find(|d| d.file_name().is_some_and(|n| n == "Takeout"))
            {
                found.packs.extend(takeout.parent().map(Path::to_path_buf));
            }
        }
        found
    }

    fn pack_of(&self, file: &Path) -> Option<&PathBuf> {
        file.ancestors().find_map(|d| self.packs.get(d))
    }

    fn holds(&self, file: &Path) -> bool {
        // What a server keeps beside the letters (indexes, subscriptions) says nothing.
        let beside = file.parent().is_some_and(|d| self.maildirs.contains_key(d));
        beside || self.pack_of(file).is_some() || maildir_of(file).is_some_and(|root| self.maildirs.contains_key(&root))
    }
}

/// `Maildir/cur/FILE` → `Maildir`.
fn maildir_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let (name, letter) = (folder.file_name()?.to_string_lossy(), file.file_name()?.to_string_lossy());
    is_letter(&name, &letter).then(|| folder.parent().map(Path::to_path_buf)).flatten()
}

/// `evidence/dns/DOMAIN.zone` and `evidence/site/PAGE.html`: what `--dns` and `--site` save; no zone among it is whole.
fn is_live(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
    ["evidence/dns", "evidence/site"]
        .iter()
        .any(|f| folder == *f || folder.strip_suffix(f).is_some_and(|b| b.ends_with('/')))
}

fn with_sink<T>(
    ctx: &Context,
    show: bool,
    collector: &mut Collector<'_>,
    read: impl FnOnce(&mut dyn Sink) -> Result<T>,
) -> Result<T> {
    if show { read(&mut Showing { inner: collector, ctx }) } else { read(collector) }
}

/// Opens what a zone includes: only below the zone's own folder, links resolved.
pub fn included(files: &Files, folder: &Path, name: &str) -> Result<(String, Vec<u8>)> {
    let outside = || {
        Error::input(format!("the zone includes `{}`, which lies outside its folder", crate::ui::printable(name)))
            .hint("copy the included file beside the zone, and look at what it is first")
    };
    let wanted = Path::new(name);
    let plain =
        wanted.components().all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if wanted.is_absolute() || !plain {
        return Err(outside());
    }
    let path = folder.join(wanted);
    let real = path.canonicalize().map_err(|e| Error::io("read", &path, &e))?;
    let root = folder.canonicalize().map_err(|e| Error::io("read", folder, &e))?;
    if !real.starts_with(&root) {
        return Err(outside());
    }
    let bytes = files.read(&real, crate::evidence::zone::LONGEST)?;
    Ok((files.shown(&path), bytes))
}

/// Asks a resolver about a domain: where the answers are kept as evidence, and the answers as a zone.
pub(super) fn ask(ctx: &Context, index: &Index, domain: &str, args: &InventoryArgs) -> Result<(String, String)> {
    let clean = domain.trim().trim_end_matches('.').to_ascii_lowercase();
    if !crate::group::is_domain(&clean) {
        return Err(Error::input(format!("`{domain}` is not a domain")).hint("write it as casaabierta.example"));
    }
    let names: Vec<String> = index.asked().into_iter().collect();
    ctx.ui.say(&format!(
        "{} {clean}: {} {}",
        ctx.tr("asking a resolver about", "preguntando a un servidor DNS por"),
        names.len(),
        ctx.tr("names", "nombres")
    ));
    if !ctx.redact {
        ctx.ui.detail(&names.join(" "));
    }
    let found = crate::net::dns::look_up(&clean, &names, args.resolver)?;
    for name in found.unknown.iter().filter(|_| !ctx.redact) {
        ctx.ui.warn(&format!("{}: {name}", ctx.tr("no answer, so unknown", "sin respuesta, así que no se sabe")));
    }
    Ok((format!("evidence/dns/{clean}.zone"), found.zone))
}
