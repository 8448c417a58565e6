//! tracefall: find where a cascading failure began.

fn main() {}
