//! Connections that break, and what becomes of the commands.

use std::time::Duration;

use kv_client::{Builder, Client, Error, Frame, Protocol};

use tokio::task::JoinSet;

use crate::peer::{Conn, Peer, connected, connected_with, echoed, poll_times};

fn is_interrupted<T: std::fmt::Debug>(outcome: &Result<T, Error>) -> bool {
    let retry_safe = outcome.as_ref().is_err_and(Error::is_retry_safe);
    // That other cause would be a batch that got lost within the client.
    let broken = |cause| cause != "the client was closed";
    matches!(outcome, Err(Error::Interrupted { cause }) if broken(cause)) && !retry_safe
}

fn is_not_sent<T: std::fmt::Debug>(outcome: &Result<T, Error>) -> bool {
    let retry_safe = outcome.as_ref().is_err_and(Error::is_retry_safe);
    matches!(outcome, Err(Error::NotSent { .. })) && retry_safe
}

/// More than a socket takes from one side when nobody reads at the other.
fn too_much() -> String {
    "x".repeat(32 << 20)
}

#[tokio::test]
async fn sent_and_unanswered_is_interrupted_and_never_sent_again() {
    let (peer, client, mut conn) = connected().await;
    let gets = async {
        let get = |key| client.get::<String>(key);
        let (a, b, c) = tokio::join!(get("a"), get("b"), get("c"));
        assert_eq!(a.unwrap(), "a");
        assert!(is_interrupted(&b), "{b:?}");
        assert!(is_interrupted(&c), "{c:?}");
        client.get::<String>("d").await
    };
    let script = async {
        let first = conn.request().await.unwrap();
        conn.request().await.unwrap();
        conn.request().await.unwrap();
        conn.send(echoed(&first)).await;
        drop(conn);
        let mut conn = peer.accept().await;
        assert_eq!(conn.request().await.unwrap(), "GET d");
        conn.send("+d\r\n").await;
    };
    let (d, ()) = tokio::join!(gets, script);
    assert_eq!(d.unwrap(), "d");
    assert_eq!(client.reconnects(), 1);
}

#[tokio::test]
async fn what_was_not_sent_is_delivered_over_the_next_connection_in_order() {
    let (peer, client, mut conn) = connected().await;
    // The first fills the socket, so the others stay with the client.
    let large = too_much();
    let mut first = Box::pin(client.set("large", large.as_str()));
    assert!(poll_times(&mut first, 5).await.is_none());
    let others = async { tokio::join!(client.get::<String>("a"), client.get::<String>("b")) };
    let script = async {
        conn.exactly(100).await;
        drop(conn);
        let mut conn = peer.accept().await;
        for expected in ["GET a", "GET b"] {
            let request = conn.request().await.unwrap();
            assert_eq!(request, expected);
            conn.send(echoed(&request)).await;
        }
    };
    let (first, (a, b), ()) = tokio::join!(first, others, script);
    // A part of it was sent: no server can have carried it out.
    assert!(is_not_sent(&first), "{first:?}");
    assert_eq!([a, b].map(Result::unwrap), ["a", "b"]);
}

/// Of many commands a part fits into the socket and the rest doesn't, some of which had been
/// handed to the connection already.
#[tokio::test]
async fn every_command_is_either_reported_or_delivered() {
    const COMMANDS: usize = 2000;
    let (peer, client, mut conn) = connected().await;
    let filler = "x".repeat(16 << 10);
    let mut tasks = JoinSet::new();
    for i in 0..COMMANDS {
        let (client, filler) = (client.clone(), filler.clone());
        tasks.spawn(async move { (i, client.call::<usize>([&i.to_string(), &filler]).await) });
    }
    for _ in 0..2 {
        conn.exactly(100).await;
        conn = peer.accept_after(conn).await;
    }
    let mut delivered = Vec::new();
    let mut unsent = 0;
    let mut interrupted = Vec::new();
    while !tasks.is_empty() {
        tokio::select! {
            request = conn.request() => {
                let request = request.unwrap();
                let (i, _) = request.split_once(' ').unwrap();
                conn.send(format!(":{i}\r\n")).await;
                delivered.push(i.parse::<usize>().unwrap());
            }
            task = tasks.join_next() => match task.unwrap().unwrap() {
                (i, Ok(answer)) => assert_eq!(i, answer),
                (_, outcome) if is_not_sent(&outcome) => unsent += 1,
                (i, outcome) => {
                    assert!(is_interrupted(&outcome), "{outcome:?}");
                    interrupted.push(i);
                }
            }
        }
    }
    assert!(unsent <= 2, "only one a connection can have been sent in part, not {unsent}");
    assert!(!interrupted.is_empty() && !delivered.is_empty());
    assert_eq!(interrupted.len() + unsent + delivered.len(), COMMANDS);
    assert!(delivered.is_sorted());
    assert!(interrupted.iter().all(|i| !delivered.contains(i)));
}

#[tokio::test]
async fn a_pipeline_never_goes_on_over_another_connection() {
    let (peer, client, mut conn) = connected().await;
    let large = too_much();
    let pipeline = client.pipeline().cmd(["INCR", "a"]).cmd(["INCR", "b"]);
    let pipeline = pipeline.cmd(["SET", "large", &large]).cmd(["INCR", "c"]).send();
    let script = async {
        conn.request().await.unwrap();
        conn.send(":1\r\n").await;
        conn.request().await.unwrap();
        drop(conn);
        peer.accept().await
    };
    let (outcomes, mut conn) = tokio::join!(pipeline, script);
    let outcomes = outcomes.unwrap();
    assert_eq!(outcomes[0], Ok(Frame::Integer(1)));
    assert!(is_interrupted(&outcomes[1]), "{:?}", outcomes[1]);
    assert!(is_not_sent(&outcomes[2]), "{:?}", outcomes[2]);
    assert!(is_not_sent(&outcomes[3]), "{:?}", outcomes[3]);
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
}

#[tokio::test]
async fn commands_given_during_an_outage_wait_for_its_end() {
    let set =
        |builder: Builder| builder.backoff(Duration::from_millis(1), Duration::from_millis(2));
    let (peer, client, conn) = connected_with(set).await;
    drop(conn);
    let script = async {
        // Accepted and dropped: no better than a server that's down.
        for _ in 0..5 {
            drop(peer.accept().await);
        }
        let mut conn = peer.accept().await;
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+v\r\n").await;
    };
    // One at a time, so that none is on its way while a connection breaks.
    let get = async {
        loop {
            match client.get::<String>("k").await {
                Err(error) => assert!(is_interrupted::<()>(&Err(error))),
                Ok(value) => break value,
            }
        }
    };
    let (value, ()) = tokio::join!(get, script);
    assert_eq!(value, "v");
}

/// A client in an outage, and its first attempt to reconnect, which tells that it has noticed. It
/// greets, so that an attempt fails when the peer hangs up without an answer.
async fn in_an_outage(attempts: Option<u32>, time: Duration) -> (Peer, Client, Conn) {
    let peer = Peer::start().await;
    let builder = Client::builder(&peer.address)
        .protocol(Protocol::Resp3)
        .backoff(Duration::from_millis(1), Duration::from_millis(2))
        .reconnect_attempts(attempts)
        .request_timeout(Some(time));
    let (client, ()) = tokio::join!(builder.connect(), async {
        let mut conn = peer.accept().await;
        conn.greet(1).await;
    });
    let attempt = peer.accept().await;
    (peer, client.unwrap(), attempt)
}

#[tokio::test]
async fn after_the_last_attempt_commands_fail_and_the_next_one_tries_again() {
    let (peer, client, attempt) = in_an_outage(Some(3), Duration::from_secs(60)).await;
    let mut attempts = vec![attempt];
    for _ in 0..2 {
        let (outcome, ()) = tokio::join!(client.get::<String>("k"), async {
            for _ in attempts.drain(..).count()..3 {
                drop(peer.accept().await);
            }
        });
        let error = outcome.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        assert!(error.is_retry_safe());
    }
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        let mut conn = peer.accept().await;
        conn.greet(1).await;
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
    assert_eq!(client.reconnects(), 1);
}

#[tokio::test]
async fn a_command_whose_time_runs_out_in_an_outage_says_why_there_is_no_connection() {
    let (peer, client, mut attempt) = in_an_outage(None, Duration::from_millis(200)).await;
    let refuse = async {
        loop {
            attempt.request().await;
            attempt.send("-LOADING not yet\r\n").await;
            attempt = peer.accept().await;
        }
    };
    let outcome = tokio::select! {
        outcome = client.get::<String>("k") => outcome,
        () = refuse => unreachable!(),
    };
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot connect to {}: LOADING not yet", peer.address));
    assert!(error.is_retry_safe());
}

#[tokio::test]
async fn an_answer_to_nothing_ends_the_connection_before_it_shifts_others() {
    let (peer, client, mut conn) = connected().await;
    conn.send("+stray\r\n").await;
    assert_eq!(conn.request().await, None);
    let mut conn = peer.accept().await;
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        conn.request().await.unwrap();
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
}

#[tokio::test]
async fn a_malformed_answer_ends_the_connection() {
    let (peer, client, mut conn) = connected().await;
    let both = async { tokio::join!(client.get::<String>("a"), client.get::<String>("b")) };
    let ((a, b), _conn) = tokio::join!(both, async {
        conn.request().await.unwrap();
        conn.request().await.unwrap();
        conn.send("hello?\r\n").await;
        peer.accept().await
    });
    assert!(matches!(a, Err(Error::Protocol(_))), "{a:?}");
    assert!(is_interrupted(&b), "{b:?}");
}

#[tokio::test]
async fn the_connection_ends_with_the_last_client() {
    let (_peer, client, mut conn) = connected().await;
    let clone = client.clone();
    drop(client);
    let (value, ()) = tokio::join!(clone.get::<String>("k"), async {
        conn.request().await.unwrap();
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
    drop(clone);
    assert_eq!(conn.request().await, None);
}
