//! What comes on stdin has no length before its end, and an archive wants it first. So it waits on the disk, encrypted to
//! a key that only this run knows and in a file without a name.

use crate::error::{Error, Result};
use age::secrecy::ExposeSecret as _;
use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};
use std::path::Path;

/// A stream that was read to its end.
pub(in crate::bundle) struct Spool {
    file: File,
    key: age::x25519::Identity,
    /// Bytes of content.
    pub(in crate::bundle) size: u64,
}

impl Spool {
    /// Reads `stream` to its end into the folder `at`.
    pub(in crate::bundle) fn fill(stream: &mut dyn Read, at: &Path) -> Result<Self> {
        let wrong = |e: io::Error| Error::io("write in", at, &e);
        let mut file = tempfile::tempfile_in(at).map_err(wrong)?;
        let key = age::x25519::Identity::generate();
        let recipient = key.to_public();
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
            .map_err(|_| Error::machine("could not encrypt what came on stdin"))?;
        let mut out = encryptor.wrap_output(io::BufWriter::new(&mut file)).map_err(wrong)?;
        let mut buffer = vec![0; 256 * 1024];
        let mut size = 0;
        loop {
            let n = match stream.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::machine(format!("could not read stdin: {e}"))),
                Ok(0) => break,
                Ok(n) => n,
            };
            out.write_all(&buffer[..n]).map_err(wrong)?;
            size += n as u64;
        }
        out.finish().and_then(|mut inner| inner.flush()).map_err(wrong)?;
        Ok(Self { file, key, size })
    }

    /// The content, from its start.
    pub(in crate::bundle) fn open(&mut self) -> io::Result<impl Read> {
        self.file.rewind()?;
        let decryptor = age::Decryptor::new(io::BufReader::new(&self.file)).map_err(io::Error::other)?;
        let identity = self.key.to_string();
        let identity: age::x25519::Identity = identity.expose_secret().parse().map_err(io::Error::other)?;
        decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(io::Error::other)
    }
}
