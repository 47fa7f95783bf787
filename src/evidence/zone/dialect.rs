//! How single DNS hosts' exports differ from a master file.

use super::lex::Token;
use crate::evidence::host;

/// How much of a file is looked at.
const HEAD: usize = 4096;

/// What an export's beginning says of its names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Whole names stand in values without the final dot.
    dotless: bool,
}

impl Dialect {
    /// By the first lines. GoDaddy's export of 2014 wrote `@ 1800 IN MX 1 aspmx.l.google.com`, and had no `$ORIGIN`; today's
    /// has both (a public guide to moving from GoDaddy to Route 53 shows the old one).
    pub(super) fn of(bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(HEAD)];
        let godaddy = memchr::memmem::find(head, b"; Exported (y-m-d hh:mm:ss):").is_some();
        Self { dotless: godaddy && memchr::memmem::find(head, b"$ORIGIN").is_none() }
    }

    /// Gives the target of a record the dot that it lacks: a name of several labels under a known suffix is a whole one.
    pub(super) fn mend(self, rtype: &str, tokens: &mut [Token]) {
        let at = match rtype {
            "CNAME" | "NS" => 0,
            "MX" => 1,
            "SRV" => 3,
            _ => return,
        };
        if let Some(target) = tokens.get_mut(at).filter(|t| self.dotless && !t.quoted)
            && !target.text.ends_with('.')
            && matches!(host::of_site(&target.text), host::Host::Name(_))
        {
            target.text.push('.');
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::evidence::zone::{Options, no_include, parse};

    fn targets(text: &str) -> Vec<String> {
        let zone = parse(text.as_bytes(), Options { path: "x.txt", origin: None, include: &no_include }).unwrap();
        zone.records.iter().filter_map(|r| r.data.target().map(str::to_owned)).collect()
    }

    #[test]
    fn only_the_old_export_leaves_dots_away() {
        let rest = "CASA.EXAMPLE. 3600 IN SOA a.example.net. b.example.net. 1 2 3 4 5\n@ 1 IN MX 1 aspmx.l.google.com\nwww 1 IN CNAME @\na 1 IN CNAME b\nc 1 IN CNAME d.intranet\n";
        let old = format!("; Exported (y-m-d hh:mm:ss): 2014-04-14 08:12:10\n{rest}");
        assert_eq!(targets(&old), ["aspmx.l.google.com", "casa.example", "b.casa.example", "d.intranet.casa.example"]);
        assert_eq!(targets(rest)[0], "aspmx.l.google.com.casa.example");
        assert_eq!(targets(&format!("{old}$ORIGIN casa.example.\n"))[0], "aspmx.l.google.com.casa.example");
    }
}
