//! Reads lists of address ranges as clouds publish them: whose they are is told by what is in them.

use super::Catalog;
use super::ranges::{Ranges, span};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most networks that a list may have.
const MOST: usize = 500_000;
/// The widest networks that one company has: wider ones would match much of the net.
const WIDEST: (u32, u32) = (8, 16);

/// Stands for a member that should be a network and is no text; no network is written so.
const NO_TEXT: &str = "a member without a network";

/// A list that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Which form it has, in words.
    pub form: &'static str,
    /// Where its publisher keeps it, when the form tells.
    pub source: Option<&'static str>,
    /// The day that stands in it.
    pub date: Option<String>,
    /// Service → networks. An empty id: the form does not tell whose they are.
    pub networks: BTreeMap<String, Vec<String>>,
    /// Networks of parts that say nothing about a customer's machines.
    pub passed_over: usize,
}

/// A network, or the line on which something is wrong and what.
type Wrong = (u64, String);

/// Reads a list.
///
/// # Errors
/// Line and reason.
pub fn read(text: &str) -> Result<Published, Wrong> {
    let text = text.trim_start_matches('\u{feff}');
    let found = if text.trim_start().starts_with(['{', '[']) {
        let value: Value =
            serde_json::from_str(text).map_err(|e| (e.line() as u64, format!("this is not JSON: {e}")))?;
        json(&value, text)?
    } else {
        lines(text)?
    };
    let count: usize = found.networks.values().map(Vec::len).sum();
    if count == 0 {
        return Err((1, "the list holds no networks".into()));
    }
    Ok(found)
}

/// What a member of a JSON list must say about one network.
struct Entry<'v> {
    cidr: &'v str,
    service: Option<&'static str>,
}

fn json(value: &Value, text: &str) -> Result<Published, Wrong> {
    let mut found = Published::default();
    let word = |v: &Value, key: &str| v[key].as_str().map(str::to_owned);
    let entries: Vec<Entry<'_>> = if let Some(list) = value["prefixes"].as_array() {
        let amazon = list.iter().any(|p| p.get("ip_prefix").is_some() || p.get("ipv6_prefix").is_some());
        found.date = word(value, if amazon { "createDate" } else { "creationTime" });
        if amazon {
            (found.form, found.source) =
                ("Amazon's ip-ranges.json", Some("https://ip-ranges.amazonaws.com/ip-ranges.json"));
        } else {
            (found.form, found.source) = ("Google's cloud.json", Some("https://www.gstatic.com/ipranges/cloud.json"));
            if !list.iter().any(|p| p["service"].as_str() == Some("Google Cloud")) {
                return Err((1, "this is a list of all of Google's addresses, not of Google Cloud's".into()));
            }
        }
        list.iter()
            .chain(value["ipv6_prefixes"].as_array().into_iter().flatten())
            .map(|p| {
                let keys: [&str; 2] = if amazon { ["ip_prefix", "ipv6_prefix"] } else { ["ipv4Prefix", "ipv6Prefix"] };
                let cidr = keys.iter().find_map(|k| p[*k].as_str()).unwrap_or(NO_TEXT);
                let service = match p["service"].as_str() {
                    Some("EC2") if amazon => Some("aws-ec2"),
                    Some("CLOUDFRONT") if amazon => Some("aws-cloudfront"),
                    Some("Google Cloud") if !amazon => Some("google-cloud"),
                    _ => None,
                };
                Entry { cidr, service }
            })
            .collect()
    } else if let Some(list) = value["values"].as_array() {
        (found.form, found.source) =
            ("Microsoft's service tags", Some("https://www.microsoft.com/en-us/download/details.aspx?id=56519"));
        let tag = |v: &Value| (v["name"].as_str() == Some("AzureCloud")).then_some("azure");
        list.iter().flat_map(|v| named(&v["properties"]["addressPrefixes"], tag(v))).collect()
    } else if let Some(list) = value["regions"].as_array() {
        (found.form, found.source) =
            ("Oracle's public_ip_ranges.json", Some("https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json"));
        found.date = word(value, "last_updated_timestamp");
        let oci = |c: &Value| c["tags"].as_array().is_some_and(|t| t.iter().any(|t| t.as_str() == Some("OCI")));
        list.iter()
            .flat_map(|r| r["cidrs"].as_array().into_iter().flatten())
            .map(|c| Entry { cidr: c["cidr"].as_str().unwrap_or(NO_TEXT), service: oci(c).then_some("oracle-cloud") })
            .collect()
    } else if value["result"]["ipv4_cidrs"].is_array() {
        (found.form, found.source) = ("Cloudflare's list", Some("https://www.cloudflare.com/ips/"));
        let list = |key: &str| named(&value["result"][key], Some("cloudflare"));
        list("ipv4_cidrs").chain(list("ipv6_cidrs")).collect()
    } else if value["addresses"].is_array() {
        (found.form, found.source) = ("Fastly's list", Some("https://api.fastly.com/public-ip-list"));
        let list = |key: &str| named(&value[key], Some("fastly"));
        list("addresses").chain(list("ipv6_addresses")).collect()
    } else {
        // `[…]`, `{"list": […]}`, or what one network announces: `{"prefixes": {"ipv4": […], "ipv6": […]}}`.
        found.form = "a JSON list";
        let parts = [value, &value["list"], &value["prefixes"]["ipv4"], &value["prefixes"]["ipv6"]];
        if !parts.iter().any(|p| p.is_array()) {
            return Err((1, "this JSON is not a list of address ranges that decamp knows".into()));
        }
        parts.into_iter().flat_map(|p| named(p, Some(""))).collect()
    };
    found.date = found.date.as_deref().and_then(day);
    if entries.len() > MOST {
        return Err((1, format!("the list holds more than {MOST} networks")));
    }
    for Entry { cidr, service } in entries {
        let line = || text.lines().position(|l| l.contains(cidr)).map_or(1, |n| n as u64 + 1);
        let network = network(cidr).map_err(|why| (line(), why))?;
        match service {
            Some(service) => found.networks.entry(service.to_owned()).or_default().push(network),
            None => found.passed_over += 1,
        }
    }
    Ok(found)
}

/// The texts of a JSON list, as networks of one service.
fn named<'v>(list: &'v Value, service: Option<&'static str>) -> impl Iterator<Item = Entry<'v>> {
    let all = list.as_array().into_iter().flatten();
    all.map(move |v| Entry { cidr: v.as_str().unwrap_or(NO_TEXT), service })
}

/// One network a line, or CSV whose first column is one; `#` begins a comment.
fn lines(text: &str) -> Result<Published, Wrong> {
    let mut networks = Vec::new();
    let mut csv = false;
    for (n, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let first = line.split(',').next().unwrap_or_default().trim().trim_matches('"');
        csv |= line.contains(',');
        if line.is_empty() || (networks.is_empty() && csv && !first.contains(['.', ':'])) {
            continue;
        }
        networks.push(network(first).map_err(|why| (n as u64 + 1, why))?);
        if networks.len() > MOST {
            return Err((n as u64 + 1, format!("the list holds more than {MOST} networks")));
        }
    }
    let form = if csv { "a CSV list" } else { "a list of networks" };
    Ok(Published { form, networks: BTreeMap::from([(String::new(), networks)]), ..Published::default() })
}

/// A network as it is written down: host bits cleared, a bare address with its length.
fn network(text: &str) -> Result<String, String> {
    let shown: String = text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let bad = || format!("`{shown}` is not a network");
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| bad())?;
    let (most, widest) = match address {
        IpAddr::V4(_) => (32, WIDEST.0),
        IpAddr::V6(_) => (128, WIDEST.1),
    };
    let length: u32 = match length {
        Some(text) if text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit()) => text.parse().map_err(|_| bad())?,
        Some(_) => return Err(bad()),
        None => most,
    };
    if length > most {
        return Err(bad());
    }
    if length < widest {
        return Err(format!("`{shown}` is wider than any company's network (/{widest} at most)"));
    }
    if not_public(address) {
        return Err(format!("`{shown}` is not a network of the public net"));
    }
    let (first, _) = span(&format!("{address}/{length}")).ok_or_else(bad)?;
    Ok(written(first, length, address.is_ipv4()))
}

fn not_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.octets()[0] == 0
                || v4.octets()[0] >= 240
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 != 0x2000,
    }
}

fn written(first: u128, length: u32, v4: bool) -> String {
    if v4 {
        #[allow(clippy::cast_possible_truncation)]
        return format!("{}/{length}", Ipv4Addr::from(first as u32));
    }
    format!("{}/{length}", Ipv6Addr::from(first))
}

/// `2026-10-26-19-03-12` or `2026-10-26T…` → `2026-10-26`.
fn day(text: &str) -> Option<String> {
    let date = text.get(..10)?;
    date.parse::<jiff::civil::Date>().ok().map(|d| d.to_string())
}

/// The service in whose known ranges most networks of a list lie.
pub fn whose(catalog: &Catalog, networks: &[String]) -> Option<String> {
    let mut known = Ranges::default();
    for (service, text) in &catalog.ranges {
        // A bad line is named by `catalog check`; the lines before it hold.
        let _ = known.add(service, text);
    }
    known.finish();
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for network in networks {
        let address = network.split('/').next().and_then(|a| a.parse().ok());
        if let Some(service) = address.and_then(|a| known.find(a)) {
            *votes.entry(service).or_default() += 1;
        }
    }
    votes.into_iter().find(|(_, n)| n * 2 > networks.len()).map(|(service, _)| service.to_owned())
}

/// The same addresses in as few networks as there can be, sorted.
pub fn merged(networks: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for v4 in [true, false] {
        let mut spans: Vec<(u128, u128)> =
            networks.iter().filter(|n| n.contains(':') != v4).filter_map(|n| span(n)).collect();
        spans.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::new();
        for (first, last) in spans {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
                _ => joined.push((first, last)),
            }
        }
        let bits = if v4 { 32 } else { 128 };
        for (mut first, last) in joined {
            loop {
                // The largest network that begins here and ends within the span.
                let mut free = first.trailing_zeros().min(bits);
                while free > 0 && (1_u128 << free.min(127)) - 1 > last - first {
                    free -= 1;
                }
                out.push(written(first, bits - free, v4));
                let end = first + ((1_u128 << free) - 1);
                if end >= last {
                    break;
                }
                first = end + 1;
            }
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn service(text: &str) -> (String, Vec<String>, usize) {
        let found = read(text).unwrap();
        assert_eq!(found.networks.len(), 1, "{found:?}");
        let (id, networks) = found.networks.into_iter().next().unwrap();
        (id, networks, found.passed_over)
    }

    #[test]
    fn each_form_is_told_by_its_content() {
        let one = |id: &str, n: &str, over| (id.to_owned(), vec![n.to_owned()], over);
        for (text, wanted) in [
            (
                r#"{"syncToken":"1","createDate":"2026-10-26-19-03-12","prefixes":[{"ip_prefix":"3.5.140.0/22","service":"EC2"},{"ip_prefix":"3.5.140.0/22","service":"AMAZON"}],"ipv6_prefixes":[]}"#,
                one("aws-ec2", "3.5.140.0/22", 1),
            ),
            (
                r#"{"creationTime":"2026-10-26T01:00:00","prefixes":[{"ipv4Prefix":"34.1.208.0/20","service":"Google Cloud","scope":"x"}]}"#,
                one("google-cloud", "34.1.208.0/20", 0),
            ),
            (
                r#"{"changeNumber":1,"cloud":"Public","values":[{"name":"ActionGroup","properties":{"addressPrefixes":["4.145.74.52/30"]}},{"name":"AzureCloud","properties":{"addressPrefixes":["4.144.0.0/13"]}}]}"#,
                one("azure", "4.144.0.0/13", 1),
            ),
            (
                r#"{"last_updated_timestamp":"2026-10-26T00:00:00.0","regions":[{"region":"x","cidrs":[{"cidr":"40.233.0.0/19","tags":["OCI"]},{"cidr":"134.70.0.0/17","tags":["OSN"]}]}]}"#,
                one("oracle-cloud", "40.233.0.0/19", 1),
            ),
            (
                r#"{"result":{"ipv4_cidrs":["173.245.48.0/20"],"ipv6_cidrs":[]},"success":true}"#,
                one("cloudflare", "173.245.48.0/20", 0),
            ),
            (r#"{"addresses":["23.235.32.0/20"],"ipv6_addresses":[]}"#, one("fastly", "23.235.32.0/20", 0)),
            ("# c\n192.0.2.9\n", one("", "192.0.2.9/32", 0)),
            ("5.101.96.7/21,NL,NL-NH,Amsterdam,1098\n", one("", "5.101.96.0/21", 0)),
            ("ip_prefix,country\n2001:db8::/32,NL\n", one("", "2001:db8::/32", 0)),
            (r#"["192.0.2.0/24"]"#, one("", "192.0.2.0/24", 0)),
            (r#"{"asn":64496,"prefixes":{"ipv4":["192.0.2.0/24"],"ipv6":[]}}"#, one("", "192.0.2.0/24", 0)),
        ] {
            assert_eq!(service(text), wanted, "{text}");
        }
        assert_eq!(
            read(r#"{"createDate":"2026-10-26-19-03-12","prefixes":[{"ip_prefix":"3.5.140.0/22","service":"EC2"}]}"#)
                .unwrap()
                .date
                .as_deref(),
            Some("2026-10-26")
        );
    }

    #[test]
    fn hostile_lists_are_refused_with_their_line() {
        for (text, line, said) in [
            ("192.0.2.0/24\n0.0.0.0/0\n", 2, "wider"),
            ("192.0.2.0/24\n\n::/0\n", 3, "wider"),
            ("10.0.0.0/8\n", 1, "public net"),
            ("fe80::/64\n", 1, "public net"),
            ("192.0.2.0/33\n", 1, "not a network"),
            ("192.0.2.0/+24\n", 1, "not a network"),
            ("192.0.2.0/24; rm -rf /\n", 1, "not a network"),
            ("{\"prefixes\": [\n{\"ip_prefix\": \"0.0.0.0/1\", \"service\": \"EC2\"}]}", 2, "wider"),
            ("{\"prefixes\": [", 1, "not JSON"),
            ("[1]", 1, "not a network"),
            ("{}", 1, "not a list"),
            ("# nothing\n", 1, "no networks"),
            (r#"{"prefixes":[{"ipv4Prefix":"8.8.4.0/24"}]}"#, 1, "all of Google"),
        ] {
            let (at, why) = read(text).unwrap_err();
            assert!(at == line && why.contains(said), "{text}: {at} {why}");
        }
        assert!(read(&"[".repeat(100_000)).unwrap_err().1.contains("JSON"));
    }

    #[test]
    fn neighbours_are_merged() {
        let merge = |list: &[&str]| merged(&list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(merge(&["192.0.2.0/25", "192.0.2.128/25", "192.0.2.7/32"]), ["192.0.2.0/24"]);
        assert_eq!(merge(&["192.0.2.128/25", "192.0.3.0/24"]), ["192.0.2.128/25", "192.0.3.0/24"]);
        assert_eq!(merge(&["2001:db8::/33", "2001:db8:8000::/33", "192.0.2.0/24"]), ["192.0.2.0/24", "2001:db8::/32"]);
    }

    proptest::proptest! {
        #[test]
        fn merging_changes_no_address(networks in proptest::collection::vec((0_u32..4096, 20_u32..=32), 1..40), probe in 0_u32..8192) {
            let list: Vec<String> = networks.iter().map(|(a, l)| written(u128::from((0xc000_0000 + a) & (u32::MAX << (32 - l))), *l, true)).collect();
            let within = |list: &[String]| {
                let key = u128::from(Ipv4Addr::from(0xc000_0000 + probe).to_ipv6_mapped());
                list.iter().filter_map(|n| span(n)).any(|(first, last)| first <= key && key <= last)
            };
            let made = merged(&list);
            proptest::prop_assert_eq!(within(&list), within(&made));
            proptest::prop_assert!(made.len() <= list.len());
        }

        #[test]
        fn no_list_makes_it_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
        }
    }
}
