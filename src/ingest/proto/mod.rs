//! OTLP in protobuf.
//!
//! **Invariant.** Signals are told apart by the wire types of their records before anything is
//! decoded: the messages are so alike that each parses as any other.

mod convert;
mod decode;
mod fast;
mod frames;
mod signal;
mod wire;

#[cfg(any(test, fuzzing))]
pub(super) use decode::decode_fully;
pub(super) use decode::decode_message;
pub(super) use frames::{Frame, each_frame, last_frame_end};
#[cfg(any(test, fuzzing))]
pub(super) use signal::signal;
pub(super) use signal::{is_export, starts_export};
pub(super) use wire::last_field_end;
