//! The blocking client, and the asynchronous one on several threads.

use std::thread;

use kv_client::{Client, Error, blocking};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::peer::{Peer, connected};

/// A peer that echoes on every connection, driven by a runtime of its own.
fn echoing() -> (Runtime, String) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap();
    let peer = runtime.block_on(Peer::start());
    let address = peer.address.clone();
    runtime.spawn(async move {
        loop {
            tokio::spawn(peer.accept().await.echo());
        }
    });
    (runtime, address)
}

#[test]
fn a_program_without_a_runtime_has_the_same_methods() {
    let (_runtime, address) = echoing();
    let client = blocking::Client::connect(address).unwrap();
    assert_eq!(client.get::<String>("k").unwrap(), "k");
    assert_eq!(client.call::<String>(&["ECHO", "x"]).unwrap(), "x");
    assert_eq!(client.command("ECHO").arg(b"y").send::<String>().unwrap(), "y");
    assert_eq!(
        client.incr("41x").unwrap_err().to_string(),
        "expected a number that fits i64, got \"41x\""
    );
    let outcomes = client.pipeline().cmd(["ECHO", "a"]).cmd(["ECHO", "b"]).send().unwrap();
    assert_eq!(outcomes.len(), 2);
    assert!(matches!(client.set("k", "v"), Ok(())));
}

#[test]
fn many_threads_share_a_blocking_client() {
    let (_runtime, address) = echoing();
    let client = blocking::Client::connect(address).unwrap();
    thread::scope(|scope| {
        for i in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                for j in 0..200 {
                    let key = format!("{i}-{j}");
                    assert_eq!(client.get::<String>(&key).unwrap(), key);
                }
            });
        }
    });
}

#[test]
fn a_blocking_client_whose_server_is_missing_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let address = runtime.block_on(Peer::start()).address;
    let error = blocking::Client::connect(address).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn futures_dropped_on_many_threads_shift_nothing() {
    let (_peer, client, conn) = connected().await;
    let peer = tokio::spawn(conn.echo());
    let mut tasks = JoinSet::new();
    for i in 0..16 {
        let client = client.clone();
        tasks.spawn(async move {
            for j in 0..300 {
                let key = format!("{i}-{j}");
                let dropped = client.get::<String>("dropped");
                let kept = client.get::<String>(&key);
                tokio::select! {
                    biased;
                    // Either may be first; when it's the other, this one is dropped under way.
                    value = dropped, if j % 3 == 0 => assert_eq!(value.unwrap(), "dropped"),
                    value = kept => assert_eq!(value.unwrap(), key),
                }
            }
        });
    }
    tasks.join_all().await;
    drop(client);
    peer.await.unwrap();
}

/// Callers may move the futures to any thread.
#[test]
fn futures_are_send() {
    fn is_send(_: impl Send) {}
    fn check(client: &Client) {
        is_send(client.get::<String>("k"));
        is_send(client.set("k", vec![1]));
        is_send(client.mset([("a", 1)]));
        is_send(client.command("X").send::<String>());
        is_send(client.pipeline().cmd(["X"]).send());
    }
    let _ = check;
}
