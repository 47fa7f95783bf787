//! Checks the playbooks against their types and packs them, and the templates, into the binary, so that a new file is
//! noticed and starting costs no YAML parsing.
#![allow(clippy::expect_used, clippy::panic)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "src/catalog/model.rs"]
mod model;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/catalog/model.rs");
    println!("cargo::rerun-if-changed=src/catalog/model");
    println!("cargo::rerun-if-changed=playbooks");
    println!("cargo::rerun-if-changed=templates");
    let mut packed = Map::new();
    packed.insert("needs".into(), pack::<model::Need>("needs"));
    packed.insert("services".into(), pack::<model::Service>("services"));
    packed.insert("providers".into(), pack::<model::Provider>("providers"));
    packed.insert("operators".into(), pack::<model::Operator>("operators"));
    packed.insert("stages".into(), pack::<model::Stage>("stages"));
    packed.insert("conditions".into(), pack::<model::Condition>("conditions"));
    packed.insert("texts".into(), pack::<model::Texts>("texts"));
    packed.insert("ranges".into(), ranges());
    fs::write(out.join("catalog-date.txt"), newest(&packed)).expect("OUT_DIR is writable");
    fs::write(out.join("catalog.json"), Value::Object(packed).to_string()).expect("OUT_DIR is writable");
    fs::write(out.join("templates.rs"), templates()).expect("OUT_DIR is writable");
    fs::write(out.join("demo.rs"), demo()).expect("OUT_DIR is writable");
}

/// The YAML files of a folder, by stem.
fn pack<T: DeserializeOwned + Serialize>(folder: &str) -> Value {
    let mut items = Map::new();
    for path in files(&Path::new("playbooks").join(folder), "yaml") {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let options = serde_yaml::options! { strict_booleans: true };
        let item: T =
            serde_yaml::from_str_with_options(&text, options).unwrap_or_else(|e| panic!("[{}]\n{e}", path.display()));
        items.insert(stem(&path), serde_json::to_value(item).unwrap_or_else(|e| panic!("[{}] {e}", path.display())));
    }
    Value::Object(items)
}

/// The newest `last_checked`: the catalog's date.
fn newest(packed: &Map<String, Value>) -> String {
    let items = ["services", "providers", "operators"].into_iter().filter_map(|f| packed[f].as_object());
    let dates = items.flat_map(|m| m.values()).filter_map(|i| i["last_checked"].as_str());
    dates.max().unwrap_or_default().to_owned()
}

/// The address ranges: service → lines without comments.
fn ranges() -> Value {
    let mut items = Map::new();
    for path in files(Path::new("playbooks/ranges"), "txt") {
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        items.insert(stem(&path), Value::String(text));
    }
    Value::Object(items)
}

/// `pub static TEMPLATES: &[(&str, &str)]`, by path below `templates/` without `.hbs`; `PLAIN`, the same of other files.
fn templates() -> String {
    let root = fs::canonicalize("templates").expect("templates/ is there");
    let mut code = String::from(
        "/// Path below `templates/` without `.hbs`, and text.\npub static TEMPLATES: &[(&str, &str)] = &[\n",
    );
    for path in files(&root, "hbs") {
        let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().replace('\\', "/");
        let name = name.trim_end_matches(".hbs");
        writeln!(code, "    ({name:?}, include_str!({:?})),", path.to_string_lossy()).expect("a string grows");
    }
    code.push_str("];\n");
    code.push_str(
        "/// Files that are written as they are: path below `templates/`, and text.\npub static PLAIN: &[(&str, &str)] = &[\n",
    );
    for path in files(&root, "") {
        let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().replace('\\', "/");
        // The practice group's files are no templates; a file without a folder is the folder's own README.
        if !name.ends_with(".hbs") && name.contains('/') && !name.starts_with("demo/") {
            writeln!(code, "    ({name:?}, include_str!({:?})),", path.to_string_lossy()).expect("a string grows");
        }
    }
    code.push_str("];\n");
    code
}

/// `static DEMO: &[(&str, &[u8])]`: the practice group's files, by path in its workspace.
fn demo() -> String {
    let root = fs::canonicalize("templates/demo").expect("templates/demo/ is there");
    let mut code =
        String::from("/// The practice group's files, by path in its workspace.\nstatic DEMO: &[(&str, &[u8])] = &[\n");
    for path in files(&root, "") {
        if path.extension().is_some_and(|e| e == "hbs") {
            continue;
        }
        let name = path.strip_prefix(&root).expect("it lies below").to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy()).expect("a string grows");
    }
    code.push_str("];\n");
    code
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("it has a name").to_string_lossy().into_owned()
}

/// The files below `folder` that end in `ext` (empty: all), sorted.
fn files(folder: &Path, ext: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                stack.push(path);
            } else if ext.is_empty() || path.extension().is_some_and(|e| e == ext) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
