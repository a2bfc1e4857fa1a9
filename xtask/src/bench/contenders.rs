//! Who is measured: ours, every peer that is found or named, and the floors.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kv_load::floor;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_setaffinity};
use serde::Serialize;

use super::ask::{Asker, info_line};
use crate::server::{Program, Server};

/// Ours, by name.
pub(super) const OURS: &str = "kv";

/// More clients than the default allows: the idle ones are 10,000.
const MAX_CLIENTS: &str = "20000";

/// How long a server may take to load millions of keys.
const LOADING: Duration = Duration::from_secs(300);

/// A server to measure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Contender {
    pub(super) name: String,
    #[serde(skip)]
    pub(super) program: Program,
    pub(super) version: String,
    pub(super) allocator: String,
    /// How it is started, ports left out.
    pub(super) flags: String,
}

impl Contender {
    /// Ours.
    pub(super) fn ours(path: PathBuf) -> Result<Contender> {
        let mut ours = Contender::new(OURS, &path)?;
        if !ours.program.is_ours {
            // To see what the instrument itself says of two that are the same.
            let mut peers = Contender::peer(Some(OURS), &path)?;
            return Ok(peers.swap_remove(0));
        }
        let server = ours.start(&[])?;
        let info = Asker::connect(server.redis)?.ask("INFO")?;
        ours.version = info_line(&info, "kv_version").unwrap_or("unknown").to_owned();
        ours.allocator = info_line(&info, "mem_allocator").unwrap_or("unknown").to_owned();
        ours.flags = format!("--workers 1 (or 2, where it says so) --maxclients {MAX_CLIENTS}");
        Ok(ours)
    }

    /// A peer, and where that helps the same one with another allocator.
    pub(super) fn peer(name: Option<&str>, path: &Path) -> Result<Vec<Contender>> {
        let mut peer = Contender::new(name.unwrap_or("peer"), path)?;
        let server = peer.start(&[])?;
        let info = Asker::connect(server.redis)?.ask("INFO")?;
        let of_product = |product: &str| {
            let version = info_line(&info, &format!("{product}_version"))?;
            Some((product.to_owned(), version.to_owned()))
        };
        let (product, version) =
            of_product("valkey").or_else(|| of_product("redis")).context("INFO has no version")?;
        peer.name = name.map_or_else(|| format!("{product}-{version}"), str::to_owned);
        peer.version = format!("{product} {version}");
        peer.allocator = info_line(&info, "mem_allocator").unwrap_or("unknown").to_owned();
        peer.flags = "--save '' --appendonly no --bind 127.0.0.1".to_owned();
        let with_jemalloc = peer.with_jemalloc();
        Ok(std::iter::once(peer).chain(with_jemalloc).collect())
    }

    fn new(name: &str, path: &Path) -> Result<Contender> {
        let (version, allocator, flags) = (String::new(), String::new(), String::new());
        let program = Program::look(path)?;
        Ok(Contender { name: name.to_owned(), program, version, allocator, flags })
    }

    /// The same on jemalloc, if it was built for the system's allocator and there is a jemalloc.
    fn with_jemalloc(&self) -> Option<Contender> {
        if self.allocator != "libc" {
            return None;
        }
        let library = jemalloc()?;
        let mut other = self.clone();
        other.name += "+jemalloc";
        other.allocator = "jemalloc, by LD_PRELOAD".to_owned();
        other.program.preload = Some(library);
        let loaded = other.start(&[]).and_then(|server| {
            let maps = std::fs::read_to_string(format!("/proc/{}/maps", server.pid()))?;
            ensure!(maps.contains("jemalloc"), "it was not loaded");
            Ok(())
        });
        match loaded {
            Ok(()) => Some(other),
            Err(error) => {
                eprintln!("not measured: {}: {error:#}", other.name);
                None
            }
        }
    }

    /// Whether this is the other on an allocator that serves it better.
    pub(super) fn betters(&self, other: &Contender) -> bool {
        self.program.path == other.program.path
            && self.program.preload.is_some()
            && other.program.preload.is_none()
    }

    pub(super) fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// Starts it, with further arguments.
    pub(super) fn start(&self, args: &[&str]) -> Result<Server> {
        let args = [&["--maxclients", MAX_CLIENTS], args].concat();
        let Program { path, preload, is_ours, .. } = &self.program;
        let started = match is_ours {
            true => Server::ours(path, &args),
            false => Server::peer(path, &args, preload.as_deref()),
        };
        started.with_context(|| self.name.clone())
    }

    /// Starts it with one thread that serves, on a core of its own.
    pub(super) fn start_pinned(&self) -> Result<Server> {
        let server = self.start(self.one_worker())?;
        pin(&server)?;
        Ok(server)
    }

    /// Arguments with which one thread serves.
    fn one_worker(&self) -> &'static [&'static str] {
        if self.program.is_ours { &["--workers", "1"] } else { &[] }
    }

    /// Starts it on a data directory, with further arguments, and waits until it has loaded that.
    pub(super) fn start_on(&self, directory: &Path, args: &[&str]) -> Result<Server> {
        let started = Server::on_directory(&self.program, directory, args);
        let loaded = started.and_then(|mut server| {
            server.await_loaded(LOADING)?;
            Ok(server)
        });
        loaded.with_context(|| self.name.clone())
    }

    /// The same with one thread that serves, on a core of its own.
    pub(super) fn start_on_pinned(&self, directory: &Path, args: &[&str]) -> Result<Server> {
        let server = self.start_on(directory, &[self.one_worker(), args].concat())?;
        pin(&server)?;
        Ok(server)
    }
}

/// Core of the server; the load has the next one.
pub(super) const SERVER_CORE: usize = 0;
pub(super) const LOAD_CORE: usize = 1;

/// Binds every thread of a server to the server's core.
fn pin(server: &Server) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(SERVER_CORE);
    for task in std::fs::read_dir(format!("/proc/{}/task", server.pid()))? {
        let number = task?.file_name().to_str().and_then(|name| name.parse().ok());
        let thread = number.and_then(Pid::from_raw).context("a thread without a number")?;
        sched_setaffinity(Some(thread), &cores).context("cannot bind the server to a core")?;
    }
    Ok(())
}

/// The names of the floors, in the order in which they are shown.
pub(super) const FLOORS: [(&str, floor::Kind); 2] =
    [("floor: epoll", floor::Kind::Epoll), ("floor: tokio", floor::Kind::Tokio)];

/// Starts a floor on the server's core.
pub(super) fn start_floor(load: &Path, kind: floor::Kind, recipes: &[&str]) -> Result<Server> {
    let mut command = std::process::Command::new(load);
    let kind = match kind {
        floor::Kind::Epoll => "epoll",
        floor::Kind::Tokio => "tokio",
    };
    command.args(["floor", "--kind", kind, "--core", &SERVER_CORE.to_string()]);
    for recipe in recipes {
        command.args(["--recipe", recipe]);
    }
    Server::announced(&mut command).context("the floor did not start")
}

/// Debian's jemalloc, wherever this machine's architecture puts it.
fn jemalloc() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let folders = folders.chain(["/usr/lib", "/usr/local/lib"].map(PathBuf::from));
    folders.map(|folder| folder.join("libjemalloc.so.2")).find(|library| library.exists())
}
