//! `--site`: fetches a page of the group's site, as it is served to everybody, and keeps it as evidence.

use crate::cli::InventoryArgs;
use crate::commands::Context;
use crate::commands::connect::{Network, address, page, says_whom};
use crate::error::{Error, Result};
use crate::net::http::Web;
use crate::net::vet::Fault;
use std::time::Duration;
use url::Url;

/// How long all pages may take.
const TIME: Duration = Duration::from_secs(10 * 60);

/// The pages: where each is kept, and its bytes with a line that says where it is from.
pub(super) fn fetch(ctx: &Context, args: &InventoryArgs) -> Result<Vec<(String, Vec<u8>)>> {
    let urls: Vec<Url> = args.site.iter().map(|url| address(url)).collect::<Result<_>>()?;
    let mut pages = Vec::new();
    if urls.is_empty() {
        return Ok(pages);
    }
    let network = Network { resolver: args.resolver, allow_private: args.allow_private, ca: args.ca.as_deref() };
    let authorities = network.authorities(ctx)?;
    let tell = network.teller(ctx);
    let names = network.names(&tell);
    let mut web = Web::new(&names, &authorities, TIME);
    for url in &urls {
        if !says_whom(ctx, url.as_str()) {
            continue;
        }
        let reply = page(&mut web, url).map_err(|fault| match fault {
            Fault::Refused(says) => Error::input(says.en),
            fault => Error::machine(format!("{url}: {}", fault.says().en))
                .hint("open it in a browser, save the page, and put it into evidence/"),
        })?;
        // As browsers mark a saved page; the name of the group's own host is told by it.
        let mut bytes = format!("<!-- saved from url=(0000){} -->\n", reply.url).into_bytes();
        bytes.extend_from_slice(reply.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&reply.body));
        pages.push((format!("evidence/site/{}.html", stem(url)), bytes));
    }
    Ok(pages)
}

/// A file's name for a page: `casaabierta.example-about`.
fn stem(url: &Url) -> String {
    let whole = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = whole.trim_end_matches('/').chars().map(plain).take(100).collect();
    name.trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pages_get_plain_names() {
        let name = |url: &str| stem(&Url::parse(url).unwrap());
        assert_eq!(name("https://casaabierta.example/"), "casaabierta.example");
        assert_eq!(name("https://casaabierta.example/a/%2e%2e/b?c=d"), "casaabierta.example-b");
        assert_eq!(name("http://[::1]/x"), "--1--x".trim_matches('-'));
    }
}
