//! Where the file of settings is.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::Error;
use crate::config::{Problem, Problems};

/// What it is called.
const NAME: &str = "tracefall.toml";
/// What lies at the root of a repository: settings above it are another project's.
const ROOTS: [&str; 3] = [".git", ".hg", ".jj"];
/// Longer files than this are something else.
const LONGEST: u64 = 1 << 20;

/// The nearest file of settings: in a folder, or in one above it, up to the root of the
/// repository.
pub fn find(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let file = folder.join(NAME);
        if file.is_file() {
            return Some(file);
        }
        if ROOTS.iter().any(|root| folder.join(root).exists()) {
            return None;
        }
    }
    None
}

/// The text of a file of settings.
///
/// # Errors
/// If it cannot be read, is too long, or is no text.
pub fn contents(path: &Path) -> Result<String, Error> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Error::Usage(format!("cannot read the settings in {}: {why}", path.display()))
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|why| unreadable(&why))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|why| unreadable(&why))?;
    if bytes.len() as u64 > LONGEST {
        return Err(unreadable(&"it is longer than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let problem = Problem::new(&text, at..at + 1, "this is not UTF-8".to_owned());
        Error::Settings(Problems { file: path.display().to_string(), list: vec![problem] })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_up_to_the_root_of_the_repository() {
        let top = tempfile::tempdir().unwrap();
        let deep = top.path().join("repo/a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(top.path().join(NAME), "").unwrap();
        assert_eq!(find(&deep), Some(top.path().join(NAME)));
        fs::create_dir(top.path().join("repo/.git")).unwrap();
        assert_eq!(find(&deep), None, "that is another project's");
        fs::write(top.path().join("repo").join(NAME), "").unwrap();
        assert_eq!(find(&deep), Some(top.path().join("repo").join(NAME)));
        // A folder of that name is no file.
        fs::create_dir(deep.join(NAME)).unwrap();
        assert_eq!(find(&deep), Some(top.path().join("repo").join(NAME)));
    }

    #[test]
    fn what_is_no_text_or_too_long_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        fs::write(&path, b"a = 1\nb = \"\xff\"\n").unwrap();
        let Err(Error::Settings(told)) = contents(&path) else { panic!("it was read") };
        assert_eq!((told.list[0].line, told.list[0].column), (2, 6));
        fs::write(&path, vec![b'#'; LONGEST as usize + 1]).unwrap();
        assert!(contents(&path).unwrap_err().to_string().contains("longer than"));
    }
}
