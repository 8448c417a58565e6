//! A web server on this machine, as long as the process lasts.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What is asked for.
pub struct Request {
    /// GET or HEAD.
    pub method: String,
    /// Without what follows the question mark.
    pub path: String,
    /// What follows it.
    pub query: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
}

/// What is answered.
#[derive(Default)]
pub struct Reply {
    /// Number and name.
    pub status: &'static str,
    /// Beside the length and what ends the connection.
    pub headers: Vec<(&'static str, String)>,
    /// All of it.
    pub body: Vec<u8>,
    /// Bytes of it after which the connection breaks.
    pub breaks: Option<usize>,
    /// Whether the length is said.
    pub chunked: bool,
}

impl Reply {
    /// With 200.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", body: body.into(), ..Self::default() }
    }

    /// A failure, told as S3 tells it.
    pub fn error(status: &'static str, message: &str) -> Self {
        let body = format!("<?xml version=\"1.0\"?><Error><Message>{message}</Message></Error>");
        Self { status, ..Self::ok(body) }
    }

    /// An object of a store.
    pub fn object(body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("ETag", "\"1\"".to_owned()),
            ("Last-Modified", "Sat, 03 Jan 2026 00:00:00 GMT".to_owned()),
        ];
        Self { headers, ..Self::ok(body) }
    }

    /// The rest of an object, as far as it is asked for.
    pub fn rest(request: &Request, body: &[u8]) -> Self {
        let range = request.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        let Some((from, _)) = range.and_then(|range| range.split_once('-')) else {
            return Self::object(body);
        };
        let from: usize = from.parse().expect("a number");
        let mut reply = Self::object(&body[from..]);
        reply.status = "206 Partial Content";
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        reply.headers.push(("Content-Range", range));
        reply
    }
}

/// Answers whatever is asked at the address that it gives.
pub fn serve(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                if let Some(request) = read(&stream) {
                    // Whoever asked may have gone.
                    let _ = write(stream, &request, &answer(&request));
                }
            });
        }
    });
    format!("http://{address}")
}

/// The address of somebody who takes calls and says nothing.
pub fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let calls: Vec<_> = listener.incoming().collect();
        drop(calls);
    });
    format!("http://{address}")
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let headers = headers.collect();
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers })
}

fn write(mut stream: TcpStream, request: &Request, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &match reply.chunked {
        true => "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
        false => format!("Content-Length: {}\r\n\r\n", reply.body.len()),
    };
    stream.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    let body = &reply.body[..reply.breaks.unwrap_or(reply.body.len())];
    if !reply.chunked {
        return stream.write_all(body);
    }
    for chunk in body.chunks(10_000) {
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
    stream.write_all(b"0\r\n\r\n")
}
