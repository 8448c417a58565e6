//! What must hold of any bytes: for the targets in tests/fuzz, and for tests that replay what
//! those have found.

use std::fs;

use tempfile::TempDir;

use super::batch::Batch;
use super::blocks::Sizes;
use super::json::{Otlp, parse, parse_tolerantly};
use super::load::{Reading, load_with};
use super::proto::{decode_fully, decode_message, signal};
use super::store::Store;
use super::told::{records, told};

/// Texts are read more than once, because readers remember what they have seen.
const TIMES: usize = 2;

/// The quick way and the tolerant one make the same of a text.
///
/// # Panics
/// If they do not.
pub fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (mut quick, mut tolerant) = (Batch::default(), Batch::default());
    for _ in 0..TIMES {
        let quickly = parse::<Otlp>(text, &mut quick).map_err(|e| e.to_string());
        let tolerantly = parse_tolerantly::<Otlp>(text, &mut tolerant).map_err(|e| e.to_string());
        assert_eq!(quickly, tolerantly, "{text}");
    }
    assert_eq!(told(&quick), told(&tolerant), "{text}");
}

/// The quick way and the generated types make the same of a message.
///
/// # Panics
/// If they do not.
pub fn protobuf(message: &[u8]) {
    let (mut quick, mut full) = (Batch::default(), Batch::default());
    let Some(signal) = signal(message) else { return };
    for _ in 0..TIMES {
        decode_message(message, &mut quick);
        decode_fully(message, signal, &mut full);
    }
    assert_eq!(told(&quick), told(&full), "{message:02x?}");
}

/// A file holds the same records in blocks of any size. The first byte says the size, the others
/// are the file.
///
/// # Panics
/// If it does not, or if a file cannot be written.
pub fn framing(bytes: &[u8]) {
    let Some((&block, file)) = bytes.split_first() else { return };
    let folder = TempDir::new().expect("a folder to write to");
    let path = folder.path().join("x");
    fs::write(&path, file).expect("a file to write to");
    let plain = Reading::default();
    let read = |block| {
        let sizes = Sizes { block, unit: 1 << 20 };
        load_with(std::slice::from_ref(&path), Store::new(3, None), &(), 1, sizes, &plain)
    };
    let (want, got) = (read(1 << 20), read(usize::from(block) + 1));
    let told = [want, got].map(|loaded| records(&loaded.expect("an input that can be opened")));
    assert_eq!(told[0], told[1]);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Everything in the corpus of a target.
    fn replay(target: &str, see: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
        let files = fs::read_dir(&folder).unwrap();
        let seen = files.map(|file| see(&fs::read(file.unwrap().path()).unwrap())).count();
        assert!(seen > 0, "{} is empty", folder.display());
    }

    #[test]
    fn what_fuzzing_found_still_holds() {
        replay("json", json);
        replay("protobuf", protobuf);
        replay("framing", framing);
    }
}
