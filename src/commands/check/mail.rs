//! `--imap`: an old export of mail against the new mailbox.

use super::network;
use crate::check::mail::{Compare, Mailbox};
use crate::check::{About, Doubt, Finding, Report, State, clean};
use crate::cli::check::CheckArgs;
use crate::commands::{Context, connect};
use crate::error::{Error, Result};
use crate::evidence::archive::members;
use crate::evidence::mail::{Cut, headers};
use crate::net::imap::{self, Account, Seen};
use crate::net::vet;
use std::path::Path;

/// The most files of one export.
const MOST: usize = 5_000_000;
/// IMAP over TLS, and IMAP in which TLS starts.
const PORTS: (u16, u16) = (993, 143);

/// Reads the mailbox, then holds the export against it.
pub(super) fn check(ctx: &Context, args: &CheckArgs, account: &str, export: &Path, report: &mut Report) -> Result<()> {
    let (user, host, port) = parse(account, args.starttls)?;
    if !ctx.files.exists(export) {
        return Err(Error::input(format!("`{}` does not exist", export.display())).hint("name the old export"));
    }
    let server = if user.is_empty() { account } else { account.rsplit('@').next().unwrap_or(account) };
    if !connect::says_whom(ctx, &clean(server)) {
        return Ok(());
    }
    let network = network(args);
    let authorities = network.authorities(ctx)?;
    let password = connect::password(ctx, args.password_command.as_deref(), account)?;
    let tell = network.teller(ctx);
    let names = network.names(&tell);
    let starttls = args.starttls || port == PORTS.1;
    let mut mailbox = Mailbox::default();
    let account = Account { user, host: vet::host(host)?, port, starttls, password: &password };
    let read = imap::read(&names, &authorities, &account, &mut |folder, seen| match seen {
        Seen::Folder => mailbox.folder(folder),
        Seen::Letter(headers) => mailbox.letter(folder, headers),
        Seen::Unread(why) => mailbox.unread(folder, why),
    })?;
    if let Err(fault) = read {
        let fault = connect::unknown(fault)?;
        report.add(Finding {
            about: About::Mail,
            name: clean(server),
            state: State::Unknown,
            at: None,
            expected: Vec::new(),
            saw: Vec::new(),
            until: None,
            says: Some(fault.says().clone()),
        });
        report.doubts.push(Doubt::Other(fault.says().clone()));
        return Ok(());
    }
    ctx.ui.detail(&format!(
        "{} {}",
        mailbox.count(),
        ctx.tr("letters in the new mailbox", "mensajes en el buzón nuevo")
    ));
    let mut compare = Compare::new(mailbox, ctx.redact);
    let read = read_export(ctx, export, &mut |folder, headers| compare.letter(folder, headers))?;
    if read == 0 {
        return Err(Error::input("the export holds no mail")
            .in_file(export.display().to_string())
            .hint("give mbox files, a Maildir, letters (.eml), or Takeout as it came"));
    }
    report.merge(compare.finish());
    Ok(())
}

/// `USER@HOST[:PORT]`; the user may be an address itself.
fn parse(account: &str, starttls: bool) -> Result<(&str, &str, u16)> {
    let wrong = || {
        Error::input(format!("`{}` is not USER@HOST[:PORT]", clean(account)))
            .hint("for example ana@casaabierta.example@mail.example.org, or ana@mail.example.org:993")
    };
    let (user, place) = account.rsplit_once('@').ok_or_else(wrong)?;
    if user.is_empty() || place.is_empty() || user.contains(':') && !user.contains('@') {
        return Err(wrong());
    }
    let end = place.rfind(']').map_or(0, |at| at + 1);
    let standard = if starttls { PORTS.1 } else { PORTS.0 };
    match place[end..].rfind(':').map(|at| at + end) {
        Some(colon) => Ok((user, &place[..colon], place[colon + 1..].parse().map_err(|_| wrong())?)),
        None => Ok((user, place, standard)),
    }
}

/// Gives each letter of an export with its folder; how many there were.
fn read_export(ctx: &Context, export: &Path, found: &mut dyn FnMut(&str, &[u8])) -> Result<u64> {
    let top = ctx.files.path(export);
    let mut count = 0_u64;
    let mut files = ctx.files.walk(export, MOST)?;
    // All letters of a folder one after the other.
    files.sort_by_cached_key(|f| (folder_of(&top, f), f.clone()));
    for file in files {
        let shown = ctx.files.shown(&file);
        let folder = folder_of(&top, &file);
        let mut input = ctx.files.open(&file)?;
        if is_letter(&file) {
            headers(&mut input, &shown, Cut::One, &mut |h| {
                count += 1;
                found(&folder, h);
            })?;
            continue;
        }
        let archive = members(ctx.files.open(&file)?, &shown, &mut |name, member| {
            let folder = folder_of(Path::new(""), Path::new(name));
            let cut = if is_letter(Path::new(name)) { Cut::One } else { Cut::ByContent };
            let mail = headers(member, &format!("{shown}!{}", clean(name)), cut, &mut |h| {
                count += 1;
                found(&folder, h);
            })?;
            if !mail {
                ctx.ui.detail(&format!("{shown}!{}: {}", clean(name), ctx.tr("no mail", "sin correo")));
            }
            Ok(())
        })?;
        if !archive {
            let mail = headers(&mut input, &shown, Cut::ByContent, &mut |h| {
                count += 1;
                found(&folder, h);
            })?;
            if !mail {
                ctx.ui.detail(&format!("{shown}: {}", ctx.tr("no mail", "sin correo")));
            }
        }
    }
    Ok(count)
}

/// Whether a file lies where a Maildir has its letters.
fn is_letter(file: &Path) -> bool {
    let folder = file.parent().and_then(Path::file_name);
    folder.is_some_and(|f| f == "cur" || f == "new")
}

/// The folder of mail that a file of an export belongs to, as people name it.
///
/// A Maildir's is where its `cur` lies (`.A.B` and `A/B` are both `A/B`, the top is INBOX); a mailbox file's is its own name,
/// and those of the folders around it (`Archivo.sbd/2020`, `2020.mbox/mbox`).
fn folder_of(top: &Path, file: &Path) -> String {
    let inner = file.strip_prefix(top).unwrap_or(file);
    let letter = is_letter(file);
    let mut parts: Vec<String> = Vec::new();
    for part in inner.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        match part.strip_prefix('.').filter(|_| letter) {
            Some(rest) => parts.extend(rest.split('.').map(str::to_owned)),
            None => parts.push(part),
        }
    }
    if letter {
        // The letter, and `cur`.
        parts.truncate(parts.len().saturating_sub(2));
    } else if parts.len() > 1 && parts.last().is_some_and(|p| p == "mbox") || is_eml(file) {
        parts.pop();
    }
    let plain = |part: &String| {
        let end = [".mbox", ".mbx", ".sbd"].into_iter().find_map(|e| part.strip_suffix(e));
        imap::from_utf7(end.unwrap_or(part))
    };
    let parts: Vec<String> = parts.iter().map(plain).filter(|p| !p.is_empty()).collect();
    if parts.is_empty() {
        // One file is named by itself; the top of a Maildir is the inbox.
        let own = file.file_stem().filter(|_| !letter && inner.as_os_str().is_empty());
        return own.map_or_else(|| "INBOX".to_owned(), |name| name.to_string_lossy().into_owned());
    }
    parts.join("/")
}

fn is_eml(file: &Path) -> bool {
    file.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_as_people_name_them() {
        let name = |file: &str| folder_of(Path::new("/x"), &Path::new("/x").join(file));
        for (file, folder) in [
            ("cur/1.a:2,S", "INBOX"),
            ("new/1.a", "INBOX"),
            ("INBOX/cur/1.a", "INBOX"),
            (".Archivo.2020/cur/1.a", "Archivo/2020"),
            ("Archivo/2020/cur/1.a", "Archivo/2020"),
            ("[Gmail]/Sent Mail/cur/1.a", "[Gmail]/Sent Mail"),
            (".Ni&APE-os/new/1.a", "Ni\u{f1}os"),
            ("Inbox", "Inbox"),
            ("Sent.mbox", "Sent"),
            ("Archivo.sbd/2020", "Archivo/2020"),
            ("2020.mbox/mbox", "2020"),
            ("Papers/a.eml", "Papers"),
            ("a.eml", "INBOX"),
        ] {
            assert_eq!(name(file), folder, "{file}");
        }
        assert_eq!(folder_of(Path::new("/x/All.mbox"), Path::new("/x/All.mbox")), "All");
    }

    #[test]
    fn accounts_are_cut_at_the_last_at_sign() {
        assert_eq!(
            parse("ana@casa.example@mail.example.org", false).unwrap(),
            ("ana@casa.example", "mail.example.org", 993)
        );
        assert_eq!(parse("ana@mail.example.org:1993", false).unwrap(), ("ana", "mail.example.org", 1993));
        assert_eq!(parse("ana@[::1]:143", false).unwrap(), ("ana", "[::1]", 143));
        assert_eq!(parse("ana@[::1]", true).unwrap(), ("ana", "[::1]", 143));
        for wrong in ["ana", "@mail.example.org", "ana@", "ana@mail.example.org:x", "ana:secret@mail.example.org"] {
            assert!(parse(wrong, false).is_err(), "{wrong}");
        }
    }
}
