//! Whether the new place of the website may get a certificate: the domain's CAA records (RFC 8659) are held against
//! the authority that it uses.

use super::{Change, Work, text};
use crate::evidence::zone::lex::unescape;
use crate::evidence::zone::{Record, relative};
use crate::render::zonefile::{record, words};

impl Work<'_> {
    /// Looks at the CAA records that hold for `owner`, whose site moves to `provider`.
    pub(super) fn authority(&mut self, provider: &str, owner: &str) {
        let job = self.job;
        let at = |name: &str| -> Vec<usize> {
            let is = |i: &usize| job.zone.records[*i].rtype == "CAA" && job.zone.records[*i].key() == name;
            (0..job.zone.records.len()).filter(is).collect()
        };
        // The nearest set holds (RFC 8659 §3).
        let own = at(owner);
        let (holder, places) =
            if own.is_empty() { (job.zone.name.clone(), at(&job.zone.name)) } else { (owner.to_owned(), own) };
        let allowed: Vec<String> = places.iter().filter_map(|i| issuer(&job.zone.records[*i])).collect();
        if allowed.is_empty() {
            return;
        }
        let Some(new) = job.settings.text(job.catalog, provider, "caa_issuer") else {
            self.ask(provider, "caa_issuer", "certificate authority (CAA)");
            let names = allowed.join(", ");
            self.warn_once(text(
                &format!("Only these authorities may issue certificates for the domain (CAA): {names}. If the new place of the website uses another one, visitors get a warning instead of the site. Ask before the cut-over."),
                &format!("Solo estas autoridades pueden emitir certificados para el dominio (CAA): {names}. Si el nuevo lugar del sitio web usa otra, quien visita ve una advertencia en vez del sitio. Pregunten antes del cambio."),
            ));
            return;
        };
        let there = |r: &Record| r.key() == holder && r.rtype == "CAA" && issuer(r).as_deref() == Some(new.as_str());
        if allowed.contains(&new) || self.added_after.iter().any(there) {
            return;
        }
        // Who asks for the certificate does so before the cut-over.
        self.out.longest_ttl = self.out.longest_ttl.max(job.zone.records[places[0]].ttl);
        let value = format!("0 issue \"{new}\"");
        let mut tokens = words(&format!("0 issue {new}"));
        tokens.iter_mut().skip(2).for_each(|t| t.quoted = true);
        let added = record(job.zone, &holder, job.zone.records[places[0]].ttl, "CAA", &tokens);
        self.added_before.push(added.clone());
        self.added_after.push(added);
        self.out.changes.push(Change {
            what: "add",
            step: 1,
            name: relative(&holder, &job.zone.name),
            rtype: "CAA".into(),
            old: Vec::new(),
            new: vec![value],
            why: text(
                "It lets the authority of the new place issue the website's certificate. The other CAA records stay.",
                "Permite que la autoridad del nuevo lugar emita el certificado del sitio web. Los demás registros CAA se quedan.",
            ),
            ..Change::default()
        });
    }
}

/// The authority that a CAA record allows: `0 issue "ca.example; x=y"` → `ca.example`; empty when it allows none.
fn issuer(r: &Record) -> Option<String> {
    let tag = r.tokens.get(1)?;
    let value = String::from_utf8_lossy(&unescape(&r.tokens.get(2)?.text)).into_owned();
    tag.text
        .eq_ignore_ascii_case("issue")
        .then(|| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
