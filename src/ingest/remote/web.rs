//! Files of web servers. They are asked for as they are named: what follows the path may sign it,
//! and a server need not say how long a reply is.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, try_unfold};
use reqwest::header::{ETAG, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::super::address::without_secrets;
use super::network::{CONNECT, Network, RETRIES, SILENCE};
use super::object::{Object, Pieces, Place};
use super::words::deepest;

/// Redirects that are followed.
const REDIRECTS: usize = 10;
/// Before the first further attempt; twice as long before each next one.
const PAUSE: Duration = Duration::from_millis(200);

/// A file of a web server.
#[derive(Clone, Debug)]
pub(super) struct Page {
    client: Client,
    url: Url,
}

/// The one file that a URL names. It is not asked for yet.
pub(super) fn find(url: &str, network: Arc<Network>) -> Result<Vec<Object>, String> {
    let parsed = Url::parse(url).map_err(|why| format!("not a URL: {why}"))?;
    if parsed.path() == "/" && parsed.query().is_none() {
        return Err("a web server lists no files: name one".to_owned());
    }
    let client = Client::builder()
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(Policy::custom(follow))
        .build()
        .map_err(|why| deepest(&why))?;
    let place = Place::Web(Page { client, url: parsed });
    Ok(vec![Object { name: without_secrets(url), named: true, size: 0, place, network }])
}

/// As browsers do, but never from where others cannot listen to where they can.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let was = attempt.previous().last().map(Url::scheme);
    if attempt.previous().len() > REDIRECTS {
        attempt.error("the server redirects without end")
    } else if was == Some("https") && attempt.url().scheme() != "https" {
        attempt.error("the server redirects from https to http")
    } else {
        attempt.follow()
    }
}

impl Page {
    /// Begins to read it. If the connection breaks, the server is asked for the rest.
    pub(super) async fn get(&self) -> Result<Pieces, String> {
        let mut download =
            Download { page: self.clone(), response: None, validator: None, at: 0, attempts: 0 };
        let next = |mut download: Download| async move {
            Ok(download.next().await?.map(|piece| (piece, download)))
        };
        // Whether there is anything shows with the first piece.
        let first = download.next().await?;
        Ok(stream::iter(first.map(Ok)).chain(try_unfold(download, next)).boxed())
    }
}

struct Download {
    page: Page,
    response: Option<Response>,
    /// What says that the file is still the same.
    validator: Option<HeaderValue>,
    /// Bytes that have come.
    at: u64,
    /// Further attempts so far.
    attempts: usize,
}

enum Failure {
    /// Another attempt may go well.
    Passing(String),
    Lasting(String),
}

impl Download {
    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            match self.piece().await {
                Ok(piece) => {
                    self.at += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                    return Ok(piece);
                }
                Err(Failure::Passing(why)) if self.attempts == RETRIES || !self.repeatable() => {
                    return Err(why);
                }
                Err(Failure::Passing(_)) => {
                    self.response = None;
                    tokio::time::sleep(PAUSE * (1 << self.attempts)).await;
                    self.attempts += 1;
                }
                Err(Failure::Lasting(why)) => return Err(why),
            }
        }
    }

    /// Whether the rest can be had: what came before must be the beginning of the same file.
    fn repeatable(&self) -> bool {
        self.at == 0 || self.validator.is_some()
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        let response = match &mut self.response {
            Some(response) => response,
            None => {
                let response = self.ask().await?;
                self.response.insert(response)
            }
        };
        response.chunk().await.map_err(|why| Failure::Passing(deepest(&why)))
    }

    async fn ask(&mut self) -> Result<Response, Failure> {
        let mut request = self.page.client.get(self.page.url.clone());
        if let (1.., Some(validator)) = (self.at, &self.validator) {
            request = request.header(RANGE, format!("bytes={}-", self.at));
            request = request.header(IF_RANGE, validator);
        }
        let response = request.send().await.map_err(|why| {
            let told = deepest(&why);
            if why.is_redirect() { Failure::Lasting(told) } else { Failure::Passing(told) }
        })?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if self.at > 0 => {}
            status if status.is_success() && self.at > 0 => {
                let why = format!("the connection broke after {} bytes", self.at);
                return Err(Failure::Lasting(why));
            }
            status if status.is_success() => self.validator = validator(&response),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Err(Failure::Lasting("the server has no such file".to_owned()));
            }
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(Failure::Lasting(format!("the server denies access ({status})")));
            }
            status => {
                let why = format!("the server answers {status}");
                let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                return Err(if busy { Failure::Passing(why) } else { Failure::Lasting(why) });
            }
        }
        Ok(response)
    }
}

/// Only a strong one will do (RFC 9110, 13.1.5).
fn validator(response: &Response) -> Option<HeaderValue> {
    let headers = response.headers();
    let strong = |tag: &&HeaderValue| !tag.as_bytes().starts_with(b"W/");
    headers.get(ETAG).filter(strong).or_else(|| headers.get(LAST_MODIFIED)).cloned()
}
