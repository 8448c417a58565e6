//! Microsoft's emulator of Azure Blob Storage.

use std::process::{Command, Output};

use crate::process::Process;
use crate::program::{analyze, local, packed, refused, report, said};

/// Creates a container and puts files into it, signed with the key that every emulator has.
const PUT: &str = r#"
import base64, hashlib, hmac, sys, urllib.request
from datetime import datetime, timezone
account = "devstoreaccount1"
key = base64.b64decode(
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
def put(path, body, query="", **more):
    now = datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": now, "x-ms-version": "2021-12-02", **more}
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    text = "\n".join(["PUT", "", "", str(len(body) or ""), "", "text/plain", "", "", "", "", "", "",
                      f"{lines}/{account}/{account}{path}"])
    text += query and "\n" + query.replace("=", ":")
    signed = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    headers |= {"Authorization": f"SharedKey {account}:{signed}", "Content-Type": "text/plain"}
    url = f"http://{sys.argv[1]}/{account}{path}" + (query and "?" + query)
    urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PUT"))
put("/exports", b"", "restype=container")
for name, file in zip(sys.argv[2::2], sys.argv[3::2]):
    put(f"/exports/{name}", open(file, "rb").read(), **{"x-ms-blob-type": "BlockBlob"})
"#;

fn start() -> Process {
    Process::start(|port| {
        let mut command = Command::new(Process::program("AZURITE_BLOB"));
        command.args(["--blobPort", port, "--inMemoryPersistence", "--silent"]);
        command.args(["--skipApiVersionCheck", "--disableTelemetry"]);
        command
    })
}

#[test]
#[ignore = "needs azurite-blob; .ci/run installs it"]
fn a_container_is_read_like_a_folder() {
    let azurite = start();
    let folder = tempfile::tempdir().unwrap();
    let mut put = Command::new("python3");
    put.args(["-c", PUT, &azurite.address]);
    for (name, file) in [("night/traces.zst", "traces"), ("night/logs/a.zst", "logs")] {
        let path = folder.path().join(file);
        std::fs::write(&path, packed(file)).unwrap();
        put.arg(name).arg(path);
    }
    assert!(put.status().unwrap().success());

    let service = format!("http://{}", azurite.address);
    let emulated = [("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", &service)];
    let asked = |paths: &[&str]| -> Output { analyze(paths, &emulated) };
    let want = local();
    for paths in [
        &["az://exports/night"][..],
        &["azure://exports/"],
        &["abfs://exports/night/logs/a.zst", "az://exports/night/traces.zst"],
    ] {
        let output = asked(paths);
        assert_eq!(report(&output), want, "{paths:?}");
        assert_eq!(said(&output), "");
    }
    refused(&asked(&["az://exports/nothing"]), &["no object has this name or lies below it"]);
    refused(&asked(&["az://elsewhere/a"]), &["The specified container does not exist"]);
    let endpoint = format!("{service}/devstoreaccount1");
    let stranger = [
        ("AZURE_STORAGE_ENDPOINT", &*endpoint),
        ("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "aHVzaA=="),
    ];
    let denied = analyze(&["az://exports/night"], &stranger);
    refused(&denied, &["access is denied", "AZURE_STORAGE_ACCOUNT_KEY"]);
}
