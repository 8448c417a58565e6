//! An object, found and read.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};

use super::super::access::Access;
use super::super::compression::Stream;
use super::network::Network;
use super::stores::Stored;
use super::web::Page;
use super::{stores, web};

/// Looks up URLs.
pub(in crate::ingest) struct Remote<'a> {
    access: &'a Access,
    /// Started by the first URL.
    network: OnceLock<Result<Arc<Network>, String>>,
}

/// An object that can be read.
#[derive(Clone, Debug)]
pub(in crate::ingest) struct Object {
    /// Its URL, without what is secret in it.
    pub(in crate::ingest) name: String,
    /// Whether the URL names it, rather than a folder above it.
    pub(in crate::ingest) named: bool,
    /// Bytes, 0 if nobody has said.
    pub(in crate::ingest) size: u64,
    /// Where it is.
    pub(super) place: Place,
    /// Over which it comes.
    pub(super) network: Arc<Network>,
}

/// Where an object is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In a store.
    Store(Stored),
    /// On a web server.
    Web(Page),
    /// Nowhere: a listing says that there is nothing in it.
    Empty,
}

/// What comes of an object, or why no more does.
pub(super) type Pieces = BoxStream<'static, Result<Bytes, String>>;

impl<'a> Remote<'a> {
    /// With what opens stores.
    pub(in crate::ingest) fn new(access: &'a Access) -> Self {
        Self { access, network: OnceLock::new() }
    }

    /// The object that a URL names, or all those below it in order of name, as a folder is walked.
    ///
    /// # Errors
    /// In words for people, without anything secret.
    pub(in crate::ingest) fn find(&self, url: &str) -> Result<Vec<Object>, String> {
        let network = self.network.get_or_init(|| Network::start().map(Arc::new)).clone()?;
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        if matches!(scheme, "http" | "https") {
            return web::find(url, network);
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        stores::find(scheme, bucket, key, self.access, network)
    }
}

impl Object {
    /// Begins to read it.
    pub(in crate::ingest) fn open(&self) -> io::Result<Stream> {
        let pieces = match &self.place {
            Place::Store(stored) => self.network.wait(stored.get()).map_err(failed)?,
            Place::Web(page) => self.network.wait(page.get()).map_err(failed)?,
            Place::Empty => return Ok(Box::new(io::empty())),
        };
        Ok(Box::new(Body { pieces, piece: Bytes::new(), network: Arc::clone(&self.network) }))
    }
}

fn failed(why: String) -> io::Error {
    // Not `Other`, which is how decoders say that data is damaged.
    io::Error::new(io::ErrorKind::ConnectionAborted, why)
}

struct Body {
    pieces: Pieces,
    piece: Bytes,
    network: Arc<Network>,
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.network.wait(self.pieces.next()) {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(why)) => return Err(failed(why)),
            }
        }
        let count = into.len().min(self.piece.len());
        into[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}
