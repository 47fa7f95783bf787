//! Address ranges of clouds: which service an address may belong to. Always a hint.

use std::net::IpAddr;

/// Sorted ranges of both families.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    spans: Vec<(u128, u128, usize)>,
    /// How far the ranges up to each one reach: further back than that nothing lies around an address.
    reach: Vec<u128>,
    services: Vec<String>,
}

impl Ranges {
    /// Adds the ranges of a file (`#` begins a comment).
    ///
    /// # Errors
    /// The line's number and the reason.
    pub fn add(&mut self, service: &str, text: &str) -> Result<(), (u64, String)> {
        for (n, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                self.add_one(service, line).map_err(|e| (n as u64 + 1, e))?;
            }
        }
        Ok(())
    }

    /// Adds one range.
    ///
    /// # Errors
    /// The reason in words.
    pub fn add_one(&mut self, service: &str, cidr: &str) -> Result<(), String> {
        let (first, last) = span(cidr).ok_or_else(|| format!("`{cidr}` is not a CIDR range"))?;
        let id = match self.services.iter().position(|s| s == service) {
            Some(id) => id,
            None => {
                self.services.push(service.to_owned());
                self.services.len() - 1
            }
        };
        self.spans.push((first, last, id));
        Ok(())
    }

    /// Sorts, once all are there.
    pub fn finish(&mut self) {
        self.spans.sort_unstable();
        let reached = |reach: &mut u128, (_, last, _): &(u128, u128, usize)| {
            *reach = (*reach).max(*last);
            Some(*reach)
        };
        self.reach = self.spans.iter().scan(0, reached).collect();
    }

    /// The service with the narrowest range around `address`.
    pub fn find(&self, address: IpAddr) -> Option<&str> {
        let key = number(address);
        let end = self.spans.partition_point(|(first, ..)| *first <= key);
        let before = self.spans[..end].iter().zip(&self.reach[..end]).rev();
        before
            .take_while(|(_, reach)| **reach >= key)
            .map(|(span, _)| span)
            .filter(|(_, last, _)| *last >= key)
            .min_by_key(|(first, last, _)| last - first)
            .map(|(.., id)| self.services[*id].as_str())
    }
}

/// Both families in one order: IPv4 as mapped addresses.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// First and last address of a CIDR range.
pub fn span(cidr: &str) -> Option<(u128, u128)> {
    let (address, length) = cidr.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    let free = match address {
        IpAddr::V4(_) => 32_u32.checked_sub(length)?,
        IpAddr::V6(_) => 128_u32.checked_sub(length)?,
    };
    let mask = if free >= 128 { u128::MAX } else { (1_u128 << free) - 1 };
    let first = number(address) & !mask;
    Some((first, first | mask))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_range_wins() {
        let mut ranges = Ranges::default();
        ranges.add("wide", "# c\n192.0.0.0/16\n2001:db8::/32\n").unwrap();
        ranges.add("narrow", "192.0.2.0/24\n").unwrap();
        ranges.finish();
        assert_eq!(ranges.find("192.0.2.7".parse().unwrap()), Some("narrow"));
        assert_eq!(ranges.find("192.0.3.7".parse().unwrap()), Some("wide"));
        assert_eq!(ranges.find("2001:db8::1".parse().unwrap()), Some("wide"));
        assert_eq!(ranges.find("198.51.100.1".parse().unwrap()), None);
        assert_eq!(ranges.add("bad", "\nx\n").unwrap_err().0, 2);
    }
}
