//! The zstd layer: frames, and the table at their end that says where each begins.

use super::decompress;
use super::fault::{Failure, Fault, Layer};
use std::io::{BufReader, Read, Seek, SeekFrom};

const FRAME_MAGIC: u32 = 0x184D_2A5E;
const TABLE_MAGIC: u32 = 0x8F92_EAB1;
const FOOT: usize = 9;
const HEAD: usize = 8;

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

    /// Compressed and plain size of each frame.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (u64, u64)> {
        self.starts.windows(2).map(|w| (w[1].0 - w[0].0, w[1].1 - w[0].1))
    }

    /// The archive from frame `index` on.
    pub(super) fn from<'a, R: Read + Seek>(
        &self,
        stream: &'a mut R,
        index: usize,
    ) -> Result<impl Read + use<'a, R>, Failure> {
        let start = self.starts.get(index).map_or(0, |s| s.0);
        stream.seek(SeekFrom::Start(start))?;
        decompress::plain(stream)
    }
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).rev().fold(0, |n, b| (n << 8) | u32::from(*b))
}
