//! DEBUG PROTOCOL

use kv_protocol::ReplyWriter;

use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

/// A type's name, and what writes a reply of it.
type Sample = (&'static str, fn(&mut ReplyWriter<'_>));

/// The contents are those that clients' tests expect of Redis.
#[expect(clippy::approx_constant, reason = "a sample number, not a circle's")]
const SAMPLES: [Sample; 12] = [
    ("string", |out| out.bulk(b"Hello World")),
    ("integer", |out| out.int(12345)),
    ("double", |out| out.double(3.141)),
    ("bignum", |out| out.big_number("1234567999999999999999999999999999999")),
    ("null", |out| out.null()),
    ("array", |out| {
        out.array(3);
        (0..3).for_each(|n| out.int(n));
    }),
    ("set", |out| {
        out.set(3);
        (0..3).for_each(|n| out.int(n));
    }),
    ("map", |out| {
        out.map(3);
        for n in 0..3 {
            out.int(n);
            out.bool(n == 1);
        }
    }),
    ("attrib", |out| {
        if out.attribute(1) {
            out.bulk(b"key-popularity");
            out.array(2);
            out.bulk(b"key:123");
            out.int(90);
        }
        out.bulk(b"Some real reply following the attribute");
    }),
    ("verbatim", |out| out.verbatim(b"txt", b"This is a verbatim\nstring")),
    ("true", |out| out.bool(true)),
    ("false", |out| out.bool(false)),
];

pub(super) static PROTOCOL: Command = Command {
    name: "DEBUG PROTOCOL",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1)",
    summary: "Answers a sample reply of a type, for clients to try how they read it.",
    arity: Arity::Exactly(3),
    flags: super::FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::String("type")],
    reply: Shape::Any,
    examples: "> DEBUG PROTOCOL string\n\"Hello World\"\n> DEBUG PROTOCOL integer\n(integer) 12345",
    handler: Handler::Fn(protocol),
};

fn protocol(_: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    match SAMPLES.iter().find(|(name, _)| args.token(name)) {
        Some((_, write)) => write(out),
        None => {
            let names = SAMPLES.map(|(name, _)| name).join("|");
            let text = "Wrong protocol type name. Please use one of the following: ";
            return Err(Error::new(format!("{text}{names}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Protocol, ReplyWriter};

    use super::SAMPLES;
    use crate::testing::check;

    #[test]
    fn types_travel_as_their_protocol_has_them() {
        let samples = [
            (
                "map",
                "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
                "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
            ),
            ("null", "$-1\r\n", "_\r\n"),
            ("double", "$5\r\n3.141\r\n", ",3.141\r\n"),
        ];
        for (name, resp2, resp3) in samples {
            let (_, write) = SAMPLES.iter().find(|(sample, _)| *sample == name).expect("listed");
            for (protocol, expected) in [(Protocol::Resp2, resp2), (Protocol::Resp3, resp3)] {
                let mut wire = Vec::new();
                write(&mut ReplyWriter::wire(&mut wire, protocol));
                assert_eq!(String::from_utf8_lossy(&wire), expected);
            }
        }
    }

    #[test]
    fn an_unknown_type_is_told_the_known_ones() {
        check(
            "> DEBUG PROTOCOL TRUE\n(integer) 1\n> DEBUG PROTOCOL foo
             (error) ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|verbatim|true|false",
        );
    }
}
