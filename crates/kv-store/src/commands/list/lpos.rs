//! LPOS

use kv_protocol::ReplyWriter;
use kv_types::integer;
use kv_types::list::ListRef;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static LPOS: Command = Command {
    name: "LPOS",
    group: Group::List,
    since: "0.1.0",
    complexity: "O(N) for N elements looked at",
    summary: "Returns the numbers of elements that equal one in the list at a key.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::One(1, Access::Read),
    log: Log::Nothing,
    args: &[
        Arg::Key("key"),
        Arg::String("element"),
        Arg::Optional(&Arg::Option("RANK", &Arg::Int("rank"))),
        Arg::Optional(&Arg::Option("COUNT", &Arg::Int("num-matches"))),
        Arg::Optional(&Arg::Option("MAXLEN", &Arg::Int("len"))),
    ],
    reply: Shape::OneOf(&[Shape::Int, Shape::Null, Shape::Array(&Shape::Int)]),
    examples: "> RPUSH l a b a\n(integer) 3\n> LPOS l a\n(integer) 0\n> LPOS l a RANK -1\n(integer) 2\n> LPOS l a COUNT 0\n1) (integer) 0\n2) (integer) 2",
    handler: Handler::Fn(lpos),
};

struct Options {
    /// The first match that counts, from the end if it is negative.
    rank: i64,
    /// How many, 0 for all; one alone if it is not said.
    count: Option<usize>,
    /// Most elements to look at, 0 for all.
    most: usize,
}

fn options(args: &mut Args<'_>) -> Result<Options, Error> {
    let mut options = Options { rank: 1, count: None, most: 0 };
    while !args.is_empty() {
        match args.one_of(&["RANK", "COUNT", "MAXLEN"]) {
            Some(_) if args.is_empty() => return Err(Error::Syntax),
            Some("RANK") => options.rank = rank(args)?,
            Some("COUNT") => options.count = Some(not_negative(args, "COUNT")?),
            Some(_) => options.most = not_negative(args, "MAXLEN")?,
            None => return Err(Error::Syntax),
        }
    }
    Ok(options)
}

fn rank(args: &mut Args<'_>) -> Result<i64, Error> {
    match args.int()? {
        // It could not be counted from the end.
        i64::MIN => Err(Error::OutOfRange(-i64::MAX, i64::MAX)),
        0 => Err(Error::new(
            "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
             negative to start from the end of the list",
        )),
        rank => Ok(rank),
    }
}

fn not_negative(args: &mut Args<'_>, what: &str) -> Result<usize, Error> {
    let number = integer::parse(args.bytes()?).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| Error::new(format!("{what} can't be negative")))
}

fn lpos(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (key, element) = (args.key()?, args.bytes()?);
    let options = options(args)?;
    let list = super::list(ctx, key)?;
    let mut found = list.map(|list| matches(list, element, &options)).into_iter().flatten();
    match options.count {
        None => match found.next() {
            Some(at) => out.int(at as i64),
            None => out.null(),
        },
        Some(_) => {
            let array = out.begin_array();
            let count = found.map(|at| out.int(at as i64)).count();
            out.end(array, count);
        }
    }
    Ok(())
}

/// The numbers of the elements that are asked for.
fn matches<'a>(
    list: ListRef<'a>,
    wanted: &'a [u8],
    options: &Options,
) -> impl Iterator<Item = usize> + use<'a> {
    let len = list.len();
    let most = if options.most == 0 { len } else { options.most };
    let count = match options.count {
        Some(0) => usize::MAX,
        count => count.unwrap_or(1),
    };
    let (forwards, backwards) = match options.rank > 0 {
        true => (Some(list.iter().enumerate()), None),
        false => {
            let last = len.saturating_sub(1);
            (None, Some((0..len).rev().zip(list.iter_back_from(last))))
        }
    };
    let elements = forwards.into_iter().flatten().chain(backwards.into_iter().flatten());
    elements
        .take(most)
        .filter(move |(_, element)| element.is(wanted))
        .map(|(at, _)| at)
        .skip(options.rank.unsigned_abs() as usize - 1)
        .take(count)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    #[test]
    fn ranks_counts_and_lengths() {
        check(
            "> RPUSH l a 1 a 1 a\n(integer) 5\n> LPOS l a RANK 2\n(integer) 2\n> LPOS l 1 RANK -1\n(integer) 3
             > LPOS l a RANK -2 COUNT 0\n1) (integer) 2\n2) (integer) 0\n> LPOS l a RANK 4\n(nil)
             > LPOS l a COUNT 2\n1) (integer) 0\n2) (integer) 2\n> LPOS l a MAXLEN 2 COUNT 0\n1) (integer) 0
             > LPOS l a RANK -1 MAXLEN 1\n(integer) 4\n> LPOS l z\n(nil)\n> LPOS l z COUNT 1\n(empty array)
             > LPOS missing a\n(nil)\n> LPOS missing a COUNT 0\n(empty array)",
        );
    }

    #[test]
    fn errors() {
        check(
            "> SET k v\nOK\n> LPOS k a RANK 0
             (error) ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
             > LPOS k a RANK -9223372036854775808\n(error) ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
             > LPOS k a COUNT -1\n(error) ERR COUNT can't be negative\n> LPOS k a MAXLEN x\n(error) ERR MAXLEN can't be negative
             > LPOS k a RANK\n(error) ERR syntax error\n> LPOS k a FOO 1\n(error) ERR syntax error
             > LPOS k a\n(error) WRONGTYPE Operation against a key holding the wrong kind of value",
        );
    }
}
