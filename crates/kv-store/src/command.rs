//! The declaration of a command: everything the engine, the documentation and the clients know
//! about it, in one struct literal.

use std::fmt;
use std::sync::Arc;

use bitflags::bitflags;
use kv_protocol::{ReplyWriter, Request};

use crate::{Args, Ctx, Error};

/// A command as it is declared. All fields are mandatory: what a command does not say about itself
/// nobody can derive.
#[derive(Debug)]
pub struct Command {
    /// Name in capitals. A subcommand is named with its container: `CLIENT LIST`.
    pub name: &'static str,
    /// The family it is documented under.
    pub group: Group,
    /// First version of kv that has it.
    pub since: &'static str,
    /// Time complexity, as in `O(1)`.
    pub complexity: &'static str,
    /// One sentence on what it does.
    pub summary: &'static str,
    /// How many words it takes, the name included (for a subcommand: both names).
    pub arity: Arity,
    /// What it does to the store and when it may run.
    pub flags: Flags,
    /// Which arguments are keys: the lock plan follows from it.
    pub keys: Keys,
    /// How a change by it enters an append log.
    pub log: Log,
    /// Its arguments, for `COMMAND DOCS`, the reference pages, hints and generated tests.
    pub args: &'static [Arg],
    /// What it answers.
    pub reply: Shape,
    /// A transcript: lines `> COMMAND` with the reply below, as redis-cli prints it. It is a test.
    pub examples: &'static str,
    /// What runs.
    pub handler: Handler,
}

impl Command {
    /// The start of a plug-in command: a name in capitals and its arity, the name counted.
    ///
    /// The rest has defaults to be replaced by the methods below: no keys, no flags, any reply.
    pub fn new(name: &'static str, arity: Arity) -> Command {
        Command {
            name,
            group: Group::Plugin,
            since: "",
            complexity: "",
            summary: "",
            arity,
            flags: Flags::empty(),
            keys: Keys::None,
            log: Log::Effect,
            args: &[],
            reply: Shape::Any,
            examples: "",
            handler: Handler::Container { alone: None, subcommands: &[] },
        }
    }

    /// Sets the one-sentence summary.
    pub fn summary(mut self, summary: &'static str) -> Command {
        self.summary = summary;
        self
    }

    /// Sets the first version of the program that has it.
    pub fn since(mut self, since: &'static str) -> Command {
        self.since = since;
        self
    }

    /// Sets the time complexity, as in `O(1)`.
    pub fn complexity(mut self, complexity: &'static str) -> Command {
        self.complexity = complexity;
        self
    }

    /// Sets the flags.
    pub fn flags(mut self, flags: Flags) -> Command {
        self.flags = flags;
        self
    }

    /// Sets which arguments are keys.
    pub fn keys(mut self, keys: Keys) -> Command {
        self.keys = keys;
        self
    }

    /// Sets the description of the arguments.
    pub fn args(mut self, args: &'static [Arg]) -> Command {
        self.args = args;
        self
    }

    /// Sets the shape of the reply.
    pub fn reply(mut self, reply: Shape) -> Command {
        self.reply = reply;
        self
    }

    /// Sets the example transcript.
    pub fn examples(mut self, examples: &'static str) -> Command {
        self.examples = examples;
        self
    }

    /// Sets what runs: a function or a closure.
    pub fn handler(
        mut self,
        handler: impl Fn(&mut Ctx<'_>, &mut Args<'_>, &mut ReplyWriter<'_>) -> Result<(), Error>
        + Send
        + Sync
        + 'static,
    ) -> Command {
        self.handler = Handler::Closure(Arc::new(handler));
        self
    }

    /// Whether it changes the store.
    pub fn is_write(&self) -> bool {
        self.flags.contains(Flags::WRITE)
    }

    /// Its subcommands; empty for all but containers such as `CLIENT`.
    pub fn subcommands(&self) -> &'static [&'static Command] {
        match self.handler {
            Handler::Container { subcommands, .. } => subcommands,
            Handler::Fn(_) | Handler::Closure(_) => &[],
        }
    }

    /// The name as errors and `COMMAND INFO` print it: `get`, `client|list`.
    pub fn wire_name(&self) -> String {
        wire_name(self.name)
    }
}

/// The name of a command as errors and `COMMAND INFO` print it.
pub(crate) fn wire_name(name: &str) -> String {
    name.to_ascii_lowercase().replace(' ', "|")
}

/// A handler as a plain function.
pub type HandlerFn = fn(&mut Ctx<'_>, &mut Args<'_>, &mut ReplyWriter<'_>) -> Result<(), Error>;
/// A handler as a closure, for plug-ins.
pub type HandlerClosure =
    dyn Fn(&mut Ctx<'_>, &mut Args<'_>, &mut ReplyWriter<'_>) -> Result<(), Error> + Send + Sync;

/// What runs when a command is called.
pub enum Handler {
    /// A plain function: all built-in commands.
    Fn(HandlerFn),
    /// A closure: a plug-in's command.
    Closure(Arc<HandlerClosure>),
    /// The next word names one of `subcommands`; `alone` runs when there is none.
    Container {
        /// What runs without a subcommand, if that is allowed.
        alone: Option<HandlerFn>,
        /// The subcommands.
        subcommands: &'static [&'static Command],
    },
}

impl Handler {
    /// Whether the next word names a subcommand.
    #[inline]
    pub fn is_container(&self) -> bool {
        matches!(self, Handler::Container { .. })
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Handler::Fn(_) => "Fn",
            Handler::Closure(_) => "Closure",
            Handler::Container { .. } => "Container",
        })
    }
}

/// The family of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Works on keys of any type.
    Generic,
    /// Works on strings.
    String,
    /// Works on strings as rows of bits.
    Bitmap,
    /// Works on strings that estimate how many different elements were seen.
    HyperLogLog,
    /// Works on lists.
    List,
    /// Works on hashes.
    Hash,
    /// Works on sets.
    Set,
    /// Works on sorted sets.
    SortedSet,
    /// Works on sorted sets of places on earth.
    Geo,
    /// The session itself.
    Connection,
    /// The server as a whole.
    Server,
    /// Registered from outside.
    Plugin,
}

impl Group {
    /// The name `COMMAND DOCS` prints.
    pub fn name(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::Bitmap => "bitmap",
            Group::HyperLogLog => "hyperloglog",
            Group::List => "list",
            Group::Hash => "hash",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Geo => "geo",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Plugin => "module",
        }
    }
}

/// How many words a command takes, its name included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// This many.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
}

impl Arity {
    /// Whether `words` fit.
    #[inline]
    pub fn accepts(self, words: usize) -> bool {
        match self {
            Arity::Exactly(n) => words == n,
            Arity::AtLeast(n) => words >= n,
        }
    }

    /// The number `COMMAND INFO` prints: negative for "at least".
    pub fn wire(self) -> i64 {
        match self {
            Arity::Exactly(n) => n as i64,
            Arity::AtLeast(n) => -(n as i64),
        }
    }
}

bitflags! {
    /// What a command does to the store and when it may run. The names are Redis's.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u32 {
        /// May change keys.
        const WRITE = 1;
        /// Only reads keys.
        const READONLY = 1 << 1;
        /// May grow memory, so it is refused when memory is short.
        const DENYOOM = 1 << 2;
        /// Changes or shows the server itself.
        const ADMIN = 1 << 3;
        /// Takes constant or logarithmic time.
        const FAST = 1 << 4;
        /// May not run inside a script.
        const NOSCRIPT = 1 << 5;
        /// May run while the data set is being loaded.
        const LOADING = 1 << 6;
        /// May run on a replica whose data is stale.
        const STALE = 1 << 7;
        /// May run before the client has authenticated.
        const NO_AUTH = 1 << 8;
        /// May not run inside a transaction.
        const NO_MULTI = 1 << 10;
        /// In the category of commands that can do harm (`@dangerous`).
        const DANGEROUS = 1 << 11;
        /// May run while a script or function blocks the server.
        const ALLOW_BUSY = 1 << 13;
        /// Runs only where the setting `enable-debug-command` lets it.
        const PROTECTED = 1 << 17;
        /// In the category of commands on keys of any type (`@keyspace`), whatever its group.
        const KEYSPACE = 1 << 15;
        /// In the category of commands on the connection (`@connection`), whatever its group.
        const CONNECTION = 1 << 16;
    }
}

impl Flags {
    /// Both sets of flags; usable in a `static`.
    pub const fn and(self, other: Flags) -> Flags {
        self.union(other)
    }

    /// The names `COMMAND INFO` prints, in its order.
    pub fn wire_names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(Flags, &str); 11] = [
            (Flags::WRITE, "write"),
            (Flags::READONLY, "readonly"),
            (Flags::DENYOOM, "denyoom"),
            (Flags::ADMIN, "admin"),
            (Flags::NOSCRIPT, "noscript"),
            (Flags::LOADING, "loading"),
            (Flags::STALE, "stale"),
            (Flags::FAST, "fast"),
            (Flags::NO_AUTH, "no_auth"),
            (Flags::NO_MULTI, "no_multi"),
            (Flags::ALLOW_BUSY, "allow_busy"),
        ];
        NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

/// How a command uses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Reads it: the lock is shared.
    Read,
    /// May change it: the lock is exclusive.
    Write,
}

/// Which arguments are keys. Positions count from 0, the command's name.
#[derive(Clone, Copy)]
pub enum Keys {
    /// None.
    None,
    /// One argument.
    One(usize, Access),
    /// Every `step`-th argument from `first` to `last`; a negative `last` counts from the end.
    Range {
        /// First key.
        first: usize,
        /// Last key; -1 is the last argument.
        last: i32,
        /// Distance between keys: 2 in `MSET key value …`.
        step: usize,
        /// How they are used.
        access: Access,
    },
    /// As many as an argument says, behind that argument, as in `LMPOP numkeys key …`.
    Counted {
        /// A key in front of the number that is only written, as in `ZUNIONSTORE destination numkeys …`.
        destination: Option<usize>,
        /// The number of keys. If it is none that fits the request there are no keys: the handler is to
        /// refuse it before it reads one.
        count: usize,
        /// Distance between keys: 2 in `MSETEX numkeys key value …`.
        step: usize,
        /// How they are used.
        access: Access,
    },
    /// Found by a function, for keys in other databases or at positions that depend on arguments.
    Custom {
        /// First, last and step as `COMMAND INFO` reports them.
        wire: (usize, i32, usize),
        /// Whether these do not tell all keys.
        movable: bool,
        /// Finds the keys; an error becomes the command's reply.
        find: FindKeys,
    },
    /// Every key of the session's database.
    Database(Access),
    /// Every key of the databases whose numbers a function reads from the request; numbers of no
    /// database are passed over, for the handler to refuse.
    Databases(Access, FindDatabases),
    /// Every key of every database.
    Everything(Access),
}

/// Finds a request's keys: called with the request, the session's database and what takes the keys.
pub type FindKeys = fn(Request<'_>, usize, &mut KeySink) -> Result<(), Error>;

/// Finds the databases that a request names.
pub type FindDatabases = fn(Request<'_>) -> Vec<usize>;

impl Keys {
    /// First, last and step as `COMMAND INFO` reports them.
    pub fn wire(&self) -> (usize, i32, usize) {
        match *self {
            Keys::None | Keys::Database(_) | Keys::Databases(..) | Keys::Everything(_) => (0, 0, 0),
            Keys::One(at, _) => (at, at as i32, 1),
            Keys::Range { first, last, step, .. } => (first, last, step),
            Keys::Counted { destination: Some(at), .. } => (at, at as i32, 1),
            Keys::Counted { destination: None, .. } => (0, 0, 0),
            Keys::Custom { wire, .. } => wire,
        }
    }

    /// Whether first, last and step do not tell all keys.
    pub fn is_movable(&self) -> bool {
        matches!(self, Keys::Counted { .. } | Keys::Custom { movable: true, .. })
    }

    /// Where the keys of a [`Keys::Range`] stand in `request`; nowhere for any other.
    #[inline]
    pub(crate) fn positions(&self, request: Request<'_>) -> impl Iterator<Item = usize> + use<> {
        let (first, end, step) = match *self {
            Keys::Range { first, last, step, .. } => {
                let last = match last {
                    last if last >= 0 => last as usize,
                    last => request.len().saturating_sub(last.unsigned_abs() as usize),
                };
                (first, request.len().min(last + 1), step)
            }
            _ => (0, 0, 1),
        };
        (first..end).step_by(step)
    }

    /// Reports every key argument of `request` to `sink`, for a session in database `db`.
    pub fn find(&self, request: Request<'_>, db: usize, sink: &mut KeySink) -> Result<(), Error> {
        match *self {
            Keys::None | Keys::Database(_) | Keys::Databases(..) | Keys::Everything(_) => {}
            Keys::One(at, access) => sink.add(at, db, access),
            Keys::Range { access, .. } => {
                self.positions(request).for_each(|at| sink.add(at, db, access));
            }
            Keys::Counted { destination, count, step, access } => {
                if let Some(at) = destination {
                    sink.add(at, db, Access::Write);
                }
                let keys = counted(request, count, step);
                keys.for_each(|at| sink.add(at, db, access));
            }
            Keys::Custom { find, .. } => find(request, db, sink)?,
        }
        Ok(())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys{:?}", self.wire())
    }
}

/// Where the keys stand that argument `at` counts, `step` apart; nowhere if there are not so many.
fn counted(request: Request<'_>, at: usize, step: usize) -> impl Iterator<Item = usize> {
    let number = request.arg(at).and_then(|arg| arg.text()).and_then(kv_types::integer::parse);
    let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    let room = request.len().saturating_sub(at + 1) / step;
    let number = if number <= room { number } else { 0 };
    (0..number).map(move |key| at + 1 + key * step)
}

/// Takes the keys that a [`Keys`] finds in a request.
#[derive(Debug, Default)]
pub struct KeySink {
    pub(crate) found: smallvec::SmallVec<[FoundKey; 4]>,
    /// Whether keys beside these may be read: any of the session's database.
    pub(crate) reads_database: bool,
}

/// A key argument: where it stands, the database it is in, and its use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundKey {
    pub(crate) at: usize,
    pub(crate) db: usize,
    pub(crate) access: Access,
}

impl KeySink {
    /// Argument `at` is a key in database `db`. Keys are added in the order of their arguments.
    pub fn add(&mut self, at: usize, db: usize, access: Access) {
        self.found.push(FoundKey { at, db, access });
    }

    /// The command may read any key of the session's database, all of which is locked for it: its keys
    /// are made of what it finds in others.
    pub fn read_database(&mut self) {
        self.reads_database = true;
    }

    /// The keys that were added: position of the argument, database, use.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize, Access)> + '_ {
        self.found.iter().map(|key| (key.at, key.db, key.access))
    }
}

/// How a command's change enters an append log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// It changes nothing.
    Nothing,
    /// As it was sent, with the time it ran at: running it again at that time on the same data does the same.
    Verbatim,
    /// By its effect, because it depends on chance, on an order that means nothing, or on arithmetic that may
    /// differ: the handler says what it is ([`Ctx::log_as`]), or else each key it has changed is logged as a whole.
    Effect,
}

/// One argument of a command's syntax.
#[derive(Clone, Copy, Debug)]
pub enum Arg {
    /// A key.
    Key(&'static str),
    /// Any bytes.
    String(&'static str),
    /// Any value: in the native dialect any frame.
    Value(&'static str),
    /// A 64-bit integer.
    Int(&'static str),
    /// A floating-point number.
    Float(&'static str),
    /// A glob pattern.
    Pattern(&'static str),
    /// A point in time, in Unix seconds or milliseconds.
    UnixTime(&'static str),
    /// A word that stands for itself.
    Token(&'static str),
    /// A word followed by its argument, as in `EX seconds`.
    Option(&'static str, &'static Arg),
    /// One of several, under a common name.
    OneOf(&'static str, &'static [Arg]),
    /// Several in a row, under a common name.
    Block(&'static str, &'static [Arg]),
    /// May be left out.
    Optional(&'static Arg),
    /// Once or more.
    Multiple(&'static Arg),
}

/// What a command answers.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// The status `OK`.
    Ok,
    /// A status of some text.
    Simple,
    /// An integer.
    Int,
    /// A string.
    Bulk,
    /// A floating-point number: a double in RESP3, its text in RESP2.
    Double,
    /// A text with a format (`INFO`): verbatim in RESP3, a bulk string in RESP2.
    Verbatim,
    /// A value as it is stored: a string, or the frame a native client sent.
    Value,
    /// A null.
    Null,
    /// A list of items of one shape.
    Array(&'static Shape),
    /// Pairs.
    Map,
    /// A list without order or duplicates, of items of one shape.
    Set(&'static Shape),
    /// One of several shapes.
    OneOf(&'static [Shape]),
    /// Anything; said why in the summary.
    Any,
}
