//! What a domain's records become when its mail moves: exchangers, senders (SPF), signature (DKIM), discovery.

use super::{AFTER, Change, Work, text};
use crate::evidence::zone::{Data, Record};
use crate::plan::{Assignment, leaves};
use crate::render::zonefile::{record, txt};
use crate::render::{dmarc, spf};

impl Work<'_> {
    pub(super) fn mail(&mut self, a: &Assignment, provider: &str) {
        let (job, name) = (self.job, self.provider_name(provider));
        let exchangers = self.positions(&a.from, |r| matches!(r.data, Data::Mx { .. }));
        let mx = job.settings.list(job.catalog, provider, "mx");
        if !exchangers.is_empty() && mx.is_empty() {
            self.ask(provider, "mx", "mail exchangers (MX)");
        } else {
            let mut owners: Vec<String> = exchangers.iter().map(|i| job.zone.records[*i].key()).collect();
            owners.dedup();
            let values: Vec<String> = mx.iter().map(|v| absolute_host(v)).collect();
            for owner in owners {
                // A name's mail goes to one place: every MX of an owner that had the old service's is replaced.
                let places: Vec<usize> = (0..job.zone.records.len())
                    .filter(|i| {
                        job.zone.records[*i].key() == owner && matches!(job.zone.records[*i].data, Data::Mx { .. })
                    })
                    .collect();
                let why = text(&format!("Mail now arrives at {name}."), &format!("El correo llega ahora a {name}."));
                self.replace(&places, "MX", &values, why);
            }
        }
        let sends = self.senders(a, provider);
        if self.signature(provider) && sends {
            self.policy();
        }
        for at in self.positions(&a.from, is_discovery) {
            let r = &job.zone.records[at];
            self.out.changes.push(Change {
                what: "remove",
                step: 2,
                name: r.relative(&job.zone.name),
                rtype: r.rtype.clone(),
                old: vec![r.shown()],
                new: Vec::new(),
                why: text(
                    "It tells mail programs to look at the old service.",
                    "Les dice a los programas de correo que busquen en el servicio anterior.",
                ),
                ..Change::default()
            });
            self.after[at] = None;
        }
        if job.zone.records.iter().any(|r| r.relative(&job.zone.name) == "_mta-sts") {
            self.out.warnings.push(text(
                "The domain has an MTA-STS policy. Set its mode to `none` and wait out its `max_age` before the mail moves, or mail is refused.",
                "El dominio tiene una política MTA-STS. Pongan su modo en `none` y esperen su `max_age` antes de mudar el correo, o el correo será rechazado.",
            ));
        }
    }

    /// SPF: the new sender is let in before the cut-over, the old one is taken out after it. While the new sender is
    /// unknown, everything stays. Whether it is known.
    fn senders(&mut self, a: &Assignment, provider: &str) -> bool {
        let job = self.job;
        let Some(sender) = job.settings.text(job.catalog, provider, "spf") else {
            self.ask(provider, "spf", "SPF mechanism");
            return false;
        };
        let apex = |r: &Record| r.key() == job.zone.name;
        let places: Vec<usize> = (0..job.zone.records.len())
            .filter(|i| {
                matches!(&job.zone.records[*i].data, Data::Txt(v) if spf::is_spf(v)) && apex(&job.zone.records[*i])
            })
            .collect();
        let Some(&at) = places.first() else {
            let value = format!("v=spf1 {sender} ~all");
            let others = job.zone.apex().find(|r| r.rtype == "TXT").map(|r| r.ttl);
            for added in [&mut self.added_before, &mut self.added_after] {
                added.push(record(job.zone, &job.zone.name, others.unwrap_or(AFTER), "TXT", &txt(&value)));
            }
            self.out.changes.push(Change {
                what: "add",
                step: 1,
                name: "@".into(),
                rtype: "TXT".into(),
                old: Vec::new(),
                new: vec![value.clone()],
                why: text(
                    "It says who may send mail for the domain.",
                    "Dice quién puede enviar correo por el dominio.",
                ),
                ..Change::default()
            });
            return true;
        };
        if places.len() > 1 {
            self.out.warnings.push(text(
                "The domain has more than one SPF record; receivers then ignore all of them. Keep one.",
                "El dominio tiene más de un registro SPF; entonces quien recibe los ignora todos. Dejen uno.",
            ));
        }
        let Data::Txt(old) = &job.zone.records[at].data else { return true };
        let both = spf::with(old, &sender);
        // A service that has gone altogether by the time that mail moves sends nothing either.
        let stage = |need: &str| job.catalog.need(need).map(|n| n.stage);
        let over = |service: &str| {
            let mut own = job.plan.assignments.iter().filter(|o| o.from == service);
            service == a.from || leaves(&job.plan.assignments, service) && own.all(|o| stage(&o.need) < stage(&a.need))
        };
        let retired = |term: &str| {
            let domain = term.split_once([':', '=']).map_or("", |(_, d)| d).to_ascii_lowercase();
            !domain.is_empty()
                && !term.eq_ignore_ascii_case(&sender)
                && job.index.name(crate::catalog::index::Sign::Spf, &domain, None).iter().any(|h| over(&h.service))
        };
        // What another move has made of it already counts.
        let now = match self.after[at].as_ref().map(|r| r.data.clone()) {
            Some(Data::Txt(v)) => v,
            _ => old.clone(),
        };
        let new = spf::without(&spf::with(&now, &sender), retired);
        if both == *old && new == *old {
            return true;
        }
        self.lower_set(at);
        if let Some(r) = &mut self.before[at] {
            r.tokens = txt(&both);
            r.data = Data::Txt(both.clone());
        }
        if let Some(r) = &mut self.after[at] {
            r.tokens = txt(&new);
            r.data = Data::Txt(new.clone());
        }
        if spf::lookups(&both) > 10 {
            self.out.warnings.push(text(
                "With both senders the SPF record costs more than ten look-ups, and receivers may ignore it (RFC 7208). Take out a sender that is not used any more.",
                "Con los dos remitentes el registro SPF cuesta más de diez consultas y quien recibe puede ignorarlo (RFC 7208). Quiten un remitente que ya no se use.",
            ));
        }
        self.out.changes.push(Change {
            what: "change",
            step: 2,
            name: "@".into(),
            rtype: "TXT".into(),
            old: vec![self.job.zone.records[at].shown()],
            new: vec![both.clone(), new.clone()],
            why: text(
                "First both may send; two weeks after the cut-over only the new one.",
                "Primero pueden enviar los dos; dos semanas después del cambio, solo el nuevo.",
            ),
            ..Change::default()
        });
        true
    }

    /// DMARC: for the weeks of the move nobody is told to refuse, then the old policy comes back. The zones keep it: the
    /// prepared one may stand for months, and a domain without a policy is easier to write in the name of.
    fn policy(&mut self) {
        let zone = self.job.zone;
        let own = |r: &&Record| r.relative(&zone.name) == "_dmarc";
        let Some((r, value)) = zone.records.iter().filter(own).find_map(|r| match &r.data {
            Data::Txt(value) => Some((r, value)),
            _ => None,
        }) else {
            return;
        };
        let Some(relaxed) = dmarc::relaxed(value) else { return };
        self.out.changes.push(Change {
            what: "change",
            step: 2,
            name: "_dmarc".into(),
            rtype: "TXT".into(),
            old: vec![r.shown()],
            new: vec![relaxed, value.clone()],
            week_before: true,
            why: text(
                "Receivers are told to refuse what fails (DMARC). A fault in the days of the move must not cost letters; afterwards the old value comes back.",
                "A quien recibe se le dice que rechace lo que falla (DMARC). Una falla en los días de la mudanza no debe costar correos; después vuelve el valor anterior.",
            ),
            ..Change::default()
        });
    }

    /// Whether the new place's signature is known.
    fn signature(&mut self, provider: &str) -> bool {
        let job = self.job;
        let selector = job.settings.text(job.catalog, provider, "dkim_selector");
        let value = job.settings.text(job.catalog, provider, "dkim_value");
        match (selector, value) {
            (Some(selector), Some(value)) => {
                let name = format!("{selector}._domainkey");
                let owner = format!("{name}.{}", job.zone.name);
                if job.zone.records.iter().any(|r| r.key() == owner.to_ascii_lowercase()) {
                    return true;
                }
                self.added_before.push(record(job.zone, &owner, AFTER, "TXT", &txt(&value)));
                self.added_after.push(record(job.zone, &owner, AFTER, "TXT", &txt(&value)));
                self.out.changes.push(Change {
                    what: "add",
                    step: 1,
                    name,
                    rtype: "TXT".into(),
                    old: Vec::new(),
                    new: vec![value.clone()],
                    why: text(
                        "With it, receivers see that mail is really the group's (DKIM).",
                        "Con él, quien recibe ve que el correo es de verdad del grupo (DKIM).",
                    ),
                    ..Change::default()
                });
            }
            (None, _) => {
                self.ask(provider, "dkim_selector", "DKIM selector");
                return false;
            }
            (Some(_), None) => {
                self.ask(provider, "dkim_value", "DKIM key");
                return false;
            }
        }
        true
    }
}

/// `10 a.mx.example.org` with the final dot.
fn absolute_host(value: &str) -> String {
    format!("{}.", value.trim_end_matches('.'))
}

/// Records by which mail programs find the old service.
fn is_discovery(r: &Record) -> bool {
    let key = r.key();
    ["autodiscover.", "_autodiscover._tcp.", "autoconfig."].iter().any(|p| key.starts_with(p))
}
