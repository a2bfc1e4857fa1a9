//! Client libraries of others, in their own languages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::tools::{Where, on_path};
use crate::server::Server;
use crate::workspace;

/// Runs sessions of redis-py and of the valkey package.
pub(super) fn python(server: &Server, tools: &Where) -> Result<()> {
    let python = tools.python()?;
    for module in ["redis", "valkey"] {
        let mut command = Command::new(&python);
        command.arg(script("redis_py.py")).args([module, &server.redis.port().to_string()]);
        workspace::run(&mut command)?;
    }
    Ok(())
}

/// Runs sessions of ioredis.
pub(super) fn node(server: &Server, tools: &Where) -> Result<()> {
    let mut command = Command::new(on_path("node")?);
    command.arg(script("ioredis.mjs")).arg(tools.node_modules()?);
    workspace::run(command.arg(server.redis.port().to_string()))
}

fn script(name: &str) -> PathBuf {
    workspace::root().join("xtask/src/interop/clients").join(name)
}
