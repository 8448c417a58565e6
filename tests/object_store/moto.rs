//! A server that speaks S3's protocol: the whole way, with and without TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::process::Process;
use crate::program::{analyze, local, packed, refused, report, said};

/// Makes a certificate for this machine, with what moto itself needs for TLS.
const CERTIFICATE: &str = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
day = datetime.timedelta(days=1)
now = datetime.datetime.now(datetime.timezone.utc)
host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(key, hashes.SHA256()))
pem = serialization.Encoding.PEM
open("cert.pem", "wb").write(made.public_bytes(pem))
open("key.pem", "wb").write(key.private_bytes(
    pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"#;

/// The server.
struct Moto {
    process: Process,
    certificate: Option<TempDir>,
}

impl Moto {
    fn start() -> Self {
        Self::start_with(None)
    }

    fn start_with_tls() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let python = Process::program("MOTO_SERVER").with_file_name("python");
        let mut made = Command::new(python);
        made.args(["-c", CERTIFICATE]).current_dir(folder.path());
        assert!(made.status().unwrap().success());
        Self::start_with(Some(folder))
    }

    fn start_with(certificate: Option<TempDir>) -> Self {
        let process = Process::start(|port| {
            let mut command = Command::new(Process::program("MOTO_SERVER"));
            command.args(["-H", "127.0.0.1", "-p", port]);
            if let Some(folder) = &certificate {
                command.arg("-c").arg(folder.path().join("cert.pem"));
                command.arg("-k").arg(folder.path().join("key.pem"));
            }
            command
        });
        Self { process, certificate }
    }

    fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(&self.process.address).unwrap();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.process.address,
            body.len(),
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }

    fn analyze(&self, paths: &[&str], trusted: Option<&Path>) -> Output {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{}", self.process.address);
        let mut variables = vec![
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "me"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("AWS_REGION", "us-east-1"),
        ];
        if let Some(trusted) = trusted {
            variables.push(("SSL_CERT_FILE", trusted.to_str().unwrap()));
        }
        analyze(paths, &variables)
    }
}

#[test]
#[ignore = "needs moto_server; .ci/run installs it"]
fn a_bucket_is_read_like_a_folder() {
    let moto = Moto::start();
    moto.put("/exports", b"");
    moto.put("/exports/night/", b"");
    moto.put("/exports/night/traces.jsonl.zst", &packed("traces"));
    moto.put("/exports/night/logs/a%20%2B%C3%A9%25.zst", &packed("logs"));
    moto.put("/exports/nightly/notes.txt", b"none of ours\n");
    let want = local();
    for paths in [
        &["s3://exports/night"][..],
        &["s3://exports/night/"],
        &["s3://exports/night/traces.jsonl.zst", "s3://exports/night/logs"],
        &["s3://exports/night/logs/a +é%.zst", "s3a://exports/night/traces.jsonl.zst"],
    ] {
        let output = moto.analyze(paths, None);
        assert_eq!(report(&output), want, "{paths:?}");
        assert_eq!(said(&output), "");
    }
    let mut all = report(&moto.analyze(&["s3://exports"], None));
    assert_eq!(all["input"]["files_skipped"].take(), 1);
    assert_eq!(all["verdict"], want["verdict"]);

    for (path, want) in [
        ("s3://exports/nothing", "no object has this name or lies below it"),
        ("s3://elsewhere/a", "The specified bucket does not exist"),
        ("s3://elsewhere", "The specified bucket does not exist"),
        ("s3://exports/nightly/notes.txt", "plain text"),
    ] {
        refused(&moto.analyze(&[path], None), &[want, path]);
    }
}

#[test]
#[ignore = "needs moto_server; .ci/run installs it"]
fn a_listing_of_many_pages_is_read_to_its_end() {
    let moto = Moto::start();
    moto.put("/many", b"");
    // S3 lists a thousand at once.
    for number in 0..1001 {
        moto.put(&format!("/many/notes/{number}.txt"), b"none of ours\n");
    }
    moto.put("/many/traces.zst", &packed("traces"));
    moto.put("/many/zlogs.zst", &packed("logs"));
    let mut all = report(&moto.analyze(&["s3://many"], None));
    assert_eq!(all["input"]["files_skipped"].take(), 1001);
    let mut want = local();
    want["input"]["files_skipped"].take();
    assert_eq!(all, want);
}

#[test]
#[ignore = "needs moto_server; .ci/run installs it"]
fn a_server_with_tls_is_believed_if_its_certificate_is_trusted() {
    let moto = Moto::start_with_tls();
    let trusted = moto.certificate.as_ref().unwrap().path().join("cert.pem");
    refused(&moto.analyze(&["s3://exports/a"], Some(&trusted)), &["bucket does not exist"]);
    let web = format!("https://{}/exports/a?sig=hush", moto.process.address);
    refused(&moto.analyze(&[&web], Some(&trusted)), &["no such file"]);
    for path in ["s3://exports/a", &web] {
        refused(&moto.analyze(&[path], None), &["certificate"]);
    }
}
