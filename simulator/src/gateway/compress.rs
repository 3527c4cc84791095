//! Transport compression: one shared context per connection, flushed after each message.

use flate2::{Compress, Compression, FlushCompress};
use tokio_websockets::Message;
use zstd_safe::{CCtx, InBuffer, OutBuffer, zstd_sys::ZSTD_EndDirective};

/// How frames of one connection are written.
pub(crate) enum Encoder {
    Plain,
    Zlib(Box<Compress>),
    Zstd(Box<CCtx<'static>>),
}

impl Encoder {
    /// From the query of the connection; `None` for a compression that does not exist.
    pub(crate) fn named(compress: Option<&str>) -> Option<Self> {
        match compress {
            None => Some(Self::Plain),
            Some("zlib-stream") => Some(Self::Zlib(Box::new(Compress::new(
                Compression::fast(),
                true,
            )))),
            Some("zstd-stream") => Some(Self::Zstd(Box::new(CCtx::create()))),
            Some(_) => None,
        }
    }

    pub(crate) fn frame(&mut self, text: String) -> Message {
        match self {
            Self::Plain => Message::text(text),
            Self::Zlib(context) => Message::binary(deflate(context, text.as_bytes())),
            Self::Zstd(context) => Message::binary(zstd(context, text.as_bytes())),
        }
    }
}

fn deflate(context: &mut Compress, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len() / 2 + 64);
    let begin = context.total_in();
    loop {
        let used = usize::try_from(context.total_in() - begin).unwrap_or(input.len());
        let rest = input.get(used..).unwrap_or_default();
        let written = context.compress_vec(rest, &mut out, FlushCompress::Sync);
        // A flush is over when there was room to spare.
        if written.is_err() || out.len() < out.capacity() {
            return out;
        }
        out.reserve(out.capacity().max(256));
    }
}

fn zstd(context: &mut CCtx<'static>, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chunk = vec![0_u8; CCtx::out_size()];
    let mut source = InBuffer::around(input);
    loop {
        let mut target = OutBuffer::around(chunk.as_mut_slice());
        let left =
            context.compress_stream2(&mut target, &mut source, ZSTD_EndDirective::ZSTD_e_flush);
        out.extend_from_slice(target.as_slice());
        if !matches!(left, Ok(left) if left > 0) {
            return out;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Decompress, FlushDecompress};

    #[test]
    fn zlib_messages_share_a_context_and_end_in_a_sync_flush() {
        let mut context = Compress::new(Compression::fast(), true);
        let mut inflate = Decompress::new(true);
        for length in [3_usize, 0, 100_000, 17] {
            let text: String = (0..length)
                .map(|n| char::from(b'a' + (n * n % 23) as u8))
                .collect();
            let packed = deflate(&mut context, text.as_bytes());
            assert!(packed.ends_with(&[0, 0, 0xFF, 0xFF]));
            let mut out = Vec::with_capacity(length + 64);
            inflate
                .decompress_vec(&packed, &mut out, FlushDecompress::Sync)
                .expect("valid stream");
            assert_eq!(String::from_utf8(out).expect("utf-8"), text);
        }
    }
}
