//! Generators and floors against each other, in one process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use kv_load::closed::{Bound, Closed};
use kv_load::floor::{Floor, Kind};
use kv_load::idle;
use kv_load::keys::Keys;
use kv_load::open::{Open, OpenReport};
use kv_load::recipe::{Recipe, Verb};

const KINDS: [Kind; 2] = [Kind::Epoll, Kind::Tokio];

/// A floor that answers until the process ends.
fn floor(kind: Kind, recipes: &[Recipe]) -> SocketAddr {
    let floor = Floor::bind(kind, recipes).expect("it binds");
    let address = floor.address().expect("it is bound");
    std::thread::spawn(move || floor.run());
    address
}

fn uniform() -> Keys {
    Keys::uniform("key:", 100, 1).expect("there are keys")
}

fn closed(server: SocketAddr, recipe: Recipe, depth: usize, bound: Bound) -> Closed {
    Closed {
        server,
        connections: 5,
        depth,
        recipe,
        keys: uniform(),
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
        get_percent: 50,
        value_bytes: 64,
        read: uniform(),
        written: Keys::sequence("key:", 100).expect("four bytes"),
        watch: None,
    }
}

#[test]
fn a_floor_answers_every_recipe_at_every_depth() {
    for kind in KINDS {
        for verb in [Verb::Ping, Verb::Get, Verb::Set, Verb::Incr, Verb::Mget10, Verb::Mset10] {
            for (depth, value_bytes) in [(1, 64), (16, 64), (64, 0), (3, 300_000)] {
                let recipe = Recipe::new(verb, value_bytes);
                let server = floor(kind, &[recipe]);
                let report = closed(server, recipe, depth, Bound::Requests(101)).run().unwrap();
                assert_eq!(report.requests, 101, "{kind:?} {recipe:?} {depth}");
                assert_eq!((report.errors, report.unexpected), (0, 0), "{:?}", report.first_wrong);
            }
        }
    }
}

#[test]
fn a_load_bound_by_time_ends_and_knows_the_servers_time() {
    let recipe = Recipe::new(Verb::Get, 64);
    let server = floor(Kind::Epoll, &[recipe]);
    let mut load = closed(server, recipe, 4, Bound::Time(Duration::from_millis(50)));
    load.warm_up = Duration::from_millis(10);
    let report = load.run().unwrap();
    assert!(report.requests > 0 && report.seconds >= 0.05);
    assert!(report.server_cpu_us.unwrap() > 0.0 && report.load_cpu_us > 0.0);
}

#[test]
fn wrong_replies_are_counted_and_shown() {
    let server = floor(Kind::Epoll, &[Recipe::new(Verb::Get, 63)]);
    let load = closed(server, Recipe::new(Verb::Get, 64), 4, Bound::Requests(20));
    let report = load.run().unwrap();
    assert_eq!((report.requests, report.unexpected), (20, 20));
    assert_eq!(report.first_wrong.as_deref(), Some("Bulk(63) instead of Bulk(64)"));
}

#[test]
fn an_open_loop_sends_what_was_scheduled() {
    for kind in KINDS {
        let recipes = [Recipe::new(Verb::Get, 64), Recipe::new(Verb::Set, 64)];
        let report = open(floor(kind, &recipes)).run().unwrap();
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
    (load.connections, load.get_percent) = (1, 0);
    let bytes = Recipe::new(Verb::Set, 64).request().0.len();
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
    let load = closed(gone, Recipe::new(Verb::Get, 1), 1, Bound::Requests(1));
    assert!(format!("{:#}", load.run().unwrap_err()).contains("cannot connect"));
    assert!(open(gone).run().is_err());
}

#[test]
fn idle_connections_have_been_answered() {
    let server = floor(Kind::Epoll, &[Recipe::new(Verb::Ping, 0)]);
    assert_eq!(idle::open(server, 20).unwrap().len(), 20);
}
