//! Flags of every command that reads telemetry which go over settings of the file.

use clap::{Args, ValueEnum};

use crate::assemble::ErrorPolicy;

use super::size::size;

/// Flags that go over settings.
#[derive(Args, Debug)]
pub struct Overrides {
    /// Whose failure an HTTP 4xx is [default: client].
    #[arg(long = "errors-4xx", value_name = "WHOSE")]
    pub errors_4xx: Option<ClientErrors>,
    /// Keep health checks and the like, which are otherwise left out and counted.
    #[arg(long)]
    pub keep_noise: bool,
    /// A further attribute of resources or spans by which failing and healthy requests are compared;
    /// adds to those of tracefall.toml, at most eight in all.
    #[arg(long = "dimension", value_name = "KEY")]
    pub dimensions: Vec<String>,
    /// Memory to stay within, such as 512MiB; what does not fit is put into the temporary folder
    /// (TMPDIR) [default: no bound].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
}

/// Whose failure an HTTP 4xx is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ClientErrors {
    /// The client's, as the semantic conventions say.
    Client,
    /// The client's and the server's.
    Both,
    /// Nobody's.
    None,
}

impl ClientErrors {
    /// What this means for each side's spans.
    pub fn policy(self, rest: &ErrorPolicy) -> ErrorPolicy {
        ErrorPolicy {
            server_4xx: matches!(self, Self::Both),
            ignore_client_4xx: matches!(self, Self::None),
            ..rest.clone()
        }
    }
}
