//! The real binary as a child process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// A test that waits longer than this for anything has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running kv-server.
pub(crate) struct Process {
    child: Ended,
    log: BufReader<ChildStderr>,
    /// Where it speaks the native dialect.
    pub(crate) native: SocketAddr,
    /// Where it speaks the Redis dialect.
    pub(crate) redis: Option<SocketAddr>,
    /// What it logged before it listened.
    pub(crate) early_log: String,
}

/// A child that is gone when this is.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It has ended already, or ends now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary with these arguments; nothing of the environment reaches it.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kv-server"));
    command
        .args(args)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// The places that a line of the log says are listened on.
pub(crate) fn listening(line: &str) -> Option<&str> {
    line.contains(" workers").then(|| line.split_once(" on "))?.map(|(_, places)| places)
}

impl Process {
    /// Starts it and waits for the line that says where it listens.
    pub(crate) fn start(args: &[&str]) -> Process {
        let mut child = Ended(command(args).spawn().expect("the binary starts"));
        let mut log = BufReader::new(child.0.stderr.take().expect("stderr is piped"));
        let mut early_log = String::new();
        loop {
            let mut line = String::new();
            let count = log.read_line(&mut line).expect("the log is text");
            assert!(count > 0, "it ended before it listened: {early_log}");
            if let Some(places) = listening(&line) {
                let place = |dialect: &str| {
                    let found = places.split(", ").find(|place| place.contains(dialect))?;
                    found.split(' ').next()?.parse().ok()
                };
                let native = place("(native)").expect("it speaks the native dialect");
                return Process { child, log, native, redis: place("(redis)"), early_log };
            }
            early_log.push_str(&line);
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child.0);
        kill_process(pid, signal).expect("it is still there");
    }

    /// Waits until it has ended by itself; its last log lines come along.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("the log is text");
        (self.child.0.wait().expect("it can be waited for"), rest)
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident(&self) -> usize {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.0.id()));
        let statm = statm.expect("this machine has /proc");
        let pages: usize = statm.split(' ').nth(1).expect("two fields").parse().expect("a number");
        pages * rustix::param::page_size()
    }
}

/// A connection whose reads and writes fail rather than hang.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("a TCP stream");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream.set_write_timeout(Some(PATIENCE)).expect("not zero");
    stream
}

/// Sends a request and reads exactly its reply.
#[track_caller]
pub(crate) fn ask(stream: &mut TcpStream, request: &str, reply: &str) {
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut got = vec![0; reply.len()];
    stream.read_exact(&mut got).expect("it answers");
    assert_eq!(String::from_utf8_lossy(&got), reply);
}

/// Waits until `done`, giving way to others meanwhile.
#[track_caller]
pub(crate) fn wait_for(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::yield_now();
    }
}

/// Lets this process open `files` files.
pub(crate) fn allow_files(files: u64) {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < files) {
        let raised = Rlimit { current: Some(files), maximum: limit.maximum.map(|m| m.max(files)) };
        setrlimit(Resource::Nofile, raised).expect("the system allows that many files");
    }
}
