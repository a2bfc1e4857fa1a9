//! Every method: what it sends, and what it makes of the answer.

use std::collections::BTreeMap;
use std::time::Duration;

use kv_client::{Error, Frame, Protocol, Ttl};

use crate::peer::{Conn, connected, connected_after};

/// Takes each request, which must be the expected one, and answers it.
async fn script(conn: &mut Conn, rows: &[(&str, &str)]) {
    for (request, answer) in rows {
        assert_eq!(conn.request().await.unwrap(), *request);
        conn.send(answer).await;
    }
}

macro_rules! rows {
    ($conn:expr; $($call:expr, $request:expr, $answer:expr => $value:expr;)+) => {
        $(
            let row = [($request, $answer)];
            let (value, ()) = tokio::join!($call, script(&mut $conn, &row));
            assert_eq!(value, Ok($value), $request);
        )+
    };
}

#[tokio::test]
async fn methods_send_their_command_and_read_its_answer() {
    let (_peer, client, mut conn) = connected_after(1, |b| b.protocol(Protocol::Resp2)).await;
    let second = Duration::from_secs(1);
    let pairs = BTreeMap::from([("a", 1), ("b", 2)]);
    rows! { conn;
        client.ping(), "PING", "+PONG\r\n" => ();
        client.get("k"), "GET k", "$1\r\nv\r\n" => "v".to_owned();
        client.get("k"), "GET k", "$-1\r\n" => None::<String>;
        client.get(5), "GET 5", ":5\r\n" => 5;
        client.set("k", "v"), "SET k v", "+OK\r\n" => ();
        client.set("k", "v"), "SET k v", ":1\r\n" => ();
        client.set_for("k", "v", second), "SET k v PX 1000", "+OK\r\n" => ();
        client.set_for("k", "v", Duration::from_nanos(1)), "SET k v PX 1", "+OK\r\n" => ();
        client.set_if_missing("k", "v"), "SET k v NX", "+OK\r\n" => true;
        client.set_if_missing("k", "v"), "SET k v NX", "$-1\r\n" => false;
        client.mget(["a", "b"]), "MGET a b", "*2\r\n:1\r\n$-1\r\n" => vec![Some(1), None];
        client.mset(pairs), "MSET a 1 b 2", "+OK\r\n" => ();
        client.mset([("a", "x")]), "MSET a x", ":1\r\n" => ();
        client.delete("k"), "DEL k", ":1\r\n" => true;
        client.delete("k"), "DEL k", ":0\r\n" => false;
        client.exists("k"), "EXISTS k", ":1\r\n" => true;
        client.incr("n"), "INCRBY n 1", ":8\r\n" => 8;
        client.incr_by("n", -3), "INCRBY n -3", ":5\r\n" => 5;
        client.append("k", "v"), "APPEND k v", ":2\r\n" => 2;
        client.expire("k", second), "PEXPIRE k 1000", ":1\r\n" => true;
        client.ttl("k"), "PTTL k", ":-2\r\n" => Ttl::Missing;
        client.ttl("k"), "PTTL k", ":-1\r\n" => Ttl::Forever;
        client.ttl("k"), "PTTL k", ":1000\r\n" => Ttl::Left(second);
        client.persist("k"), "PERSIST k", ":0\r\n" => false;
        client.rename("k", "l"), "RENAME k l", "+OK\r\n" => ();
        client.call(&["ECHO", "x"]), "ECHO x", "+x\r\n" => Frame::Simple("x".into());
        client.command("OBJECT ENCODING").arg("k").send(), "OBJECT ENCODING k", "+raw\r\n" => "raw".to_owned();
    }
    let flushed = [("DBSIZE", ":3\r\n"), ("FLUSHDB", "+OK\r\n")];
    let (count, ()) = tokio::join!(client.flush(), script(&mut conn, &flushed));
    assert_eq!(count, Ok(3));
    let refused = [("DBSIZE", ":3\r\n"), ("FLUSHDB", "-NOPERM no\r\n")];
    let (count, ()) = tokio::join!(client.flush(), script(&mut conn, &refused));
    assert_eq!(count.unwrap_err().code(), Some("NOPERM"));
}

#[tokio::test]
async fn the_native_flush_counts_itself() {
    let (_peer, client, mut conn) = connected().await;
    rows! { conn; client.flush(), "FLUSH", ":2\r\n" => 2; }
    let row = [("GET k", "-no such thing\r\n")];
    let (value, ()) = tokio::join!(client.get::<String>("k"), script(&mut conn, &row));
    let message = "no such thing".to_owned();
    assert_eq!(value, Err(Error::Server { code: String::new(), message }));
}
