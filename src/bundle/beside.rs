//! Writing in a thread of its own, so that the encryption need not wait for the disk.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

/// What is handed on at once, in bytes.
const PIECE: usize = 512 * 1024;

/// Takes what is written; it is not all written before [`beside`] has ended.
pub(super) struct Beside {
    piece: Vec<u8>,
    full: SyncSender<Vec<u8>>,
    /// Buffers that were written, to be filled again.
    empty: Receiver<Vec<u8>>,
}

impl Beside {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let mut next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE));
        next.clear();
        // The thread has ended early: what went wrong is its to say.
        self.full.send(std::mem::replace(&mut self.piece, next)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() + bytes.len() > PIECE {
            self.hand_on()?;
        }
        self.piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}

/// Runs `make`, whose output goes to `output`. What it did not flush is lost.
pub(super) fn beside<T>(output: impl Write + Send, make: impl FnOnce(Beside) -> io::Result<T>) -> io::Result<T> {
    let (full, pieces) = sync_channel(4);
    let (back, empty) = channel();
    thread::scope(|scope| {
        let writer = scope.spawn(move || write(output, pieces, &back));
        let made = make(Beside { piece: Vec::with_capacity(PIECE), full, empty });
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("writing stopped")));
        // When both failed, the disk did first: the other only found that it was gone.
        match (made, written) {
            (Err(e), Err(first)) => Err(if e.kind() == io::ErrorKind::BrokenPipe { first } else { e }),
            (made, Ok(())) => made,
            (Ok(_), Err(e)) => Err(e),
        }
    })
}

fn write(mut output: impl Write, pieces: Receiver<Vec<u8>>, back: &Sender<Vec<u8>>) -> io::Result<()> {
    for piece in pieces {
        output.write_all(&piece)?;
        // Nobody needs it any more at the end.
        let _ = back.send(piece);
    }
    output.flush()
}
