//! `interview`: what evidence can't answer, asked on the terminal, on paper, or in a page that needs no internet.

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::cli::InterviewArgs;
use crate::error::{Error, Result};
use crate::render::quote::csv as cell;
use crate::ui::Lang;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

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
        (Some(file), _) => pages(ctx, &questions, "form", file)?,
        (None, Some(file)) => {
            pages(ctx, &questions, "paper", file)?;
            // The table to type the sheet into lies beside it.
            let table = file.with_file_name("answers.csv");
            if !ctx.files.exists(&table) {
                ctx.files.write(&table, &answers_csv(ctx.ui.lang, &questions, &BTreeMap::new())?)?;
            }
        }
        (None, None) => return ask(ctx, &questions),
    }
    let written: Vec<String> = ctx.files.written().iter().map(|p| ctx.files.shown(p)).collect();
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/interview/1", "files": written}))?;
    } else {
        ctx.ui.out(&(written.join("\n") + "\n"))?;
    }
    Ok(Outcome::Done)
}

/// Writes the page in both languages; nothing when one of them is there already.
fn pages(ctx: &Context, questions: &[Question], name: &str, file: &Path) -> Result<()> {
    let engine = ctx.engine()?;
    let group = if ctx.files.exists("group.yaml") {
        crate::workspace::Workspace::open(&ctx.files)?.group()?.name
    } else {
        String::new()
    };
    let rows: Vec<Value> =
        questions.iter().enumerate().map(|(n, q)| json!({"n": n + 1, "id": q.id, "ask": q.ask})).collect();
    let data = json!({"group": group, "questions": rows});
    let stem = file.file_stem().map_or_else(|| name.to_owned(), |s| s.to_string_lossy().into_owned());
    let path = |lang: Lang| file.with_file_name(lang.file(&stem, "html"));
    if let Some(there) = Lang::ALL.into_iter().map(path).find(|p| ctx.files.exists(p)).filter(|_| !ctx.force) {
        return Err(Error::input(format!("`{}` exists", there.display()))
            .hint("choose another name, or write over it with `--force`"));
    }
    let fill = |lang: Lang| engine.fill(&format!("interview/{}", lang.file(name, "html")), &data);
    let filled = Lang::ALL.into_iter().map(|lang| Ok((path(lang), fill(lang)?))).collect::<Result<Vec<_>>>()?;
    filled.iter().try_for_each(|(path, text)| ctx.files.write(path, text.as_bytes()))
}

fn answers_csv(lang: Lang, questions: &[Question], answers: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::machine(format!("could not write the answers: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["question", "answer", "asked"]).map_err(failed)?;
    for q in questions {
        let asked = if lang == Lang::Es { &q.ask.es } else { &q.ask.en };
        let answer = answers.get(&q.id).map(String::as_str).unwrap_or_default();
        writer.write_record([q.id.as_str(), &cell::text(answer), asked]).map_err(failed)?;
    }
    // What answers no question of this catalog was written by somebody, and stays.
    for (id, answer) in answers.iter().filter(|(id, _)| questions.iter().all(|q| q.id != **id)) {
        writer.write_record([cell::text(id).as_ref(), &cell::text(answer), ""]).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::machine(format!("could not write the answers: {e}")))
}

/// What was answered before, by question; two answers to one stand one after the other.
fn before(ctx: &Context) -> Result<BTreeMap<String, String>> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    if !ctx.files.exists(ANSWERS) {
        return Ok(found);
    }
    let unread =
        || Error::input("the answers can't be read").in_file(ANSWERS).hint("put the file aside, and answer anew");
    let text = ctx.files.read_text(ANSWERS, 4 * 1024 * 1024)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head: Vec<String> = reader.headers().map_err(|_| unread())?.iter().take(2).map(str::to_owned).collect();
    // Anything else would be lost when the file is written anew.
    if !crate::evidence::answers::is_answers(&head) {
        return Err(unread());
    }
    for row in reader.records() {
        let row = row.map_err(|_| unread())?;
        let [id, answer] = [0, 1].map(|n| cell::value(row.get(n).unwrap_or_default()));
        let known = found.entry(id.to_owned()).or_default();
        if !known.is_empty() && !answer.is_empty() {
            known.push_str("; ");
        }
        known.push_str(answer);
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
