//! Exports behind URLs: of web servers and stores on this machine, of moto, which speaks
//! S3's protocol, and of Azure's emulator. The paths of these two are in `MOTO_SERVER` and
//! `AZURITE_BLOB`; `.ci/run` installs them.

#![cfg(feature = "object-store")]

mod azurite;
#[path = "../common/mod.rs"]
mod common;
mod moto;
mod process;
mod program;
mod server;
mod stores;
mod web;
