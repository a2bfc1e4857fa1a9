//! Nothing grows without bound: neither what is under way nor an answer.

use std::time::Duration;

use kv_client::{Error, Limits, ProtocolError};
use tokio::task::JoinSet;

use crate::peer::{Conn, connected_with, echoed, poll_times};

/// Answers `requests` requests one by one, always reading all there are first: the most that were
/// ever unanswered.
async fn most_under_way(conn: &mut Conn, requests: usize) -> usize {
    let (mut waiting, mut answered, mut most) = (Vec::new(), 0, 0);
    while answered < requests {
        waiting.extend(conn.requests_of_one_read().await);
        most = most.max(waiting.len());
        for request in waiting.drain(..) {
            conn.send(echoed(&request)).await;
            answered += 1;
        }
    }
    most
}

#[tokio::test]
async fn callers_beyond_the_bound_on_commands_wait() {
    let (_peer, client, mut conn) =
        connected_with(|builder| builder.max_in_flight(4, usize::MAX)).await;
    let mut tasks = JoinSet::new();
    for i in 0..50 {
        let client = client.clone();
        tasks.spawn(async move {
            assert_eq!(client.get::<u32>(i).await, Ok(i));
        });
    }
    assert_eq!(most_under_way(&mut conn, 50).await, 4);
    assert!(tasks.join_all().await.len() == 50);
}

#[tokio::test]
async fn callers_beyond_the_bound_on_bytes_wait() {
    // "*2\r\n$3\r\nGET\r\n$2\r\n10\r\n" is 21 bytes.
    let (_peer, client, mut conn) =
        connected_with(|builder| builder.max_in_flight(1000, 3 * 21 + 20)).await;
    let mut tasks = JoinSet::new();
    for i in 10..60 {
        let client = client.clone();
        tasks.spawn(async move {
            assert_eq!(client.get::<u32>(i.to_string()).await, Ok(i));
        });
    }
    assert_eq!(most_under_way(&mut conn, 50).await, 3);
    assert_eq!(tasks.join_all().await.len(), 50);
}

#[tokio::test]
async fn what_is_larger_than_the_bound_goes_alone() {
    let (_peer, client, mut conn) = connected_with(|builder| builder.max_in_flight(2, 50)).await;
    let large = "x".repeat(500);
    let pipeline = client.pipeline().cmd(["GET", "a"]).cmd(["GET", "b"]).cmd(["GET", &large]);
    let both = async { tokio::join!(client.get::<String>("c"), pipeline.send()) };
    let script = async {
        for expected in ["GET c", "GET a", "GET b", &format!("GET {large}")] {
            let request = conn.request().await.unwrap();
            assert_eq!(request, expected);
            conn.send(echoed(&request)).await;
        }
    };
    let ((alone, outcomes), ()) = tokio::join!(both, script);
    assert_eq!(alone.unwrap(), "c");
    assert_eq!(outcomes.unwrap().len(), 3);
}

#[tokio::test]
async fn a_caller_who_waits_for_room_can_give_up() {
    let (_peer, client, mut conn) = connected_with(|builder| builder.max_in_flight(1, 1000)).await;
    let mut first = Box::pin(client.get::<String>("first"));
    let mut dropped = Box::pin(client.get::<String>("dropped"));
    let mut last = Box::pin(client.get::<String>("last"));
    for future in [&mut first, &mut dropped, &mut last] {
        assert!(poll_times(future, 1).await.is_none());
    }
    drop(dropped);
    let script = async {
        for expected in ["GET first", "GET last"] {
            let request = conn.request().await.unwrap();
            assert_eq!(request, expected);
            conn.send(echoed(&request)).await;
        }
    };
    let (first, last, ()) = tokio::join!(first, last, script);
    assert_eq!((first.unwrap(), last.unwrap()), ("first".to_owned(), "last".to_owned()));
}

#[tokio::test]
async fn a_caller_whose_time_runs_out_waiting_for_room_has_sent_nothing() {
    let time = Duration::from_millis(200);
    let (_peer, client, mut conn) =
        connected_with(|builder| builder.max_in_flight(1, 1000).request_timeout(Some(time))).await;
    let both = async { tokio::join!(client.get::<String>("a"), client.get::<String>("b")) };
    let ((first, second), request) = tokio::join!(both, conn.request());
    assert_eq!(request.unwrap(), "GET a");
    assert_eq!(first, Err(Error::Timeout { after: time, sent: true }));
    assert_eq!(second, Err(Error::Timeout { after: time, sent: false }));
    assert!(second.unwrap_err().is_retry_safe());
}

#[tokio::test]
async fn an_answer_beyond_the_limits_ends_the_connection() {
    let limits = Limits { max_bulk: 1000, ..Limits::DEFAULT };
    let (peer, client, mut conn) = connected_with(|builder| builder.limits(limits)).await;
    let both = async { tokio::join!(client.get::<String>("a"), client.get::<String>("b")) };
    let script = async {
        conn.request().await.unwrap();
        conn.request().await.unwrap();
        conn.send("$1001\r\n").await;
        assert_eq!(conn.request().await, None);
        peer.accept().await
    };
    let ((first, second), mut conn) = tokio::join!(both, script);
    assert_eq!(first, Err(Error::Protocol(ProtocolError::InvalidBulkLength)));
    assert!(matches!(second, Err(Error::Interrupted { .. })), "{second:?}");
    let (value, ()) = tokio::join!(client.get::<String>("c"), async {
        conn.request().await.unwrap();
        conn.send("+c\r\n").await;
    });
    assert_eq!(value.unwrap(), "c");
}

#[tokio::test]
async fn a_server_that_gives_no_sign_is_given_up() {
    let time = Duration::from_millis(200);
    let (peer, client, mut conn) =
        connected_with(|builder| builder.request_timeout(Some(time))).await;
    let script = async {
        assert_eq!(conn.request().await.unwrap(), "GET a");
        // Not answered: the client hangs up, and comes back.
        assert_eq!(conn.request().await, None);
        peer.accept().await
    };
    let (value, mut conn) = tokio::join!(client.get::<String>("a"), script);
    assert!(!value.unwrap_err().is_retry_safe());
    let (value, ()) = tokio::join!(client.get::<String>("b"), async {
        assert_eq!(conn.request().await.unwrap(), "GET b");
        conn.send("+b\r\n").await;
    });
    assert_eq!(value.unwrap(), "b");
}
