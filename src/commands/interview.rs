//! `interview`: what evidence can't answer, asked on the terminal, on paper, or in a page that needs no internet.

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::cli::InterviewArgs;
use crate::error::{Error, Result};
use crate::ui::Lang;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where answers lie in a workspace.
const ANSWERS: &str = "evidence/answers.csv";
/// The questions' keys in `playbooks/texts/`.
const PREFIX: &str = "interview-";

/// A question: its id (`01-mail`) and its words.
struct Question {
    id: String,
    ask: crate::catalog::model::Text,
}

fn questions(catalog: &Catalog) -> Vec<Question> {
    let all = catalog.texts.values().flat_map(|t| &t.value.texts);
    let mut found: Vec<Question> = all
        .filter_map(|(key, ask)| Some(Question { id: key.strip_prefix(PREFIX)?.to_owned(), ask: ask.clone() }))
        .collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// Runs `interview`.
pub fn run(ctx: &Context, args: &InterviewArgs) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    let questions = questions(&catalog);
    match (&args.html, &args.paper) {
        (Some(file), _) => pages(ctx, &questions, "form", file).map(|_| Outcome::Done),
        (None, Some(file)) => {
            let written = pages(ctx, &questions, "paper", file)?;
            // The table to type the sheet into lies beside it.
            let table = file.with_file_name("answers.csv");
            let blank: BTreeMap<String, String> = BTreeMap::new();
            if !ctx.files.exists(&table) {
                ctx.files.write(&table, &answers_csv(ctx.ui.lang, &questions, &blank)?)?;
            }
            let _ = written;
            Ok(Outcome::Done)
        }
        (None, None) => ask(ctx, &questions),
    }
}

/// Writes the page in both languages.
fn pages(ctx: &Context, questions: &[Question], name: &str, file: &Path) -> Result<Vec<PathBuf>> {
    let engine = ctx.engine()?;
    let group = if ctx.files.exists("group.yaml") {
        crate::workspace::Workspace::open(&ctx.files)?.group()?.name
    } else {
        String::new()
    };
    let rows: Vec<Value> =
        questions.iter().enumerate().map(|(n, q)| json!({"n": n + 1, "id": q.id, "ask": q.ask})).collect();
    let data = json!({"group": group, "questions": rows});
    let mut written = Vec::new();
    for lang in Lang::ALL {
        let template = format!("interview/{}", lang.file(name, "html"));
        let stem = file.file_stem().map_or_else(|| name.to_owned(), |s| s.to_string_lossy().into_owned());
        let path = file.with_file_name(lang.file(&stem, "html"));
        if ctx.files.exists(&path) && !ctx.force {
            return Err(Error::input(format!("`{}` exists", path.display()))
                .hint("choose another name, or write over it with `--force`"));
        }
        ctx.files.write(&path, engine.fill(&template, &data)?.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

fn answers_csv(lang: Lang, questions: &[Question], answers: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::machine(format!("could not write the answers: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["question", "answer", "asked"]).map_err(failed)?;
    for q in questions {
        let asked = if lang == Lang::Es { &q.ask.es } else { &q.ask.en };
        let answer = answers.get(&q.id).map(String::as_str).unwrap_or_default();
        writer.write_record([q.id.as_str(), answer, asked]).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::machine(format!("could not write the answers: {e}")))
}

/// What was answered before, by question.
fn before(ctx: &Context) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    if ctx.files.exists(ANSWERS) {
        let text = ctx.files.read_text(ANSWERS, 4 * 1024 * 1024)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        for row in reader.records() {
            let row = row.map_err(|_| {
                Error::input("the answers can't be read").in_file(ANSWERS).hint("put it aside, and answer anew")
            })?;
            found.insert(row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default().to_owned());
        }
    }
    Ok(found)
}

/// Asks one question after the other; an empty answer keeps what was there. What is answered is written at once.
fn ask(ctx: &Context, questions: &[Question]) -> Result<Outcome> {
    if !ctx.ui.can_ask() {
        return Err(Error::input("the interview needs a terminal")
            .hint("use `--paper FILE` for a sheet to print, or `--html FILE` for a page that works without internet"));
    }
    let mut answers = before(ctx)?;
    ctx.ui.say(ctx.tr(
        "Twenty questions. Enter leaves one out, Escape ends. Never write a password, a code or a card number.",
        "Veinte preguntas. Enter deja una sin respuesta, Escape termina. No escriban nunca una contraseña, un código ni un número de tarjeta.",
    ));
    for (n, q) in questions.iter().enumerate() {
        let asked = if ctx.ui.lang == Lang::Es { &q.ask.es } else { &q.ask.en };
        let prompt = format!("{}. {asked}", n + 1);
        let old = answers.get(&q.id).cloned().unwrap_or_default();
        let answer = inquire::Text::new(&prompt).with_initial_value(&old).prompt_skippable();
        match answer {
            Ok(Some(answer)) => {
                let clean: String = answer.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                answers.insert(q.id.clone(), clean.trim().to_owned());
                ctx.files.write(ANSWERS, &answers_csv(ctx.ui.lang, questions, &answers)?)?;
            }
            Ok(None) | Err(inquire::InquireError::OperationInterrupted | inquire::InquireError::OperationCanceled) => {
                break;
            }
            Err(e) => return Err(Error::machine(format!("the terminal can't be asked: {e}"))),
        }
    }
    ctx.ui.out(ctx.tr("Next: decamp inventory\n", "Sigue: decamp inventory\n"))?;
    Ok(Outcome::Done)
}
