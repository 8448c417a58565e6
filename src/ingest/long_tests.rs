//! Hours of random input, by hand: `FUZZ_SECONDS=600 cargo test --release -- --ignored fuzz`.

use std::env;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Tries random inputs for `FUZZ_SECONDS` (ten minutes). What fails is shown as small as it gets:
/// it belongs into a test of its own.
pub(super) fn try_for_long<S: Strategy>(
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seconds = env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < deadline {
        let config = ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() };
        TestRunner::new(config).run(strategy, &test).unwrap();
    }
}
