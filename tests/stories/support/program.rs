//! The binary as a child process: started on a free port, killed or told to stop, and started again
//! over the same data. Only here is the real clock; nothing waits for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use super::Actor;
use super::rooms::cloud;

/// The password of `admin`.
const PASSWORD: &str = "a good password";

/// `chinwag serve` over a directory.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    /// Kept open, so that the program may go on to print.
    output: BufReader<ChildStdout>,
    /// What it printed before it listened.
    pub greeting: Vec<String>,
}

impl Program {
    /// Starts it and waits until it listens.
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, Some(PASSWORD))
    }

    /// The same, with bots on this machine.
    pub fn start_with_bots(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
        command.env("CHINWAG_BOT_HOSTS", "127.0.0.1");
        Self::start_as(command, data, Some(PASSWORD))
    }

    /// The same, behind a proxy on this machine that tells how it is reached.
    pub fn start_behind_proxy(data: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
        command.env("CHINWAG_TRUSTED_PROXIES", "127.0.0.1");
        Self::start_as(command, data, Some(PASSWORD))
    }

    /// The same, with this password for the first `admin` or with none.
    pub fn start_with(data: &Path, admin_password: Option<&str>) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
        Self::start_as(command, data, admin_password)
    }

    fn start_as(mut command: Command, data: &Path, admin_password: Option<&str>) -> Self {
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env_remove("CHINWAG_ADMIN_PASSWORD")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(password) = admin_password {
            command.env("CHINWAG_ADMIN_PASSWORD", password);
        }
        let mut child = command.spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut greeting = Vec::new();
        let address = loop {
            let mut line = String::new();
            let length = output.read_line(&mut line).expect("a line");
            assert_ne!(length, 0, "it ended without listening: {greeting:?}");
            match line.trim_end().strip_prefix("listening on http://") {
                Some(address) => break address.parse().expect("an address"),
                None => greeting.push(line.trim_end().to_owned()),
            }
        };
        Self {
            child,
            address,
            output,
            greeting,
        }
    }

    /// The administrator of the first start.
    pub fn admin(&self) -> Actor {
        Actor::at(self.address, "admin", PASSWORD)
    }

    /// Somebody whom `makes_user` made.
    pub fn user(&self, name: &str) -> Actor {
        Actor::at(self.address, name, "123456")
    }

    /// A new account.
    pub async fn makes_user(&self, name: &str) -> Actor {
        let fields = [("userid", name), ("password", "123456")];
        let made = self.admin().post(&cloud("users"), &fields).await;
        assert_eq!(made.status, 200, "{}", made.text);
        self.user(name)
    }

    /// As when the power fails.
    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it ends");
    }

    /// Asked to stop by a signal; how it ended.
    pub fn stop_with(mut self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
        let mut rest = String::new();
        self.output
            .read_to_string(&mut rest)
            .expect("its output ends");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A story that fails leaves nobody behind; whoever has ended already is not found.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `chinwag user …` over a directory, with a line for its standard input.
pub fn user_command(data: &Path, arguments: &[&str], input: &str) -> Output {
    offline_command("user", data, arguments, input)
}

/// Runs `chinwag bot …` likewise: exit status, output, errors.
pub fn bot_command(data: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    in_words(offline_command("bot", data, arguments, input))
}

/// Runs `chinwag app-password …` likewise.
pub fn app_password_command(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    in_words(offline_command("app-password", data, arguments, ""))
}

fn in_words(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let status = output.status.code().expect("it ends by itself");
    (status, text(output.stdout), text(output.stderr))
}

fn offline_command(command: &str, data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chinwag"))
        .args([command, "--data"])
        .arg(data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    // It may have refused already, without reading.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}
