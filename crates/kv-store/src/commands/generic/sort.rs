//! SORT, SORT_RO

use kv_protocol::{ReplyWriter, Request};
use kv_types::list::ListRef;
use kv_types::listpack::{Digits, Value};
use kv_types::set::SetRef;
use kv_types::zset::ZsetRef;
use kv_types::{Kind, Record};

use crate::command::{
    Access, Arg, Arity, Command, Flags, Group, Handler, KeySink, Keys, Log, Shape,
};
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error, Event, Key};

mod order;
mod pattern;

use order::{Order, sorted};
use pattern::Pattern;

const BY: Arg = Arg::Optional(&Arg::Option("BY", &Arg::Pattern("by-pattern")));
const LIMIT: Arg = Arg::Optional(&Arg::Option(
    "LIMIT",
    &Arg::Block("limit", &[Arg::Int("offset"), Arg::Int("count")]),
));
const GET: Arg = Arg::Optional(&Arg::Multiple(&Arg::Option("GET", &Arg::Pattern("get-pattern"))));
const ORDER: Arg = Arg::Optional(&Arg::OneOf("order", &[Arg::Token("ASC"), Arg::Token("DESC")]));
const ALPHA: Arg = Arg::Optional(&Arg::Token("ALPHA"));

pub(crate) static SORT: Command = Command {
    name: "SORT",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N log N) for N elements, and a walk over all shards with patterns that name other keys",
    summary: "Returns or stores the elements of a list, set or sorted set, sorted by themselves or by other keys.",
    arity: Arity::AtLeast(2),
    flags: Flags::WRITE.and(Flags::DENYOOM).and(Flags::DANGEROUS),
    keys: Keys::Custom {
        wire: (1, 1, 1),
        movable: true,
        find: |request, db, sink| find(request, db, sink, true),
    },
    log: Log::Effect, // it may read keys that a log does not show it to depend on
    args: &[
        Arg::Key("key"),
        BY,
        LIMIT,
        GET,
        ORDER,
        ALPHA,
        Arg::Optional(&Arg::Option("STORE", &Arg::Key("destination"))),
    ],
    reply: Shape::OneOf(&[Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])), Shape::Int]),
    examples: "> RPUSH l 3 1 2\n(integer) 3\n> SORT l DESC LIMIT 0 2\n1) \"3\"\n2) \"2\"\n> SORT l STORE to\n(integer) 3",
    handler: Handler::Fn(|ctx, args, out| sort(ctx, args, out, true)),
};

pub(crate) static SORT_RO: Command = Command {
    name: "SORT_RO",
    group: Group::Generic,
    since: "0.1.0",
    complexity: "O(N log N) for N elements, and a walk over all shards with patterns that name other keys",
    summary: "Returns the elements of a list, set or sorted set, sorted by themselves or by other keys.",
    arity: Arity::AtLeast(2),
    flags: Flags::READONLY.and(Flags::DANGEROUS),
    keys: Keys::Custom {
        wire: (1, 1, 1),
        movable: true,
        find: |request, db, sink| find(request, db, sink, false),
    },
    log: Log::Nothing,
    args: &[Arg::Key("key"), BY, LIMIT, GET, ORDER, ALPHA],
    reply: Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Null])),
    examples: "> SADD s b a\n(integer) 2\n> SORT_RO s ALPHA\n1) \"a\"\n2) \"b\"",
    handler: Handler::Fn(|ctx, args, out| sort(ctx, args, out, false)),
};

/// What is asked for.
struct Options<'a> {
    by: Option<Pattern<'a>>,
    /// Number of the first element wanted, and how many; a negative number is no limit.
    limit: (i64, i64),
    get: Vec<Pattern<'a>>,
    descending: bool,
    alpha: bool,
    /// Position of the key to store at.
    store: Option<Args<'a>>,
}

/// The options, in any order; of most that are given twice, the last one counts.
fn options<'a>(args: &mut Args<'a>, may_store: bool) -> Result<Options<'a>, Error> {
    let mut options = Options {
        by: None,
        limit: (0, -1),
        get: Vec::new(),
        descending: false,
        alpha: false,
        store: None,
    };
    while !args.is_empty() {
        match args.one_of(&["ASC", "DESC", "ALPHA", "LIMIT", "STORE", "BY", "GET"]) {
            Some("ASC") => options.descending = false,
            Some("DESC") => options.descending = true,
            Some("ALPHA") => options.alpha = true,
            Some("LIMIT") if args.remaining() >= 2 => options.limit = (args.int()?, args.int()?),
            Some("STORE") if may_store && !args.is_empty() => {
                options.store = Some(*args);
                args.value()?;
            }
            Some("BY") => options.by = Some(Pattern::new(args.bytes()?)),
            Some("GET") => options.get.push(Pattern::new(args.bytes()?)),
            _ => return Err(Error::Syntax),
        }
    }
    Ok(options)
}

/// The keys of a request. What the handler will refuse is left to it.
fn find(request: Request<'_>, db: usize, sink: &mut KeySink, may_store: bool) -> Result<(), Error> {
    sink.add(1, db, Access::Read);
    let mut args = Args::new(request, &[], 2);
    if let Ok(options) = options(&mut args, may_store) {
        if let Some(at) = &options.store {
            sink.add(at.position(), db, Access::Write);
        }
        if options.get.iter().chain(&options.by).any(Pattern::names_keys) {
            sink.read_database();
        }
    }
    Ok(())
}

fn sort(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    may_store: bool,
) -> Result<(), Error> {
    let key = args.key()?;
    let options = options(args, may_store)?;
    let destination = options.store.map(|mut at| at.key()).transpose()?;
    ctx.look(key);
    let elements = arranged(ctx, key, &options)?;
    let chosen = &elements[limited(elements.len(), options.limit)];
    match destination {
        None => {
            out.array(chosen.len() * options.get.len().max(1));
            each_value(ctx, chosen, &options.get, |value| match value {
                Some(value) => reply_element(value, out),
                None => out.null(),
            });
            Ok(())
        }
        Some(destination) => {
            let mut values = Vec::new();
            each_value(ctx, chosen, &options.get, |value| {
                values.push(value.map(Value::to_vec).unwrap_or_default());
            });
            out.int(values.len() as i64);
            store(ctx, destination, &values)
        }
    }
}

/// The elements at `key` in the order that is asked for.
fn arranged<'c>(
    ctx: &'c Ctx<'_>,
    key: Key<'_>,
    options: &Options<'_>,
) -> Result<Vec<Value<'c>>, Error> {
    let Some(record) = ctx.peek(key) else { return Ok(Vec::new()) };
    let mut elements = elements(record, ctx.now()).ok_or(Error::WrongType)?;
    let is_set = record.kind() == Kind::Set;
    let order = match &options.by {
        // What is stored of a set has an order that can be told from its members.
        Some(by) if !by.names_keys() && is_set && options.store.is_some() => Order::Text(None),
        Some(by) if !by.names_keys() => {
            if options.descending && !is_set {
                elements.reverse();
            }
            return Ok(elements);
        }
        by if options.alpha => Order::Text(by.as_ref()),
        by => Order::Number(by.as_ref()),
    };
    sorted(ctx, elements, order, options.descending)
}

/// The elements of a list, a set or a sorted set, in the order they have.
fn elements(record: &Record, now: u64) -> Option<Vec<Value<'_>>> {
    match record.kind() {
        Kind::List => Some(ListRef::of(record).iter().collect()),
        Kind::Set => Some(SetRef::new(record, now)?.iter().collect()),
        Kind::Zset => Some(ZsetRef::new(record)?.iter().map(|(member, _)| member).collect()),
        Kind::String | Kind::Frame | Kind::Hash => None,
    }
}

/// Which of `len` elements an offset and a count mean.
fn limited(len: usize, (offset, count): (i64, i64)) -> std::ops::Range<usize> {
    let start = usize::try_from(offset).unwrap_or(0).min(len);
    let end = match usize::try_from(count) {
        Ok(count) => start.saturating_add(count).min(len),
        Err(_) => len,
    };
    start..end
}

/// Shows `visit` what is answered for each element: itself, or what each of the patterns finds.
fn each_value(
    ctx: &Ctx<'_>,
    elements: &[Value<'_>],
    get: &[Pattern<'_>],
    mut visit: impl FnMut(Option<Value<'_>>),
) {
    let mut digits = Digits::new();
    for &element in elements {
        if get.is_empty() {
            visit(Some(element));
        }
        for pattern in get {
            match pattern {
                Pattern::Element => visit(Some(element)),
                pattern => visit(pattern.find(ctx, element.text(&mut digits))),
            }
        }
    }
}

/// Puts a list of `values` at `key`, or removes what is there if there are none.
fn store(ctx: &mut Ctx<'_>, key: Key<'_>, values: &[Vec<u8>]) -> Result<(), Error> {
    if values.is_empty() {
        ctx.remove(key, Event::DEL)?;
        return Ok(());
    }
    let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    let limit = ctx.limits().list;
    let mut record = Record::collection(key.bytes(), Kind::List, None);
    kv_types::list::ListMut::new(&mut record, limit).push(kv_types::list::End::Back, &values);
    ctx.put_record(key, record, Event::SORTSTORE)
}

#[cfg(test)]
mod tests;
