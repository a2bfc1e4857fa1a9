//! Our own client and prompt, against our server and a real one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kv_client::blocking::Client;
use kv_client::{Frame, Protocol, Ttl};

use crate::server::Server;
use crate::workspace;

/// Runs the client's session with both servers, in every protocol they speak.
pub(super) fn run(server: &Server, real: &Server) -> Result<()> {
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        session(server.redis, protocol).context("kv-client against our server")?;
        session(real.redis, protocol).context("kv-client against the real server")?;
        println!("kv-client, {protocol:?}, our server and the real one: well");
    }
    if let Some(native) = server.native {
        session(native, Protocol::Native).context("kv-client against the native door")?;
        structured(native).context("structured values")?;
        println!("kv-client, native: well");
    }
    prompt(server, real)
}

/// Command lines of kv-cli and what they print: at the native door, from an empty store.
const NATIVE: &[(&str, &str)] = &[
    ("SET greeting hello", "(integer) 1"),
    ("GET greeting", "\"hello\""),
    ("--raw GET greeting", "hello"),
    ("--json GET greeting", "\"hello\""),
    ("-J SET user {\"tags\":[1,null]}", "(integer) 1"),
    ("--json GET user", "{\"tags\":[1,null]}"),
    ("MGET greeting missing", "1) \"hello\"\n2) (nil)"),
];

/// The same in the Redis dialect, which real servers speak too.
const REDIS: &[(&str, &str)] = &[
    ("SET greeting hello", "OK"),
    ("GET greeting", "\"hello\""),
    ("--json MGET greeting missing", "[\"hello\",null]"),
    ("--json INCRBY n 41", "41"),
];

/// Runs kv-cli at every door.
fn prompt(server: &Server, real: &Server) -> Result<()> {
    workspace::run(&mut workspace::cargo(&["build", "--bin", "kv-cli"]))?;
    let doors = [
        (server.native, &[][..], NATIVE),
        (Some(server.redis), &["--redis"], REDIS),
        (Some(server.redis), &["--resp3"], REDIS),
        (Some(real.redis), &["--redis"], REDIS),
        (Some(real.redis), &["--resp3"], REDIS),
    ];
    for (address, dialect, lines) in doors {
        let port = address.context("the server has no native door")?.port().to_string();
        let said = |line: &str| {
            let mut command = Command::new(workspace::target().join("debug/kv-cli"));
            command.args(["-p", &port]).args(dialect).args(line.split(' '));
            workspace::output(command.stdin(Stdio::null()))
        };
        said("FLUSHALL")?;
        for (line, expected) in lines {
            let printed = said(line)?;
            ensure!(printed.trim_end() == *expected, "kv-cli {line} prints:\n{printed}");
        }
        ensure!(said("NOSUCH").is_err(), "kv-cli ends well after an error");
    }
    println!("kv-cli, our server's doors and the real one's: well");
    Ok(())
}

/// What every server answers alike.
fn session(address: SocketAddr, protocol: Protocol) -> Result<()> {
    let client = Client::builder(address.to_string()).protocol(protocol).connect_blocking()?;
    client.command("FLUSHALL").send::<Frame>()?;
    client.ping()?;
    client.set("k", "v")?;
    ensure!(client.get::<String>("k")? == "v");
    ensure!(client.get::<Option<String>>("missing")?.is_none());
    client.mset([("a", 1), ("b", 2)])?;
    ensure!(client.mget::<Option<i64>>(["a", "b", "c"])? == [Some(1), Some(2), None]);
    ensure!(client.incr_by("a", 41)? == 42);
    ensure!(client.set_if_missing("once", 1)? && !client.set_if_missing("once", 2)?);
    ensure!(client.expire("k", Duration::from_secs(100))?);
    ensure!(matches!(client.ttl("k")?, Ttl::Left(left) if left > Duration::from_secs(90)));
    ensure!(client.delete("k")? && !client.exists("k")?);
    let replies = client.pipeline().cmd(["INCR", "n"]).cmd(["GETT"]).cmd(["INCR", "n"]).send()?;
    ensure!(matches!(&replies[..], [Ok(Frame::Integer(1)), Err(_), Ok(Frame::Integer(2))]));
    let settings: BTreeMap<String, String> =
        client.command("CONFIG").arg("GET").arg("maxmemory").send()?;
    ensure!(settings.get("maxmemory").map(String::as_str) == Some("0"), "{settings:?}");
    Ok(())
}

/// What the native dialect adds.
fn structured(address: SocketAddr) -> Result<()> {
    let client = Client::connect(address.to_string())?;
    let value = Frame::Map(vec![
        (Frame::from("list"), Frame::from(vec![Frame::from(1), Frame::Null, Frame::from("x")])),
        (Frame::from(2), Frame::Array(Vec::new())),
    ]);
    client.set("nested", value.clone())?;
    ensure!(client.get::<Frame>("nested")? == value);
    ensure!(client.flush()? > 0);
    Ok(())
}
