//! What is said at the beginning of every connection.

use kv_client::{Builder, Client, Error, Frame, Protocol};

use crate::peer::{Conn, Peer, connected, connected_after};

fn everything(builder: Builder) -> Builder {
    builder.username("ann").password("secret").name("app").database(7)
}

/// The client's greeting when everything is set.
async fn greeting(protocol: Protocol, commands: usize) -> Vec<String> {
    let peer = Peer::start().await;
    let builder = everything(Client::builder(&peer.address)).protocol(protocol);
    let (client, greeting) = tokio::join!(builder.connect(), async {
        let mut conn = peer.accept().await;
        conn.greet(commands).await
    });
    client.unwrap();
    greeting
}

#[tokio::test]
async fn every_dialect_has_its_greeting() {
    let native = greeting(Protocol::Native, 3).await;
    assert_eq!(native, ["AUTH ann secret", "CLIENT SETNAME app", "SELECT 7"]);
    let redis = ["AUTH ann secret", "HELLO 2", "CLIENT SETNAME app", "SELECT 7"];
    assert_eq!(greeting(Protocol::Resp2, 4).await, redis);
    let redis = redis.map(|command| command.replace("HELLO 2", "HELLO 3"));
    assert_eq!(greeting(Protocol::Resp3, 4).await, redis);
}

#[tokio::test]
async fn a_refused_login_is_the_servers_error() {
    let peer = Peer::start().await;
    let connect = Client::builder(&peer.address).password("wrong").connect();
    let (client, ()) = tokio::join!(connect, async {
        let mut conn = peer.accept().await;
        assert_eq!(conn.request().await.unwrap(), "AUTH wrong");
        conn.send("-WRONGPASS invalid\r\n").await;
    });
    assert_eq!(client.unwrap_err().code(), Some("WRONGPASS"));
}

#[tokio::test]
async fn a_server_without_hello_is_good_enough_for_resp2_only() {
    for (protocol, good) in [(Protocol::Resp2, true), (Protocol::Resp3, false)] {
        let peer = Peer::start().await;
        let connect = Client::builder(&peer.address).protocol(protocol).connect();
        let (client, ()) = tokio::join!(connect, async {
            let mut conn = peer.accept().await;
            conn.request().await.unwrap();
            conn.send("-ERR unknown command 'HELLO'\r\n").await;
        });
        assert_eq!(client.is_ok(), good);
    }
}

#[tokio::test]
async fn nobody_listening_is_an_error_that_may_be_retried() {
    let address = Peer::start().await.address;
    let error = Client::connect(&address).await.unwrap_err();
    assert!(matches!(&error, Error::Connect { address: a, .. } if *a == address), "{error:?}");
    assert!(error.is_retry_safe());
}

/// Sends the command, which the peer answers: what the client makes of it.
async fn answered(client: &Client, conn: &mut Conn, command: &[&str], answer: &str) {
    let (_, ()) = tokio::join!(client.call::<Frame>(command), async {
        conn.request().await.unwrap();
        conn.send(answer).await;
    });
}

#[tokio::test]
async fn a_new_connection_has_what_commands_changed_on_the_old_one() {
    let (peer, client, mut conn) = connected_after(3, everything).await;
    let ok = "+OK\r\n";
    answered(&client, &mut conn, &["select", "3"], ok).await;
    answered(&client, &mut conn, &["SELECT", "99"], "-ERR DB index is out of range\r\n").await;
    answered(&client, &mut conn, &["AUTH", "bob", "word"], ok).await;
    answered(&client, &mut conn, &["CLIENT", "SETNAME", "new"], ok).await;
    answered(&client, &mut conn, &["CLIENT", "ID"], ":1\r\n").await;
    drop(conn);
    let mut conn = peer.accept().await;
    assert_eq!(conn.greet(3).await, ["AUTH bob word", "CLIENT SETNAME new", "select 3"]);
    answered(&client, &mut conn, &["PING"], ok).await;
    assert_eq!(client.reconnects(), 1);
}

#[tokio::test]
async fn commands_that_would_shift_answers_are_refused() {
    let (_peer, client, mut conn) = connected().await;
    for refused in ["subscribe", "PSubscribe", "MONITOR", "HELLO", "SYNC", "RESET"] {
        let error = client.call::<Frame>(&[refused, "x"]).await.unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{refused}: {error:?}");
        assert!(!error.is_retry_safe());
    }
    let error = client.command("client reply").arg("OFF").send::<()>().await.unwrap_err();
    assert!(error.to_string().starts_with("CLIENT REPLY is not possible here"), "{error}");
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
}
