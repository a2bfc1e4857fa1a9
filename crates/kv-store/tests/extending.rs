//! Commands from outside the crate: the code that `docs/extending.md` walks through, and what it
//! promises of them. The page quotes this file, which a test checks, and so does its every transcript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kv_store::protocol::{Frame, Protocol, ReplyWriter};
use kv_store::testing::Stage;
use kv_store::{
    Access, Arg, Args, Arity, Command, Ctx, Error, Flags, Keys, Registry, Shape, Store,
};

const PAGE: &str = include_str!("../../../docs/extending.md");
const THIS_FILE: &str = include_str!("extending.rs");
const SERVER_MAIN: &str = include_str!("../../kv-server-bin/src/main.rs");

fn bump() -> Command {
    Command::new("BUMP", Arity::Exactly(2))
        .summary("Adds one to the integer at a key, which must be there.")
        .since("1.0.0")
        .complexity("O(1)")
        .flags(Flags::WRITE | Flags::DENYOOM | Flags::FAST)
        .keys(Keys::One(1, Access::Write))
        .args(&[Arg::Key("key")])
        .reply(Shape::Int)
        .examples("> SET hits 41\nOK\n> BUMP hits\n(integer) 42")
        .handler(|ctx, args, out| {
            let key = args.key()?;
            args.finish()?;
            let next = |now: Option<i64>| {
                let now = now.ok_or(Error::NoSuchKey)?;
                now.checked_add(1).ok_or(Error::Overflow)
            };
            out.int(ctx.try_update_int(key, next)?);
            Ok(())
        })
}

fn registry() -> Result<Registry, Error> {
    Registry::builtin().with(bump())?.with(raise())?.with(transfer())
}

#[test]
fn a_store_with_commands_of_its_own() -> Result<(), Error> {
    let store = Store::builder().registry(registry()?).build();
    let mut session = store.session();
    session.call(["SET", "hits", "41"]);
    assert_eq!(session.call(["BUMP", "hits"]), 42.into());
    assert_eq!(session.call(["bump", "nobody"]).as_error(), Some(&b"ERR no such key"[..]));
    Ok(())
}

fn raise() -> Command {
    Command::new("RAISE", Arity::Exactly(3))
        .summary("Raises the integer at a key to a floor, never lowers it.")
        .since("1.0.0")
        .complexity("O(1)")
        .flags(Flags::WRITE | Flags::DENYOOM | Flags::FAST)
        .keys(Keys::One(1, Access::Write))
        .args(&[Arg::Key("key"), Arg::Int("floor")])
        .reply(Shape::Int)
        .examples("> RAISE level 7\n(integer) 7\n> RAISE level 3\n(integer) 7")
        .handler(|ctx, args, out| {
            let (key, floor) = (args.key()?, args.int()?);
            out.int(ctx.update_int(key, |n| n.max(floor))?);
            Ok(())
        })
}

fn transfer() -> Command {
    Command::new("TRANSFER", Arity::Exactly(4))
        .summary("Takes units from one key and adds them to another; a missing key holds none.")
        .since("1.0.0")
        .complexity("O(1)")
        .flags(Flags::WRITE | Flags::DENYOOM | Flags::FAST)
        .keys(Keys::Range { first: 1, last: 2, step: 1, access: Access::Write })
        .args(&[Arg::Key("from"), Arg::Key("to"), Arg::Int("amount")])
        .reply(Shape::Array(&Shape::Int))
        .examples("> SET a 10\nOK\n> TRANSFER a b 3\n1) (integer) 7\n2) (integer) 3")
        .handler(run_transfer)
}

fn run_transfer(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
) -> Result<(), Error> {
    // Read: all arguments, then all that the decision needs.
    let (from, to, amount) = (args.key()?, args.key()?, args.int()?);
    args.finish()?;
    let (held, other) = (ctx.int(from)?.unwrap_or(0), ctx.int(to)?.unwrap_or(0));

    // Decide: from here on nothing may fail.
    if amount < 1 {
        return Err(Error::NotPositive);
    }
    if held < amount {
        return Err(Error::coded("SHORT", format!("there are only {held}")));
    }
    other.checked_add(amount).ok_or(Error::Overflow)?;

    // Change, and reply.
    let left = ctx.update_int(from, |held| held - amount)?;
    let there = ctx.update_int(to, |held| held + amount)?;
    out.array(2);
    out.int(left);
    out.int(there);
    Ok(())
}

#[test]
fn examples_are_transcripts() -> Result<(), Error> {
    for command in [bump(), raise(), transfer()] {
        Stage::new(Protocol::Resp2, registry()?).play(command.examples);
    }
    Ok(())
}

/// The blocks of the page that are marked with `language`.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(&fence).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

#[test]
fn the_page_quotes_this_file() {
    assert!(blocks("rust").len() > 4);
    for block in blocks("rust") {
        assert!(THIS_FILE.contains(block), "not in tests/extending.rs:\n{block}");
    }
}

#[test]
fn the_pages_transcripts_play() -> Result<(), Error> {
    assert!(blocks("text").len() > 3);
    for block in blocks("text") {
        Stage::new(Protocol::Resp2, registry()?).play(block);
    }
    Ok(())
}

#[test]
fn the_line_to_change_is_in_the_servers_main() {
    let [diff] = blocks("diff")[..] else { panic!("one diff") };
    let line = diff.lines().find_map(|line| line.strip_prefix('-')).expect("a line to change");
    assert!(SERVER_MAIN.contains(line), "not in kv-server's main: {line}");
}

#[test]
fn a_plug_in_is_told_of_like_a_builtin() -> Result<(), Error> {
    let mut stage = Stage::new(Protocol::Resp3, registry()?);
    let reply = stage.run("COMMAND INFO transfer").expect("a reply");
    let entry = reply.as_array().and_then(|entries| entries[0].as_array()).expect("an entry");
    let words = |words: &[&'static str]| {
        Frame::Set(words.iter().map(|word| Frame::Simple(word.as_bytes().into())).collect())
    };
    assert_eq!(entry[0], Frame::from("transfer"));
    assert_eq!(entry[1], Frame::Integer(4));
    assert_eq!(entry[2], words(&["write", "denyoom", "fast"]));
    assert_eq!(entry[3..6], [1, 2, 1].map(Frame::Integer));
    assert_eq!(entry[6], words(&["@write", "@fast"]));
    Ok(())
}

#[test]
fn a_name_can_be_taken_once() -> Result<(), Error> {
    let taken = |command| registry()?.with(command).map(drop);
    let get = Command::new("GET", Arity::Exactly(1)).handler(|_, _, _| Ok(()));
    assert_eq!(taken(get), Err(Error::new("command 'GET' exists already")));
    assert_eq!(taken(bump()), Err(Error::new("command 'BUMP' exists already")));
    assert!(taken(Command::new("lower", Arity::Exactly(1)).handler(|_, _, _| Ok(()))).is_err());
    assert!(taken(Command::new("EMPTY", Arity::Exactly(1))).is_err());
    Ok(())
}

/// `TOTAL key [key ...]`: the sum of the integers at the keys.
fn total() -> Command {
    Command::new("TOTAL", Arity::AtLeast(2))
        .flags(Flags::READONLY)
        .keys(Keys::Range { first: 1, last: -1, step: 1, access: Access::Read })
        .handler(|ctx, args, out| {
            let mut total = 0;
            while !args.is_empty() {
                let key = args.key()?;
                total += ctx.int(key)?.unwrap_or(0);
            }
            out.int(total);
            Ok(())
        })
}

#[test]
fn nobody_ever_sees_half_a_transfer() -> Result<(), Error> {
    const ACCOUNTS: [&str; 4] = ["ann", "bob", "cid", "dot"];
    const TRANSFERS: usize = 5_000;
    let store = Store::builder().registry(registry()?.with(total())?).build();
    store.session().call(["SET", ACCOUNTS[0], "1000"]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for first in 0..2 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                let mut session = store.session();
                for round in 0..TRANSFERS {
                    // One thread goes round one way, the other the other way.
                    let at = if first == 0 { round } else { TRANSFERS - round };
                    let (from, to) = (ACCOUNTS[at % 4], ACCOUNTS[(at + 1 + 2 * first) % 4]);
                    session.call(["TRANSFER", from, to, "7"]);
                }
                done.store(true, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            let mut session = store.session();
            while !done.load(Ordering::Relaxed) {
                let total = session.call(std::iter::once("TOTAL").chain(ACCOUNTS));
                assert_eq!(total, 1000.into());
            }
        });
    });
    assert_eq!(store.session().call(std::iter::once("TOTAL").chain(ACCOUNTS)), 1000.into());
    Ok(())
}

#[cfg(debug_assertions)]
mod declared_means_checked {
    use super::*;

    /// Runs a command that declares `keys` and then sets its argument 1.
    fn set_under(keys: Keys) -> Frame {
        let liar = Command::new("LIAR", Arity::Exactly(2)).keys(keys).handler(|ctx, args, out| {
            let key = args.key()?;
            ctx.set(key, b"v")?;
            out.ok();
            Ok(())
        });
        let registry = Registry::builtin().with(liar).expect("a new name");
        Store::builder().registry(registry).build().session().call(["LIAR", "k"])
    }

    #[test]
    fn a_declared_key_may_be_changed() {
        assert_eq!(set_under(Keys::One(1, Access::Write)), Frame::Simple("OK".into()));
    }

    #[test]
    #[should_panic(expected = "is read as a key, but is not declared as one")]
    fn a_key_that_is_not_declared_stops_the_command() {
        set_under(Keys::None);
    }

    #[test]
    #[should_panic(expected = "changes a key it declared as read")]
    fn a_key_declared_as_read_cannot_be_changed() {
        set_under(Keys::One(1, Access::Read));
    }
}
