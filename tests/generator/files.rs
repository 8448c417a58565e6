//! The folder of one generated export.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

use crate::world::incident::Produced;
use crate::world::scenarios::Storage;

/// Writes traces, logs, truth and a README, and removes what an earlier run left there.
pub fn write(folder: &Path, produced: &Produced, storage: Storage, about: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    store(folder, "traces.jsonl", &produced.files.traces, storage)?;
    store(folder, "logs.jsonl", &produced.files.logs, storage)?;
    let truth = serde_json::to_string_pretty(&produced.truth).map_err(io::Error::other)?;
    fs::write(folder.join("truth.json"), truth + "\n")?;
    let readme = format!("# {}\n\n{about}\n", produced.truth.scenario);
    fs::write(folder.join("README.md"), readme)
}

pub fn store(folder: &Path, name: &str, text: &str, storage: Storage) -> io::Result<()> {
    for suffix in ["", ".gz", ".zst"] {
        match fs::remove_file(folder.join(format!("{name}{suffix}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    match storage {
        Storage::Plain => fs::write(folder.join(name), text),
        Storage::Gzip => {
            // Without name and time the file depends on its content alone.
            let file = fs::File::create(folder.join(format!("{name}.gz")))?;
            let mut encoder = GzBuilder::new().mtime(0).write(file, Compression::best());
            encoder.write_all(text.as_bytes())?;
            encoder.finish()?;
            Ok(())
        }
        Storage::Zstd => compress(&folder.join(format!("{name}.zst")), text, 19),
        Storage::Fast => compress(&folder.join(format!("{name}.zst")), text, 3),
    }
}

fn compress(path: &Path, text: &str, level: i32) -> io::Result<()> {
    fs::write(path, zstd::bulk::compress(text.as_bytes(), level)?)
}
