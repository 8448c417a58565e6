//! Another program's server, as long as a test lasts.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The server.
pub struct Process {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// The path of a program that an environment variable names.
    pub fn program(variable: &str) -> PathBuf {
        let path = std::env::var_os(variable);
        path.unwrap_or_else(|| panic!("{variable} names no program; .ci/run installs it")).into()
    }

    /// Starts one at a free port, and waits until it answers.
    pub fn start(command: impl FnOnce(&str) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = command(&port.to_string());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let process = Self { child, address: format!("127.0.0.1:{port}") };
        let begun = Instant::now();
        while TcpStream::connect(&process.address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the server does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        process
    }
}
