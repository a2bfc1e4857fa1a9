//! The client against the server of this workspace.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use kv_client::{Client, Error, Frame, Protocol, Ttl, blocking};
use kv_server::{Config, Running, Server};

/// A server with both doors: its native address and its Redis address.
fn serve() -> (Running, String, String) {
    let config = Config::from_args(["kv-server", "--port", "0", "--redis-port", "0"]).unwrap();
    let server = Server::bind(&config, config.store().unwrap().build()).unwrap();
    let door = |home| {
        let addresses = server.addresses();
        addresses.iter().find(|address| address.home == home).unwrap().socket.to_string()
    };
    let (native, redis) = (door(Protocol::Native), door(Protocol::Resp2));
    (server.spawn(), native, redis)
}

#[tokio::test]
async fn structured_values_come_back_as_they_were_sent() {
    let (server, native, redis) = serve();
    let client = Client::connect(native).await.unwrap();
    let inner = Frame::Array(vec![1.into(), Frame::Null, 1.5.into(), true.into()]);
    let dictionary = Frame::Map(vec![("list".into(), inner), (7.into(), "seven".into())]);
    let values = [
        Frame::Null,
        Frame::NullArray,
        Frame::Integer(-5),
        Frame::Simple("simple".into()),
        Frame::Push(vec![1.into()]),
        dictionary.clone(),
    ];
    for (key, value) in values.iter().enumerate() {
        client.set(key, value).await.unwrap();
        assert_eq!(&client.get::<Frame>(key).await.unwrap(), value);
    }
    assert_eq!(client.mget::<Frame>(0..values.len()).await.unwrap(), values);
    client.set("counts", BTreeMap::from([("a", 1), ("b", 2)])).await.unwrap();
    let counts: BTreeMap<String, u16> = client.get("counts").await.unwrap();
    assert_eq!(counts, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
    assert_eq!(client.flush().await, Ok(values.len() as u64 + 1));

    client.set("dictionary", &dictionary).await.unwrap();
    let other = Client::builder(redis).protocol(Protocol::Resp3).connect().await.unwrap();
    let pairs: Vec<(String, Frame)> = other.get("dictionary").await.unwrap();
    assert_eq!(pairs[1], ("7".to_owned(), "seven".into()));
    server.stop().unwrap();
}

#[tokio::test]
async fn every_dialect_has_every_method() {
    let (server, native, redis) = serve();
    // `HELLO` moves a native connection to the Redis dialect.
    let doors = [
        (&native, Protocol::Native),
        (&native, Protocol::Resp2),
        (&redis, Protocol::Resp2),
        (&redis, Protocol::Resp3),
    ];
    for (address, protocol) in doors {
        let builder = Client::builder(address).protocol(protocol).name("test").database(3);
        let client = builder.connect().await.unwrap();
        client.ping().await.unwrap();
        client.mset([("a", 1), ("b", 2)]).await.unwrap();
        assert_eq!(
            client.mget::<Option<i64>>(["a", "b", "c"]).await.unwrap(),
            [Some(1), Some(2), None]
        );
        assert_eq!(client.incr("a").await, Ok(2));
        assert_eq!(client.incr_by("new", -2).await, Ok(-2));
        assert_eq!(client.append("text", "abc").await, Ok(3));
        assert_eq!(client.get::<String>("text").await.unwrap(), "abc");
        assert_eq!(client.set_if_missing("text", "x").await, Ok(false));
        assert_eq!(client.set_if_missing("other", "x").await, Ok(true));
        client.set_for("brief", "x", Duration::from_secs(60)).await.unwrap();
        assert!(matches!(client.ttl("brief").await, Ok(Ttl::Left(_))));
        assert_eq!(client.persist("brief").await, Ok(true));
        assert_eq!(client.ttl("brief").await, Ok(Ttl::Forever));
        assert_eq!(client.expire("missing", Duration::from_secs(1)).await, Ok(false));
        assert_eq!(client.ttl("missing").await, Ok(Ttl::Missing));
        client.rename("other", "renamed").await.unwrap();
        assert_eq!(client.exists("other").await, Ok(false));
        assert_eq!(client.delete("renamed").await, Ok(true));
        assert_eq!(client.command("client getname").send::<String>().await.unwrap(), "test");
        let wrong = client.incr("text").await.unwrap_err();
        assert_eq!(wrong.to_string(), "ERR value is not an integer or out of range");
        assert_eq!(client.flush().await, Ok(5), "{protocol:?}");
    }
    server.stop().unwrap();
}

#[test]
fn a_program_without_a_runtime_talks_to_it_too() {
    let (server, native, _) = serve();
    let client = blocking::Client::builder(native).reconnect_attempts(Some(1)).connect_blocking();
    let client = client.unwrap();
    client.set("k", vec!["a", "b"]).unwrap();
    assert_eq!(client.get::<Vec<String>>("k").unwrap(), ["a", "b"]);
    let outcomes = client.pipeline().cmd(["INCR", "n"]).cmd(["INCR", "k"]).send().unwrap();
    assert_eq!(outcomes[0], Ok(Frame::Integer(1)));
    assert!(matches!(&outcomes[1], Err(Error::Server { .. })), "{:?}", outcomes[1]);
    server.stop().unwrap();
    let error = client.get::<Frame>("k").unwrap_err();
    assert!(matches!(error, Error::Connect { .. } | Error::Interrupted { .. }), "{error:?}");
}
