//! Our own client, against our server and a real one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kv_client::blocking::Client;
use kv_client::{Frame, Protocol, Ttl};

use crate::server::Server;

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
