//! Futures that are dropped while others wait for their answers.

use std::time::Duration;

use kv_client::Error;
use tokio::sync::oneshot;

use crate::peer::{connected, connected_with, echoed, poll_times};

/// One future is dropped after it was polled `polls` times, with others before, beside and after
/// it. With 0 polls it has done nothing, with 1 it's queued, with more it's sent.
#[tokio::test]
async fn a_dropped_future_shifts_no_answer_wherever_it_was() {
    for polls in 0..6 {
        let (_peer, client, conn) = connected().await;
        let peer = tokio::spawn(conn.echo());
        for round in 0..20 {
            let key = |name| format!("{name}{round}");
            let before = client.get::<String>(key("before"));
            let mut dropped = Box::pin(client.get::<String>(key("dropped")));
            let after = client.get::<String>(key("after"));
            let dropping = async {
                let _ = poll_times(&mut dropped, polls).await;
                drop(dropped);
            };
            let (before, (), after) = tokio::join!(before, dropping, after);
            assert_eq!(before.unwrap(), key("before"), "{polls} polls");
            assert_eq!(after.unwrap(), key("after"), "{polls} polls");
        }
        drop(client);
        peer.await.unwrap();
    }
}

#[tokio::test]
async fn dropped_before_it_is_sent_it_never_is() {
    let (_peer, client, mut conn) = connected().await;
    let mut dropped = Box::pin(client.set("dropped", "1"));
    // Once: it's queued, and the connection's task hasn't run yet.
    let poll = std::future::poll_fn(|context| {
        std::task::Poll::Ready(dropped.as_mut().poll(context).is_pending())
    });
    assert!(poll.await);
    drop(dropped);
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+v\r\n").await;
    });
    assert_eq!(value.unwrap(), "v");
}

#[tokio::test]
async fn dropped_after_it_is_sent_its_answer_is_thrown_away() {
    let (_peer, client, mut conn) = connected().await;
    let mut dropped = Box::pin(client.get::<String>("dropped"));
    assert!(poll_times(&mut dropped, 1).await.is_none());
    assert_eq!(conn.request().await.unwrap(), "GET dropped");
    drop(dropped);
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+not yours\r\n+yours\r\n").await;
    });
    assert_eq!(value.unwrap(), "yours");
}

#[tokio::test]
async fn a_dropped_pipeline_takes_all_its_answers_with_it() {
    let (_peer, client, mut conn) = connected().await;
    let mut dropped = Box::pin(client.pipeline().cmd(["GET", "a"]).cmd(["GET", "b"]).send());
    assert!(poll_times(&mut dropped, 1).await.is_none());
    let first = conn.request().await.unwrap();
    conn.request().await.unwrap();
    // Half of it answered: the other half is still due.
    conn.send(echoed(&first)).await;
    assert!(poll_times(&mut dropped, 10).await.is_none());
    drop(dropped);
    let (value, ()) = tokio::join!(client.get::<String>("k"), async {
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+b\r\n+yours\r\n").await;
    });
    assert_eq!(value.unwrap(), "yours");
}

#[tokio::test]
async fn an_answer_that_comes_after_the_time_ran_out_is_thrown_away() {
    const LONG: usize = 4 << 20;
    let time = Duration::from_secs(1);
    let (_peer, client, mut conn) =
        connected_with(|builder| builder.request_timeout(Some(time))).await;
    let (timed_out, mut until) = oneshot::channel();
    let slow_then_late = async {
        assert_eq!(conn.request().await.unwrap(), "GET slow");
        conn.send(format!("${LONG}\r\n")).await;
        // A byte now and then keeps the connection from being taken for dead.
        let mut sent = 0;
        while until.try_recv().is_err() {
            conn.send_split(b"x").await;
            sent += 1;
        }
        conn.send("x".repeat(LONG - sent) + "\r\n").await;
        assert_eq!(conn.request().await.unwrap(), "GET k");
        conn.send("+yours\r\n").await;
    };
    let both = async {
        let error = client.get::<String>("slow").await.unwrap_err();
        timed_out.send(()).unwrap();
        (error, client.get::<String>("k").await)
    };
    let ((error, value), ()) = tokio::join!(both, slow_then_late);
    assert_eq!(error, Error::Timeout { after: time, sent: true });
    assert!(!error.is_retry_safe());
    assert_eq!(value.unwrap(), "yours");
}
