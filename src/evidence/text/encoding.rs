//! The encodings in which exports come.

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a byte that can't be that is taken as Windows-1252.
    Utf8,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
}

impl Encoding {
    /// The encoding by the first bytes: the mark, else where the zero bytes of Western text stand.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xff, 0xfe, ..] => return Self::Utf16Le,
            [0xfe, 0xff, ..] => return Self::Utf16Be,
            _ => {}
        }
        let sample = &head[..head.len().min(4096)];
        let pairs = sample.len() / 2;
        let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        if pairs >= 4 && odd * 10 > pairs * 7 && even * 20 < pairs {
            Self::Utf16Le
        } else if pairs >= 4 && even * 10 > pairs * 7 && odd * 20 < pairs {
            Self::Utf16Be
        } else {
            Self::Utf8
        }
    }

    /// What turns it into UTF-8, where it is not that already.
    pub(super) fn decoder(self) -> Option<encoding_rs::Decoder> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(encoding_rs::UTF_16LE.new_decoder_without_bom_handling()),
            Self::Utf16Be => Some(encoding_rs::UTF_16BE.new_decoder_without_bom_handling()),
        }
    }

    /// The whole of `bytes` as text, without the mark; a sequence that the end cuts is dropped.
    pub fn decode(self, bytes: &[u8]) -> String {
        let text = match self {
            Self::Utf8 => {
                let mut out = String::with_capacity(bytes.len());
                repaired(bytes, false, &mut out);
                out
            }
            Self::Utf16Le => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Utf16Be => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
        };
        match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }
    }
}

/// Appends `bytes` as UTF-8, each byte that can't be as Windows-1252; returns how many bytes were taken (all but a
/// sequence that may go on, unless this is the `last` piece).
pub(super) fn repaired(bytes: &[u8], last: bool, out: &mut String) -> usize {
    let mut rest = bytes;
    loop {
        let e = match std::str::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                return bytes.len();
            }
            Err(e) => e,
        };
        let (good, bad) = rest.split_at(e.valid_up_to());
        out.push_str(std::str::from_utf8(good).unwrap_or_default());
        if e.error_len().is_none() && !last {
            return bytes.len() - bad.len();
        }
        let (byte, tail) = bad.split_at(1);
        out.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(byte).0);
        rest = tail;
    }
}
