//! Where in a key's value a request will look, as far as its command's declaration tells.

use kv_protocol::Request;

use crate::command::{Arg, Command, Group, Keys};

/// Where in the value of its key a command with one key looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Nowhere that could be told before it runs.
    Anywhere,
    /// At the element that this word of the request names, or at it first.
    Word(u8),
    /// At the element that the last word names, or at it last.
    LastWord,
}

impl Aim {
    /// Where `command` looks: at the `field` or `member` that is the first or the last of its arguments.
    pub(crate) fn of(command: &Command) -> Aim {
        let Keys::One(key, _) = command.keys else { return Aim::Anywhere };
        match (command.group, command.args) {
            (Group::Hash | Group::Set | Group::SortedSet | Group::Geo, [_, args @ ..]) => {
                let named = |arg: &Arg| matches!(arg, Arg::String("field" | "member"));
                match (args.first().map(first), args.last().map(last)) {
                    (Some(arg), _) if named(arg) => Aim::Word(key as u8 + 1),
                    (_, Some(arg)) if named(arg) => Aim::LastWord,
                    _ => Aim::Anywhere,
                }
            }
            _ => Aim::Anywhere,
        }
    }

    /// The element that `request` is about.
    #[inline]
    pub(crate) fn element<'r>(self, request: Request<'r>) -> Option<&'r [u8]> {
        let at = match self {
            Aim::Anywhere => return None,
            Aim::Word(at) => at.into(),
            Aim::LastWord => request.len() - 1,
        };
        request.arg(at)?.text()
    }
}

/// The first word of an argument.
fn first(arg: &'static Arg) -> &'static Arg {
    match arg {
        Arg::Multiple(arg) => first(arg),
        Arg::Block(_, [arg, ..]) => first(arg),
        arg => arg,
    }
}

/// The last word of an argument.
fn last(arg: &'static Arg) -> &'static Arg {
    match arg {
        Arg::Multiple(arg) => last(arg),
        Arg::Block(_, [.., arg]) => last(arg),
        arg => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    #[test]
    fn declarations_tell_where_a_command_looks() {
        let registry = Registry::builtin();
        let aim = |name: &str| Aim::of(registry.get(name.as_bytes()).unwrap());
        for name in ["HGET", "HSET", "HMGET", "HDEL", "SADD", "SISMEMBER", "SREM", "ZSCORE", "ZREM"]
        {
            assert_eq!(aim(name), Aim::Word(2), "{name}");
        }
        for name in ["ZADD", "ZINCRBY", "GEOADD"] {
            assert_eq!(aim(name), Aim::LastWord, "{name}");
        }
        for name in [
            "GET", "SET", "LPUSH", "HGETALL", "ZRANGE", "SINTER", "SMOVE", "LMOVE", "OBJECT",
            "PING",
        ] {
            assert_eq!(aim(name), Aim::Anywhere, "{name}");
        }
    }
}
