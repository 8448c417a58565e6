//! JSON text reads alike the quick and the tolerant way.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tracefall::ingest::fuzzing::json(bytes));
