//! `catalog show ID`: an item with its sources; of a service also where each of its needs can go, and what is lost.

use super::super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::backed::backed;
use crate::catalog::model::{
    Answer, Fingerprint, ProviderKind, ProviderStatus, Sees, Service, ServiceKind, Sourced, Text, What,
};
use crate::error::{Error, Result, did_you_mean};
use crate::plan::ways::{At, Certainty, Target, Way, Ways, ways};
use crate::ui::Lang;
use serde_json::{Value, json};

/// Shows an item.
pub(super) fn run(ctx: &Context, id: &str) -> Result<Outcome> {
    let c = ctx.catalog()?;
    let (folder, id) = id.split_once('/').map_or((None, id), |(f, i)| (Some(f), i));
    let mut found = Vec::new();
    let mut put = |name: &str, value: Option<(Value, &str)>| {
        if let Some((value, layer)) = value.filter(|_| folder.is_none_or(|f| f == name)) {
            found.push(json!({"folder": name, "id": id, "layer": layer, "item": backed(value)}));
        }
    };
    put("services", c.services.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("providers", c.providers.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("operators", c.operators.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("needs", c.needs.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("stages", c.stages.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("conditions", c.conditions.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    put("texts", c.texts.get(id).map(|i| (json!(i.value), i.layer.as_str())));
    if found.is_empty() {
        let mut e = Error::input(format!("the catalog has no item `{id}`"));
        let known = c.services.keys().chain(c.providers.keys()).chain(c.operators.keys()).chain(c.needs.keys());
        if let Some(near) = did_you_mean(id, known.map(String::as_str)) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e.hint("`decamp catalog list` shows them"));
    }
    for item in found.iter_mut().filter(|i| i["folder"] == "services") {
        item["ways"] = json!(ways(&c, id));
    }
    if ctx.ui.json {
        ctx.ui.out_json(&json!({"schema": "decamp/catalog-item/1", "items": found}))?;
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for item in &found {
        let (folder, layer) = (item["folder"].as_str().unwrap_or_default(), item["layer"].as_str().unwrap_or_default());
        text.push_str(&format!("# {folder}/{id} ({layer})\n"));
        match c.service(id).filter(|s| folder == "services" && s.kind == ServiceKind::Hosted) {
            Some(service) => Page { ctx, catalog: &c, text: &mut text }.service(id, service),
            None => text.push_str(&crate::yaml::to_string(&item["item"])?),
        }
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}

struct Page<'a> {
    ctx: &'a Context,
    catalog: &'a Catalog,
    text: &'a mut String,
}

impl Page<'_> {
    fn tr<'t>(&self, en: &'t str, es: &'t str) -> &'t str {
        self.ctx.tr(en, es)
    }

    fn of<'t>(&self, text: &'t Text) -> &'t str {
        match self.ctx.ui.lang {
            Lang::En => &text.en,
            Lang::Es => &text.es,
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&format!("{:indent$}{text}\n", ""));
    }

    fn head(&mut self, en: &str, es: &str) {
        self.text.push('\n');
        let head = self.tr(en, es).to_owned();
        self.line(0, &head);
    }

    fn list(&mut self, en: &str, es: &str, items: &[Text]) {
        if !items.is_empty() {
            self.head(en, es);
            for item in items {
                let item = format!("- {}", self.of(item));
                self.line(2, &item);
            }
        }
    }

    fn service(&mut self, id: &str, service: &Service) {
        let operator = service.operator.as_deref().map(|o| {
            let country = self.catalog.operator(o).map_or("", |o| o.country.as_str());
            let name = self.catalog.operator_name(o);
            if country.is_empty() { name.to_owned() } else { format!("{name} ({country})") }
        });
        let by = self.tr("offered by", "lo ofrece");
        self.line(0, &format!("{} · {by} {}", service.name, operator.as_deref().unwrap_or("?")));
        let checked = self.tr("last checked", "revisado");
        self.line(0, &format!("{} · {checked} {}", service.homepage, service.last_checked));
        if let Some(retired) = &service.retired {
            let word = self.tr("Ended", "Terminó");
            let line = format!("{word} ({}): {}", retired.since, self.of(&retired.reason));
            self.line(0, &line);
        }
        self.hosts(service);
        self.signs(service);
        self.head("Where it can go", "A dónde puede ir");
        for way in ways(self.catalog, id) {
            self.need(&way);
        }
        self.list("How the account is closed", "Cómo se cierra la cuenta", &service.close);
        self.list("What ends with it", "Qué termina con ella", &service.dies_with_it);
        self.list("To reduce what it knows", "Para que sepa menos", service.reduce.as_slice());
    }

    fn hosts(&mut self, service: &Service) {
        let backed: Vec<_> = service.hosts.iter().filter(|h| h.sourced != Sourced::None).collect();
        self.head("Whose machines", "En las máquinas de quién");
        if backed.is_empty() {
            let line = self.tr(
                "No source that was seen says on whose machines it stands.",
                "Ninguna fuente consultada dice en las máquinas de quién está.",
            );
            self.line(2, line);
        }
        for host in backed {
            let what = match host.what {
                What::Data => self.tr("data", "datos"),
                What::Files => self.tr("files", "archivos"),
                What::Scripts => self.tr("scripts", "scripts"),
                What::Mail => self.tr("mail", "correo"),
                What::Dns => "DNS",
            };
            let sees = match host.sees {
                Sees::Content => self.tr("can read the content", "puede leer el contenido"),
                Sees::Metadata => self.tr("sees who and when", "ve quién y cuándo"),
                Sees::Ciphertext => self.tr("sees only ciphertext", "solo ve datos cifrados"),
            };
            let name = self.catalog.operator_name(&host.operator);
            let said = self.said(host.sourced, &host.date, &host.source);
            let line = format!("- {name} ({what}; {sees}): {} {said}", self.of(&host.says));
            self.line(2, &line);
        }
    }

    /// `[verified, 2026-11, https://…]`.
    fn said(&self, sourced: Sourced, date: &str, source: &str) -> String {
        format!("[{}, {date}, {source}]", self.word(sourced.into()))
    }

    fn word(&self, certainty: Certainty) -> &'static str {
        word(self.ctx.ui.lang, certainty)
    }

    fn signs(&mut self, service: &Service) {
        self.head("How it shows in evidence", "Cómo se nota en la evidencia");
        for f in service.fingerprints.iter().filter(|f| f.sourced != Sourced::None) {
            let said = self.said(f.sourced, &f.date, &f.source);
            let line = format!("- {} {said}", patterns(f));
            self.line(2, &line);
            if let Some(remark) = &f.remark {
                let remark = self.of(remark).to_owned();
                self.line(4, &remark);
            }
        }
    }

    fn need(&mut self, ways: &Ways) {
        self.text.push('\n');
        let name = self.of(&ways.name).to_owned();
        self.line(2, &format!("{name} ({})", ways.need));
        if ways.starts_anew {
            let line = self.tr("Nothing to carry: it starts anew.", "No hay nada que llevar: se empieza de nuevo.");
            self.line(4, line);
        } else if ways.out.is_empty() {
            let line = self.tr(
                "Way out: none is known. What is to be kept is copied by hand.",
                "Salida: no se conoce ninguna. Lo que se quiera conservar se copia a mano.",
            );
            self.line(4, line);
        }
        for way in ways.out.iter().filter(|w| w.format != "new" && w.format != "none") {
            let word = self.tr("Way out", "Salida");
            let line = format!("{word}: {} {}", way.format, self.way_said(way));
            self.line(4, &line);
            self.losses(6, way);
        }
        let reached: Vec<&Target> = ways.to.iter().filter(|t| !t.at.is_empty()).collect();
        for target in &reached {
            self.target(target);
        }
        let alone: Vec<&str> = ways.to.iter().filter(|t| t.at.is_empty()).map(|t| t.name.as_str()).collect();
        if !alone.is_empty() {
            let word =
                self.tr("Nobody in the catalog is known to offer", "De nadie en el catálogo se sabe que ofrezca");
            self.line(4, &format!("{word}: {}", alone.join(", ")));
        }
        if !reached.iter().any(|t| t.best() > Some(Certainty::Ask)) {
            let line = self.tr(
                "Nothing is known that takes its place for sure: staying for now is a good answer.",
                "No se conoce nada que lo sustituya con seguridad: quedarse por ahora es una buena respuesta.",
            );
            self.line(4, line);
        }
        if let Some(stay) = &ways.stay {
            let stay = self.of(stay).to_owned();
            self.line(4, &stay);
        }
    }

    fn way_said(&self, way: &Way) -> String {
        if way.source.is_empty() {
            return format!("[{}]", self.word(way.certainty));
        }
        format!("[{}, {}, {}]", self.word(way.certainty), way.date, way.source)
    }

    /// What does not come along, and limits.
    fn losses(&mut self, indent: usize, way: &Way) {
        let (lost, limits) = (self.tr("Is lost", "Se pierde"), self.tr("Limits", "Límites"));
        for (word, text) in [(lost, &way.missing), (limits, &way.limits)] {
            if let Some(text) = text {
                let line = format!("{word}: {}", self.of(text));
                self.line(indent, &line);
            }
        }
        if let Some(days) = way.wait_days.filter(|d| *d > 0) {
            let line = match self.ctx.ui.lang {
                Lang::En => format!("Takes up to {days} days."),
                Lang::Es => format!("Tarda hasta {days} días."),
            };
            self.line(indent, &line);
        }
    }

    fn target(&mut self, target: &Target) {
        let how = match target.format.as_deref() {
            Some("new" | "none") => self.tr("starts anew", "se empieza de nuevo").to_owned(),
            Some(format) => format!("{} {format}", self.tr("as", "en formato")),
            None => self.tr("by hand", "a mano").to_owned(),
        };
        let to = self.tr("To", "A");
        self.line(4, &format!("{to} {}, {how}", target.name));
        if let Some(into) = &target.into {
            self.losses(6, into);
        }
        let (known, asked): (Vec<&At>, Vec<&At>) = target.at.iter().partition(|a| a.offered == Answer::Yes);
        for at in known {
            let line = format!("- {}", self.at(at));
            self.line(6, &line);
        }
        if !asked.is_empty() {
            let word =
                self.tr("Nobody has said whether they offer it, ask", "Nadie ha dicho si lo ofrecen, pregunten a");
            let names: Vec<String> = asked.iter().map(|a| self.at(a)).collect();
            let line = format!("- {word}: {}", names.join("; "));
            self.line(6, &line);
        }
    }

    /// `May First (by invitation only); offered: verified [2026-11, …]`; without the second half where it is not known.
    fn at(&self, at: &At) -> String {
        let kind = match at.kind {
            ProviderKind::Movement => "",
            ProviderKind::Company => self.tr("a company, ", "una empresa, "),
            ProviderKind::Own => self.tr("run by the group, ", "lo opera el grupo, "),
        };
        let name = format!("{} ({kind}{})", at.name, status(self.ctx.ui.lang, at.status));
        if at.offered != Answer::Yes {
            return name;
        }
        let offered = self.tr("offered", "lo ofrece");
        format!("{name}; {offered}: {} [{}, {}]", self.word(at.certainty), at.date, at.source)
    }
}

/// A certainty in words.
pub(super) fn word(lang: Lang, certainty: Certainty) -> &'static str {
    let (en, es) = match certainty {
        Certainty::Ask => ("to be asked", "por preguntar"),
        Certainty::Unverified => ("unverified", "sin comprobar"),
        Certainty::Reported => ("reported", "según terceros"),
        Certainty::Verified => ("verified", "comprobado"),
    };
    if lang == Lang::Es { es } else { en }
}

/// Whether a provider takes new groups, in words.
pub(super) fn status(lang: Lang, status: ProviderStatus) -> &'static str {
    let (en, es) = match status {
        ProviderStatus::Open => ("open", "abierto"),
        ProviderStatus::Invitation => ("by invitation only", "solo con invitación"),
        ProviderStatus::Closed => ("closed", "cerrado"),
        ProviderStatus::Unknown => ("not known whether it takes new groups", "no se sabe si acepta grupos nuevos"),
    };
    if lang == Lang::Es { es } else { en }
}

/// The patterns of an entry, by kind.
fn patterns(f: &Fingerprint) -> String {
    let named = f.name.as_deref().map(|n| format!("{n} ")).unwrap_or_default();
    let kinds: [(&str, &[String]); 20] = [
        ("MX", &f.mx),
        ("NS", &f.ns),
        ("CNAME", &f.cname),
        ("SRV", &f.srv),
        ("SPF", &f.spf),
        ("TXT", &f.txt),
        ("DKIM", &f.dkim),
        ("DMARC", &f.dmarc),
        ("A/AAAA", &f.address),
        ("web", &f.web),
        ("payee", &f.payee),
        ("behind payee", &f.payee_tail),
        ("not payee", &f.payee_not),
        ("account", &f.domain),
        ("export", &f.export_kind),
        ("app", &f.app),
        ("said", &f.said),
        ("resource", &f.resource),
        ("mailbox", &f.mailbox),
        ("mail through", &f.mail_through),
    ];
    let shown =
        kinds.iter().filter(|(_, list)| !list.is_empty()).map(|(kind, list)| format!("{kind} {}", list.join(", ")));
    format!("{named}{}", shown.collect::<Vec<_>>().join("; "))
}
