//! What a signal leaves behind: nothing that was not there before.
//!
//! Records on disk need no care, because their file has no name. Drafts of results do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static DRAFTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// From now on a signal that ends the run removes this file first.
pub fn remove_on_signal(draft: &Path) {
    if drafts().insert(draft.to_owned()) {
        #[cfg(unix)]
        watch();
    }
}

/// The file is complete, or gone.
pub fn forget(draft: &Path) {
    drafts().remove(draft);
}

fn drafts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that waits for signals, once. Then dies of the signal as if nobody had
/// waited, so that shells see what happened and scripts stop.
#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static STARTED: std::sync::Once = std::sync::Once::new();
    STARTED.call_once(|| {
        // Without the watch a signal ends the run all the same; a draft is left, no more.
        let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        let waiting = move || {
            if let Some(signal) = signals.forever().next() {
                let drafts = drafts();
                for draft in &*drafts {
                    let _ = std::fs::remove_file(draft);
                }
                let _ = emulate_default_handler(signal);
            }
        };
        let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(waiting);
    });
}
