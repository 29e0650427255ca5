//! A server as a child process: started, watched through `/proc`, ended. What it prints goes to a file, so that nobody has
//! to read along while something is timed.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::Error;

const START_PATIENCE: Duration = Duration::from_secs(20);
const SETTLE_PATIENCE: Duration = Duration::from_secs(30);
/// What both servers print once they accept.
const READY: &str = "listening on http://";

/// A running server with its own temporary directory. Dropping it ends the process and removes the directory.
pub struct Process {
    child: Child,
    address: SocketAddr,
    /// Held for its `Drop`, if it is this server's alone.
    directory: Option<TempDir>,
}

impl Process {
    /// Starts the real server on an empty data directory.
    pub fn start_ours() -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let mut process = Self::start_ours_on(&directory)?;
        process.directory = Some(directory);
        Ok(process)
    }

    /// Starts the real server on a data directory that others fill and look into.
    pub fn start_ours_on(directory: &TempDir) -> Result<Self, Error> {
        let binary =
            std::env::var_os("CHINWAG_BIN").unwrap_or_else(|| "target/release/chinwag".into());
        let binary = PathBuf::from(binary);
        let mut command = Command::new(&binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(directory.path())
            .env("CHINWAG_ADMIN_PASSWORD", "admin")
            .env("CHINWAG_BRUTE_FORCE_PROTECTION", "false");
        Self::start(command, directory.path()).map_err(|error| {
            Error::Unexpected(format!("{} did not start: {error}", binary.display()))
        })
    }

    /// Starts this program again as the bare hyper server, with answers of `body_bytes`.
    pub fn start_floor(body_bytes: usize) -> Result<Self, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--floor-server", "--body-bytes", &body_bytes.to_string()]);
        let directory = tempfile::tempdir()?;
        let mut process = Self::start(command, directory.path())?;
        process.directory = Some(directory);
        Ok(process)
    }

    fn start(mut command: Command, directory: &Path) -> Result<Self, Error> {
        let output_path = directory.join("bench-output.log");
        let output = File::create(&output_path)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        // From here on, an early return ends the child.
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self {
            child,
            address: unknown,
            directory: None,
        };
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let output = fs::read_to_string(&output_path)?;
            if let Some(address) = announced(&output) {
                process.address = address;
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                return Err(Error::Unexpected(format!(
                    "it ended ({status}) and said: {output:?}"
                )));
            }
            if Instant::now() > deadline {
                return Err(Error::Unexpected(format!(
                    "no line with \"{READY}\" within {START_PATIENCE:?}, only: {output:?}"
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resident memory in KiB.
    pub fn memory_kib(&self) -> Result<f64, Error> {
        let status = fs::read_to_string(self.proc_path("status"))?;
        resident_kib(&status).ok_or_else(|| Error::Unexpected("no VmRSS in /proc".to_string()))
    }

    /// Processor time used so far, in steps of 10 ms, ended threads included.
    pub fn processor_time(&self) -> Result<Duration, Error> {
        let stat = fs::read_to_string(self.proc_path("stat"))?;
        spent(&stat).ok_or_else(|| Error::Unexpected("no processor time in /proc".to_string()))
    }

    /// Processor time used so far by the threads that live, exact to the microsecond.
    pub fn live_threads_time(&self) -> Result<Duration, Error> {
        let mut nanos = 0;
        for thread in fs::read_dir(self.proc_path("task"))? {
            // A thread may end between the listing and the reading.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            nanos += text
                .split(' ')
                .next()
                .and_then(|word| word.parse::<u64>().ok())
                .unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Waits until the server has nothing to do: every request that was written has been taken in.
    pub async fn settle(&self) -> Result<(), Error> {
        const PAUSE: Duration = Duration::from_millis(10);
        const NOTHING: Duration = Duration::from_micros(300);
        let deadline = Instant::now() + SETTLE_PATIENCE;
        let mut quiet = 0;
        let mut before = self.live_threads_time()?;
        while quiet < 2 {
            if Instant::now() > deadline {
                return Err(Error::Unexpected(format!(
                    "the server was still busy after {SETTLE_PATIENCE:?}"
                )));
            }
            tokio::time::sleep(PAUSE).await;
            let now = self.live_threads_time()?;
            quiet = if now.saturating_sub(before) < NOTHING {
                quiet + 1
            } else {
                0
            };
            before = now;
        }
        Ok(())
    }

    fn proc_path(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address behind the last complete announcement, wherever in a line it stands.
fn announced(output: &str) -> Option<SocketAddr> {
    let (_, rest) = output.split_once(READY)?;
    let end = rest.find(|next: char| !(next.is_ascii_hexdigit() || ".:[]".contains(next)))?;
    rest[..end].trim_end_matches('.').parse().ok()
}

/// `VmRSS` from the text of `/proc/PID/status`.
fn resident_kib(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// `utime + stime` from the text of `/proc/PID/stat`. The kernel shows them in hundredths of a second on every machine.
fn spent(stat: &str) -> Option<Duration> {
    // The name in parentheses may contain anything, also a space or a parenthesis.
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    #[test]
    fn announcements_are_found() {
        let cases = [
            (
                "listening on http://127.0.0.1:8080\n",
                Some("127.0.0.1:8080"),
            ),
            (
                "INFO x: listening on http://127.0.0.1:80 room=1\n",
                Some("127.0.0.1:80"),
            ),
            (
                "{\"message\":\"listening on http://[::1]:80\"}\n",
                Some("[::1]:80"),
            ),
            (
                "listening on http://127.0.0.1:8080/\u{1b}[0m\n",
                Some("127.0.0.1:8080"),
            ),
            ("listening on http://127.0.0.1:80", None),
            ("starting\n", None),
        ];
        for (output, expected) in cases {
            let expected = expected.map(|address| address.parse().expect("an address"));
            assert_eq!(super::announced(output), expected, "{output:?}");
        }
    }

    #[test]
    fn figures_of_proc_are_read() {
        assert_eq!(
            super::resident_kib("Name:\tx\nVmRSS:\t    5120 kB\n"),
            Some(5_120.0)
        );
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 12 34 0 0 20 0 1 0 5 6 7";
        assert_eq!(
            super::spent(stat),
            Some(std::time::Duration::from_millis(460))
        );
    }
}
