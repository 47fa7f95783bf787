//! `check`: asks one resolver the questions that a rendered zone poses.
//!
//! What can't be understood, comes too late or is too much is unknown, never "no such record".

use super::dns::build;
use crate::check::dns::{Answer, Question};
use crate::error::{Error, Result};
use futures_util::stream::{self, StreamExt as _};
use hickory_resolver::TokioResolver;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long all look-ups at one resolver may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// How long one look-up may take, with all its tries.
const EACH: Duration = Duration::from_secs(12);
/// How many look-ups are under way at a time.
const AT_ONCE: usize = 8;
/// More records than any real set has.
const RECORDS: usize = 500;

/// Asks `questions`; the answers are in their order. `tell` hears of each look-up before it is made.
///
/// # Errors
/// When no resolver can be used.
pub fn ask(questions: &[Question], resolver: Option<SocketAddr>, tell: &dyn Fn(&Question)) -> Result<Vec<Answer>> {
    for question in questions {
        tell(question);
    }
    let runtime = runtime()?;
    runtime.block_on(async {
        let resolver = build(resolver)?;
        let deadline = Instant::now() + DEADLINE;
        let look_ups = questions.iter().map(|question| one(&resolver, question, deadline));
        Ok(stream::iter(look_ups).buffered(AT_ONCE).collect().await)
    })
}

/// What runs look-ups and mail: one thread, and no longer than the call.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::machine(format!("could not start the network: {e}")))
}

async fn one(resolver: &TokioResolver, question: &Question, deadline: Instant) -> Answer {
    let left = deadline.saturating_duration_since(Instant::now()).min(EACH);
    let Ok(kind) = question.rtype.parse::<RecordType>() else { return Answer::Unknown };
    if left.is_zero() {
        return Answer::Unknown;
    }
    match tokio::time::timeout(left, resolver.lookup(format!("{}.", question.name), kind)).await {
        Ok(Ok(found)) => of_records(question, kind, found.answers()),
        Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none)))) => {
            Answer::Holds { values: BTreeSet::new(), ttl: none.negative_ttl }
        }
        _ => Answer::Unknown,
    }
}

/// The values of the very name and type that were asked for; an alias in their place tells how long it is remembered.
fn of_records(question: &Question, kind: RecordType, records: &[Record]) -> Answer {
    let own = |r: &&Record| r.name.to_ascii().trim_end_matches('.').eq_ignore_ascii_case(&question.name);
    if records.len() > RECORDS {
        return Answer::Unknown;
    }
    let ttl = records.iter().filter(own).map(|r| r.ttl).max();
    let values: Option<BTreeSet<String>> =
        records.iter().filter(own).filter(|r| r.record_type() == kind).map(|r| value(&r.data)).collect();
    values.map_or(Answer::Unknown, |values| Answer::Holds { values, ttl })
}

/// A value in the form of [`crate::check::dns::value`].
fn value(data: &RData) -> Option<String> {
    let name = |n: &hickory_resolver::proto::rr::Name| n.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    Some(match data {
        RData::A(a) => a.0.to_string(),
        RData::AAAA(a) => a.0.to_string(),
        RData::NS(n) => name(&n.0),
        RData::CNAME(n) => name(&n.0),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(s) => format!("{} {} {} {}", s.priority, s.weight, s.port, name(&s.target)),
        RData::TXT(t) => {
            let bytes: Vec<u8> = t.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        RData::CAA(c) => c.to_string(),
        _ => return None,
    })
}
