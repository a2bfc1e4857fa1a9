//! redis-cli and redis-benchmark against our server.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::tools::on_path;
use crate::server::Server;

/// Command lines of redis-cli and what they print, in one session from an empty store.
const LINES: &[(&str, &str)] = &[
    ("PING", "PONG"),
    ("SET k v", "OK"),
    ("GET k", "v"),
    ("--no-raw GET k", "\"v\""),
    ("--no-raw GET missing", "(nil)"),
    ("--no-raw INCR n", "(integer) 1"),
    ("--no-raw MGET k missing n", "1) \"v\"\n2) (nil)\n3) \"1\""),
    ("--no-raw GETT k", "(error) ERR unknown command 'GETT', with args beginning with: 'k' "),
    ("-3 --no-raw CONFIG GET maxmemory", "1# \"maxmemory\" => \"0\""),
    ("-3 --no-raw GET missing", "(nil)"),
    ("-2 --no-raw CONFIG GET maxmemory", "1) \"maxmemory\"\n2) \"0\""),
    ("-n 2 SET other 1", "OK"),
    ("-n 2 DBSIZE", "1"),
    ("--csv MGET k missing", "\"v\",NULL"),
    ("--json MGET k missing", "[\"v\",null]"),
    ("--scan --pattern k*", "k"),
    ("OBJECT ENCODING n", "int"),
    ("--no-raw RPUSH l a b c", "(integer) 3"),
    ("--no-raw LRANGE l 0 -1", "1) \"a\"\n2) \"b\"\n3) \"c\""),
    ("--no-raw LPOP l 9", "1) \"a\"\n2) \"b\"\n3) \"c\""),
    ("HSET h f 1 g 2", "2"),
    ("-3 --no-raw HGETALL h", "1# \"f\" => \"1\"\n2# \"g\" => \"2\""),
    ("SADD s 3 1 2", "3"),
    ("-3 --no-raw SMEMBERS s", "1~ \"1\"\n2~ \"2\"\n3~ \"3\""),
    ("ZADD z 1 a 2.5 b", "2"),
    (
        "-3 --no-raw ZRANGE z 0 -1 WITHSCORES",
        "1) 1) \"a\"\n   2) (double) 1\n2) 1) \"b\"\n   2) (double) 2.5",
    ),
    ("-2 --no-raw ZSCORE z b", "\"2.5\""),
    ("--json SMEMBERS s", "[\"1\",\"2\",\"3\"]"),
];

/// Command lines of which only a part is known.
const PARTS: &[(&str, &str)] = &[
    ("INFO", "redis_version:7.2."),
    ("-3 INFO server", "redis_mode:standalone"),
    ("COMMAND DOCS get", "summary"),
    ("--bigkeys", "Biggest string found"),
    ("--bigkeys", "Biggest   zset found"),
    ("--memkeys", "Biggest string found"),
    ("CLIENT LIST", "cmd=client|list"),
    ("LOLWUT", "kv"),
];

/// Runs redis-cli: one command, a prompt's help, and the bulk loading of `--pipe`.
pub(super) fn cli(server: &Server) -> Result<()> {
    run_cli(server, "FLUSHALL", "")?;
    for (line, expected) in LINES {
        let printed = run_cli(server, line, "")?;
        ensure!(
            printed.trim_end_matches('\n') == *expected,
            "redis-cli {line} printed:\n{printed}\nand not:\n{expected}"
        );
    }
    for (line, expected) in PARTS {
        let printed = run_cli(server, line, "")?;
        ensure!(printed.contains(expected), "redis-cli {line}: no {expected} in:\n{printed}");
    }
    // Help and hints at the prompt are made from COMMAND DOCS.
    let help = run_cli(server, "", "help set\n")?;
    for expected in ["key value [NX|XX|IFEQ", "summary:", "since:", "group:"] {
        ensure!(help.contains(expected), "redis-cli's help: no {expected} in:\n{help}");
    }
    let requests: String =
        (0..1000).map(|n| format!("*3\r\n$3\r\nSET\r\n$4\r\n{n:04}\r\n$1\r\nx\r\n")).collect();
    let printed = run_cli(server, "--pipe", &requests)?;
    ensure!(printed.contains("errors: 0, replies: 1000"), "redis-cli --pipe printed:\n{printed}");
    println!("redis-cli: {} lines, help, --pipe: well", LINES.len() + PARTS.len());
    Ok(())
}

fn run_cli(server: &Server, line: &str, input: &str) -> Result<String> {
    let port = server.redis.port().to_string();
    let mut command = Command::new(on_path("redis-cli")?);
    command.args(["-p", &port]).args(line.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot run redis-cli")?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may have read enough and gone; its output tells.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && !printed.contains("(error)") {
        bail!("redis-cli {line}: {}\n{printed}{errors}", output.status);
    }
    Ok(printed)
}

/// What redis-benchmark is asked for, and the names it prints for that.
const TESTS: &str =
    "set,get,incr,mset,ping,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100";
const NAMES: [&str; 16] = [
    "PING_INLINE",
    "PING_MBULK",
    "SET",
    "GET",
    "INCR",
    "MSET",
    "LPUSH",
    "RPUSH",
    "LPOP",
    "RPOP",
    "SADD",
    "HSET",
    "SPOP",
    "ZADD",
    "ZPOPMIN",
    "LRANGE_100",
];

/// Runs redis-benchmark, without pipelining and with 64 requests at a time.
pub(super) fn benchmark(server: &Server) -> Result<()> {
    for (depth, requests) in [("1", "20000"), ("64", "200000")] {
        let port = server.redis.port().to_string();
        let mut command = Command::new(on_path("redis-benchmark")?);
        command
            .args(["-p", &port, "-t", TESTS, "-P", depth, "-n", requests, "-r", "1000", "--csv"]);
        let output = command.stdin(Stdio::null()).output().context("cannot run redis-benchmark")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let quiet = !printed.contains("rror") && errors.trim().is_empty();
        ensure!(
            output.status.success() && quiet,
            "redis-benchmark -P {depth}: {}\n{printed}{errors}",
            output.status
        );
        let tests: Vec<&str> =
            printed.lines().skip(1).filter_map(|row| row.split(['"', ' ']).nth(1)).collect();
        ensure!(NAMES.iter().all(|name| tests.contains(name)), "tests are missing:\n{printed}");
        println!("redis-benchmark -t {TESTS} -P {depth}: well\n{printed}");
    }
    Ok(())
}
