//! Files of web servers.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::fixtures::stored;
use crate::program::{analyze, command, local, packed, refused, report, said};
use crate::server::{Reply, serve};

/// The fixture, however it is asked for: signed, with a password, in chunks, by a detour.
fn exports() -> String {
    serve(|request| match &*request.path {
        "/signed/traces.jsonl.zst" if request.query == "a=b%2Fc&X-Amz-Signature=hush" => {
            Reply::ok(packed("traces"))
        }
        // me:hush
        "/private/with%20space//logs.jsonl"
            if request.headers.get("authorization").is_some_and(|a| a == "Basic bWU6aHVzaA==") =>
        {
            Reply { chunked: true, ..Reply::ok(stored("dead-dependency", "logs.jsonl")) }
        }
        "/moved" => Reply {
            status: "302 Found",
            headers: vec![(
                "Location",
                "/signed/traces.jsonl.zst?a=b%2Fc&X-Amz-Signature=hush".into(),
            )],
            ..Reply::default()
        },
        "/round" => Reply {
            status: "302 Found",
            headers: vec![("Location", "/round?sig=hush".into())],
            ..Reply::default()
        },
        "/busy" => Reply::error("503 Slow Down", "hush"),
        "/denied" => Reply::error("403 Forbidden", "hush"),
        "/empty" => Reply::ok(""),
        "/page" => Reply::ok("<html>sign in</html>"),
        _ => Reply::error("404 Not Found", "hush"),
    })
}

#[test]
fn files_are_read_as_they_are_named() {
    let server = exports();
    let signed = format!("{server}/signed/traces.jsonl.zst?a=b%2Fc&X-Amz-Signature=hush");
    let logs = format!("{server}/private/with%20space//logs.jsonl").replace("p://", "p://me:hush@");
    let moved = format!("{server}/moved");
    let want = local();
    for paths in [[&*signed, &*logs], [&*logs, &*moved]] {
        let output = analyze(&paths, &[]);
        assert_eq!(report(&output), want);
        assert_eq!(said(&output), "");
    }
}

#[test]
fn every_command_reads_urls() {
    let server = serve(|request| match &*request.path {
        "/traces" => Reply::ok(packed("traces")),
        "/saved" => Reply::ok(std::fs::read(request.query.as_str()).unwrap_or_default()),
        _ => Reply::error("404 Not Found", ""),
    });
    let traces = format!("{server}/traces?sig=hush");
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("run.summary");
    let summarized = command(&["summarize", &traces, "-o", saved.to_str().unwrap()], &[]);
    assert!(summarized.status.success(), "{}", said(&summarized));
    let saved = format!("{server}/saved?{}", saved.display());
    let named = |output: &std::process::Output| {
        assert!(output.status.success(), "{}", said(output));
        said(output);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let analysis = report(&analyze(&[&traces, "--memory", "8MiB"], &[]));
    assert_eq!(analysis["verdict"], report(&analyze(&[&saved], &[]))["verdict"]);
    let text = stored("dead-dependency", "traces.jsonl");
    let id = text.split("\"traceId\":\"").nth(1).and_then(|rest| rest.get(..32)).unwrap();
    let edge = ["--edge", "payments,ledger", "--pattern", "circuit_breaker"];
    named(&command(&[&["whatif", &traces], &edge[..]].concat(), &[]));
    assert!(named(&command(&["trace", id, &traces], &[])).contains(id));
    named(&command(&["graph", &traces], &[]));
    named(&command(&["faultlines", &traces], &[]));
    let diff = named(&command(&["diff", &saved, &traces], &[]));
    assert!(diff.contains(&format!("{server}/traces?…")), "{diff}");
    let check = command(&["check", &traces, "--baseline", &saved], &[]);
    assert_eq!(check.status.code(), Some(1), "an incident fails: {}", said(&check));
}

#[test]
fn what_is_refused_is_told_without_secrets() {
    let server = exports();
    let at = |path: &str| format!("{server}{path}?sig=hush");
    for (path, want) in [
        (at("/denied"), "the server denies access (403 Forbidden)"),
        (at("/missing"), "the server has no such file"),
        (at("/busy"), "the server answers 503"),
        (at("/round"), "redirects without end"),
        (at("/page"), "it looks like plain text"),
        (format!("{server}/"), "a web server lists no files: name one"),
        ("http://127.0.0.1:1/a?sig=hush".to_owned(), "Connection refused"),
        ("https://me:hush@".to_owned(), "not a URL"),
        ("ftp://me:hush@h/a".to_owned(), "ftp:// is not read"),
    ] {
        refused(&analyze(&[&path], &[]), &[want]);
    }
    // An empty file is an empty export, as on disk.
    assert!(analyze(&[&at("/empty")], &[]).status.success());
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let asked = AtomicUsize::new(0);
    let server = serve(move |request| {
        let body = packed("traces");
        let cut = match asked.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Some(body.len() / 3),
            _ => None,
        };
        Reply { breaks: cut, ..Reply::rest(request, &body) }
    });
    let logs = serve(|_| Reply::ok(packed("logs")));
    let output = analyze(&[&format!("{server}/traces"), &format!("{logs}/logs")], &[]);
    assert_eq!(report(&output), local());
    assert_eq!(said(&output), "");
}

#[test]
fn what_came_before_a_connection_broke_for_good_counts() {
    let text = stored("dead-dependency", "traces.jsonl");
    let half = text.len() / 2;
    let whole = text[..half].lines().count() as u64 - 1;
    // It has no mark by which to know the file again, so none of it is asked for twice.
    let server = serve(move |_| Reply { breaks: Some(half), ..Reply::ok(text.clone()) });
    let path = format!("{server}/traces?sig=hush");
    let output = analyze(&[&path], &[]);
    let report = report(&output);
    assert!(report["input"]["spans"].as_u64() > Some(whole), "{}", report["input"]);
    assert_eq!(report["input"]["losses"]["unreadable_file"], 1, "{}", report["input"]);
    assert!(said(&output).contains(&format!("{server}/traces?…")), "{}", said(&output));
    assert_eq!(analyze(&[&path, "--strict"], &[]).status.code(), Some(3));
}
