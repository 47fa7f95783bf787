//! From the decrypted stream to the archive. Where a table of frames allows it the frames are unpacked on all cores; a
//! stream of other tools is one frame, so there decryption and unpacking only run beside each other.
//!
//! What comes out is the same either way, and so is what is refused.

use super::fault::{Failure, Fault, Layer, Layered};
use super::frames::Frames;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use zstd::bulk::Decompressor;

/// The largest window, as a power of two, that a frame may ask for: what `zstd -d` accepts too.
const WINDOW_LOG: u32 = 27;
/// Larger frames, packed or not, are not held in memory as a whole, in bytes.
const LARGEST: u64 = 9 * 1024 * 1024;
const MAX_WORKERS: usize = 4;
/// What is decrypted ahead, in bytes.
const AHEAD: usize = 512 * 1024;

/// A piece of what is read, in order; none at the end.
type Piece = io::Result<Option<Vec<u8>>>;

/// One frame after the other, here and now.
pub(super) fn plain<R: Read>(decrypted: R) -> Result<impl Read, Failure> {
    let mut inner = zstd::stream::read::Decoder::new(decrypted)?;
    inner.window_log_max(WINDOW_LOG)?;
    Ok(Layered { inner, layer: Layer::Zstd })
}

/// Gives `read` the archive of the decrypted `stream`, which stands at its start and is read to its end.
pub(super) fn archive<T>(
    stream: &mut (impl Read + Send),
    frames: Option<&Frames>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match frames.filter(|f| f.count() > 1 && f.sizes().all(|(packed, plain)| packed.max(plain) <= LARGEST)) {
        Some(frames) => by_frames(stream, frames, read),
        None => beside(stream, read),
    }
}

/// Reads pieces as one stream, and gives their buffers back.
struct Pieces<N> {
    next: N,
    back: Sender<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<N: FnMut() -> Option<Piece>> Pieces<N> {
    fn new(next: N, back: Sender<Vec<u8>>) -> Self {
        Self { next, back, piece: Vec::new(), at: 0, ended: false }
    }
}

impl<N: FnMut() -> Option<Piece>> Read for Pieces<N> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.ended {
            // A row that breaks off is no good end.
            let next = (self.next)().unwrap_or_else(|| Err(io::Error::other("reading stopped")))?;
            self.ended = next.is_none();
            let used = std::mem::replace(&mut self.piece, next.unwrap_or_default());
            let _ = self.back.send(used);
            self.at = 0;
        }
        let n = (&self.piece[self.at..]).read(buf)?;
        self.at += n;
        Ok(n)
    }
}

/// Decrypts in a thread of its own.
fn beside<T>(
    stream: &mut (impl Read + Send),
    read: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (filled, full) = sync_channel::<Piece>(4);
    let (back, used) = channel::<Vec<u8>>();
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let mut buffer = used.try_recv().unwrap_or_default();
                buffer.clear();
                let piece = match stream.by_ref().take(AHEAD as u64).read_to_end(&mut buffer) {
                    Ok(0) => Ok(None),
                    Ok(_) => Ok(Some(buffer)),
                    Err(e) => Err(e),
                };
                let last = !matches!(piece, Ok(Some(_)));
                if filled.send(piece).is_err() || last {
                    return;
                }
            }
        });
        let mut pieces = Pieces::new(move || full.recv().ok(), back);
        let done = read(&mut plain(&mut pieces)?)?;
        // The archive's end may have come before the encryption's.
        if pieces.read(&mut [0; 1])? != 0 {
            return Err(Fault::new(Layer::Zstd, "format", "something follows the compressed data").into());
        }
        Ok(done)
    })
}

/// A frame to unpack.
struct Job {
    packed: Vec<u8>,
    plain: Vec<u8>,
    /// What it must unpack to, in bytes.
    size: usize,
    done: SyncSender<Piece>,
    spare: Sender<Vec<u8>>,
}

/// Decrypts in one thread, unpacks in several, and reads in this one.
fn by_frames<T>(
    stream: &mut (impl Read + Send),
    frames: &Frames,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let workers = thread::available_parallelism().map_or(1, usize::from).clamp(1, MAX_WORKERS);
    let (jobs, todo) = channel::<Job>();
    let (order, ordered) = sync_channel::<Receiver<Piece>>(workers + 1);
    let (back, used) = channel();
    let todo = Mutex::new(todo);
    thread::scope(|scope| {
        scope.spawn(move || decrypt(stream, frames, &jobs, &order, &used));
        for _ in 0..workers {
            scope.spawn(|| unpack(&todo));
        }
        let mut pieces = Pieces::new(move || ordered.recv().ok().and_then(|piece| piece.recv().ok()), back);
        read(&mut pieces)
    })
}

/// Reads the frames, and then the table behind them to the stream's last byte.
fn decrypt(
    stream: &mut impl Read,
    frames: &Frames,
    jobs: &Sender<Job>,
    order: &SyncSender<Receiver<Piece>>,
    used: &Receiver<Vec<u8>>,
) {
    let tell = |piece: Piece| {
        let (done, result) = sync_channel(1);
        let _ = done.send(piece);
        let _ = order.send(result);
    };
    let (spare, spares) = channel::<Vec<u8>>();
    for (packed, plain) in frames.sizes() {
        let mut buffer = spares.try_recv().unwrap_or_default();
        buffer.resize(usize::try_from(packed).unwrap_or(0), 0);
        if let Err(e) = stream.read_exact(&mut buffer) {
            return tell(Err(e));
        }
        let (done, result) = sync_channel(1);
        let job = Job {
            packed: buffer,
            plain: used.try_recv().unwrap_or_default(),
            size: usize::try_from(plain).unwrap_or(0),
            done,
            spare: spare.clone(),
        };
        if order.send(result).is_err() || jobs.send(job).is_err() {
            return;
        }
    }
    // The table was read before; now it is read in its turn, so that every chunk was authenticated.
    tell(io::copy(stream, &mut io::sink()).map(|_| None));
}

/// Unpacks frames until there are no more.
fn unpack(todo: &Mutex<Receiver<Job>>) {
    let mut zstd = Decompressor::new();
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { packed, mut plain, size, done, spare }) = next else { return };
        plain.resize(size, 0);
        let unpacked = match &mut zstd {
            // Into exactly the room that the table announces.
            Ok(zstd) => zstd.decompress_to_buffer(&packed, plain.as_mut_slice()),
            Err(e) => Err(io::Error::new(e.kind(), e.to_string())),
        };
        let what = match unpacked {
            Ok(n) if n == size => None,
            Ok(_) => Some("the table of frames is wrong".to_owned()),
            Err(e) => Some(e.to_string()),
        };
        // Nobody waits for it when reading has stopped.
        let _ = done.send(match what {
            None => Ok(Some(plain)),
            Some(what) => Err(io::Error::new(io::ErrorKind::InvalidData, Fault::new(Layer::Zstd, "format", what))),
        });
        let _ = spare.send(packed);
    }
}
