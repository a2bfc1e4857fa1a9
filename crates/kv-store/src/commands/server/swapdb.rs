//! SWAPDB

use kv_protocol::{ReplyWriter, Request};

use crate::command::{Access, Arg, Arity, Command, Flags, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(crate) static SWAPDB: Command = Command {
    name: "SWAPDB",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(1): it takes as long for a large database as for a small one",
    summary: "Exchanges two databases: who has selected one of them sees the other's keys from now on.",
    arity: Arity::Exactly(3),
    flags: Flags::WRITE.and(Flags::FAST).and(Flags::DANGEROUS).and(Flags::KEYSPACE),
    keys: Keys::Databases(Access::Write, databases),
    log: Log::Verbatim,
    args: &[Arg::Int("index1"), Arg::Int("index2")],
    reply: Shape::Ok,
    examples: "> SET k v\nOK\n> SWAPDB 0 1\nOK\n> EXISTS k\n(integer) 0\n> SELECT 1\nOK\n> GET k\n\"v\"",
    handler: Handler::Fn(swapdb),
};

/// The two databases; what is no number is left to the handler to refuse.
fn databases(request: Request<'_>) -> Vec<usize> {
    let numbers = [1, 2].map(|at| Args::new(request, &[], at).int32());
    numbers.into_iter().flatten().filter_map(|number| usize::try_from(number).ok()).collect()
}

fn swapdb(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let first = args.int32().map_err(|_| Error::new("invalid first DB index"))?;
    let second = args.int32().map_err(|_| Error::new("invalid second DB index"))?;
    if ctx.database(first)? != ctx.database(second)? {
        ctx.view.swap()?;
    }
    out.ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::Protocol;

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn keys_deadlines_and_counts_change_places() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        stage.play(
            "> SET a 1 PX 5\nOK\n> SET b 1\nOK\n> SELECT 3\nOK\n> SET c 3\nOK\n> SWAPDB 3 0\nOK
             > DBSIZE\n(integer) 2\n> PTTL a\n(integer) 5\n> SELECT 0\nOK\n> KEYS *\n1) \"c\"
             > DBSIZE\n(integer) 1\n~ 6",
        );
        assert_eq!(stage.store.sweep(), 1);
        stage.play(
            "> DBSIZE\n(integer) 1\n> SELECT 3\nOK\n> KEYS *\n1) \"b\"\n> DBSIZE\n(integer) 1",
        );
    }

    #[test]
    fn others_never_see_half_a_swap() {
        let store = Stage::new(Protocol::Resp2, Registry::builtin()).store;
        store.session().call(["SET", "k", "v"]);
        std::thread::scope(|scope| {
            let scripts =
                [["SWAPDB 0 1", "SWAPDB 1 0"], ["SELECT 0", "MOVE k 1"], ["SELECT 1", "MOVE k 0"]];
            for script in scripts {
                let mut session = store.session();
                scope.spawn(move || {
                    for line in script.iter().cycle().take(200) {
                        session.call(line.split(' '));
                    }
                });
            }
        });
        // Moved and swapped about, the key is in one of the two databases, and counted there.
        let keys = [0, 1].map(|db| store.keyspace.totals(db).keys);
        assert_eq!(keys.iter().sum::<u64>(), 1, "{keys:?}");
    }

    #[test]
    fn a_database_with_itself() {
        check("> SET a 1\nOK\n> SWAPDB 0 0\nOK\n> GET a\n\"1\"");
    }

    #[test]
    fn errors() {
        check(
            "> SWAPDB x y\n(error) ERR invalid first DB index\n> SWAPDB 99 x\n(error) ERR invalid second DB index
             > SWAPDB 99999999999 0\n(error) ERR invalid first DB index
             > SWAPDB 0 99999999999\n(error) ERR invalid second DB index
             > SWAPDB 0 16\n(error) ERR DB index is out of range\n> SWAPDB -1 0\n(error) ERR DB index is out of range
             > SWAPDB 16 16\n(error) ERR DB index is out of range",
        );
    }
}
