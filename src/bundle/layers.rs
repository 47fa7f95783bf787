//! From the file to the archive in it: age, then zstd with its table of frames.

use super::fault::{Failure, Fault, Layer, Layered, Source};
use super::keys::Keys;
use crate::error::Error;
use age::DecryptError;
use age::armor::ArmoredReader;
use age::stream::StreamReader;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The largest window, as a power of two, that a frame may ask for: what `zstd -d` accepts too.
const WINDOW_LOG: u32 = 27;
const FRAME_MAGIC: u32 = 0x184D_2A5E;
const TABLE_MAGIC: u32 = 0x8F92_EAB1;
const FOOT: usize = 9;
const HEAD: usize = 8;

/// The decrypted stream.
pub(super) type Decrypted<R> = Layered<StreamReader<ArmoredReader<BufReader<BufReader<Source<R>>>>>>;

/// Finds the key and opens the age layer.
pub(super) fn decrypt<R: Read>(source: R, keys: &Keys) -> Result<Decrypted<R>, Failure> {
    let mut source = BufReader::with_capacity(128 * 1024, Source(source));
    let start = io::BufRead::fill_buf(&mut source)?;
    if !looks_like_age(start) {
        return Err(Error::input("this is not an age file").hint("a bundle's name ends in `.tar.zst.age`").into());
    }
    let decryptor = age::Decryptor::new(ArmoredReader::new(source)).map_err(header_failure)?;
    if decryptor.is_scrypt() != keys.has_passphrase() {
        let error = if decryptor.is_scrypt() {
            Error::input("this bundle is sealed with a passphrase")
                .hint("give it with `--passphrase-file FILE`, or at the prompt")
        } else {
            Error::input("this bundle is sealed to keys, not with a passphrase").hint("give an identity with `-i FILE`")
        };
        return Err(error.into());
    }
    let with_passphrase = decryptor.is_scrypt();
    let inner = decryptor.decrypt(keys.identities()).map_err(|e| match e {
        // A wrong passphrase and a changed stanza look the same; the first is by far the likelier.
        DecryptError::DecryptionFailed if with_passphrase => header_failure(DecryptError::NoMatchingKeys),
        e => header_failure(e),
    })?;
    Ok(Layered { inner, layer: Layer::Age })
}

fn looks_like_age(start: &[u8]) -> bool {
    let begins = |text: &[u8], mark: &[u8]| !text.is_empty() && text.starts_with(&mark[..mark.len().min(text.len())]);
    begins(start, b"age-encryption.org/") || begins(start.trim_ascii_start(), b"-----BEGIN AGE ENCRYPTED FILE-----")
}

fn header_failure(error: DecryptError) -> Failure {
    let damaged = |class, what: &str| Failure::Damaged(Fault::new(Layer::Age, class, what));
    match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => Error::input("no key fits this bundle")
            .hint("it was sealed to somebody else, or with another passphrase")
            .into(),
        DecryptError::ExcessiveWork { required, .. } => {
            Error::input(format!("the passphrase of this bundle takes too much work (factor {required})"))
                .hint("if you trust where it comes from, raise `--max-work-factor`")
                .into()
        }
        DecryptError::UnknownFormat => Error::input("this age file is of a version that decamp does not know").into(),
        DecryptError::InvalidMac => damaged("hmac", "the header was changed"),
        DecryptError::DecryptionFailed => damaged("header", "the header's key can't be decrypted"),
        DecryptError::Io(e) => match e.kind() {
            io::ErrorKind::UnexpectedEof => damaged("header", "the file is cut off in its header"),
            io::ErrorKind::InvalidData => damaged("armor", "the armor around the file is damaged"),
            _ => Failure::from(e),
        },
        _ => damaged("header", "the header can't be read"),
    }
}

/// Opens the zstd layer on top of the decrypted stream.
pub(super) fn decompress<R: Read>(decrypted: R) -> Result<impl Read, Failure> {
    let mut inner = zstd::stream::read::Decoder::new(decrypted)?;
    inner.window_log_max(WINDOW_LOG)?;
    Ok(Layered { inner, layer: Layer::Zstd })
}

/// The table of frames at the end of the zstd layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frames {
    /// Where each frame begins, compressed and not; one more for the end.
    starts: Vec<(u64, u64)>,
}

impl Frames {
    /// Reads the table, if there is one: other tools write none.
    pub(super) fn read<R: Read + Seek>(stream: &mut R) -> Result<Option<Self>, Failure> {
        let length = stream.seek(SeekFrom::End(0))?;
        let Some(foot_at) = length.checked_sub(FOOT as u64) else { return Ok(None) };
        let mut foot = [0; FOOT];
        stream.seek(SeekFrom::Start(foot_at))?;
        stream.read_exact(&mut foot)?;
        if little(&foot[5..]) != TABLE_MAGIC {
            return Ok(None);
        }
        let forged = || Fault::new(Layer::Zstd, "format", "the table of frames is wrong");
        let count = u64::from(little(&foot));
        let body = count * 8 + FOOT as u64;
        // Bits of the descriptor: checksums in the table (this format has none) and reserved ones.
        let table_at = length.checked_sub(body + HEAD as u64).filter(|_| foot[4] == 0).ok_or_else(forged)?;
        stream.seek(SeekFrom::Start(table_at))?;
        let mut head = [0; HEAD];
        stream.read_exact(&mut head)?;
        if little(&head) != FRAME_MAGIC || u64::from(little(&head[4..])) != body {
            return Err(forged().into());
        }
        let mut starts = vec![(0, 0)];
        let (mut compressed, mut plain) = (0_u64, 0_u64);
        let mut entries = BufReader::new(stream.take(count * 8));
        for _ in 0..count {
            let mut entry = [0; 8];
            entries.read_exact(&mut entry)?;
            compressed += u64::from(little(&entry));
            plain += u64::from(little(&entry[4..]));
            starts.push((compressed, plain));
        }
        if compressed != table_at {
            return Err(forged().into());
        }
        Ok(Some(Self { starts }))
    }

    /// How many frames there are.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// How long the archive is.
    pub(super) fn plain_length(&self) -> u64 {
        self.starts.last().map_or(0, |s| s.1)
    }

    /// Where frame `index` begins in the archive.
    pub(super) fn plain_start(&self, index: usize) -> u64 {
        self.starts.get(index).map_or_else(|| self.plain_length(), |s| s.1)
    }

    /// The frame that holds this byte of the archive.
    pub(super) fn holding(&self, offset: u64) -> u64 {
        self.starts.partition_point(|s| s.1 <= offset).saturating_sub(1) as u64
    }

    /// The archive from frame `index` on.
    pub(super) fn from<'a, R: Read + Seek>(
        &self,
        stream: &'a mut R,
        index: usize,
    ) -> Result<impl Read + use<'a, R>, Failure> {
        let start = self.starts.get(index).map_or(0, |s| s.0);
        stream.seek(SeekFrom::Start(start))?;
        decompress(stream)
    }
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).rev().fold(0, |n, b| (n << 8) | u32::from(*b))
}
