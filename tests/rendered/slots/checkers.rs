//! The programs that read the files, or check them: one run over all outputs of a template.

use super::super::programs::mbsync;
use super::*;
use std::fmt::Write as _;

/// How many files go to a checker that needs long for each; the others have the same structure, value for value.
const SOME: usize = 4;

/// A place has one value, so that a key comes as often as it does.
const LINT: &str = "{extends: default, rules: {line-length: disable, key-duplicates: disable}}";

/// What the program of a syntax says against the files; nothing when it is content.
pub(super) fn check(bench: &Bench, kind: &str, paths: &[String]) -> Option<String> {
    let some = &paths[..paths.len().min(if std::env::var_os("DECAMP_LONG").is_some() { usize::MAX } else { SOME })];
    match kind {
        // Values that look like commands are meant to stay in single quotes.
        "sh" => run(bench, "shellcheck", &["--shell=sh", "--severity=warning", "--exclude=SC2016,SC2089,SC2090"], some),
        "yaml" => run(bench, "yamllint", &["-d", LINT], paths),
        "xml" => run(bench, "xmllint", &["--noout", "--nonet"], paths),
        "vdirsyncer" => {
            some.iter().find_map(|path| bad(program(bench, "vdirsyncer", &["-c", path, "showconfig"]), path))
        }
        "mbsync" => paths.iter().find_map(|path| bad(mbsync(bench, path), path)),
        "nginx" => {
            let dir = bench.dir().display().to_string();
            let servers = paths.iter().enumerate().fold(String::new(), |mut t, (n, path)| {
                let _ = writeln!(t, "server {{ listen unix:{dir}/{n}.sock; include \"{dir}/{path}\"; }}");
                t
            });
            let temp =
                ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].iter().fold(String::new(), |mut t, kind| {
                    let _ = writeln!(t, "{kind}_temp_path {dir}/tmp-{kind};");
                    t
                });
            bench.put("nginx.conf", format!("daemon off;\npid {dir}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temp}{servers}}}\n"));
            bad(program(bench, "nginx", &["-t", "-p", &dir, "-e", "stderr", "-c", &format!("{dir}/nginx.conf")]), "all")
        }
        "apache" => {
            let dir = bench.dir().display().to_string();
            let modules = ["mpm_event", "authz_core", "rewrite"]
                .map(|m| format!("LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"))
                .concat();
            let folders = paths.iter().enumerate().fold(String::new(), |mut t, (n, path)| {
                let _ = writeln!(t, "<Directory \"/{n}\">\nInclude \"{dir}/{path}\"\n</Directory>");
                t
            });
            bench.put("apache.conf", format!("ServerRoot {dir}\nErrorLog {dir}/log\nPidFile {dir}/pid\nListen 127.0.0.1:9\nServerName x\n{modules}{folders}"));
            bad(program(bench, "apache2", &["-t", "-f", &format!("{dir}/apache.conf")]), "all")
        }
        "csv" => spreadsheet::check(bench, paths),
        _ => None,
    }
}

fn run(bench: &Bench, name: &str, args: &[&str], paths: &[String]) -> Option<String> {
    let args: Vec<&str> = args.iter().copied().chain(paths.iter().map(String::as_str)).collect();
    bad(program(bench, name, &args), name)
}

fn bad((good, said): (bool, String), about: &str) -> Option<String> {
    (!good).then(|| format!("{about}: {}", said.chars().take(1500).collect::<String>()))
}
