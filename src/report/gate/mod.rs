//! What became of a policy, for people and for the programs that run pipelines.

mod actions;
mod document;
mod finding;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod policy;
mod redact;

pub use actions::annotations;
pub use document::document;
pub use gitlab::write as gitlab;
pub use json::write as json;
pub use junit::write as junit;
pub use markdown::{comment, step_summary};
pub use policy::write as write_policy;
pub use redact::redact as redact_gate;
