//! What several test files share.

#![allow(dead_code, reason = "no test file needs all of it")]

pub mod analyses;
pub mod difference;
pub mod exports;
pub mod fixtures;
pub mod pipeline;
