//! Whatever is taken for a saved summary can be saved again and analysed. The bytes are what a
//! summary unpacks to: behind a checksum no change would be seen.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use tracefall::analysis::{Settings, analyze};
use tracefall::model::SUMMARY_MAGIC;
use tracefall::summary::{read, write};

/// The formats that are read, each behind the magic bytes.
const FORMATS: [u16; 2] = [2, 3];

fuzz_target!(|bytes: &[u8]| {
    let _ = read(bytes);
    for format in FORMATS {
        let head = [&SUMMARY_MAGIC[..], &format.to_le_bytes()].concat();
        let mut encoder = zstd::Encoder::new(head, 1).unwrap();
        encoder.write_all(bytes).unwrap();
        let Ok(summary) = read(&encoder.finish().unwrap()) else { continue };
        assert_eq!(read(&write(&summary).unwrap()).unwrap(), summary);
        analyze(&summary, None, &Settings::default());
        analyze(&summary, Some(&summary), &Settings::default());
    }
});
