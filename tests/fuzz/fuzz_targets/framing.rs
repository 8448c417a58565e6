//! A file holds the same whatever the blocks it is read in.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tracefall::ingest::fuzzing::framing(bytes));
