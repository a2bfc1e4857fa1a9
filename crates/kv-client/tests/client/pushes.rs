//! Messages that answer no command.

use std::sync::{Arc, Mutex};

use kv_client::{Builder, Frame, Protocol};

use crate::peer::{connected, connected_after};

#[tokio::test]
async fn pushes_are_taken_out_of_the_answers() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = {
        let seen = Arc::clone(&seen);
        move |parts: Vec<Frame>| seen.lock().unwrap().push(parts[0].as_str().unwrap().to_owned())
    };
    let set = |builder: Builder| builder.protocol(Protocol::Resp3).on_push(hook);
    let (_peer, client, mut conn) = connected_after(1, set).await;
    let script = async {
        conn.send_split(b">1\r\n+before\r\n").await;
        conn.request().await.unwrap();
        conn.request().await.unwrap();
        let answers = b">1\r\n+first\r\n+a\r\n|1\r\n+k\r\n:1\r\n>2\r\n+second\r\n*1\r\n_\r\n+b\r\n>1\r\n+last\r\n";
        conn.send_split(answers).await;
        conn.request().await.unwrap();
        conn.send("+c\r\n").await;
    };
    let gets = async {
        let both = tokio::join!(client.get::<String>("a"), client.get::<String>("b"));
        (both, client.get::<String>("c").await)
    };
    let (((a, b), c), ()) = tokio::join!(gets, script);
    assert_eq!([a, b, c].map(Result::unwrap), ["a", "b", "c"]);
    assert_eq!(*seen.lock().unwrap(), ["before", "first", "second", "last"]);
}

#[tokio::test]
async fn a_stored_push_is_a_native_clients_value() {
    let (_peer, client, mut conn) = connected().await;
    let (value, ()) = tokio::join!(client.get::<Frame>("k"), async {
        conn.request().await.unwrap();
        conn.send(">1\r\n:1\r\n").await;
    });
    assert_eq!(value.unwrap(), Frame::Push(vec![Frame::Integer(1)]));
}
