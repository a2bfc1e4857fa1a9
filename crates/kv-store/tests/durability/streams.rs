//! Streams of commands that change all kinds of values, in all ways that are logged in their own way.

use proptest::prelude::*;
use proptest::strategy::Union;

/// A line that a client sends, or time that passes.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Words.
    Call(Vec<String>),
    /// Milliseconds.
    Wait(u64),
    /// The sweeper runs.
    Sweep,
}

const FORMS: &[&str] = &[
    "SET K E",
    "SET K E PX N",
    "SET K E EX 1 GET",
    "APPEND K E",
    "INCRBYFLOAT K 0.1",
    "INCR K",
    "INCREX K BYFLOAT 0.3",
    "MSET K E K E",
    "GETEX K PX N",
    "GETDEL K",
    "SETRANGE K 3 E",
    "PEXPIRE K N",
    "PERSIST K",
    "PEXPIRE K -1",
    "DEL K",
    "RENAME K K",
    "COPY K K REPLACE",
    "COPY K K DB 2 REPLACE",
    "MOVE K 1",
    "LPUSH K E E",
    "RPUSH K E",
    "LPOP K",
    "RPOP K 2",
    "LMOVE K K LEFT RIGHT",
    "LTRIM K 1 3",
    "LREM K 0 E",
    "LINSERT K BEFORE E E",
    "SADD K E E E",
    "SREM K E",
    "SPOP K",
    "SPOP K 2",
    "SMOVE K K E",
    "SUNIONSTORE K K K",
    "SINTERSTORE K K K",
    "SADDEX K PX N FIELDS 2 E E",
    "HSET K E E E E",
    "HDEL K E",
    "HINCRBY K E 3",
    "HINCRBYFLOAT K E 0.7",
    "HPEXPIRE K N FIELDS 2 E E",
    "HPERSIST K FIELDS 1 E",
    "HGETEX K PX N FIELDS 1 E",
    "HSETEX K PX N FIELDS 1 E E",
    "HGETDEL K FIELDS 1 E",
    "ZADD K 1.5 E 2 E",
    "ZINCRBY K 0.1 E",
    "ZREM K E",
    "ZPOPMIN K",
    "ZUNIONSTORE K 2 K K",
    "ZRANGESTORE K K 0 2",
    "ZREMRANGEBYRANK K 0 0",
    "SORT K ALPHA STORE K",
    "SORT K BY nosort STORE K",
    "PFADD K E E",
    "PFMERGE K K",
    "SETBIT K 9 1",
    "BITOP OR K K K",
    "BITFIELD K INCRBY u4 1 3",
    "GEOADD K 13.3 38.1 E",
    "CL.THROTTLE K 3 5 60",
    "SELECT 0",
    "SELECT 1",
    "SWAPDB 0 1",
    "FLUSHDB",
    "GET K",
    "HGETALL K",
    "SMEMBERS K",
    "DBSIZE",
];

/// A stream of up to `longest` steps.
pub(crate) fn steps(longest: usize) -> impl Strategy<Value = Vec<Step>> {
    let word = |word: &'static str| match word {
        "K" => (0..5u8).prop_map(|n| format!("k{n}")).boxed(),
        "E" => prop_oneof![
            (0..6u8).prop_map(|n| format!("e{n}")),
            (0..30u8).prop_map(|n| n.to_string())
        ]
        .boxed(),
        "N" => (1..300u64).prop_map(|n| n.to_string()).boxed(),
        word => Just(word.to_owned()).boxed(),
    };
    let line = |form: &&'static str| {
        let words: Vec<_> = form.split(' ').map(word).collect();
        words.prop_map(Step::Call).boxed()
    };
    let step = prop_oneof![
        20 => Union::new(FORMS.iter().map(line)),
        2 => (0..200u64).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ];
    proptest::collection::vec(step, 0..longest)
}
