//! What was built, and how: what a report of a fault should begin with.

use std::env::consts::{ARCH, OS};

/// The version, and the facts below it, for `--version`. The commit is known where
/// `TRACEFALL_COMMIT` was set for the compiler.
pub fn facts() -> String {
    let commit = option_env!("TRACEFALL_COMMIT").unwrap_or("not recorded");
    let built = if cfg!(debug_assertions) { "with debug assertions" } else { "optimised" };
    let stores = if cfg!(feature = "object-store") { "object stores" } else { "files only" };
    format!(
        "{}\ncommit:  {commit}\nsystem:  {ARCH} {OS}\nbuilt:   {built}\nreads:   {stores}",
        env!("CARGO_PKG_VERSION"),
    )
}
