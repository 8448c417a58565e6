//! Whatever is taken for a saved summary can be saved again and analysed. The bytes are what a
//! summary unpacks to: behind a checksum no change would be seen.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use tracefall::analysis::{Settings, analyze};
use tracefall::summary::{Summary, read, write};

/// Magic bytes and the number of the format.
const HEAD: usize = 10;

fuzz_target!(|bytes: &[u8]| {
    let _ = read(bytes);
    let empty = write(&Summary::default()).unwrap();
    let mut encoder = zstd::Encoder::new(empty[..HEAD].to_vec(), 1).unwrap();
    encoder.write_all(bytes).unwrap();
    let Ok(summary) = read(&encoder.finish().unwrap()) else { return };
    assert_eq!(read(&write(&summary).unwrap()).unwrap(), summary);
    analyze(&summary, None, &Settings::default());
    analyze(&summary, Some(&summary), &Settings::default());
});
