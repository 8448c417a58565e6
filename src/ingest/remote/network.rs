//! Waiting for a network, from threads that know nothing of it.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// Who does not take a call by then is not there.
pub(super) const CONNECT: Duration = Duration::from_secs(3);
/// A stream that stands still for so long has ended.
pub(super) const SILENCE: Duration = Duration::from_secs(60);
/// Further attempts at a request, or at the rest of an object.
pub(super) const RETRIES: usize = 3;

/// One thread that drives all connections.
#[derive(Debug)]
pub(super) struct Network {
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl Network {
    /// Starts the thread.
    pub(super) fn start() -> Result<Self, String> {
        // Fails only where it was done before, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime =
            runtime.map_err(|why| format!("cannot start a thread for the network: {why}"))?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Waits until something is there.
    pub(super) fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        match &self.runtime {
            Some(runtime) => runtime.block_on(what),
            None => unreachable!("whoever waits holds what is not dropped"),
        }
    }
}

impl Drop for Network {
    /// Does not wait for a name that is still looked up.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
