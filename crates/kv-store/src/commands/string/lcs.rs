//! LCS

use kv_protocol::ReplyWriter;

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::ctx::text_of;
use crate::{Args, Ctx, Error, Key};

pub(crate) static LCS: Command = Command {
    name: "LCS",
    group: Group::String,
    since: "0.1.0",
    complexity: "O(N*M) for strings of N and M bytes",
    summary: "Finds the longest common subsequence of the strings at two keys, its length, or where it lies in them.",
    arity: Arity::AtLeast(3),
    flags: Flags::READONLY,
    keys: Keys::Range { first: 1, last: 2, step: 1, access: Access::Read },
    log: Log::Nothing,
    args: &[
        Arg::Key("key1"),
        Arg::Key("key2"),
        Arg::Optional(&Arg::Token("LEN")),
        Arg::Optional(&Arg::Token("IDX")),
        Arg::Optional(&Arg::Option("MINMATCHLEN", &Arg::Int("min-match-len"))),
        Arg::Optional(&Arg::Token("WITHMATCHLEN")),
    ],
    reply: Shape::OneOf(&[Shape::Bulk, Shape::Int, Shape::Map]),
    examples: "> MSET a ohmytext b mynewtext\nOK\n> LCS a b\n\"mytext\"\n> LCS a b LEN\n(integer) 6
> LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
1) \"matches\"
2) 1) 1) 1) (integer) 4
         2) (integer) 7
      2) 1) (integer) 5
         2) (integer) 8
      3) (integer) 4
3) \"len\"
4) (integer) 6",
    handler: Handler::Fn(lcs),
};

/// Bytes that Redis takes for each pair of prefixes it compares. What it would need in all is what
/// is bounded, by `proto-max-bulk-len`; here the table is a 32nd of that, beside one number for each
/// byte of the second string.
const CELL: usize = 4;

#[derive(Clone, Copy, Default)]
struct Options {
    len: bool,
    positions: bool,
    with_match_len: bool,
    /// Shorter matches are not listed.
    min_match_len: i64,
}

fn lcs(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let (first, second) = (args.key()?, args.key()?);
    let options = options(args);
    // Two reads that are counted, then one look at both.
    ctx.read(first);
    ctx.read(second);
    let (a, b) = (text(ctx, first)?, text(ctx, second)?);
    // A list or a set at a key is told before a word that does not belong.
    let options = options?;
    let cells = a.len().saturating_add(1).saturating_mul(b.len().saturating_add(1));
    if cells.saturating_mul(CELL) > ctx.max_string() {
        return Err(Error::new(
            "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        ));
    }
    let steps = Steps::of(a, b);
    if options.positions {
        reply_positions(&steps.runs(a, b), steps.len, options, out);
    } else if options.len {
        out.int(steps.len as i64);
    } else {
        let runs = steps.runs(a, b);
        let parts: Vec<&[u8]> = runs.iter().rev().map(|run| &a[run.a..run.a + run.len]).collect();
        out.bulk(&parts.concat());
    }
    Ok(())
}

fn options(args: &mut Args<'_>) -> Result<Options, Error> {
    let mut options = Options::default();
    while !args.is_empty() {
        match args.one_of(&["LEN", "IDX", "MINMATCHLEN", "WITHMATCHLEN"]) {
            Some("LEN") => options.len = true,
            Some("IDX") => options.positions = true,
            Some("MINMATCHLEN") => options.min_match_len = args.int()?,
            Some("WITHMATCHLEN") => options.with_match_len = true,
            _ => return Err(Error::Syntax),
        }
    }
    if options.len && options.positions {
        return Err(Error::new("If you want both the length and indexes, please just use IDX."));
    }
    Ok(options)
}

fn text<'c>(ctx: &'c Ctx<'_>, key: Key<'_>) -> Result<&'c [u8], Error> {
    let text = ctx.peek(key).map(text_of).transpose();
    text.map(Option::unwrap_or_default)
        .map_err(|_| Error::new("The specified keys must contain string values"))
}

fn reply_positions(runs: &[Run], len: usize, options: Options, out: &mut ReplyWriter<'_>) {
    let shown = |run: &&Run| run.len as i64 >= options.min_match_len;
    out.map(2);
    out.bulk(b"matches");
    out.array(runs.iter().filter(shown).count());
    for run in runs.iter().filter(shown) {
        out.array(2 + usize::from(options.with_match_len));
        for start in [run.a, run.b] {
            out.array(2);
            out.int(start as i64);
            out.int((start + run.len - 1) as i64);
        }
        if options.with_match_len {
            out.int(run.len as i64);
        }
    }
    out.bulk(b"len");
    out.int(len as i64);
}

/// Bytes that follow one another in both texts: where they start in each, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    a: usize,
    b: usize,
    len: usize,
}

/// What comparing two texts has found: the length of their longest common subsequence, and the way
/// back along it. One bit for each pair of prefixes is enough for that: where their last bytes
/// differ, whether the first text's is the one to leave out.
struct Steps {
    len: usize,
    columns: usize,
    bits: Vec<u64>,
}

impl Steps {
    fn of(a: &[u8], b: &[u8]) -> Steps {
        let mut bits = vec![0u64; (a.len() * b.len()).div_ceil(64)];
        // The lengths for the prefix of `a` before this byte, which become those with it from left
        // to right: `row[j]` is about the first `j` bytes of `b`.
        let mut row = vec![0u32; b.len() + 1];
        let mut cell = 0;
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let (without_x, without_y) = (row[j + 1], row[j]);
                bits[cell / 64] |= u64::from(without_x > without_y) << (cell % 64);
                row[j + 1] = if x == y { diagonal + 1 } else { without_x.max(without_y) };
                diagonal = without_x;
                cell += 1;
            }
        }
        Steps { len: row[b.len()] as usize, columns: b.len(), bits }
    }

    /// The subsequence in runs, the last one first.
    fn runs(&self, a: &[u8], b: &[u8]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let (mut i, mut j) = (a.len(), b.len());
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                match runs.last_mut() {
                    Some(run) if (run.a, run.b) == (i, j) => {
                        *run = Run { a: i - 1, b: j - 1, len: run.len + 1 };
                    }
                    _ => runs.push(Run { a: i - 1, b: j - 1, len: 1 }),
                }
                (i, j) = (i - 1, j - 1);
            } else if self.leaves_out_a(i - 1, j - 1) {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        runs
    }

    fn leaves_out_a(&self, i: usize, j: usize) -> bool {
        let cell = i * self.columns + j;
        self.bits[cell / 64] >> (cell % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use super::super::testing::native;
    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn positions_of_every_match() {
        check(
            "> MSET a ohmytext b mynewtext\nOK
             > LCS a b IDX\n1) \"matches\"\n2) 1) 1) 1) (integer) 4\n2) (integer) 7\n2) 1) (integer) 5\n2) (integer) 8
             2) 1) 1) (integer) 2\n2) (integer) 3\n2) 1) (integer) 0\n2) (integer) 1\n3) \"len\"\n4) (integer) 6
             > LCS a b IDX MINMATCHLEN 5\n1) \"matches\"\n2) (empty array)\n3) \"len\"\n4) (integer) 6
             > LCS a b MINMATCHLEN 5 WITHMATCHLEN\n\"mytext\"\n> LCS a b MINMATCHLEN -5 LEN\n(integer) 6",
        );
    }

    #[test]
    fn the_shortest_match_that_is_listed() {
        let matches = |least: usize| {
            let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
            stage.play("> MSET a ohmytext b mynewtext\nOK");
            let reply = stage.run(&format!("LCS a b IDX MINMATCHLEN {least}")).unwrap();
            reply.as_map().unwrap()[0].1.as_array().unwrap().len()
        };
        assert_eq!([1, 2, 3, 4, 5].map(matches), [2, 2, 1, 1, 0]);
    }

    #[test]
    fn of_two_as_long_the_one_that_ends_first_in_the_second_string() {
        check("> MSET a ab b ba\nOK\n> LCS a b\n\"b\"\n> LCS b a\n\"a\"");
    }

    #[test]
    fn missing_keys_are_empty() {
        check(
            "> SET a abc PX 5\nOK\n> LCS a a\n\"abc\"\n> LCS a b\n\"\"\n> LCS b a LEN\n(integer) 0\n~ 6
             > LCS a a IDX\n1) \"matches\"\n2) (empty array)\n3) \"len\"\n4) (integer) 0",
        );
    }

    #[test]
    fn options_that_are_refused() {
        check(
            "> LCS a b NO\n(error) ERR syntax error\n> LCS a b IDX LEN NO\n(error) ERR syntax error
             > LCS a b MINMATCHLEN\n(error) ERR syntax error
             > LCS a b MINMATCHLEN x IDX LEN\n(error) ERR value is not an integer or out of range
             > LCS a b IDX LEN\n(error) ERR If you want both the length and indexes, please just use IDX.
             > LCS a\n(error) ERR wrong number of arguments for 'lcs' command",
        );
    }

    #[test]
    fn work_is_bounded() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.store.settings().change(&[("proto-max-bulk-len", "1mb")]).unwrap();
        stage.play(
            "> SETRANGE a 510 x\n(integer) 511\n> SETRANGE b 511 x\n(integer) 512\n> LCS a a LEN\n(integer) 511
             > LCS a b\n(error) ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        );
    }

    #[test]
    fn resp3_has_a_map() {
        let mut stage = Stage::new(Protocol::Resp3, Registry::builtin());
        stage.play(
            "> MSET a xay b a\nOK\n> LCS a b IDX
             1# \"matches\" => 1) 1) 1) (integer) 1\n2) (integer) 1\n2) 1) (integer) 0\n2) (integer) 0
             2# \"len\" => (integer) 1",
        );
    }

    #[test]
    fn stored_numbers_have_digits_and_lists_have_none() {
        let replies = native([
            vec!["MSET".into(), "n".into(), 1234.into(), "s".into(), "x234".into()],
            vec!["SET".into(), "l".into(), Frame::Array(vec![])],
            vec!["LCS".into(), "n".into(), "s".into()],
            vec!["LCS".into(), "n".into(), "l".into(), "NO".into()],
        ]);
        assert_eq!(replies[2], "234".into());
        let refused = b"ERR The specified keys must contain string values";
        assert_eq!(replies[3].as_error(), Some(&refused[..]));
    }
}
