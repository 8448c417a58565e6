//! Risk without an incident: where a landscape would break, and how much with it.
//!
//! **Invariant.** A pure function of one summary and of whose services are. What it says of an
//! integration point is what would happen if calls over it failed; how likely they are to fail no
//! healthy export tells.

mod below;
mod collateral;
mod findings;
mod limits;
mod need;
mod point;
mod requests;
mod study;
mod view;

pub use findings::{ALL as FINDINGS, Finding, articles};
pub use study::faultlines;
pub use view::{Faultlines, Found, IntegrationPoint, Losses};
