//! What a span or log record means, whatever format it came in.
//!
//! **Invariant.** Nothing here knows a format or reads input: decoders fill drafts, and the
//! functions here turn drafts into records. Each file holds one rule.

mod attributes;
mod cause;
mod dimensions;
mod draft;
mod enums;
mod fields;
mod fold;
mod ids;
mod mask;
mod message;
mod operation;
mod peer;
mod probes;
mod resource;
mod sampling;
mod status;
mod tags;
mod value;

pub(in crate::ingest) use attributes::{Attributes, Key};
pub(in crate::ingest) use cause::{Clues, cause};
pub use dimensions::{DimensionError, Dimensions};
pub(in crate::ingest) use draft::{BodyDraft, Found, LogDraft, SpanDraft};
pub(in crate::ingest) use enums::{
    grpc_named, kind, kind_named, severity, severity_named, severity_text, status, status_named,
};
pub(in crate::ingest) use fields::field_or_attribute;
pub(in crate::ingest) use fold::fold;
pub(in crate::ingest) use ids::{span_id, span_id_bytes, trace_id, trace_id_bytes};
pub(in crate::ingest) use mask::mask;
pub(in crate::ingest) use message::{body_key_rank, log_text};
pub(in crate::ingest) use operation::{OPERATION_BYTES, operation, shorten, truncate};
pub(in crate::ingest) use peer::peer;
pub(in crate::ingest) use probes::Caller;
pub use probes::{Probes, SYNTHETIC, USER_AGENTS};
pub(in crate::ingest) use resource::resource;
pub(in crate::ingest) use sampling::sampling;
pub(in crate::ingest) use status::status_code;
pub(in crate::ingest) use tags::{evaluation, resource_tags, span_tags};
pub(in crate::ingest) use value::Value;
