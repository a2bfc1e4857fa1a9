//! Generators and floors against each other, in one process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use kv_load::closed::{Bound, Closed};
use kv_load::floor::{Floor, Kind};
use kv_load::idle;
use kv_load::open::{Open, OpenReport};
use kv_load::recipe::Recipe;

const KINDS: [Kind; 2] = [Kind::Epoll, Kind::Tokio];

const GET: &str = "GET key:{r%100} -> $64";
const SET: &str = "SET key:{n+100} {#64} -> +OK";

fn recipe(text: &str) -> Recipe {
    text.parse().expect("it is a recipe")
}

/// A floor that answers until the process ends.
fn floor(kind: Kind, recipes: &[Recipe]) -> SocketAddr {
    let floor = Floor::bind(kind, recipes).expect("it binds");
    let address = floor.address().expect("it is bound");
    std::thread::spawn(move || floor.run());
    address
}

fn closed(server: SocketAddr, recipe: Recipe, depth: usize, bound: Bound) -> Closed {
    Closed {
        server,
        connections: 5,
        depth,
        recipe,
        seed: 1,
        database: 0,
        warm_up: Duration::ZERO,
        bound,
        watch: Some(std::process::id()),
    }
}

fn open(server: SocketAddr) -> Open {
    Open {
        server,
        connections: 3,
        rate: 2000.0,
        time: Duration::from_millis(250),
        recipes: [recipe(GET), recipe(SET)],
        first_percent: 50,
        watch: None,
    }
}

#[test]
fn a_floor_answers_every_recipe_at_every_depth() {
    for kind in KINDS {
        for text in [
            "PING -> +PONG",
            GET,
            SET,
            "INCR key:{r%100} -> :",
            "LPUSH l:{r%9} {#16} -> : ; LPOP l:{r%9} -> $16",
            "HGETALL h:{r%9} -> *20 $6 $16",
            "GET big:{r%9} -> $300000",
        ] {
            let recipe = recipe(text);
            for sendings in [1, 3, 16, 64] {
                let depth = sendings * recipe.requests();
                let server = floor(kind, std::slice::from_ref(&recipe));
                let load = closed(server, recipe.clone(), depth, Bound::Requests(102));
                let report = load.run().unwrap();
                assert_eq!(report.requests, 102, "{kind:?} {text} {depth}");
                assert_eq!((report.errors, report.unexpected), (0, 0), "{:?}", report.first_wrong);
            }
        }
    }
}

#[test]
fn what_is_sent_together_is_not_torn() {
    let pair = recipe("LPUSH l x -> : ; LPOP l -> $1");
    let server = floor(Kind::Epoll, std::slice::from_ref(&pair));
    for (depth, bound) in [(3, Bound::Requests(12)), (4, Bound::Requests(13))] {
        let torn = closed(server, pair.clone(), depth, bound).run();
        assert!(torn.unwrap_err().to_string().contains("2 requests are sent together"));
    }
    let mut open = open(server);
    open.recipes[1] = pair;
    assert!(open.run().unwrap_err().to_string().contains("single requests"));
}

#[test]
fn a_load_bound_by_time_ends_and_knows_the_servers_time() {
    let server = floor(Kind::Epoll, &[recipe(GET)]);
    let mut load = closed(server, recipe(GET), 4, Bound::Time(Duration::from_millis(50)));
    load.warm_up = Duration::from_millis(10);
    let report = load.run().unwrap();
    assert!(report.requests > 0 && report.seconds >= 0.05);
    // Not how much: server and load are in this process, whose threads come and go with other tests.
    assert!(report.server_cpu_us.is_some());
}

#[test]
fn wrong_replies_are_counted_and_shown() {
    let server = floor(Kind::Epoll, &[recipe("GET key:{r} -> $63")]);
    let load = closed(server, recipe(GET), 4, Bound::Requests(20));
    let report = load.run().unwrap();
    assert_eq!((report.requests, report.unexpected), (20, 20));
    assert_eq!(report.first_wrong.as_deref(), Some("Bulk(63) instead of Bulk(64)"));
}

#[test]
fn an_open_loop_sends_what_was_scheduled() {
    for kind in KINDS {
        let report = open(floor(kind, &[recipe(GET), recipe(SET)])).run().unwrap();
        assert_eq!((report.requests, report.errors, report.unexpected), (500, 0, 0));
        let text = serde_json::to_string(&report).unwrap();
        let back: OpenReport = serde_json::from_str(&text).unwrap();
        assert_eq!(back.series.iter().map(|window| window.requests).sum::<u64>(), 500);
        assert!(back.latency.p50 <= back.latency.p999 && back.latency.p999 <= back.latency.max);
    }
}

/// A server that answers nothing until all has been sent: nobody may wait for it, and each request's
/// latency reaches to the end.
#[test]
fn a_late_reply_delays_no_request() {
    use std::io::{Read, Write};
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut load = open(listener.local_addr().unwrap());
    (load.connections, load.first_percent) = (1, 0);
    let bytes = recipe(SET).bytes().len();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut vec![0; 500 * bytes]).unwrap();
        stream.write_all(&b"+OK\r\n".repeat(500)).unwrap();
    });
    let report = load.run().unwrap();
    assert_eq!(report.requests, 500);
    // The first was due at once, the last after 249.5 ms; the replies came after that.
    assert!(report.latency.max >= 249_000.0, "{:?}", report.latency);
    assert!((100_000.0..report.latency.max).contains(&report.latency.p50), "{:?}", report.latency);
}

#[test]
fn a_load_without_a_server_says_so() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let load = closed(gone, recipe(GET), 1, Bound::Requests(1));
    assert!(format!("{:#}", load.run().unwrap_err()).contains("cannot connect"));
    assert!(open(gone).run().is_err());
}

#[test]
fn idle_connections_have_been_answered() {
    let server = floor(Kind::Epoll, &[recipe("PING -> +PONG")]);
    assert_eq!(idle::open(server, 20).unwrap().len(), 20);
}
