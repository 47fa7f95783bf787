//! The files of one domain, below `configs/PROVIDER/dns/`.

use super::steps::Steps;
use super::{Outcome, text, tools};
use crate::catalog::model::Text;
use crate::dates::date_text;
use crate::error::Result;
use crate::evidence::zone::check;
use crate::render::{Job, Readmes, Rendered, Told, ZoneInput, guard, zonefile};
use serde_json::json;
use std::collections::BTreeSet;

/// Writes a domain's files: the changes in words, the zones, and the zone for programs that keep DNS as text.
///
/// # Errors
/// When names would vanish, or a template can't be filled.
pub(in crate::render) fn write(job: Job<'_>, input: &ZoneInput, out: &mut Rendered, told: &mut Readmes) -> Result<()> {
    let provider =
        crate::plan::dns_provider(&job.plan.assignments, &job.plan.providers).unwrap_or_else(|| "stay".to_owned());
    let work = super::Job {
        catalog: job.catalog,
        index: job.index,
        plan: job.plan,
        settings: job.settings,
        zone: &input.zone,
    };
    let mut outcome = super::outcome(work);
    let refusals = if input.complete { check::refusals(&input.zone) } else { Vec::new() };
    let zones = input.complete && refusals.is_empty();
    let told_of = outcome.changes.iter().filter(|c| c.what == "remove").map(|c| c.old.len()).sum();
    guard::check(&input.zone, &outcome.after, told_of, job.allow_deletions)?;
    if !input.complete && !outcome.changes.is_empty() {
        // What a resolver has left of a TTL is not the TTL.
        outcome.longest_ttl = 0;
        outcome.warnings.push(text(
            "The TTLs are not known from a resolver. Look them up where the DNS is kept, and wait out the longest one after step 1.",
            "Los TTL no se conocen por un servidor DNS. Búsquenlos donde se administra el DNS y esperen el más largo después del paso 1.",
        ));
    }
    let domain = &input.domain;
    let base = format!("{provider}/dns/{domain}");
    let by = |what: &str| outcome.changes.iter().filter(|c| c.what == what).collect::<Vec<_>>();
    let data = json!({
        "group": job.group.name,
        "domain": domain,
        "add": by("add"), "change": by("change"), "remove": by("remove"), "later": by("later"),
        "left": outcome.left,
        "nothing": outcome.changes.iter().all(|c| c.what == "later"),
        "asks": outcome.asks.iter().map(|a| json!({
            "provider": job.catalog.provider(&a.provider).map_or(a.provider.as_str(), |p| p.name.as_str()),
            "question": crate::plan::settings::question(job.catalog, &a.provider, &a.key),
        })).collect::<Vec<_>>(),
        "warnings": outcome.warnings,
        "complete": input.complete,
        "refusals": refusals,
        "zones": zones,
        "wait": wait(outcome.longest_ttl),
        "steps": outcome.steps.iter().map(|s| json!({
            "n": s.n,
            "need": job.catalog.name_of_need(&s.need),
            "names": s.need == "dns",
            "settles": s.settles,
            "when": s.date.map(|d| date_text(d, job.group.country.as_deref())),
            "open": s.open,
        })).collect::<Vec<_>>(),
        "last": outcome.steps.last().map_or(1, |s| s.n),
    });
    let list = told.entry(provider.clone()).or_default();
    for (template, file) in [("configs/changes.md", "changes.md"), ("configs/changes.es.md", "changes.es.md")] {
        out.files.insert(format!("{base}.{file}"), job.engine.fill(template, &data)?.into_bytes());
    }
    list.push(Told {
        path: format!("dns/{domain}.changes.md"),
        says: text("Every DNS change in words: read this first.", "Cada cambio de DNS en palabras: léanlo primero."),
    });
    if zones {
        let unchanged = outcome.changes.iter().all(|c| c.what == "later") && outcome.asks.is_empty();
        let write = |lines: &[zonefile::Line]| {
            if unchanged && input.zone.included.is_empty() {
                input.bytes.clone()
            } else {
                zonefile::write(&input.zone.name, lines).into_bytes()
            }
        };
        out.files.insert(format!("{base}.prepare.zone"), write(&outcome.prepare));
        out.files.insert(format!("{base}.zone"), write(&outcome.after));
        out.files.insert(format!("{base}.old.zone"), input.bytes.clone());
        for (file, en, es) in [
            (
                "prepare.zone",
                "The zone before all cut-overs: short TTLs, old and new senders.",
                "La zona antes de todos los cambios: TTL cortos, remitentes anteriores y nuevos.",
            ),
            ("zone", "The zone when everything has moved, not before.", "La zona cuando ya se mudó todo, no antes."),
            ("old.zone", "The zone as it was, for going back.", "La zona como estaba, para volver atrás."),
        ] {
            list.push(Told { path: format!("dns/{domain}.{file}"), says: text(en, es) });
        }
        for_programs(job, input, &outcome, &base, out, list)?;
        if !outcome.steps.is_empty() {
            let filled = job.engine.fill("configs/steps.yaml", &Steps::of(domain, &outcome))?;
            out.files.insert(format!("{base}.steps.yaml"), filled.into_bytes());
            list.push(Told {
                path: format!("dns/{domain}.steps.yaml"),
                says: text(
                    "Which records belong to which step, for `decamp check`.",
                    "Qué registros van con qué paso, para `decamp check`.",
                ),
            });
        }
    } else {
        let why = if input.complete {
            refusals.join("; ")
        } else {
            "read from a resolver, which does not show every record".to_owned()
        };
        out.warnings.push(Text {
            en: format!("{domain}: only the changes were written ({why})"),
            es: format!("{domain}: solo se escribieron los cambios ({why})"),
        });
    }
    out.warnings.extend(
        outcome.warnings.iter().map(|w| Text { en: format!("{domain}: {}", w.en), es: format!("{domain}: {}", w.es) }),
    );
    out.asks.extend(outcome.asks);
    Ok(())
}

/// The zone after the cut-over for DNSControl and octoDNS.
fn for_programs(
    job: Job<'_>,
    input: &ZoneInput,
    outcome: &Outcome,
    base: &str,
    out: &mut Rendered,
    list: &mut Vec<Told>,
) -> Result<()> {
    let domain = &input.domain;
    let remarks: Vec<&String> = outcome
        .after
        .iter()
        .filter_map(|l| if let zonefile::Line::Remark(remark) = l { Some(remark) } else { None })
        .collect();
    let told = tools::dnscontrol(domain, &outcome.after);
    let (names, left) = tools::octodns(domain, &outcome.after);
    warn_of(domain, "dnsconfig.js", &told.left, out);
    warn_of(domain, "octodns.yaml", &left, out);
    let js = json!({"domain": domain, "remarks": remarks, "zone": told});
    let yaml = json!({"domain": domain, "remarks": remarks, "names": names, "left": left});
    for (template, file, data, en, es) in [
        (
            "configs/dnsconfig.js",
            "dnsconfig.js",
            js,
            "The zone when everything has moved, for those who keep DNS with DNSControl.",
            "La zona cuando ya se mudó todo, para quienes manejan el DNS con DNSControl.",
        ),
        (
            "configs/octodns.yaml",
            "octodns.yaml",
            yaml,
            "The zone when everything has moved, for those who keep DNS with octoDNS; there the file is called after the domain.",
            "La zona cuando ya se mudó todo, para quienes manejan el DNS con octoDNS; ahí el archivo lleva el nombre del dominio.",
        ),
    ] {
        out.files.insert(format!("{base}.{file}"), job.engine.fill(template, &data)?.into_bytes());
        list.push(Told { path: format!("dns/{domain}.{file}"), says: text(en, es) });
    }
    Ok(())
}

fn warn_of(domain: &str, file: &str, left: &BTreeSet<tools::Left>, out: &mut Rendered) {
    if left.is_empty() {
        return;
    }
    let names = left.iter().map(|l| format!("{} {}", l.name, l.rtype)).collect::<Vec<_>>().join(", ");
    out.warnings.push(Text {
        en: format!("{domain}.{file} does not hold everything, because that program has no words for it: {names}"),
        es: format!("{domain}.{file} no contiene todo, porque ese programa no sabe decirlo: {names}"),
    });
}

/// A TTL as a time to wait, in words; nothing when nothing is waited for.
fn wait(seconds: u32) -> Option<Text> {
    let (n, en, es) = match seconds {
        0 => return None,
        1..=60 => (1, "minute", "minuto"),
        61..=7200 => (seconds.div_ceil(60), "minutes", "minutos"),
        7201..=172_800 => (seconds.div_ceil(3600), "hours", "horas"),
        _ => (seconds.div_ceil(86_400), "days", "días"),
    };
    Some(text(&format!("{n} {en}"), &format!("{n} {es}")))
}
