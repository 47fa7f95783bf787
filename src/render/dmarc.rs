//! DMARC (RFC 7489): the policy is relaxed while mail moves, and comes back afterwards.

/// The record with a policy that refuses nothing; none when it refuses nothing already, or is no DMARC record.
pub fn relaxed(value: &str) -> Option<String> {
    let mut tags: Vec<String> = value.split(';').map(|t| t.trim().to_owned()).collect();
    let (name, version) = tags.first()?.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("v") || !version.trim().eq_ignore_ascii_case("DMARC1") {
        return None;
    }
    let mut changed = false;
    for tag in tags.iter_mut().skip(1) {
        let Some((name, policy)) = tag.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        if matches!(name.as_str(), "p" | "sp") && !policy.trim().eq_ignore_ascii_case("none") {
            *tag = format!("{name}=none");
            changed = true;
        }
    }
    changed.then(|| tags.join("; ").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_refuses_is_relaxed_and_the_rest_stays() {
        let strict = "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@casa.example; adkim=s";
        assert_eq!(relaxed(strict).as_deref(), Some("v=DMARC1; p=none; sp=none; rua=mailto:d@casa.example; adkim=s"));
        assert_eq!(relaxed("v=DMARC1;p=quarantine;").as_deref(), Some("v=DMARC1; p=none;"));
        assert_eq!(relaxed("v=DMARC1; p=none"), None);
        assert_eq!(relaxed("v=spf1 -all"), None);
        assert_eq!(relaxed(""), None);
    }
}
