//! The saved form of a summary.
//!
//! `MAGIC`, the format's number (u16, little endian), then one zstd frame with a checksum over
//! the value in postcard's encoding.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use crate::model::SUMMARY_MAGIC;

use super::{SLICE_SHIFT, Summary};

/// The format written here.
const FORMAT: u16 = 2;
/// A damaged or hostile file may claim to unpack to more than any summary is; this is refused.
const MAX_UNPACKED: u64 = 1 << 30;
/// zstd's level: summaries are small and kept for long.
const LEVEL: i32 = 12;

/// Why bytes are not a usable summary.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not written by tracefall, or cut short, or changed.
    #[error("the summary is damaged: {0}")]
    Damaged(String),
    /// Written by an earlier or later version.
    #[error("the summary has format {found}, this version reads {FORMAT}: make it again")]
    OtherFormat {
        /// The format in the file.
        found: u16,
    },
}

/// The bytes of a saved summary.
///
/// # Errors
/// Only if the compressor fails, which means that memory ran out.
pub fn write(summary: &Summary) -> std::io::Result<Vec<u8>> {
    let value = postcard::to_stdvec(summary).map_err(std::io::Error::other)?;
    let mut bytes = SUMMARY_MAGIC.to_vec();
    bytes.extend(FORMAT.to_le_bytes());
    let mut encoder = zstd::Encoder::new(bytes, LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.write_all(&value)?;
    encoder.finish()
}

/// Reads the bytes of a saved summary.
///
/// # Errors
/// See [`ReadError`].
pub fn read(bytes: &[u8]) -> Result<Summary, ReadError> {
    let damaged = |why: &str| ReadError::Damaged(why.to_owned());
    let rest = bytes.strip_prefix(&SUMMARY_MAGIC).ok_or_else(|| damaged("no magic bytes"))?;
    let (format, packed) =
        rest.split_first_chunk::<2>().ok_or_else(|| damaged("it ends after the magic bytes"))?;
    let found = u16::from_le_bytes(*format);
    if found != FORMAT {
        return Err(ReadError::OtherFormat { found });
    }
    let mut value = Vec::new();
    let decoder = zstd::Decoder::with_buffer(packed).map_err(|e| damaged(&e.to_string()))?;
    let mut decoder = decoder.single_frame().take(MAX_UNPACKED);
    decoder.read_to_end(&mut value).map_err(|e| damaged(&e.to_string()))?;
    if !decoder.into_inner().finish().is_empty() {
        return Err(damaged("something follows its end"));
    }
    let (summary, rest) =
        postcard::take_from_bytes::<Summary>(&value).map_err(|e| damaged(&e.to_string()))?;
    if !rest.is_empty() {
        return Err(damaged("it holds more than a summary"));
    }
    check(&summary).map_err(damaged)?;
    Ok(summary)
}

/// Every id must be one of the catalog's, and what is said of entry requests by slice must be of
/// slices that have some: what comes later indexes without asking again.
fn check(s: &Summary) -> Result<(), &'static str> {
    let c = &s.catalog;
    let below = |id: u32, len: usize| (id as usize) < len || id == super::NONE;
    let node = |id: u32| below(id, c.nodes.len());
    let operation = |id: u32| below(id, c.operations.len());
    let known_operation = |id: u32| (id as usize) < c.operations.len();
    let template = |id: u32| below(id, c.templates.len());
    let names = c.operations.iter().all(|o| (o.node as usize) < c.nodes.len())
        && c.instances.iter().all(|i| (i.node as usize) < c.nodes.len())
        && c.templates.iter().all(|t| (t.node as usize) < c.nodes.len());
    let tables = s.entries.keys().all(known_operation)
        && s.calls.keys().chain(s.timings.keys()).all(|k| node(k.0) && known_operation(k.1))
        && s.instances.keys().all(|k| below(k, c.instances.len()))
        && s.children.keys().all(|k| known_operation(k.0) && known_operation(k.1))
        && s.logs.keys().all(template)
        && s.transitions.keys().all(|k| known_operation(k.0) && template(k.1) && template(k.2))
        && s.blamed.keys().all(|k| known_operation(k.0) && known_operation(k.1))
        && s.touched.keys().all(|k| known_operation(k.0) && node(k.1))
        && s.entry_times.keys().all(known_operation);
    let slices: BTreeSet<u64> = s.entries.rows().iter().map(|r| r.1 >> SLICE_SHIFT).collect();
    let digests = s.digests.iter().all(|d| {
        let hop = |i: u32| (i as usize) < d.hops.len();
        (hop(d.entry) || d.hops.is_empty() || d.stratum.0 == super::NONE)
            && operation(d.stratum.0)
            && (d.stratum.0 == super::NONE || slices.contains(&d.slice))
            && d.hops.iter().enumerate().all(|(i, h)| {
                (h.parent == super::NONE || (h.parent as usize) < i)
                    && known_operation(h.operation)
                    && below(h.instance, c.instances.len())
            })
            && d.locals.iter().all(|l| hop(l.0) && known_operation(l.1))
            && d.logs.iter().all(|l| hop(l.0) && template(l.1))
    });
    let times = s.entry_times.rows().iter().all(|r| slices.contains(&r.1));
    let widths = s.bucket_log2 < 60;
    if names && tables && digests && times && widths { Ok(()) } else { Err("an id out of range") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_cut_or_newer_file_is_told_apart() {
        let bytes = write(&Summary::default()).unwrap();
        assert_eq!(read(&bytes).unwrap(), Summary::default());
        assert!(matches!(read(&bytes[..bytes.len() - 1]), Err(ReadError::Damaged(_))));
        assert!(matches!(read(b"something else"), Err(ReadError::Damaged(_))));
        let mut changed = bytes.clone();
        let last = changed.len() - 6;
        changed[last] ^= 1;
        assert!(matches!(read(&changed), Err(ReadError::Damaged(_))));
        assert!(matches!(read(&bytes.repeat(2)), Err(ReadError::Damaged(_))));
        let mut newer = bytes;
        newer[SUMMARY_MAGIC.len()] = 99;
        assert!(matches!(read(&newer), Err(ReadError::OtherFormat { found: 99 })));
    }
}
