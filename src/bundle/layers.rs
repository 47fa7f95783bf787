//! From the file to what age encrypted.

use super::fault::{Failure, Fault, Layer, Layered, Source};
use super::header::{self, Start};
use super::keys::Keys;
use crate::error::{Error, Refused};
use age::DecryptError;
use age::armor::ArmoredReader;
use age::stream::StreamReader;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The file, read ahead.
type Buffered<R> = BufReader<header::From<Source<R>>>;

/// The age file without armor. The crate's reader of armor also takes what has none, but then reads all of it to find its
/// end.
pub(super) enum Dearmored<R> {
    Plain(Buffered<R>),
    Armored(Box<ArmoredReader<BufReader<Buffered<R>>>>),
}

impl<R: Read> Read for Dearmored<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.read(buf),
            Self::Armored(inner) => inner.read(buf),
        }
    }
}

impl<R: Read + Seek> Seek for Dearmored<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Plain(inner) => inner.seek(to),
            Self::Armored(inner) => inner.seek(to),
        }
    }
}

/// The decrypted stream.
pub(super) type Decrypted<R> = Layered<StreamReader<Dearmored<R>>>;

/// Finds the key and opens the age layer.
pub(super) fn decrypt<R: Read + Seek>(source: R, keys: &Keys) -> Result<Decrypted<R>, Failure> {
    let mut source = Source(source);
    let mut begin = Vec::new();
    source.seek(SeekFrom::Start(0))?;
    source.by_ref().take(2048).read_to_end(&mut begin)?;
    let blank = match header::start(&begin) {
        Start::Age(blank) => blank,
        Start::Other => {
            // Text with such a line was meant to be an armor.
            let class = if begin.windows(5).any(|w| w == b"-----") { Refused::Armor } else { Refused::Header };
            return Err(Error::input("this is not an age file")
                .hint("a bundle's name ends in `.tar.zst.age`")
                .refused(class)
                .into());
        }
    };
    let armored = begin.get(blank) == Some(&b'-');
    let source = header::From::new(source, blank as u64, armored)?;
    let source = BufReader::with_capacity(128 * 1024, source);
    let mut stream =
        if armored { Dearmored::Armored(Box::new(ArmoredReader::new(source))) } else { Dearmored::Plain(source) };
    header::check(io::BufReader::new(Armor { inner: &mut stream, armored }))?;
    stream.seek(SeekFrom::Start(0)).map_err(|e| if armored { armor(e) } else { e })?;
    let decryptor = age::Decryptor::new(stream).map_err(header_failure)?;
    let with_passphrase = decryptor.is_scrypt();
    if with_passphrase != keys.has_passphrase() {
        let error = if with_passphrase {
            Error::input("this bundle is sealed with a passphrase")
                .hint("give it with `--passphrase-file FILE`, or at the prompt")
        } else {
            Error::input("this bundle is sealed to keys, not with a passphrase").hint("give an identity with `-i FILE`")
        };
        return Err(error.refused(Refused::NoMatch).into());
    }
    let inner = decryptor.decrypt(keys.identities()).map_err(|e| match e {
        // A wrong passphrase and a changed stanza look the same; the first is by far the likelier.
        DecryptError::DecryptionFailed if with_passphrase => header_failure(DecryptError::NoMatchingKeys),
        e => header_failure(e),
    })?;
    Ok(Layered { inner, layer: Layer::Age })
}

/// What goes wrong while the header is looked at is the armor's: below it there is only the disk.
struct Armor<R> {
    inner: R,
    armored: bool,
}

impl<R: Read> Read for Armor<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buf).map_err(|e| if self.armored { armor(e) } else { e })
    }
}

fn armor(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), Fault::new(Layer::Age, "armor", "the armor around the file is damaged"))
        }
        _ => error,
    }
}

fn header_failure(error: DecryptError) -> Failure {
    let damaged = |class, what: &str| Failure::Damaged(Fault::new(Layer::Age, class, what));
    let layer = |error: Error, class| error.refused(class).into();
    match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => layer(
            Error::input("no key fits this bundle").hint("it was sealed to somebody else, or with another passphrase"),
            Refused::NoMatch,
        ),
        DecryptError::ExcessiveWork { required, .. } => layer(
            Error::input(format!("the passphrase of this bundle takes too much work (factor {required})"))
                .hint("if you trust where it comes from, raise `--max-work-factor`"),
            Refused::Header,
        ),
        DecryptError::UnknownFormat => {
            layer(Error::input("this age file is of a version that decamp does not know"), Refused::Header)
        }
        DecryptError::InvalidMac => damaged("hmac", "the header was changed"),
        DecryptError::DecryptionFailed => damaged("header", "the header's key can't be decrypted"),
        DecryptError::PluginResolve(_) | DecryptError::Plugin(_) => {
            layer(Error::input("the plugin of this identity could not open the bundle"), Refused::NoMatch)
        }
        DecryptError::Io(e) => match e.kind() {
            io::ErrorKind::UnexpectedEof => damaged("header", "the file is cut off in its header"),
            io::ErrorKind::InvalidData => damaged("armor", "the armor around the file is damaged"),
            _ => Failure::from(e),
        },
        _ => damaged("header", "the header can't be read"),
    }
}
