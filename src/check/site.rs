//! Pages of the new site: what on them still loads from services that the group leaves.

use super::{About, Doubt, Finding, Report, State, clean, text};
use crate::catalog::model::Text;
use std::collections::BTreeSet;

/// A service that a page loads from, and what was seen of it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Hosts, and how they are used.
    pub saw: Vec<String>,
}

/// What the plan says of services.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    /// Those that are left.
    pub leaving: BTreeSet<String>,
    /// Those that stay.
    pub staying: BTreeSet<String>,
}

/// Holds a page against the plan; without one, nobody knows what may still be there.
pub fn page(url: &str, loaded: &[Loaded], others: usize, decided: &Decided) -> Report {
    let mut report = Report::default();
    let finding = |name: String, state, saw: Vec<String>, says: Option<Text>| Finding {
        about: About::Site,
        name,
        state,
        at: Some(clean(url)),
        expected: Vec::new(),
        saw,
        until: None,
        says,
    };
    let mut clear = true;
    for service in loaded.iter().filter(|s| !decided.staying.contains(&s.id)) {
        clear = false;
        let (state, says) = if decided.leaving.contains(&service.id) {
            (State::Missing, text("the page still loads from it", "la página todavía carga desde ahí"))
        } else {
            (
                State::Unknown,
                text("the plan does not say whether it may be there", "el plan no dice si puede estar ahí"),
            )
        };
        report.add(finding(service.name.clone(), state, service.saw.iter().map(|s| clean(s)).collect(), Some(says)));
    }
    if clear {
        report.add(finding(text("the page", "la página").en, State::Found, Vec::new(), None));
    }
    if others > 0 {
        let url = clean(url);
        report.notes.push(text(
            &format!("{url}: {others} more hosts that nobody could name; `inventory` lists them from a saved page"),
            &format!("{url}: {others} servidores más que nadie pudo nombrar; `inventory` los lista a partir de una página guardada"),
        ));
    }
    for (state, en, es) in [
        (State::Missing, "still loads from services that you leave", "todavía carga desde servicios que ustedes dejan"),
        (
            State::Unknown,
            "loads from services that no plan decides on",
            "carga desde servicios de los que ningún plan decide",
        ),
    ] {
        let names: Vec<&str> = report.findings.iter().filter(|f| f.state == state).map(|f| f.name.as_str()).collect();
        if !names.is_empty() {
            let (url, names) = (clean(url), names.join(", "));
            report.doubts.push(Doubt::Other(text(&format!("{url} {en}: {names}"), &format!("{url} {es}: {names}"))));
        }
    }
    report
}

/// A page that could not be looked at.
pub fn unread(url: &str, why: &Text) -> Report {
    let mut report = Report::default();
    report.add(Finding {
        about: About::Site,
        name: clean(url),
        state: State::Unknown,
        at: None,
        expected: Vec::new(),
        saw: Vec::new(),
        until: None,
        says: Some(why.clone()),
    });
    let url = clean(url);
    report.doubts.push(Doubt::Other(text(
        &format!("{url} was not looked at: {}", why.en),
        &format!("{url} no se pudo mirar: {}", why.es),
    )));
    report
}
