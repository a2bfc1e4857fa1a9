//! Commands about the server itself: what is sent of them instead of random arguments, and how often.

use super::values::Values;

/// Lines that stand in for a command's arguments: random ones would change what the comparison
/// rests on, or meet nothing that exists.
const LINES: &[(&str, &[&str])] = &[
    ("HELLO", &["", "2", "3", "4", "x", "3 SETNAME me", "2 AUTH default x", "3 AUTH u p", "3 NO"]),
    ("AUTH", &["x", "default x", "nobody x", "default"]),
    ("CLIENT REPLY", &["ON", "OFF", "SKIP", "SKIP", "maybe"]),
    (
        "CLIENT KILL",
        &[
            "ID 999999",
            "ID x",
            "ID 0",
            "ID -1",
            "1.2.3.4:5",
            "ADDR 1.2.3.4:5",
            "LADDR 1.2.3.4:5",
            "TYPE pubsub",
            "TYPE nosuch",
            "USER nobody",
            "SKIPME maybe TYPE pubsub",
            "ID",
            "ID 1 ADDR",
            "SKIPME yes TYPE pubsub",
            "MAXAGE 1000000",
            "MAXAGE x",
            "NOSUCH 1",
            "TYPE normal",
            "SKIPME no MAXAGE 1000000",
        ],
    ),
    ("CLIENT LIST", &["", "TYPE normal", "TYPE pubsub", "TYPE x", "ID 999999", "ID x", "ID", "x"]),
    ("CLIENT NO-EVICT", &["ON", "off", "maybe"]),
    ("CLIENT NO-TOUCH", &["ON", "off", "maybe"]),
    ("CLIENT SETNAME", &["me", "", "not\tone", "you"]),
    ("CLIENT SETINFO", &["lib-name kv", "LIB-VER 1.0", "lib-name a\tb", "nosuch x", "lib-name "]),
    ("CONFIG GET", &["maxmemory", "nosuch", "timeout appendonly", "*", "[", "save"]),
    (
        "CONFIG SET",
        &[
            "nosuch 1",
            "timeout abc",
            "timeout -1",
            "timeout 0",
            "timeout 0 timeout 0",
            "databases 3",
            "timeout 0 nosuch 1",
            "timeout 0 hz",
            "maxclients 0",
        ],
    ),
    ("COMMAND INFO", &["get", "SET MGET", "nosuch", "client|list"]),
    ("COMMAND DOCS", &["get", "nosuch", "client|id"]),
    (
        "COMMAND LIST",
        &["", "FILTERBY MODULE nosuch", "FILTERBY nosuch x", "FILTERBY ACLCAT nosuch"],
    ),
    (
        "COMMAND GETKEYS",
        &[
            "get a",
            "mset a 1 b 2",
            "set a 1 ex 5",
            "copy a b",
            "nosuch a",
            "ping",
            "get",
            "mget a b c",
            "set a",
            "object encoding a",
            "client id",
            "memory usage a",
            "rename a b",
        ],
    ),
    ("COMMAND GETKEYSANDFLAGS", &["get a", "mset a 1 b 2", "set a 1", "copy a b", "del a", "ping"]),
    ("DEBUG OBJECT", &["a", "b", "nosuch"]),
    ("DEBUG POPULATE", &["5 a", "9 b 50", "5 c", "-1", "x", "3 a x"]),
    ("DEBUG SLEEP", &["0", "x"]),
    ("DEBUG SET-ACTIVE-EXPIRE", &["1", "0"]),
    ("INFO", &["", "server", "keyspace", "nosuch", "all", "server clients"]),
    ("LOLWUT", &["", "VERSION 5", "x"]),
];

/// Commands that are sent as their lines say and never distorted, and why.
const EXACT: &[(&str, &str)] = &[
    ("DEBUG", "a tool of test suites: what none of them sends need not be alike"),
    ("CONFIG SET", "it might close the doors for the rest"),
    ("CLIENT KILL", "Valkey 9 has filters of its own"),
    ("CLIENT LIST", "Valkey 9 has filters of its own"),
    ("CLIENT SETNAME", "the real server reads a name only to its first zero byte"),
    ("CLIENT SETINFO", "the real server reads a name only to its first zero byte"),
    ("HELLO", "the real server reads a name only to its first zero byte"),
];

/// How often some commands are sent, beside 100 for an ordinary one; 0 is never.
const WEIGHTS: &[(&str, u32)] = &[
    // They are about the disk, and the server is here in memory only.
    ("BGREWRITEAOF", 0),
    ("BGSAVE", 0),
    ("DEBUG RELOAD", 0),
    ("SAVE", 0),
    ("SHUTDOWN", 0),
    // They make what the others meet.
    ("GEOADD", 600),
    ("HMSET", 200),
    ("HSET", 500),
    ("LPUSH", 300),
    ("PFADD", 300),
    ("RPUSH", 300),
    ("SADD", 600),
    ("ZADD", 800),
    // They leave nothing to meet.
    ("COPY", 60),
    ("DEL", 30),
    ("EXPIRE", 60),
    ("EXPIREAT", 40),
    ("FLUSHALL", 8),
    ("FLUSHDB", 15),
    ("LMPOP", 60),
    ("LTRIM", 40),
    ("MOVE", 30),
    ("PEXPIRE", 60),
    ("PEXPIREAT", 40),
    ("RENAME", 40),
    ("RESTORE", 50),
    ("SPOP", 30),
    ("UNLINK", 30),
    ("ZMPOP", 50),
    ("ZPOPMAX", 50),
    ("ZPOPMIN", 50),
    ("ZREMRANGEBYLEX", 60),
    ("ZREMRANGEBYRANK", 60),
    ("ZREMRANGEBYSCORE", 60),
    ("SWAPDB", 25),
    ("SELECT", 40),
    // Its replies are long.
    ("PFDEBUG", 10),
    // It takes a real server a second.
    ("PFSELFTEST", 0),
    // They end the connection, or silence it.
    ("QUIT", 3),
    ("CLIENT REPLY", 4),
    ("HELLO", 15),
    // Their replies are huge.
    ("COMMAND", 1),
    ("COMMAND DOCS", 1),
    ("COMMAND LIST", 1),
    ("CONFIG GET", 3),
    ("INFO", 3),
    ("LOLWUT", 1),
];

/// Settings that change how collections are stored, as they are at first.
pub(super) const DEFAULTS: &str = "CONFIG SET hash-max-listpack-entries 512 \
     hash-max-listpack-value 64 set-max-intset-entries 512 set-max-listpack-entries 128 \
     set-max-listpack-value 64 zset-max-listpack-entries 128 zset-max-listpack-value 64 \
     list-max-listpack-size -2";

/// The same for an episode in which few and short elements are many and long already.
const SMALL: [&str; 4] = [
    "CONFIG SET hash-max-listpack-entries 0 set-max-intset-entries 0 set-max-listpack-entries 0 \
     zset-max-listpack-entries 0 list-max-listpack-size 1",
    "CONFIG SET hash-max-listpack-entries 4 set-max-intset-entries 4 set-max-listpack-entries 4 \
     zset-max-listpack-entries 4 list-max-listpack-size 4",
    "CONFIG SET hash-max-listpack-value 4 set-max-intset-entries 3 set-max-listpack-value 1 \
     zset-max-listpack-value 2 list-max-listpack-size 3",
    "CONFIG SET hash-max-listpack-entries 9 set-max-intset-entries 6 set-max-listpack-entries 8 \
     zset-max-listpack-entries 7 list-max-listpack-size -1",
];

/// The settings of an episode, if they aren't as at first.
pub(super) fn settings(values: &mut Values) -> Option<&'static str> {
    values.rng.bool().then(|| values.pick(&SMALL))
}

/// What tells all about a key, whatever type it is of: sent of every key at the end of an episode.
pub(super) const READINGS: [(&str, &[&str]); 7] = [
    ("OBJECT ENCODING", &[]),
    ("PTTL", &[]),
    ("GET", &[]),
    ("LRANGE", &["0", "-1"]),
    ("HGETALL", &[]),
    ("SMEMBERS", &[]),
    ("ZRANGE", &["0", "-1", "WITHSCORES"]),
];

/// A line to send instead of random arguments, if the command has such.
pub(super) fn line(command: &str, values: &mut Values) -> Option<&'static str> {
    let lines = LINES.iter().find(|(name, _)| *name == command).map(|(_, lines)| *lines)?;
    Some(values.pick(lines))
}

/// Whether a command must not be distorted.
pub(super) fn is_exact(command: &str) -> bool {
    let container = command.split(' ').next().unwrap_or_default();
    EXACT.iter().any(|(name, _)| *name == command || *name == container)
}

/// The commands that are never distorted, as lines of text.
pub(super) fn exact() -> impl Iterator<Item = String> {
    EXACT.iter().map(|(name, reason)| format!("{name}: fixed arguments: {reason}"))
}

/// How often a command is sent, if that is unusual; 0 is never.
pub(super) fn weight(command: &str) -> Option<u32> {
    if super::exceptions::is_never_sent(command) {
        return Some(0);
    }
    WEIGHTS.iter().find(|(name, _)| *name == command).map(|(_, weight)| *weight)
}
