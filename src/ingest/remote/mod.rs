//! Objects behind URLs: Amazon S3 and what speaks its protocol, Google Cloud Storage, Azure Blob
//! Storage, web servers.
//!
//! **Invariant.** Only this room knows that reading may mean waiting for a network: what it gives
//! is a stream that asks for the next piece when it is asked itself, so no more than a piece is
//! held. Nothing that it says has a secret in it.

mod network;
mod object;
mod stores;
mod vendor;
mod web;
mod words;

pub(super) use object::{Object, Remote};
