//! Many commands over one connection.

use kv_client::{Command, Error, Frame};
use tokio::task::JoinSet;

use crate::peer::{connected, echoed};

#[tokio::test]
async fn commands_of_many_tasks_go_out_in_one_write() {
    let (_peer, client, mut conn) = connected().await;
    let mut tasks = JoinSet::new();
    for i in 0..100 {
        let client = client.clone();
        tasks.spawn(async move { (i.to_string(), client.get::<String>(i.to_string()).await) });
    }
    let requests = conn.requests_of_one_read().await;
    assert_eq!(requests.len(), 100);
    for request in requests {
        conn.send(echoed(&request)).await;
    }
    while let Some(task) = tasks.join_next().await {
        let (key, value) = task.unwrap();
        assert_eq!(value.unwrap(), key);
    }
}

#[tokio::test]
async fn answers_split_at_every_byte_reach_their_callers() {
    let (_peer, client, mut conn) = connected().await;
    let script = async {
        let mut answers = String::new();
        for _ in 0..4 {
            answers += &echoed(&conn.request().await.unwrap());
        }
        conn.send_split(answers.as_bytes()).await;
    };
    let get = |key| client.get::<String>(key);
    let (a, b, c, d, ()) = tokio::join!(get("a"), get("bb"), get(""), get("dddd"), script);
    assert_eq!([a, b, c, d].map(Result::unwrap), ["a", "bb", "", "dddd"]);
}

#[tokio::test]
async fn a_pipeline_is_contiguous_and_in_order() {
    let (_peer, client, mut conn) = connected().await;
    let mut tasks = JoinSet::new();
    for i in 0..20 {
        let client = client.clone();
        tasks.spawn(async move {
            let n = i.to_string();
            let pipeline = client.pipeline().cmd(["ECHO", &n, "1"]).cmd(["ECHO", &n, "2"]);
            let (outcomes, alone) = tokio::join!(pipeline.send(), client.get::<String>("alone"));
            assert_eq!(alone.unwrap(), "alone");
            assert_eq!(outcomes.unwrap(), [Ok(Frame::from(&n)), Ok(Frame::from(&n))]);
        });
    }
    let mut pipelines = 0;
    for _ in 0..40 {
        let request = conn.request().await.unwrap();
        if let Some(n) = request.strip_prefix("ECHO ") {
            let second = conn.request().await.unwrap();
            assert_eq!(second, format!("ECHO {}", n.replace(" 1", " 2")));
            conn.send(echoed(&second)).await;
            pipelines += 1;
        }
        conn.send(echoed(&request)).await;
    }
    assert_eq!(pipelines, 20);
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

#[tokio::test]
async fn a_pipeline_has_a_result_for_each_command() {
    let (_peer, client, mut conn) = connected().await;
    let script = async {
        for answer in ["+OK\r\n", "-WRONGTYPE no list\r\n", "*1\r\n-ERR inner\r\n"] {
            conn.request().await.unwrap();
            conn.send(answer).await;
        }
    };
    let set = Command::new("SET").arg("k").arg(5);
    let pipeline = client.pipeline().cmd(set).cmd(["LPOP", "k"]).cmd(["EXEC"]);
    let (outcomes, ()) = tokio::join!(pipeline.send(), script);
    let error = Error::Server { code: "WRONGTYPE".to_owned(), message: "no list".to_owned() };
    let inner = Frame::Array(vec![Frame::Error("ERR inner".into())]);
    assert_eq!(outcomes.unwrap(), [Ok(Frame::Simple("OK".into())), Err(error), Ok(inner)]);
}

#[tokio::test]
async fn an_empty_pipeline_has_no_results() {
    let (_peer, client, _conn) = connected().await;
    assert_eq!(client.pipeline().send().await, Ok(Vec::new()));
}

#[tokio::test]
async fn one_bad_command_keeps_a_pipeline_from_being_sent() {
    let (_peer, client, mut conn) = connected().await;
    let outcomes = client.pipeline().cmd(["SET", "a", "1"]).cmd(["MONITOR"]).send().await;
    assert!(matches!(outcomes, Err(Error::Usage(_))), "{outcomes:?}");
    let (value, ()) = tokio::join!(client.get::<String>("b"), async {
        assert_eq!(conn.request().await.unwrap(), "GET b");
        conn.send("+b\r\n").await;
    });
    assert_eq!(value.unwrap(), "b");
}
