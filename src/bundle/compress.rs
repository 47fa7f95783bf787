//! From the archive to the bundle: cut into frames, compressed on all cores, encrypted in order by a thread of its own.
//!
//! ```text
//! caller ──frames──> workers (zstd) ──in order──> encryption (age) ──> output
//! ```
//!
//! Memory is bounded by the number of frames under way, whatever the size of the archive.

use super::padding;
use age::stream::StreamWriter;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use zeekstd::seek_table::SeekTable;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

/// A zstd frame holds so much of the archive, in bytes.
pub(super) const FRAME: u32 = 8 * 1024 * 1024;
/// The level, and what differs from it: a window as long as a frame, and a table of matches that still fits into a core's own
/// cache. On mail and text about as short as `zstd -3` and a third faster; on source code up to 4 % longer.
const LEVEL: i32 = 2;
const WINDOW_LOG: u32 = 23;
const HASH_LOG: u32 = 17;
const MIN_MATCH: u32 = 6;
/// The manifest is mostly hashes, which repeat nothing: what is searched for little finds the rest.
const LIST_HASH_LOG: u32 = 14;
const LIST_MIN_MATCH: u32 = 7;
/// A block of a stored frame is so long, in bytes: the most that zstd allows.
const BLOCK: usize = 128 * 1024;
/// More workers would take more memory than sealing may (128 MiB).
const MAX_WORKERS: usize = 4;

/// A frame on its way, with a buffer for what becomes of it.
struct Job {
    plain: Vec<u8>,
    is_list: bool,
    packed: Vec<u8>,
    done: SyncSender<io::Result<Ready>>,
}

/// A frame that is ready to be encrypted.
struct Ready {
    plain: Vec<u8>,
    packed: Vec<u8>,
    /// It does not shrink: the plain bytes go out as they are.
    stored: bool,
}

/// What the encryption is sent, in the archive's order.
enum Step {
    Frame(Receiver<io::Result<Ready>>),
    /// All frames were sent: without this word the bundle is not ended.
    End,
}

/// Runs `make`, which writes an archive, and encrypts it frame by frame into `age`. Adds the table of frames, before it
/// padding where it is wanted, and ends the encryption.
pub(super) fn compress<W: Write + Send, T>(
    age: StreamWriter<W>,
    pad: bool,
    make: impl FnOnce(&mut Frames) -> io::Result<T>,
) -> io::Result<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from).clamp(1, MAX_WORKERS);
    let (jobs, todo) = channel::<Job>();
    // Bounded: it holds the caller up when all are busy.
    let (order, ordered) = sync_channel(workers);
    let (back, spare) = channel();
    let todo = Mutex::new(todo);
    thread::scope(|scope| {
        let encryption = scope.spawn(move || encrypt(age, pad, ordered, &back));
        for _ in 0..workers {
            scope.spawn(|| work(&todo));
        }
        let mut frames = Frames { buffer: Vec::with_capacity(FRAME as usize), jobs, order, is_list: false, spare };
        let made = make(&mut frames).and_then(|made| {
            frames.end_frame()?;
            frames.order.send(Step::End).map_err(gone)?;
            Ok(made)
        });
        drop(frames);
        let encrypted = encryption.join().unwrap_or_else(|_| Err(io::Error::other("encryption stopped")));
        // When both failed, the encryption did first: the caller only found that it was gone.
        match (made, encrypted) {
            (Err(e), Err(first)) => Err(if e.kind() == io::ErrorKind::BrokenPipe { first } else { e }),
            (made, Ok(())) => made,
            (Ok(_), Err(e)) => Err(e),
        }
    })
}

fn gone<T>(_: T) -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

/// Cuts what is written into frames.
pub(super) struct Frames {
    buffer: Vec<u8>,
    jobs: Sender<Job>,
    order: SyncSender<Step>,
    is_list: bool,
    /// Buffers that were used before: fresh memory costs more than the copying.
    spare: Receiver<Ready>,
}

impl Frames {
    /// Ends the frame: what follows is the list of all that came before.
    pub(super) fn begin_list(&mut self) -> io::Result<()> {
        self.end_frame()?;
        self.is_list = true;
        Ok(())
    }

    /// Ends the frame, if anything is in it: what follows begins another.
    fn end_frame(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let Ready { plain: mut next, packed, .. } = self.spare.try_recv().unwrap_or_else(|_| Ready {
            plain: Vec::with_capacity(FRAME as usize),
            packed: Vec::new(),
            stored: false,
        });
        next.clear();
        let plain = std::mem::replace(&mut self.buffer, next);
        let (done, result) = sync_channel(1);
        self.order.send(Step::Frame(result)).map_err(gone)?;
        self.jobs.send(Job { plain, is_list: self.is_list, packed, done }).map_err(gone)
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = FRAME as usize - self.buffer.len();
        let n = bytes.len().min(room);
        self.buffer.extend_from_slice(&bytes[..n]);
        if n == room {
            self.end_frame()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Compresses frames until there are no more.
fn work(todo: &Mutex<Receiver<Job>>) {
    let mut zstd = compressor();
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { plain, is_list, mut packed, done }) = next else { return };
        let result = match &mut zstd {
            Ok(zstd) => pack(zstd, &plain, is_list, &mut packed),
            Err(e) => Err(io::Error::new(e.kind(), e.to_string())),
        };
        // Nobody waits for it when the encryption has failed.
        let _ = done.send(result.map(|stored| Ready { plain, packed, stored }));
    }
}

fn compressor() -> io::Result<Compressor<'static>> {
    let mut zstd = Compressor::new(LEVEL)?;
    zstd.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
    Ok(zstd)
}

/// Compresses a frame, or says that it is only worth storing.
fn pack(zstd: &mut Compressor<'_>, plain: &[u8], is_list: bool, packed: &mut Vec<u8>) -> io::Result<bool> {
    packed.clear();
    if !is_list && !shrinks(zstd, plain)? {
        return Ok(true);
    }
    packed.reserve(compress_bound(plain.len()));
    let (hash, matches) = if is_list { (LIST_HASH_LOG, LIST_MIN_MATCH) } else { (HASH_LOG, MIN_MATCH) };
    zstd.set_parameter(CParameter::CompressionLevel(LEVEL))?;
    zstd.set_parameter(CParameter::HashLog(hash))?;
    zstd.set_parameter(CParameter::MinMatch(matches))?;
    zstd.compress_to_buffer(plain, packed)?;
    Ok(false)
}

/// Writes a frame of raw blocks (RFC 8878, 3.1.1): a copy for the sake of the format would cost a tenth of all time. Gives
/// its length.
fn store(plain: &[u8], out: &mut impl Write) -> io::Result<usize> {
    // Magic number; a single segment, its size in four bytes, no checksum, no dictionary.
    let mut head = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    head.extend_from_slice(&u32::try_from(plain.len()).map_err(io::Error::other)?.to_le_bytes());
    out.write_all(&head)?;
    let mut length = head.len();
    let mut blocks = plain.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let last = u32::from(blocks.peek().is_none());
        let size = u32::try_from(block.len()).map_err(io::Error::other)?;
        out.write_all(&(size << 3 | last).to_le_bytes()[..3])?;
        out.write_all(block)?;
        length += 3 + block.len();
    }
    Ok(length)
}

/// Whether compressing is worth the time, by a look at a few places.
fn shrinks(zstd: &mut Compressor<'_>, plain: &[u8]) -> io::Result<bool> {
    const PIECE: usize = 4096;
    const PIECES: usize = 16;
    if plain.len() < 4 * PIECE * PIECES {
        return Ok(true);
    }
    zstd.set_parameter(CParameter::CompressionLevel(1))?;
    let mut out = Vec::with_capacity(compress_bound(PIECE));
    for n in 0..PIECES {
        let at = n * (plain.len() - PIECE) / (PIECES - 1);
        out.clear();
        zstd.compress_to_buffer(&plain[at..at + PIECE], &mut out)?;
        if out.len() < PIECE - PIECE / 32 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Encrypts frames in their order, then padding and the table of frames.
fn encrypt<W: Write>(
    mut age: StreamWriter<W>,
    pad: bool,
    ordered: Receiver<Step>,
    back: &Sender<Ready>,
) -> io::Result<()> {
    let mut table = SeekTable::new();
    let mut total = 0_u64;
    for step in ordered {
        let Step::Frame(result) = step else {
            if pad {
                let all = total + table.clone().into_serializer().encoded_len() as u64;
                for fill in padding::frames(all) {
                    log(&mut table, fill.len(), 0)?;
                    age.write_all(&fill)?;
                }
            }
            io::copy(&mut table.into_serializer(), &mut age)?;
            return age.finish().and_then(|mut out| out.flush());
        };
        let frame = result.recv().map_err(|_| io::Error::other("compression stopped"))??;
        let packed = if frame.stored {
            store(&frame.plain, &mut age)?
        } else {
            age.write_all(&frame.packed)?;
            frame.packed.len()
        };
        log(&mut table, packed, frame.plain.len())?;
        total += packed as u64;
        // The caller may have ended.
        let _ = back.send(frame);
    }
    // The caller has failed, and says why.
    Ok(())
}

fn log(table: &mut SeekTable, packed: usize, plain: usize) -> io::Result<()> {
    let size = |n| u32::try_from(n).map_err(io::Error::other);
    table.log_frame(size(packed)?, size(plain)?).map_err(io::Error::other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn stored_frames_are_frames() {
        for size in [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let plain: Vec<u8> =
                (0_u32..).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap_or(0)).take(size).collect();
            let mut frame = Vec::new();
            assert_eq!(store(&plain, &mut frame).unwrap(), frame.len());
            assert_eq!(zstd::decode_all(&frame[..]).unwrap(), plain);
        }
    }
}
