//! Taking off compression, recognised by its first bytes.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// A stream that can be read on another thread.
pub(super) type Stream = Box<dyn Read + Send>;

struct Compression {
    magic: fn(&[u8]) -> bool,
    open: fn(Stream) -> io::Result<Stream>,
}

const KNOWN: &[Compression] = &[
    Compression {
        magic: |head| head.starts_with(&[0x1f, 0x8b, 8]),
        open: |stream| Ok(Box::new(MultiGzDecoder::new(stream))),
    },
    Compression {
        magic: |head| is_zstd(head) || is_skippable(head),
        open: |stream| Ok(Box::new(zstd::Decoder::new(stream)?)),
    },
];

/// Whether a Zstandard frame begins here (RFC 8878).
pub(super) fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Files compressed more often than this are not telemetry but an attack.
const LAYERS: usize = 3;

/// The decompressed stream, however it is compressed, or not at all. Decoders work on the
/// fly, so that what a small file unpacks to is never held at once.
pub(super) fn peel(stream: Stream) -> io::Result<Stream> {
    let mut stream = stream;
    for _ in 0..LAYERS {
        let mut head = Vec::with_capacity(8);
        // An error here will come again where blocks are read, and is counted there.
        let failed = stream.by_ref().take(8).read_to_end(&mut head).err();
        let known = KNOWN.iter().find(|known| (known.magic)(&head));
        let tail: Stream = match failed {
            None => stream,
            Some(error) => Box::new(Failing(Some(error))),
        };
        stream = Box::new(Cursor::new(head).chain(tail));
        match known {
            Some(known) => {
                let stored = BufReader::with_capacity(CHUNK, stream);
                stream = Box::new(Steady::new((known.open)(Box::new(stored))?));
            }
            None => break,
        }
    }
    Ok(stream)
}

/// Read at once, compressed and unpacked.
const CHUNK: usize = 1 << 16;

/// Reads in one rhythm, however it is asked. A decoder that meets damage may keep to itself what it
/// unpacked in the same call: how much that is must not depend on the size of blocks.
struct Steady {
    inner: Stream,
    chunk: Vec<u8>,
    at: usize,
    filled: usize,
}

impl Steady {
    fn new(inner: Stream) -> Self {
        Self { inner, chunk: vec![0; CHUNK], at: 0, filled: 0 }
    }
}

impl Read for Steady {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.filled {
            self.filled = 0;
            self.at = 0;
            self.filled = self.inner.read(&mut self.chunk)?;
        }
        let count = into.len().min(self.filled - self.at);
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Gives an error that was met while looking ahead.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression as Level;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        peel(Box::new(Cursor::new(bytes)))?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn plain_gzip_zstd_and_both() {
        let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
        assert_eq!(read(b"hello".to_vec()).unwrap(), "hello");
        assert_eq!(read(Vec::new()).unwrap(), "");
        assert_eq!(read(gzip(b"hello")).unwrap(), "hello");
        assert_eq!(read(zstd(b"hello")).unwrap(), "hello");
        assert_eq!(read(zstd(&gzip(b"hello"))).unwrap(), "hello");
    }

    #[test]
    fn members_and_frames_one_after_the_other() {
        let two = [gzip(b"hel"), gzip(b"lo")].concat();
        assert_eq!(read(two).unwrap(), "hello");
        let frame = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
        let skippable = b"\x50\x2a\x4d\x18\x02\0\0\0xx".to_vec();
        let two = [skippable, frame(b"hel"), frame(b"lo")].concat();
        assert_eq!(read(two).unwrap(), "hello");
    }

    #[test]
    fn a_cut_stream_is_an_error_that_says_so() {
        let whole = gzip(&[b'x'; 10_000]);
        let error = read(whole[..whole.len() - 9].to_vec()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
