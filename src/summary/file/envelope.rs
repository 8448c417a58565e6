//! The bytes around a summary.
//!
//! `MAGIC`, the format's number (u16, little endian), then one zstd frame with a checksum over
//! its contents: the same head again, so that the checksum covers it too; who wrote the file and
//! the shapes of its structs; the value. All in postcard's encoding.

use std::io::{Read as _, Write as _};

use serde::{Deserialize, Serialize};

use crate::model::SUMMARY_MAGIC;
use crate::summary::Summary;

use super::check::check;
use super::format_2;
use super::grown::Grown;
use super::shapes::{self, Shapes, WHOLE};

/// The format written here.
const FORMAT: u16 = 3;
/// The oldest format that is read.
const OLDEST: u16 = 2;
/// A damaged or hostile file may claim to unpack to more than any summary is; this is refused.
const MAX_UNPACKED: u64 = 1 << 30;
/// zstd's level: summaries are small and kept for long.
const LEVEL: i32 = 12;
/// Bytes of the magic and the format's number.
const HEAD: usize = SUMMARY_MAGIC.len() + 2;

/// Why bytes are not a usable summary.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not written by tracefall, or cut short, or changed.
    #[error("the summary is damaged: {0}")]
    Damaged(String),
    /// Written by a later version in a format of which nothing is known here.
    #[error(
        "made by a newer tracefall (format {found}; this one reads {OLDEST} to {FORMAT}): update tracefall, or make it again with this one"
    )]
    Newer {
        /// The format in the file.
        found: u16,
    },
    /// Written by a later version that counts more than is known here.
    #[error(
        "made by tracefall {writer}, which counts what this one does not know ({what}): update tracefall, or make it again with this one"
    )]
    CountsMore {
        /// The version that wrote the file.
        writer: String,
        /// The first thing that is not known.
        what: String,
    },
    /// Written before anything was released.
    #[error(
        "made by a tracefall before its first release (format {found}; this one reads {OLDEST} to {FORMAT}): make it again"
    )]
    Older {
        /// The format in the file.
        found: u16,
    },
}

/// What a file says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// The version of tracefall that wrote it.
    writer: String,
    /// The fields of every struct in it.
    shapes: Shapes,
}

fn head() -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..SUMMARY_MAGIC.len()].copy_from_slice(&SUMMARY_MAGIC);
    head[SUMMARY_MAGIC.len()..].copy_from_slice(&FORMAT.to_le_bytes());
    head
}

/// The bytes of a saved summary.
///
/// # Errors
/// Only if the compressor fails, which means that memory ran out.
pub fn write(summary: &Summary) -> std::io::Result<Vec<u8>> {
    let header = Header { writer: env!("CARGO_PKG_VERSION").to_owned(), shapes: shapes::current() };
    let contents = postcard::to_extend(&header, head().to_vec())
        .and_then(|contents| postcard::to_extend(summary, contents))
        .map_err(std::io::Error::other)?;
    let mut encoder = zstd::Encoder::new(head().to_vec(), LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.write_all(&contents)?;
    encoder.finish()
}

/// Reads the bytes of a saved summary.
///
/// # Errors
/// See [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Summary, ReadError> {
    let rest = bytes.strip_prefix(&SUMMARY_MAGIC).ok_or_else(|| damaged("no magic bytes"))?;
    let (format, packed) =
        rest.split_first_chunk::<2>().ok_or_else(|| damaged("it ends after the magic bytes"))?;
    let summary = match u16::from_le_bytes(*format) {
        2 => value(&unpack(packed)?, &format_2::shapes())?,
        FORMAT => {
            let contents = unpack(packed)?;
            let inside = contents.strip_prefix(&head()).ok_or_else(|| damaged("two heads"))?;
            let (header, value_bytes) =
                postcard::take_from_bytes::<Header>(inside).map_err(damaged)?;
            if let Some(what) = shapes::beyond(&header.shapes, &shapes::current()) {
                return Err(ReadError::CountsMore { writer: header.writer, what });
            }
            value(value_bytes, &header.shapes)?
        }
        found if found < OLDEST => return Err(ReadError::Older { found }),
        found => return Err(ReadError::Newer { found }),
    };
    check(&summary).map_err(damaged)?;
    Ok(summary)
}

fn damaged(why: impl ToString) -> ReadError {
    ReadError::Damaged(why.to_string())
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ReadError> {
    let mut contents = Vec::new();
    let decoder = zstd::Decoder::with_buffer(packed).map_err(damaged)?;
    let mut decoder = decoder.single_frame().take(MAX_UNPACKED);
    decoder.read_to_end(&mut contents).map_err(damaged)?;
    if decoder.into_inner().finish().is_empty() {
        Ok(contents)
    } else {
        Err(damaged("something follows its end"))
    }
}

fn value(bytes: &[u8], written: &Shapes) -> Result<Summary, ReadError> {
    let known = shapes::current();
    let mut values = postcard::Deserializer::from_bytes(bytes);
    let summary = if *written == known {
        Summary::deserialize(&mut values)
    } else {
        Summary::deserialize(Grown::new(&mut values, written))
    };
    let summary = summary.map_err(damaged)?;
    let rest = values.finalize().map_err(damaged)?;
    // Of what was appended since, nothing here knows how long it is.
    let appended = written.get(WHOLE).map_or(0, Vec::len) > known[WHOLE].len();
    if rest.is_empty() || appended {
        Ok(summary)
    } else {
        Err(damaged("it holds more than a summary"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file with other contents, and a checksum that is right.
    fn sealed(contents: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(head().to_vec(), 1).unwrap();
        encoder.write_all(contents).unwrap();
        encoder.finish().unwrap()
    }

    /// A summary of a later version, with what that version changed.
    fn later(change: impl Fn(&mut Shapes), appended: &[u8]) -> Vec<u8> {
        let mut header = Header { writer: "9.8.7".to_owned(), shapes: shapes::current() };
        change(&mut header.shapes);
        let contents = postcard::to_extend(&header, head().to_vec()).unwrap();
        let contents = postcard::to_extend(&Summary::default(), contents).unwrap();
        sealed(&[&contents, appended].concat())
    }

    fn push(shapes: &mut Shapes, name: &str) {
        shapes.get_mut(name).unwrap().push("weather".to_owned());
    }

    #[test]
    fn a_changed_cut_or_newer_file_is_told_apart() {
        let bytes = write(&Summary::default()).unwrap();
        assert_eq!(read(&bytes).unwrap(), Summary::default());
        let refused = |bytes: &[u8]| matches!(read(bytes), Err(ReadError::Damaged(_)));
        assert!(refused(&bytes[..bytes.len() - 1]) && refused(&bytes[..9]));
        assert!(refused(b"something else") && refused(&bytes.repeat(2)));
        let mut changed = bytes.clone();
        let last = changed.len() - 6;
        changed[last] ^= 1;
        assert!(refused(&changed));
        for (number, error) in
            [(99, ReadError::Newer { found: 99 }), (1, ReadError::Older { found: 1 })]
        {
            let mut other = bytes.clone();
            other[SUMMARY_MAGIC.len()] = number;
            assert_eq!(read(&other), Err(error));
        }
        let mut other = bytes;
        other[SUMMARY_MAGIC.len()] = 2;
        assert!(refused(&other), "what is of format 3 is never taken for format 2");
    }

    #[test]
    fn what_a_later_version_appends_is_passed_over_and_what_it_mixes_in_is_refused() {
        let appended = later(|shapes| push(shapes, WHOLE), b"a few bytes");
        assert_eq!(read(&appended), Ok(Summary::default()));
        let mixed = read(&later(|shapes| push(shapes, "Calls"), b""));
        let error = mixed.unwrap_err();
        let told = ReadError::CountsMore { writer: "9.8.7".into(), what: "Calls.weather".into() };
        assert_eq!(error, told);
        assert!(matches!(read(&later(|_| (), b"more")), Err(ReadError::Damaged(_))));
    }

    #[test]
    fn what_an_earlier_version_did_not_count_is_at_its_default() {
        // A version that knew all but the last field of the summary.
        let mut shapes = shapes::current();
        let last = shapes.get_mut(WHOLE).and_then(Vec::pop);
        assert_eq!(last.as_deref(), Some("made"));
        let header = Header { writer: "0.0.1".to_owned(), shapes };
        let summary = Summary::default();
        let whole = postcard::to_stdvec(&summary).unwrap();
        let made = postcard::to_stdvec(&summary.made).unwrap();
        let earlier = whole.strip_suffix(&made[..]).unwrap();
        let contents = postcard::to_extend(&header, head().to_vec()).unwrap();
        assert_eq!(read(&sealed(&[&contents, earlier].concat())), Ok(summary));
    }
}
