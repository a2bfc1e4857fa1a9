//! Servers as child processes on loopback: ours, and the real ones it is compared with.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take to stop: what it keeps goes to disk first.
const STOPPING: Duration = Duration::from_secs(60);

/// Between two looks at whether a server answers.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Where servers listen: below the ports that systems give to clients' connections (from 32768 on as a rule).
const PORTS: std::ops::Range<u16> = 12_000..32_000;
/// So many ports are tried.
const MOST_PORTS: usize = 1000;
/// Attempts at a port that nobody else takes before the server does.
const ATTEMPTS: usize = 5;

/// A server's program that keeps data on disk, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// A library loaded before all others, for its allocator.
    pub(crate) preload: Option<PathBuf>,
    /// Whether its arguments are ours; else they are those of Redis.
    pub(crate) is_ours: bool,
    /// What it says of its version.
    pub(crate) version: String,
}

impl Program {
    /// Asks the program what it is.
    ///
    /// # Errors
    /// If it cannot be run.
    pub(crate) fn look(path: &Path) -> Result<Program> {
        let said = crate::workspace::output(Command::new(path).arg("--version"))?;
        // `Redis server v=8.2.3 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=…`
        let words: Vec<&str> = said.split_whitespace().take(3).collect();
        let is_ours = !words.iter().any(|word| word.starts_with("v="));
        Ok(Program { path: path.to_owned(), preload: None, is_ours, version: words.join(" ") })
    }
}

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it speaks the Redis dialect.
    pub(crate) redis: SocketAddr,
    /// Where it speaks the native dialect, if it does.
    pub(crate) native: Option<SocketAddr>,
    /// Ends when the process closes its output.
    output: Receiver<String>,
    /// What has been read of that, where somebody wants to know.
    heard: String,
}

impl Server {
    /// Starts our server on free ports, with further arguments.
    ///
    /// # Errors
    /// If it does not say in time where it listens.
    pub(crate) fn ours(path: &Path, args: &[&str]) -> Result<Server> {
        let mut command = Command::new(path);
        command.args(["--port", "0", "--redis-port", "0"]).args(args);
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child =
            command.spawn().with_context(|| format!("cannot run {}", path.display()))?;
        let output = lines(child.stderr.take());
        // `kv 0.1.0 on 127.0.0.1:1 (native), 127.0.0.1:2 (redis), 2 workers`
        let address = |line: &str, dialect: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let pair = words.windows(2).find(|pair| pair[1].trim_end_matches(',') == dialect)?;
            pair[0].parse::<SocketAddr>().ok()
        };
        let found = await_line(&output, |line| {
            Some((address(line, "(native)")?, address(line, "(redis)")?))
        });
        match found {
            Ok((native, redis)) => {
                Ok(Server { child, redis, native: Some(native), output, heard: String::new() })
            }
            Err(error) => {
                let _ = child.kill();
                Err(error.context(format!("{} did not start", path.display())))
            }
        }
    }

    /// Starts a Valkey or Redis server that keeps nothing on disk and takes `DEBUG`.
    ///
    /// # Errors
    /// If it does not say in time that it is ready.
    pub(crate) fn reference(path: &Path) -> Result<Server> {
        Server::peer(path, &["--enable-debug-command", "yes"], None)
    }

    /// Starts a Valkey or Redis server that keeps nothing on disk, with further arguments, and a
    /// library that is loaded before all others.
    ///
    /// # Errors
    /// If it does not say in time that it is ready.
    pub(crate) fn peer(path: &Path, args: &[&str], preload: Option<&Path>) -> Result<Server> {
        let mut failure = anyhow::anyhow!("no attempt was made");
        for _ in 0..ATTEMPTS {
            match Server::peer_at(path, free_port()?, args, preload) {
                Ok(server) => return Ok(server),
                Err(error) => failure = error,
            }
        }
        Err(failure.context(format!("{} did not start", path.display())))
    }

    fn peer_at(path: &Path, port: u16, args: &[&str], preload: Option<&Path>) -> Result<Server> {
        let mut command = Command::new(path);
        command.args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
        command.args(["--port", &port.to_string()]).args(args);
        if let Some(library) = preload {
            command.env("LD_PRELOAD", library);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().context("cannot run it")?;
        let output = lines(child.stdout.take());
        let ready = |line: &str| line.contains("Ready to accept connections").then_some(());
        if let Err(error) = await_line(&output, ready) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        let redis = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Server { child, redis, native: None, output, heard: String::new() })
    }

    /// Starts a program that says in its first line where it listens.
    ///
    /// # Errors
    /// If it does not say so in time.
    pub(crate) fn announced(command: &mut Command) -> Result<Server> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run it")?;
        let output = lines(child.stdout.take());
        match await_line(&output, |line| line.parse().ok()) {
            Ok(redis) => Ok(Server { child, redis, native: None, output, heard: String::new() }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Starts a server on a data directory, on a free port, with further arguments; it has not
    /// loaded yet.
    ///
    /// # Errors
    /// If it cannot be run.
    pub(crate) fn on_directory(
        program: &Program,
        directory: &Path,
        args: &[&str],
    ) -> Result<Server> {
        let port = free_port()?.to_string();
        let mut command = Command::new(&program.path);
        match program.is_ours {
            true => command.args(["--port", "0", "--redis-port", &port]),
            false => command.args(["--bind", "127.0.0.1", "--port", &port]),
        };
        if let Some(library) = &program.preload {
            command.env("LD_PRELOAD", library);
        }
        command.arg("--dir").arg(directory).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot run the server")?;
        let (sender, output) = channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        let redis = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?));
        Ok(Server { child, redis, native: None, output, heard: String::new() })
    }

    /// Waits until it has loaded what it has on disk, and answers.
    ///
    /// # Errors
    /// If it ends instead, or takes longer than that.
    pub(crate) fn await_loaded(&mut self, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        while !answers(self.redis, patience) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}; it said:\n{}", self.said());
            }
            if Instant::now() > end {
                bail!("the server did not load in {patience:?}; it said:\n{}", self.said());
            }
            self.listen(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Hears what it says for a time, unless it ends before.
    pub(crate) fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Ok(line) = self.output.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.heard += &(line + "\n");
        }
    }

    /// What it has said since this was last asked.
    pub(crate) fn said(&mut self) -> String {
        self.listen(Duration::ZERO);
        std::mem::take(&mut self.heard)
    }

    /// Ends it at once, as a crash would; what it has said.
    ///
    /// # Errors
    /// If it had ended by itself.
    pub(crate) fn crash(mut self) -> Result<String> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server had ended by itself with {status}; it said:\n{}", self.said());
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.said())
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// If it takes too long, or ends with another code than 0.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).context("cannot signal the server")?;
        loop {
            match self.output.recv_timeout(STOPPING) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!("the server did not stop on SIGTERM"),
            }
        }
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago, and that the system gives to no connection of a client meanwhile.
fn free_port() -> Result<u16> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut ports = std::iter::repeat_with(|| fastrand::u16(PORTS)).take(MOST_PORTS);
    ports.find(is_free).context("no port is free")
}

/// Whether a server answers, and not that it is loading.
fn answers(address: SocketAddr, patience: Duration) -> bool {
    let asked = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(b"PING\r\n")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.starts_with("+PONG"))
    };
    asked().unwrap_or(false)
}

/// The lines of an output, read on a thread of their own so that the writer never waits.
fn lines(output: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    forward(output, sender);
    receiver
}

fn forward(output: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()) {
            // Nobody may be listening any more; the output is read nevertheless.
            let _ = line.map(|line| sender.send(line));
        }
    });
}

/// Waits for a line that `wanted` knows what to make of.
fn await_line<T>(output: &Receiver<String>, wanted: impl Fn(&str) -> Option<T>) -> Result<T> {
    let mut said = String::new();
    loop {
        let Ok(line) = output.recv_timeout(PATIENCE) else {
            bail!("it said:\n{said}");
        };
        if let Some(found) = wanted(&line) {
            return Ok(found);
        }
        said = said + &line + "\n";
    }
}
