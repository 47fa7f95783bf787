//! The kind `answers`: what the group said in the interview, as a table with a row an answer: `question,answer`.

use super::table::{Layout, Table, full_name, no_header, plain_name};
use super::text::{Encoding, Text};
use super::{Counts, Input, Kind, Place, Signal, Sink};
use crate::error::Result;

/// Column names of `answers.csv`, in both languages.
const QUESTION: [&str; 2] = ["question", "pregunta"];
const ANSWER: [&str; 2] = ["answer", "respuesta"];

/// Whether these are the column names of answers.
pub fn is_answers(names: &[String]) -> bool {
    let names: Vec<String> = names.iter().map(|n| plain_name(n)).collect();
    let has = |list: &[&str]| list.iter().any(|k| names.iter().any(|n| n == k));
    has(&QUESTION) && has(&ANSWER)
}

/// Whether some row answers a question of the interview, or there is no row yet: a page of questions and answers has the same
/// column names.
pub fn is_interview(head: &str, layout: Layout) -> bool {
    let mut bytes = head.as_bytes();
    let Ok((mut table, mut row)) = Table::headed(Text::new(&mut bytes, Encoding::Utf8), layout, "") else {
        return false;
    };
    let names = row.names();
    let Some(question) = names.iter().position(|n| QUESTION.contains(&n.as_str())) else { return false };
    let mut rows = 0;
    // The last row may be cut.
    while let Ok(true) = table.next_into(&mut row) {
        rows += 1;
        if is_question(row.cell(question)) {
            return true;
        }
    }
    rows == 0
}

/// Reads answers: those to questions about services name some, separated by commas or semicolons, with how many people
/// use it behind a `×` or in brackets: `Gmail (6), Zoom`.
///
/// # Errors
/// With file and line when the table is broken.
pub fn read(text: Text<'_>, layout: Layout, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let (mut table, mut row) = Table::headed(text, layout, about.path)?;
    let names = row.names();
    let find = |known: &[&str]| known.iter().find_map(|k| names.iter().position(|n| n == k));
    let (Some(question), Some(answer)) = (find(&QUESTION), find(&ANSWER)) else { return Err(no_header(about.path)) };
    let (mut answers, mut matched) = (0, 0);
    let mut counts = Counts::default();
    while table.next_into(&mut row)? {
        // A question that is spelled out is nobody's answer to the interview.
        if !is_question(row.cell(question)) || row.cell(answer).is_empty() {
            continue;
        }
        answers += 1;
        let place = Place { path: about.path, line: Some(row.line) };
        let id = row.cell(question);
        let id = if is_id(id) { id.to_ascii_lowercase() } else { String::new() };
        // Answers pasted from a terminal bring its colours along.
        let answer = anstream::adapter::strip_str(row.cell(answer)).to_string();
        if let Some(number) = number(&id).filter(|n| *n > SERVICES) {
            // Who, whose and what must be kept: that it was answered is kept, and whether one person is alone.
            counts.add(&format!("question-{number}"), 1);
            if number == SIGN_IN && alone(&answer) {
                counts.add(ALONE, 1);
            }
        }
        let parts = answer.split([',', ';', '\n', '/', '&', '+']).filter(|p| !denies(p));
        for part in parts.flat_map(|p| p.split(" and ")).flat_map(|p| p.split(" y ")) {
            let (name, accounts) = named(part);
            if name.is_empty() {
                continue;
            }
            matched += u64::from(sink.offer(Kind::Answers, place, &Signal::Said { question: &id, name, accounts }));
        }
    }
    counts.add("answers", answers);
    counts.add("matched", matched);
    Ok(counts)
}

/// The last of the interview's questions that ask for services: what comes after them asks for people, phones and duties.
pub const SERVICES: u32 = 11;
/// The question who can sign in where.
const SIGN_IN: u32 = 12;
/// What a source counts when an answer says that one person alone can sign in.
pub const ALONE: &str = "one-alone";

/// The number of a question (`04-files`).
pub fn number(question: &str) -> Option<u32> {
    question.split_once('-').and_then(|(number, _)| number.parse().ok())
}

/// Whether an answer says that only one person can: `Only Ana`, `solo yo`, `nobody else`. A name counts, "only staff" not.
fn alone(answer: &str) -> bool {
    const ONLY: [&str; 6] = ["only", "just", "solo", "sola", "solamente", "unicamente"];
    const ONE: [&str; 6] = ["one", "me", "i", "una", "un", "yo"];
    const PHRASES: [&str; 7] =
        ["nobody else", "no one else", "one person", "una persona", "nadie mas", "by myself", "all alone"];
    let plain = full_name(answer);
    let own: Vec<&str> = answer.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let follows = own.windows(2).any(|pair| {
        let (word, next) = (full_name(pair[0]), full_name(pair[1]));
        let named = pair[1].starts_with(char::is_uppercase) && pair[1].chars().any(char::is_lowercase);
        ONLY.contains(&word.as_str()) && (named || ONE.contains(&next.as_str()))
    });
    follows || PHRASES.iter().any(|p| format!(" {plain} ").contains(&format!(" {p} ")))
}

/// Words that say that something is not used, or no longer.
const NOT: [&str; 18] = [
    "no", "not", "none", "nothing", "nobody", "never", "without", "left", "stopped", "don", "nada", "nadie", "nunca",
    "ningun", "ninguno", "ninguna", "sin", "dejamos",
];

/// Whether a part of an answer says what the group does not use (`No usamos Mailchimp`, `We left Zoom in 2022`).
fn denies(part: &str) -> bool {
    plain_name(part).split(' ').any(|w| NOT.contains(&w))
}

/// Whether it may stand for a question: its id, the id without its number, or nothing.
fn is_question(id: &str) -> bool {
    id.is_empty() || is_id(id) || is_word(id)
}

/// Whether it looks like a question's id (`12-sign-in`): whatever else stands there is somebody's text, and is not kept.
fn is_id(id: &str) -> bool {
    let (number, word) = id.split_once('-').unwrap_or_default();
    number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()) && is_word(word)
}

fn is_word(word: &str) -> bool {
    (1..=24).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// `Gmail (6)` → `Gmail`, 6.
fn named(part: &str) -> (&str, Option<u64>) {
    let part = part.trim().trim_end_matches('.');
    let Some((name, rest)) = part.split_once(['(', '×']) else { return (part, None) };
    let digits: String =
        rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).take(6).collect();
    (name.trim(), digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_told() {
        for part in ["No usamos Mailchimp", "We left Zoom in 2022", "we don't have Slack", "ya no WhatsApp"] {
            assert!(denies(part), "{part}");
        }
        assert!(!denies("Notion") && !denies("PayPal and the bank") && !denies("Sindicato en Slack"));
    }

    #[test]
    fn one_person_alone_is_heard() {
        for said in ["Only Ana", "solo Ana puede entrar", "just me", "Ana, nobody else", "Una sola persona: solo yo"] {
            assert!(alone(said), "{said}");
        }
        for said in ["Ana and Bo", "only staff", "Ana y Beto, solo correo", "", "We have just moved"] {
            assert!(!alone(said), "{said}");
        }
    }

    #[test]
    fn only_an_id_is_kept_of_the_first_column() {
        assert!(is_id("12-sign-in") && is_id("01-MAIL"));
        for other in ["", "Ana", "12", "12-", "1-mail", "12-ana1", "Ana-12-mail", "12-555-0107"] {
            assert!(!is_id(other), "{other}");
        }
    }

    #[test]
    fn a_page_of_questions_is_no_interview() {
        let layout = Layout { delimiter: b',', header: 1 };
        assert!(is_interview("question,answer\n", layout));
        assert!(is_interview("question,answer\nWhere?,here\n01-mail,Gmail\n", layout));
        assert!(is_interview("answer,question\nGmail,mail\n", layout));
        assert!(!is_interview("question,answer\nHow do I donate?,Through PayPal\n", layout));
    }

    #[test]
    fn names_and_numbers() {
        assert_eq!(named(" Gmail (6 people) "), ("Gmail", Some(6)));
        assert_eq!(named("Facebook"), ("Facebook", None));
        assert_eq!(named("Zoom ×2"), ("Zoom", Some(2)));
    }
}
