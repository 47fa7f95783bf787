//! `--webdav`: an old export of files, calendars or contacts against the new place.

use super::network;
use crate::check::items::{self, Entries};
use crate::check::tree::{Compare, Method};
use crate::check::{About, Doubt, Finding, Report, State, clean};
use crate::cli::check::CheckArgs;
use crate::commands::{Context, connect};
use crate::error::{Error, Result};
use crate::net::dav::{self, Kind, Place};
use crate::net::http::{Login, Web};
use crate::net::vet::Fault;
use sha2::Digest;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// The most files of one export.
const MOST: usize = 500_000;
/// The longest file of a calendar or an address book.
const BOOK: u64 = 256 * 1024 * 1024;
/// How long all of it may take.
const TIME: Duration = Duration::from_secs(60 * 60);

/// Reads what lies at the address, then holds the export against it.
pub(super) fn check(ctx: &Context, args: &CheckArgs, address: &str, export: &Path, report: &mut Report) -> Result<()> {
    let (url, user) = parse(address)?;
    if !ctx.files.exists(export) {
        return Err(Error::input(format!("`{}` does not exist", export.display())).hint("name the old export"));
    }
    if !connect::says_whom(ctx, url.as_str()) {
        return Ok(());
    }
    let network = network(args);
    let authorities = network.authorities(ctx)?;
    let tell = network.teller(ctx);
    let names = network.names(&tell);
    let mut web = Web::new(&names, &authorities, TIME);
    if let Some(user) = user {
        let account = format!("{user}@{}", url.host_str().unwrap_or_default());
        let password = connect::password(ctx, args.password_command.as_deref(), &account)?;
        web = web.signed_in(&url, Login { user, password });
    }
    let done = match dav::look(&mut web, &url) {
        Ok((url, Place::Tree)) => files(ctx, &mut web, &url, export)?,
        Ok((_, Place::Books(books))) => entries(ctx, &mut web, &books, export)?,
        Err(fault) => Err(fault),
    };
    match done {
        Ok(made) => report.merge(made),
        Err(fault) => {
            let fault = connect::unknown(fault)?;
            report.add(Finding {
                about: About::Files,
                name: clean(url.as_str()),
                state: State::Unknown,
                at: None,
                expected: Vec::new(),
                saw: Vec::new(),
                until: None,
                says: Some(fault.says().clone()),
            });
            report.doubts.push(Doubt::Other(fault.says().clone()));
        }
    }
    Ok(())
}

/// The address without the user's name in it, and that name.
fn parse(address: &str) -> Result<(Url, Option<String>)> {
    let mut url = Url::parse(address).map_err(|_| {
        Error::input(format!("`{}` is not an address", clean(address)))
            .hint("write it as https://ana@nube.example/dav/")
    })?;
    if url.password().is_some() {
        return Err(Error::input("there is a password in the address, where others on this machine can read it")
            .hint("leave it out: it is asked for, or comes from --password-command; and change it"));
    }
    if url.scheme() != "https" || url.host().is_none() {
        return Err(Error::input("a password is sent only by https").hint("write the address as https://…"));
    }
    let user = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
    // It can be taken away: there is a host.
    let _ = url.set_username("");
    Ok((url, Some(user).filter(|u| !u.is_empty())))
}

fn files(ctx: &Context, web: &mut Web<'_>, url: &Url, export: &Path) -> Result<std::result::Result<Report, Fault>> {
    let top = ctx.files.path(export);
    if !top.is_dir() {
        return Err(Error::input("files are held against a folder")
            .in_file(export.display().to_string())
            .hint("unpack the export, and name its folder"));
    }
    let heard = |n: usize| ctx.ui.detail(&format!("{n} {}", ctx.tr("files listed", "archivos listados")));
    let (there, unread) = match dav::tree(web, url, &heard) {
        Ok(listed) => listed,
        Err(fault) => return Ok(Err(fault)),
    };
    let unread = unread.into_iter().map(|(folder, fault)| (folder, fault.says().clone())).collect();
    let mut compare = Compare::new(there, unread);
    for file in ctx.files.walk(export, MOST)? {
        let name = file.strip_prefix(&top).unwrap_or(&file).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        let size = ctx.files.measure(&file);
        compare.file(&name, size, &mut |method| sum(ctx, &file, method))?;
    }
    Ok(Ok(compare.finish()))
}

fn sum(ctx: &Context, file: &Path, method: Method) -> Result<String> {
    match method {
        Method::Sha256 => digest::<sha2::Sha256>(ctx, file),
        Method::Sha1 => digest::<sha1::Sha1>(ctx, file),
        Method::Md5 => digest::<md5::Md5>(ctx, file),
    }
}

fn digest<D: Digest>(ctx: &Context, file: &Path) -> Result<String> {
    let mut input = ctx.files.open(file)?;
    let (mut hash, mut buffer) = (D::new(), vec![0; 256 * 1024]);
    loop {
        let read = input.read(&mut buffer).map_err(|e| Error::io("read", file, &e))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
    }
    Ok(crate::workspace::hex(&hash.finalize()))
}

fn entries(
    ctx: &Context,
    web: &mut Web<'_>,
    books: &[(Kind, Url)],
    export: &Path,
) -> Result<std::result::Result<Report, Fault>> {
    let mut old = Entries::default();
    for file in ctx.files.walk(export, MOST)? {
        let fits =
            |e: &std::ffi::OsStr| ["ics", "vcf", "ical", "vcard"].iter().any(|known| e.eq_ignore_ascii_case(known));
        if file.extension().is_some_and(fits) {
            old.take(&String::from_utf8_lossy(&ctx.files.read(&file, BOOK)?));
        }
    }
    if old.is_empty() {
        return Err(Error::input("the export holds no calendar and no contacts")
            .in_file(export.display().to_string())
            .hint("give .ics or .vcf files, or their folder"));
    }
    let (mut new, mut unknown) = (Entries::default(), 0_u64);
    for (kind, url) in books {
        let done = dav::entries(web, *kind, url, &mut |entry| match entry {
            Some(entry) => new.take(entry),
            None => unknown += 1,
        });
        if let Err(fault) = done {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(items::compare(&old, &new, unknown, ctx.redact)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn no_password_stands_in_an_address() {
        let (url, user) = parse("https://ana%40casa.example@nube.example/dav/").unwrap();
        assert_eq!((url.as_str(), user.as_deref()), ("https://nube.example/dav/", Some("ana@casa.example")));
        assert_eq!(parse("https://nube.example/s/abc").unwrap().1, None);
        for wrong in [
            "https://ana:secret@nube.example/",
            "http://nube.example/",
            "nube.example",
            "file:///etc",
            "dav://x.example/",
        ] {
            let e = parse(wrong).unwrap_err();
            assert!(!e.to_string().contains("secret"), "{wrong}");
        }
    }
}
