//! What happened to a key, by name.
//!
//! A handler cannot change a key without saying which event that is, and it cannot announce an
//! event without a change: notifications are a consequence of the write.

use crate::Error;

/// The group an event belongs to: the letters of Redis's `notify-keyspace-events`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventClass {
    /// `g`: commands that work on any type.
    Generic,
    /// `$`: string commands.
    String,
    /// `l`: list commands.
    List,
    /// `h`: hash commands.
    Hash,
    /// `s`: set commands.
    Set,
    /// `z`: sorted set commands.
    Zset,
    /// `x`: a key's time to live ran out.
    Expired,
}

/// A named event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name that subscribers see, as in `set` or `expire`.
    pub name: &'static str,
    /// Its group.
    pub class: EventClass,
}

macro_rules! events {
    ($($name:ident = $text:literal, $class:ident;)*) => {
        impl Event {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Event = Event { name: $text, class: EventClass::$class };)*
        }
    };
}

events! {
    DEL = "del", Generic;
    EXPIRE = "expire", Generic;
    PERSIST = "persist", Generic;
    RENAME_FROM = "rename_from", Generic;
    RENAME_TO = "rename_to", Generic;
    COPY_TO = "copy_to", Generic;
    RESTORE = "restore", Generic;
    MOVE_FROM = "move_from", Generic;
    MOVE_TO = "move_to", Generic;
    SET = "set", String;
    INCRBY = "incrby", String;
    INCRBYFLOAT = "incrbyfloat", String;
    APPEND = "append", String;
    SETRANGE = "setrange", String;
    LPUSH = "lpush", List;
    RPUSH = "rpush", List;
    LPOP = "lpop", List;
    RPOP = "rpop", List;
    LSET = "lset", List;
    LINSERT = "linsert", List;
    LTRIM = "ltrim", List;
    LREM = "lrem", List;
    SORTSTORE = "sortstore", List;
    HSET = "hset", Hash;
    HDEL = "hdel", Hash;
    HINCRBY = "hincrby", Hash;
    HINCRBYFLOAT = "hincrbyfloat", Hash;
    HEXPIRE = "hexpire", Hash;
    HEXPIRED = "hexpired", Hash;
    HPERSIST = "hpersist", Hash;
    SADD = "sadd", Set;
    SREM = "srem", Set;
    SPOP = "spop", Set;
    SINTERSTORE = "sinterstore", Set;
    SUNIONSTORE = "sunionstore", Set;
    SDIFFSTORE = "sdiffstore", Set;
    SEXPIRE = "sexpire", Set;
    SEXPIRED = "sexpired", Set;
    ZADD = "zadd", Zset;
    ZINCR = "zincr", Zset;
    ZREM = "zrem", Zset;
    ZREMRANGEBYRANK = "zremrangebyrank", Zset;
    ZREMRANGEBYSCORE = "zremrangebyscore", Zset;
    ZREMRANGEBYLEX = "zremrangebylex", Zset;
    ZPOPMIN = "zpopmin", Zset;
    ZPOPMAX = "zpopmax", Zset;
    ZRANGESTORE = "zrangestore", Zset;
    ZUNIONSTORE = "zunionstore", Zset;
    ZINTERSTORE = "zinterstore", Zset;
    ZDIFFSTORE = "zdiffstore", Zset;
    GEORADIUSSTORE = "georadiusstore", Zset;
    GEOSEARCHSTORE = "geosearchstore", Zset;
    SETBIT = "setbit", String;
    PFADD = "pfadd", String;
    EXPIRED = "expired", Expired;
}

impl Event {
    /// An event of a plug-in command, in the class of generic ones.
    ///
    /// # Errors
    /// The name must be one to 32 lower-case letters, digits, `_` or `-`.
    pub fn custom(name: &'static str) -> Result<Event, Error> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if name.is_empty() || name.len() > 32 || !name.bytes().all(fits) {
            return Err(Error::new(format!("invalid event name '{name}'")));
        }
        Ok(Event { name, class: EventClass::Generic })
    }
}

/// One change, as an [`Observer`](crate::Observer) is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A key has changed.
    Key {
        /// Its database.
        db: usize,
        /// The key.
        key: Box<[u8]>,
        /// What happened.
        event: Event,
    },
    /// A database has lost all its keys.
    Flushed {
        /// The database.
        db: usize,
    },
    /// Two databases have changed places.
    Swapped {
        /// The one with the lower number.
        first: usize,
        /// The other.
        second: usize,
    },
}

/// Told of every change, in order, while the keys concerned are still locked: what it sees of one
/// key is that key's history. It must be quick, and must not call back into the store.
pub trait Observer: Send + Sync {
    /// The changes of one command, whatever it answered, in the order they were made; or those of a
    /// step of the sweeper.
    fn committed(&self, changes: &[Change]);
}
