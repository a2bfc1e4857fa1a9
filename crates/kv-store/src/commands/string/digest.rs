//! DIGEST

use kv_protocol::ReplyWriter;
use twox_hash::XxHash3_64;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static DIGEST: Command = Command {
    name: "DIGEST",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N) for N bytes",
    summary: "Returns a digest of the string at a key, to compare with by IFDEQ and IFDNE: its 64-bit XXH3 hash in hexadecimal.",
    arity: Arity::Exactly(2),
    flags: Flags::READONLY.and(Flags::FAST),
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[Arg::Key("key")],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Null]),
    examples: "> SET k hello\nOK\n> DIGEST k\n\"9555e8555c62dcfd\"\n> SET k world IFDEQ 9555e8555c62dcfd\nOK\n> DIGEST missing\n(nil)",
    handler: Handler::Fn(reply_digest),
};

/// Hexadecimal digits of a digest.
pub(super) const LEN: usize = 16;

/// The digest of a string.
pub(super) fn digest(string: &[u8]) -> String {
    format!("{:0LEN$x}", XxHash3_64::oneshot(string))
}

fn reply_digest(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    let key = args.key()?;
    match ctx.string(key)? {
        Some(string) => out.bulk(digest(string).as_bytes()),
        None => out.null(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Frame;

    use super::super::testing::native;
    use super::digest;

    /// As Redis 8.4 has them.
    #[test]
    fn digests_have_sixteen_digits() {
        let digests = [
            ("", "2d06800538d394c2"),
            ("hello", "9555e8555c62dcfd"),
            ("123", "404a763b3f4c8c9a"),
            ("v8", "0cc76dbb41381419"),
        ];
        for (string, expected) in digests {
            assert_eq!(digest(string.as_bytes()), expected);
        }
    }

    #[test]
    fn a_stored_number_has_the_digest_of_its_digits() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 123.into(), "l".into(), Frame::Array(vec![])],
            vec!["DIGEST".into(), "n".into()],
            vec!["DIGEST".into(), "l".into()],
        ]);
        assert_eq!(replies[1], "404a763b3f4c8c9a".into());
        assert!(replies[2].as_error().unwrap().starts_with(b"WRONGTYPE"));
    }
}
