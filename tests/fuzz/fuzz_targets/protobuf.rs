//! A message reads alike the quick way and through the generated types.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tracefall::ingest::fuzzing::protobuf(bytes));
