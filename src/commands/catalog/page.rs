//! `catalog list --markdown`: what decamp knows as one page. `docs/catalog.md` is this page.

use super::super::{Context, Outcome};
use super::show::{status, word};
use crate::catalog::Catalog;
use crate::catalog::model::{ProviderKind, ProviderStatus, ServiceKind, Sourced, Status, Text};
use crate::error::Result;
use crate::plan::choose::offered;
use crate::plan::ways::{Certainty, Ways, ways};
use crate::ui::Lang;
use std::collections::BTreeMap;

/// Prints the page.
pub(super) fn run(ctx: &Context) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    let mut page = Page { catalog: &catalog, lang: ctx.ui.lang, text: String::new() };
    page.head();
    page.services();
    page.software();
    page.providers();
    page.operators();
    ctx.ui.out(&page.text)?;
    Ok(Outcome::Done)
}

struct Page<'a> {
    catalog: &'a Catalog,
    lang: Lang,
    text: String,
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

impl Page<'_> {
    fn tr<'t>(&self, en: &'t str, es: &'t str) -> &'t str {
        if self.lang == Lang::Es { es } else { en }
    }

    fn of<'t>(&self, text: &'t Text) -> &'t str {
        self.tr(&text.en, &text.es)
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn table(&mut self, title: (&str, &str), columns: &[(&str, &str)]) {
        let title = format!("\n## {}\n", self.tr(title.0, title.1));
        self.line(&title);
        let names: Vec<&str> = columns.iter().map(|(en, es)| self.tr(en, es)).collect();
        let row = format!("| {} |", names.join(" | "));
        self.line(&row);
        self.line(&format!("|{}", " --- |".repeat(columns.len())));
    }

    fn row(&mut self, cells: &[String]) {
        let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    fn head(&mut self) {
        let c = self.catalog;
        let hosted = c.services.values().filter(|s| s.value.kind == ServiceKind::Hosted).count();
        let counts = [hosted, c.services.len() - hosted, c.providers.len(), c.operators.len(), c.needs.len()];
        let [services, software, providers, operators, needs] = counts;
        let text = match self.lang {
            Lang::En => format!(
                "# What decamp knows\n\nWritten by `decamp catalog list --markdown`; a test holds that it is up to date. {services} services to leave, {software} pieces of software, {providers} destinations, {operators} operators, {needs} needs.\n\n\
                 How sure it is that a way can be gone, by its weakest part (way out, way in, offer): **verified**, by the parties' own words; **reported**, by someone else's, or old ones; **unverified**, a part stands in no source that was seen; **to be asked**, nobody has said whether it is offered. Every source, and what is lost on the way: `decamp catalog show ID`."
            ),
            Lang::Es => format!(
                "# Lo que sabe decamp\n\nLo escribe `decamp catalog list --markdown --lang es`; una prueba comprueba que esté al día. {services} servicios que se pueden dejar, {software} programas, {providers} destinos, {operators} operadores, {needs} necesidades.\n\n\
                 Qué tan seguro es un camino, según su parte más débil (salida, entrada, oferta): **comprobado**, en palabras de las propias partes; **según terceros**, en palabras ajenas o viejas; **sin comprobar**, una parte no está en ninguna fuente consultada; **por preguntar**, nadie ha dicho si se ofrece. Todas las fuentes, y qué se pierde en el camino: `decamp catalog show ID --lang es`."
            ),
        };
        self.line(&text);
    }

    fn services(&mut self) {
        self.table(
            ("Services to leave", "Servicios que se pueden dejar"),
            &[
                ("service", "servicio"),
                ("offered by", "lo ofrece"),
                ("what for, and where it can go", "para qué, y a dónde puede ir"),
            ],
        );
        let catalog = self.catalog;
        for (id, item) in catalog.services.iter().filter(|(_, s)| s.value.kind == ServiceKind::Hosted) {
            let operator = item.value.operator.as_deref().map_or("", |o| catalog.operator_name(o));
            let ended = if item.value.status == Status::Retired { self.tr(", ended", ", terminó") } else { "" };
            let needs: Vec<String> = ways(catalog, id).iter().map(|w| self.need(w)).collect();
            let name = format!("{} (`{id}`{ended})", item.value.name);
            self.row(&[name, operator.to_owned(), needs.join("<br>")]);
        }
    }

    /// `**Chat**: Zulip (json, verified), …`.
    fn need(&self, ways: &Ways) -> String {
        let name = self.of(&ways.name);
        let mut to: Vec<String> = ways
            .to
            .iter()
            .filter_map(|t| {
                let best = t.best().filter(|b| *b > Certainty::Ask)?;
                let how = match t.format.as_deref() {
                    Some("new" | "none") => self.tr("anew", "de nuevo").to_owned(),
                    Some(format) => format!("`{format}`"),
                    None => self.tr("by hand", "a mano").to_owned(),
                };
                Some(format!("{} ({how}, {})", t.name, word(self.lang, best)))
            })
            .collect();
        if to.is_empty() {
            let asked: Vec<&str> = ways.to.iter().filter(|t| !t.at.is_empty()).map(|t| t.name.as_str()).collect();
            to.push(if asked.is_empty() {
                self.tr("nothing is known: stay for now", "no se conoce nada: quedarse por ahora").to_owned()
            } else {
                format!("{} {}", self.tr("ask for", "preguntar por"), asked.join(", "))
            });
        }
        format!("**{name}**: {}", to.join(", "))
    }

    fn software(&mut self) {
        self.table(
            ("Who offers which software", "Quién ofrece qué programa"),
            &[
                ("software", "programa"),
                ("verified", "comprobado"),
                ("reported", "según terceros"),
                ("to be asked", "por preguntar"),
            ],
        );
        let catalog = self.catalog;
        for (id, item) in catalog.services.iter().filter(|(_, s)| s.value.kind == ServiceKind::Software) {
            let mut by: BTreeMap<Certainty, Vec<&str>> = BTreeMap::new();
            for provider in catalog.providers.values().map(|p| &p.value) {
                let Some(offer) = provider.offers.get(id).filter(|_| provider.status != ProviderStatus::Closed) else {
                    continue;
                };
                let sure = match offered(offer) {
                    crate::catalog::model::Answer::Yes => offer.sourced.into(),
                    crate::catalog::model::Answer::Unknown => Certainty::Ask,
                    crate::catalog::model::Answer::No => continue,
                };
                by.entry(sure).or_default().push(&provider.name);
            }
            let list = |sure| by.get(&sure).map(|names| names.join(", ")).unwrap_or_default();
            let (verified, reported, ask) =
                (list(Certainty::Verified), list(Certainty::Reported), list(Certainty::Ask));
            self.row(&[format!("{} (`{id}`)", item.value.name), verified, reported, ask]);
        }
    }

    fn providers(&mut self) {
        self.table(
            ("Destinations", "Destinos"),
            &[
                ("destination", "destino"),
                ("kind", "tipo"),
                ("where", "dónde"),
                ("new groups", "grupos nuevos"),
                ("last checked", "revisado"),
            ],
        );
        for (id, item) in &self.catalog.providers {
            let p = &item.value;
            let kind = match p.kind {
                ProviderKind::Movement => self.tr("movement", "del movimiento"),
                ProviderKind::Company => self.tr("company: only when named", "empresa: solo si se nombra"),
                ProviderKind::Own => self.tr("own machine", "máquina propia"),
            };
            let since = p.status_says.as_ref().filter(|f| f.sourced != Sourced::None).map(|f| format!(" ({})", f.date));
            let open = format!("{}{}", status(self.lang, p.status), since.unwrap_or_default());
            let name = format!("{} (`{id}`)", p.name);
            self.row(&[name, kind.to_owned(), p.countries.join(", "), open, p.last_checked.clone()]);
        }
    }

    fn operators(&mut self) {
        self.table(
            ("Operators", "Operadores"),
            &[
                ("operator", "operador"),
                ("seat", "sede"),
                ("belongs to", "pertenece a"),
                ("facts on record", "hechos documentados"),
            ],
        );
        let catalog = self.catalog;
        for (id, item) in &catalog.operators {
            let o = &item.value;
            let owner = o.owner.as_deref().map_or("", |o| catalog.operator_name(o));
            let facts = o.on_record.iter().filter(|f| f.sourced != Sourced::None).count();
            self.row(&[format!("{} (`{id}`)", o.name), o.country.clone(), owner.to_owned(), facts.to_string()]);
        }
    }
}
