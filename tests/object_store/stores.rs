//! Stores that a few replies stand for: what they refuse, and what is in their listings.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::program::{analyze, local, packed, refused, report, said};
use crate::server::{Reply, Request, serve, silence};

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "me"), ("AWS_SECRET_ACCESS_KEY", "hush")];

/// With the variables of somebody who may ask Amazon.
fn amazon(endpoint: &str) -> Vec<(&str, &str)> {
    [&KEYS[..], &[("AWS_ENDPOINT_URL", endpoint)]].concat()
}

/// A listing as S3 and Google write it.
fn listing(keys: &[(&str, usize)]) -> Reply {
    let entry = |(key, size): &(&str, usize)| {
        format!(
            "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>\"1\"</ETag>\
             <LastModified>2026-01-03T00:00:00.000Z</LastModified></Contents>"
        )
    };
    let entries: String = keys.iter().map(entry).collect();
    Reply::ok(format!("<?xml version=\"1.0\"?><ListBucketResult>{entries}</ListBucketResult>"))
}

/// The fixture below `night/`, with what else may lie in a bucket.
fn bucket(request: &Request) -> Reply {
    let night = [
        ("night/", 0),
        ("night/logs/", 0),
        ("night/logs/1.zst", 1),
        ("night/traces.zst", 1),
        ("night/nothing", 0),
    ];
    let path = request.path.replace("%2F", "/").replace("%2E", ".");
    match &*path {
        "/exports" if request.query.contains("prefix=hostile") => {
            listing(&[("hostile/\u{9b}31m\u{202e}", 3), ("hostile/x", 3)])
        }
        "/exports" if request.query.contains("prefix=lines") => listing(&[("lines/a&#10;b", 3)]),
        "/exports" if request.query.contains("prefix=night") => listing(&night),
        "/exports" => listing(&[]),
        "/exports/night/logs/1.zst" => Reply::rest(request, &packed("logs")),
        "/exports/night/traces.zst" => Reply::rest(request, &packed("traces")),
        path if path.starts_with("/exports/hostile/") => Reply::error("403 Forbidden", "No\u{9b}"),
        path if path.starts_with("/denied") => Reply::error("403 Forbidden", "Key is unknown"),
        path if path.starts_with("/elsewhere") => Reply { status: "301 Moved", ..Reply::default() },
        _ => Reply::error("404 Not Found", "No such bucket"),
    }
}

#[test]
fn google_is_read_like_a_folder() {
    let server = serve(bucket);
    let variables = [("GOOGLE_BASE_URL", &*server), ("GOOGLE_SKIP_SIGNATURE", "true")];
    let mut got = report(&analyze(&["gs://exports/night"], &variables));
    assert_eq!(got["input"]["losses"], local()["input"]["losses"], "{}", got["input"]);
    // An empty object is an empty file; what marks a folder is none.
    let files = got["input"]["files"].as_u64().unwrap() - 1;
    got["input"]["files"] = files.into();
    assert_eq!(got, local());
    refused(&analyze(&["gs://exports/nothing"], &variables), &["no object has this name"]);
    let both = ["gs://exports/night/logs/1.zst", "gs://exports/night/traces.zst"];
    assert_eq!(report(&analyze(&both, &variables)), local());
}

#[test]
fn hostile_names_and_replies_are_told_harmlessly() {
    let server = serve(bucket);
    let variables = amazon(&server);
    let hostile = analyze(&["s3://exports/hostile/"], &variables);
    refused(&hostile, &["s3://exports/hostile/"]);
    refused(&analyze(&["s3://exports/lines/"], &variables), &["a name that cannot be read"]);
    for path in ["s3://exports/a\nb", "s3://exports/a//b", "s3://exports/../b"] {
        refused(&analyze(&[path], &variables), &["a name that cannot be read"]);
    }
}

#[test]
fn what_is_refused_says_what_to_set() {
    let server = serve(bucket);
    let variables = amazon(&server);
    for (path, want) in [
        ("s3://denied/a?sig=hush", "AWS_SECRET_ACCESS_KEY"),
        ("s3://elsewhere/a", "AWS_REGION"),
        ("s3://nothing/a", "404 Not Found (No such bucket)"),
        ("s3:///a", "the URL names no bucket"),
        ("s3://", "the URL names no bucket"),
        ("az://box/a", "AZURE_STORAGE_ACCOUNT_NAME"),
    ] {
        refused(&analyze(&[path], &variables), &[want]);
    }
    let half = [("AWS_SECRET_ACCESS_KEY", "hush")];
    refused(&analyze(&["s3://denied/a"], &half), &["AWS_ACCESS_KEY_ID"]);
    let nobody = amazon("http://127.0.0.1:1");
    refused(&analyze(&["s3://exports/night"], &nobody), &["Connection refused"]);
    // The library that asks takes these on trust.
    let plain = [("AWS_ENDPOINT_URL", "http://me:hush@:/?a=hush")];
    refused(&analyze(&["s3://denied/a"], &[&KEYS[..], &plain].concat()), &["AWS_ENDPOINT_URL"]);
    let region = [&KEYS[..], &[("AWS_REGION", "here and\u{7} there")]].concat();
    refused(&analyze(&["s3://denied/a"], &region), &["AWS_REGION"]);
    for bucket in ["a b", "a%2fb", "a:80", "ü", "[", "\u{1b}["] {
        let path = format!("s3://{bucket}/a");
        refused(&analyze(&[&path], &variables), &["no bucket can have this name"]);
    }
}

#[test]
fn without_credentials_it_does_not_hang() {
    let silent = silence();
    for (url, metadata) in [
        ("s3://exports/a", ("AWS_METADATA_ENDPOINT", &*silent)),
        ("s3://exports/a", ("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")),
        ("gs://exports/a", ("GCE_METADATA_HOST", "127.0.0.1:1")),
    ] {
        let begun = Instant::now();
        let home = tempfile::tempdir().unwrap();
        let variables = [metadata, ("HOME", home.path().to_str().unwrap())];
        let output = analyze(&[url], &variables);
        refused(&output, &["there are no credentials", "SKIP_SIGNATURE=true"]);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let asked = AtomicUsize::new(0);
    let server = serve(move |request| {
        let mut reply = bucket(request);
        let body = reply.body.len();
        if request.path.ends_with(".zst") && request.method == "GET" && body > 0 {
            reply.breaks = (asked.fetch_add(1, Ordering::Relaxed) < 2).then_some(body / 2);
        }
        reply
    });
    let both = ["s3://exports/night/traces.zst", "s3://exports/night/logs/1.zst"];
    let output = analyze(&both, &amazon(&server));
    assert_eq!(report(&output), local());
    assert_eq!(said(&output), "");
}
