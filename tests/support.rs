//! Runs the real binary in a temporary folder of its own, and takes down all that it did.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a hostile input may take: five seconds of the program that people get; one for debugging is slower.
pub const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 });

/// How long a run may take at all.
const HANGS: Duration = Duration::from_secs(60);

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program that a test can't do without. A test never skips.
pub fn need(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|d| d.join(program))
        .find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("`{program}` is missing; install it: .ci/run does"))
}

/// A folder to work in, with another beside it that nothing may touch.
#[derive(Debug)]
pub struct Bench {
    temp: tempfile::TempDir,
}

/// What one run did.
#[derive(Debug, Clone)]
pub struct Ran {
    pub args: Vec<String>,
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Bench {
    /// An empty one.
    pub fn new() -> Self {
        let temp = tempfile::Builder::new().prefix("decamp-test-").tempdir().unwrap();
        for dir in ["work", "canary/deep", "home"] {
            fs::create_dir_all(temp.path().join(dir)).unwrap();
        }
        fs::write(temp.path().join("canary/deep/bird"), "alive").unwrap();
        Self { temp }
    }

    /// One with a workspace for the made-up group.
    pub fn group(domains: &str) -> Self {
        Self::new().file("group.yaml", format!("name: Casa Abierta\ncountry: US\ndomains: [{domains}]\npeople: 14\nwishes: {{providers: [may-first]}}\n"))
    }

    /// The folder in which the binary runs.
    pub fn dir(&self) -> PathBuf {
        self.temp.path().join("work")
    }

    /// The folder around it: canary and home too.
    pub fn top(&self) -> &Path {
        self.temp.path()
    }

    /// Puts a file there.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.put(path, content);
        self
    }

    /// The same, later.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.dir().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A file's text.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Whether there is something.
    pub fn has(&self, path: &str) -> bool {
        self.dir().join(path).symlink_metadata().is_ok()
    }

    /// The binary, ready to run here on 1 December 2026.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_decamp"));
        self.settle(&mut command);
        command.args(args);
        command
    }

    /// Makes a command run here, with nothing of the outer environment but the search path.
    pub fn settle(&self, command: &mut Command) {
        command.current_dir(self.dir()).env_clear().env("HOME", self.top().join("home"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // 2026-12-01T00:00:00Z
        command.env("SOURCE_DATE_EPOCH", "1796083200");
    }

    /// Runs the binary.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs the binary with `stdin`.
    pub fn run_with(&self, args: &[&str], stdin: &[u8]) -> Ran {
        finish(self.command(args), stdin, args)
    }

    /// All that lies here: path → mode and content.
    pub fn tree(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        tree(self.top())
    }

    /// `text` without what differs from machine to machine.
    pub fn scrub(&self, text: &str) -> String {
        scrub(&text.replace(self.top().to_str().unwrap(), "[TOP]"))
    }

    /// The inventory of `paths`, as JSON, without a file.
    pub fn inventory(&self, paths: &[&str]) -> Value {
        let args: Vec<&str> = ["inventory"].iter().chain(paths).chain(&["-o", "-", "--json"]).copied().collect();
        self.run(&args).ok().json()
    }
}

/// Runs a command to its end.
pub fn finish(mut command: Command, stdin: &[u8], args: &[&str]) -> Ran {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // From a thread: both sides may fill their pipes. A reader that stops early is its own affair.
    let feeder = std::thread::spawn(move || drop(input.write_all(&bytes)));
    // What hangs is ended, so that the test fails and says so.
    let id = child.id().to_string();
    let (ended, wait) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if wait.recv_timeout(HANGS) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-9", &id]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    guard.join().unwrap();
    feeder.join().unwrap();
    let ran = Ran {
        args: args.iter().map(|a| (*a).to_owned()).collect(),
        exit: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        took: start.elapsed(),
    };
    assert!(!ran.stderr.contains("panicked"), "a panic: {ran}");
    ran
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |t: &str| t.chars().take(4000).collect::<String>();
        write!(
            f,
            "decamp {}\nexit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.args.join(" "),
            self.exit,
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}

impl Ran {
    /// It must have ended so.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.exit, Some(code), "{self}");
        self
    }

    /// It must have ended well.
    pub fn ok(self) -> Self {
        self.exits(0)
    }

    /// Its result as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self}"))
    }

    /// Something must stand in stderr.
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not said: {self}");
        self
    }

    /// And then another, when it ended well.
    pub fn and(self, then: impl FnOnce() -> Self) -> Self {
        self.ok();
        then()
    }

    /// Both streams.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// All below a folder: path → mode and content (a link's target).
pub fn tree(top: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = BTreeMap::new();
    let mut stack = vec![top.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let content = if meta.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if meta.is_dir() {
                stack.push(path.clone());
                Vec::new()
            } else if meta.is_file() {
                fs::read(&path).unwrap()
            } else {
                b"special".to_vec()
            };
            let name = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
            found.insert(name, (meta.permissions().mode() & 0o7777, content));
        }
    }
    found
}

/// Replaces versions, hashes, keys and this repository's place.
pub fn scrub(text: &str) -> String {
    let text = text.replace(repository().to_str().unwrap(), "[REPOSITORY]");
    let text = text.replace(&format!("decamp {}", env!("CARGO_PKG_VERSION")), "decamp [VERSION]");
    let mut out = String::new();
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let hex = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
        let key = bare.starts_with("age1") && bare.len() > 50;
        out.push_str(&if hex {
            word.replace(bare, "[SHA256]")
        } else if key {
            word.replace(bare, "[RECIPIENT]")
        } else {
            word.to_owned()
        });
    }
    out
}

/// The ids of an inventory's services that are at least this sure (`hint`, `likely`, `certain`).
pub fn ids(inventory: &Value, at_least: &str) -> Vec<String> {
    let rank = |c: &str| ["hint", "likely", "certain"].iter().position(|x| *x == c).unwrap();
    let services = inventory["services"].as_array().unwrap();
    let sure = services.iter().filter(|s| rank(s["confidence"].as_str().unwrap()) >= rank(at_least));
    sure.map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

/// One service of an inventory.
pub fn service<'v>(inventory: &'v Value, id: &str) -> &'v Value {
    let services = inventory["services"].as_array().unwrap();
    services
        .iter()
        .find(|s| s["id"] == id)
        .unwrap_or_else(|| panic!("`{id}` was not found: {:?}", ids(inventory, "hint")))
}

/// What nobody recognised, as `source saw`, sorted.
pub fn unrecognized(inventory: &Value) -> Vec<String> {
    let all = inventory["unrecognized"].as_array().unwrap();
    let mut found: Vec<String> =
        all.iter().map(|u| format!("{} {}", u["source"].as_str().unwrap(), u["saw"].as_str().unwrap())).collect();
    found.sort();
    found
}

/// A zip of `members`, stored.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zone of the made-up group with these records.
pub fn zone(records: &str) -> String {
    format!(
        "$ORIGIN casaabierta.example.\n$TTL 3600\n@ IN SOA ns.casaabierta.example. root.casaabierta.example. 1 7200 900 1209600 300\n@ IN NS ns.casaabierta.example.\n{records}"
    )
}

/// Line of the first record that is put into [`zone`].
pub const FIRST: usize = 5;
