//! What arguments look like on the wire.

use std::collections::BTreeMap;

use kv_client::{Client, Command, Error, Frame, Limits, Protocol, ToArg};

use crate::peer::{Conn, connected, connected_after};

/// The bytes of `SET k VALUE` that follow the key.
async fn sent(client: &Client, conn: &mut Conn, value: impl ToArg, length: usize) -> String {
    let set = client.set("k", value);
    let (result, bytes) = tokio::join!(set, async {
        let head = conn.exactly(20).await;
        assert_eq!(head, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n");
        let value = conn.exactly(length).await;
        conn.send("+OK\r\n").await;
        value
    });
    result.unwrap();
    String::from_utf8(bytes).unwrap()
}

macro_rules! table {
    ($client:expr, $conn:expr, $($value:expr => $expected:expr;)+) => {
        $(assert_eq!(sent($client, $conn, $value, $expected.len()).await, $expected);)+
    };
}

#[tokio::test]
async fn native_arguments_keep_their_types() {
    let (_peer, client, mut conn) = connected().await;
    let dictionary = BTreeMap::from([("a", Some(1)), ("b", None)]);
    let nested = Frame::Map(vec![(Frame::from("k"), Frame::Array(vec![Frame::Null, 2.into()]))]);
    table! { &client, &mut conn,
        "text" => "$4\r\ntext\r\n";
        String::new() => "$0\r\n\r\n";
        b"by\0es" => "$5\r\nby\0es\r\n";
        vec![b'a', b'b'] => "$2\r\nab\r\n";
        -5i8 => ":-5\r\n";
        i64::MIN => ":-9223372036854775808\r\n";
        u64::MAX => "(18446744073709551615\r\n";
        1.5f64 => ",1.5\r\n";
        f64::NEG_INFINITY => ",-inf\r\n";
        true => "#t\r\n";
        None::<i32> => "$-1\r\n";
        Some("x") => "$1\r\nx\r\n";
        vec![1, 2] => "*2\r\n:1\r\n:2\r\n";
        ["a", "b"] => "*2\r\n$1\r\na\r\n$1\r\nb\r\n";
        ("a", 1, false) => "*3\r\n$1\r\na\r\n:1\r\n#f\r\n";
        dictionary => "%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n$-1\r\n";
        nested => "%1\r\n$1\r\nk\r\n*2\r\n$-1\r\n:2\r\n";
    }
}

#[tokio::test]
async fn redis_arguments_are_texts() {
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let (_peer, client, mut conn) = connected_after(1, |b| b.protocol(protocol)).await;
        table! { &client, &mut conn,
            "text" => "$4\r\ntext\r\n";
            -5 => "$2\r\n-5\r\n";
            u64::MAX => "$20\r\n18446744073709551615\r\n";
            0.1f64 => "$3\r\n0.1\r\n";
            true => "$1\r\n1\r\n";
            Some(3) => "$1\r\n3\r\n";
            Frame::Simple("simple".into()) => "$6\r\nsimple\r\n";
        }
        let structured = [
            client.set("k", vec![1]).await,
            client.set("k", BTreeMap::from([("a", 1)])).await,
            client.set("k", None::<i32>).await,
            client.set("k", Frame::Array(vec![])).await,
        ];
        for result in structured {
            let Err(Error::Usage(text)) = result else { panic!("{result:?}") };
            assert!(text.starts_with("argument 2 is structured or null"), "{text}");
        }
        // Nothing of them was sent.
        assert_eq!(sent(&client, &mut conn, "v", 7).await, "$1\r\nv\r\n");
    }
}

#[tokio::test]
async fn what_servers_hang_up_on_is_not_sent() {
    let (_peer, client, mut conn) = connected().await;
    let mut deep = Frame::Null;
    for _ in 0..=Limits::DEFAULT.max_depth {
        deep = Frame::Array(vec![deep]);
    }
    let long_line = Frame::Simple("x".repeat(Limits::DEFAULT.max_inline + 1).into());
    let no_number = Frame::BigNumber("one".into());
    for bad in [deep, long_line, no_number] {
        let result = client.set("k", bad).await;
        assert!(matches!(result, Err(Error::Usage(_))), "{result:?}");
    }
    let nothing = client.call::<()>(Vec::<String>::new()).await;
    assert_eq!(nothing, Err(Error::Usage("a command needs a name".to_owned())));
    assert_eq!(sent(&client, &mut conn, "v", 7).await, "$1\r\nv\r\n");
}

#[tokio::test]
async fn a_command_longer_than_servers_take_is_not_sent() {
    let (_peer, client, _conn) = connected().await;
    // The same bytes over and over, so that this test needs no gigabytes.
    let big = Frame::from(vec![b'x'; 32 << 20]);
    let many = Frame::Array(vec![big; 65]);
    let result = client.set("k", many).await;
    assert!(matches!(result, Err(Error::Usage(_))), "{result:?}");
}

#[test]
fn a_name_of_several_words_is_several_arguments() {
    let command = Command::new("CLIENT SETNAME").arg("two words").args([1, 2]);
    assert_eq!(command.as_request().len(), 5);
}
