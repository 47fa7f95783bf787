//! One service of many findings.

use super::collect::Collector;
use super::gathered::{Gathered, confidence};
use super::payments::Payments;
use super::{CareLevel, Conflict, Evidence, Found, HostRef, Sure, YearlyCost};
use crate::catalog::Catalog;
use crate::catalog::model::{Confidence, Harm, Holds, Service, Sourced};
use crate::evidence::Amount;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The services of a collector, surest first, then by id.
pub fn services(catalog: &Catalog, collector: &mut Collector<'_>, currency: Option<&str>) -> Vec<Found> {
    let end = collector.ledger_end;
    let mail_end = collector.mail_end;
    let mut found: Vec<Found> = collector
        .take()
        .map(|(id, mut gathered)| {
            silent(&mut gathered, mail_end);
            stale(&mut gathered);
            one(catalog, &id, gathered, end, currency)
        })
        .collect();
    found.sort_by(|a, b| b.confidence.cmp(&a.confidence).then_with(|| a.id.cmp(&b.id)));
    found
}

/// A sender that has been silent.
pub const SILENT: &str = "not heard from for two years";
/// Records that nobody needs to remove when a service is left.
pub const STALE: &str = "may be stale: such a record stays when the service has long been left";

/// A token in TXT or a sender in SPF, with nothing else beside it, may have been forgotten there.
fn stale(gathered: &mut Gathered) {
    let lone = |e: &Evidence| e.kind.family() == "dns" && (e.saw.starts_with("TXT ") || e.saw.starts_with("SPF "));
    let sure = |e: &Evidence| e.strength.0 > Confidence::Hint;
    if gathered.evidence.iter().any(|e| sure(e) && (!lone(e) || e.strength.0 == Confidence::Certain)) {
        return;
    }
    for e in gathered.evidence.iter_mut().filter(|e| sure(e)) {
        e.remark.get_or_insert_with(|| STALE.to_owned());
    }
}

/// Needs that a group has in one place, and that more than one service seems to serve.
pub fn conflicts(catalog: &Catalog, services: &[Found]) -> Vec<Conflict> {
    let at = |need: &str| {
        let here = services.iter().filter(|s| s.confidence.0 > Confidence::Hint && s.needs.iter().any(|n| n == need));
        here.map(|s| s.id.clone()).collect::<Vec<_>>()
    };
    let one = catalog.needs.iter().filter(|(_, n)| n.value.one);
    let all = one.map(|(need, _)| Conflict { need: need.clone(), services: at(need) });
    all.filter(|c| c.services.len() > 1).collect()
}

/// A sender that has been silent for two years before the newest letter is only a hint.
fn silent(gathered: &mut Gathered, mail_end: Option<Date>) {
    let Some(limit) = mail_end.and_then(|end| end.checked_sub(2.years()).ok()) else { return };
    let mut lowered = false;
    for e in gathered.evidence.iter_mut().filter(|e| e.kind.is_mail() && e.last.is_some_and(|last| last < limit)) {
        if e.strength.0 > Confidence::Hint {
            e.strength = Sure(Confidence::Hint);
            e.remark = Some(SILENT.to_owned());
            lowered = true;
        }
    }
    if lowered {
        let best = gathered.evidence.iter().map(|e| e.strength.0).max();
        gathered.all_needs = gathered.all_needs.min(best);
        for sure in gathered.needs.values_mut() {
            *sure = (*sure).min(best.unwrap_or(Confidence::Hint));
        }
    }
}

fn one(catalog: &Catalog, id: &str, gathered: Gathered, end: Option<Date>, currency: Option<&str>) -> Found {
    let mut found = described(catalog, id);
    let sure = confidence(&gathered.evidence);
    // A hint adds no need to a service that better signs show.
    let enough = sure.min(Confidence::Likely);
    if gathered.all_needs < Some(enough) {
        found.needs.retain(|n| gathered.needs.get(n).is_some_and(|c| *c >= enough));
        if catalog.service(id).is_some_and(|s| s.holds.is_empty()) {
            found.holds = holds_of(catalog, &found.needs);
        }
        if catalog.service(id).is_some_and(|s| s.care.is_none()) {
            found.care = CareLevel(care_of(catalog, &found.needs));
        }
    }
    found.confidence = Sure(sure);
    found.accounts = gathered.accounts;
    found.bytes = gathered.bytes;
    found.largest_account = gathered.largest;
    found.yearly_cost = yearly_cost(&gathered.payments, end, currency).or_else(|| monthly(gathered.monthly.as_ref()));
    found.evidence = gathered.evidence;
    found
}

/// A service as the catalog describes it, without evidence.
pub fn described(catalog: &Catalog, id: &str) -> Found {
    let default = Service { name: id.to_owned(), ..Service::default() };
    let service = catalog.service(id).unwrap_or(&default);
    Found {
        id: id.to_owned(),
        name: service.name.clone(),
        operator: service.operator.clone(),
        hosts: hosts(service),
        needs: service.needs.clone(),
        holds: holds(catalog, service),
        care: CareLevel(care(catalog, service)),
        ..Found::default()
    }
}

/// Host claims that a source backs.
fn hosts(service: &Service) -> Vec<HostRef> {
    let backed = service.hosts.iter().filter(|h| h.sourced != Sourced::None);
    backed
        .map(|h| HostRef {
            operator: h.operator.clone(),
            what: h.what,
            sees: h.sees,
            says: h.says.en.clone(),
            source: h.source.clone(),
            date: h.date.clone(),
        })
        .collect()
}

fn holds(catalog: &Catalog, service: &Service) -> Vec<Holds> {
    if service.holds.is_empty() { holds_of(catalog, &service.needs) } else { service.holds.clone() }
}

fn holds_of(catalog: &Catalog, needs: &[String]) -> Vec<Holds> {
    let all: BTreeSet<Holds> =
        needs.iter().filter_map(|n| catalog.need(n)).flat_map(|n| n.holds.iter().copied()).collect();
    all.into_iter().collect()
}

fn care(catalog: &Catalog, service: &Service) -> Harm {
    service.care.unwrap_or_else(|| care_of(catalog, &service.needs))
}

fn care_of(catalog: &Catalog, needs: &[String]) -> Harm {
    needs.iter().filter_map(|n| catalog.need(n)).filter_map(|n| n.care).max().unwrap_or(Harm::Private)
}

/// What was paid in the twelve months before the ledger's end; the renewal month when it is paid once a year.
fn yearly_cost(payments: &Payments, end: Option<Date>, currency: Option<&str>) -> Option<YearlyCost> {
    let end = end?;
    let paid = payments.between(end.checked_sub(1.year()).ok()?, end);
    if paid.cents <= 0 {
        return None;
    }
    let renews = paid.once.and_then(|once| once.checked_add(1.year()).ok());
    #[allow(clippy::cast_precision_loss)]
    let amount = paid.cents as f64 / 100.0;
    Some(YearlyCost {
        amount,
        currency: paid.currency.or(currency).unwrap_or(super::NO_CURRENCY).to_owned(),
        renews: renews.map(|d| format!("{:04}-{:02}", d.year(), d.month())),
    })
}

/// Twelve months of what a cloud's own books say.
fn monthly(cost: Option<&Amount>) -> Option<YearlyCost> {
    let cost = cost.filter(|c| c.cents > 0)?;
    #[allow(clippy::cast_precision_loss)]
    let amount = cost.cents.checked_mul(12)? as f64 / 100.0;
    Some(YearlyCost {
        amount,
        currency: cost.currency.clone().unwrap_or_else(|| super::NO_CURRENCY.into()),
        renews: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn paid(all: impl IntoIterator<Item = (Date, i64)>) -> Payments {
        let mut payments = Payments::default();
        all.into_iter().for_each(|(day, cents)| payments.add(day, &Amount { cents, currency: Some("USD".into()) }));
        payments
    }

    #[test]
    fn yearly_payments_renew() {
        let cost = yearly_cost(&paid([(date(2026, 3, 4), 20_000)]), Some(date(2026, 11, 1)), None);
        assert_eq!(cost, Some(YearlyCost { amount: 200.0, currency: "USD".into(), renews: Some("2027-03".into()) }));
    }

    #[test]
    fn monthly_payments_add_up_and_refunds_count() {
        let payments = paid((1..=12).map(|m| (date(2026, m, 1), 1000)));
        let cost = yearly_cost(&payments, Some(date(2026, 12, 2)), None);
        assert_eq!(cost.map(|c| (c.amount, c.renews)), Some((120.0, None)));
        assert_eq!(
            yearly_cost(&paid([(date(2026, 1, 1), 5), (date(2026, 1, 2), -5)]), Some(date(2026, 2, 1)), None),
            None
        );
    }
}
