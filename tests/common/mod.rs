//! What several test files share.

#![allow(dead_code, reason = "no test file needs all of it")]

#[cfg(unix)]
pub mod actions;
pub mod analyses;
pub mod comparisons;
pub mod difference;
pub mod exports;
#[cfg(unix)]
pub mod expression;
pub mod fixtures;
pub mod golden;
pub mod pipeline;
pub mod place;
pub mod xsd;
