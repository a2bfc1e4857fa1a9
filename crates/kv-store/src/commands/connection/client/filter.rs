//! The filters of CLIENT LIST and CLIENT KILL

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clients::{Client, DEFAULT_USER};
use crate::command::Arg;
use crate::session::SessionState;
use crate::{Args, Error, Store};

/// The filters, as arguments of a declaration.
pub(super) const ARGS: &[Arg] = &[
    Arg::Optional(&Arg::Option("ID", &Arg::Multiple(&Arg::Int("client-id")))),
    Arg::Optional(&Arg::Option("TYPE", &TYPE)),
    Arg::Optional(&Arg::Option("USER", &Arg::String("username"))),
    Arg::Optional(&Arg::Option("ADDR", &Arg::String("ip:port"))),
    Arg::Optional(&Arg::Option("LADDR", &Arg::String("ip:port"))),
    Arg::Optional(&Arg::Option(
        "SKIPME",
        &Arg::OneOf("yes/no", &[Arg::Token("YES"), Arg::Token("NO")]),
    )),
    Arg::Optional(&Arg::Option("MAXAGE", &Arg::Int("maxage"))),
];

const TYPE: Arg = Arg::OneOf(
    "client-type",
    &[Arg::Token("NORMAL"), Arg::Token("MASTER"), Arg::Token("REPLICA"), Arg::Token("PUBSUB")],
);

/// Which clients are meant: those that every filter given lets pass.
#[derive(Debug, Default)]
pub(super) struct Filter<'a> {
    ids: Option<BTreeSet<i64>>,
    /// Of a type that there are clients of: all are `normal` so far.
    is_normal: Option<bool>,
    addr: Option<&'a [u8]>,
    laddr: Option<&'a [u8]>,
    skip_me: Option<bool>,
    /// In seconds; younger clients are not meant.
    max_age: u64,
}

impl<'a> Filter<'a> {
    /// The clients that connected from this address.
    pub(super) fn from_address(addr: &'a [u8]) -> Filter<'a> {
        Filter { addr: Some(addr), ..Filter::default() }
    }

    /// Reads all arguments that are left. Of a filter given twice the last one counts, but for
    /// `ID`, which adds up.
    pub(super) fn read(args: &mut Args<'a>) -> Result<Filter<'a>, Error> {
        let mut filter = Filter::default();
        while !args.is_empty() {
            if args.remaining() == 1 {
                return Err(Error::Syntax);
            }
            let words = ["ID", "TYPE", "USER", "ADDR", "LADDR", "SKIPME", "MAXAGE"];
            match args.one_of(&words) {
                Some("ID") => filter.read_ids(args)?,
                Some("TYPE") => filter.is_normal = Some(is_normal(args.bytes()?)?),
                Some("USER") => check_user(args.bytes()?)?,
                Some("ADDR") => filter.addr = Some(args.bytes()?),
                Some("LADDR") => filter.laddr = Some(args.bytes()?),
                Some("SKIPME") => {
                    let answer = args.one_of(&["YES", "NO"]).ok_or(Error::Syntax)?;
                    filter.skip_me = Some(answer == "YES");
                }
                Some("MAXAGE") => filter.max_age = max_age(args)?,
                _ => return Err(Error::Syntax),
            }
        }
        Ok(filter)
    }

    /// Reads numbers up to the first argument that is none.
    fn read_ids(&mut self, args: &mut Args<'a>) -> Result<(), Error> {
        let ids = self.ids.get_or_insert_default();
        let mut ahead = *args;
        while let Ok(id) = ahead.int() {
            if id < 1 {
                return Err(Error::new("client-id should be greater than 0"));
            }
            ids.insert(id);
            *args = ahead;
        }
        Ok(())
    }

    /// The clients meant, as seen by `session`, which is among them unless `skip_me` or the filter
    /// itself says otherwise.
    pub(super) fn select(
        &self,
        store: &Store,
        session: &SessionState,
        skip_me: bool,
    ) -> Vec<Arc<Client>> {
        let mut clients = store.clients();
        let skip_me = self.skip_me.unwrap_or(skip_me);
        clients.retain(|client| {
            let is_me = client.id == session.client.id;
            !(is_me && skip_me) && self.accepts(client, session.now_us)
        });
        clients
    }

    fn accepts(&self, client: &Client, now: u64) -> bool {
        let is = |wanted: Option<&[u8]>, text: &str| wanted.is_none_or(|w| w == text.as_bytes());
        !client.is_killed()
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&(client.id as i64)))
            && self.is_normal.unwrap_or(true)
            && is(self.addr, &client.peer.addr)
            && is(self.laddr, &client.peer.laddr)
            && client.age(now) >= self.max_age
    }
}

fn is_normal(kind: &[u8]) -> Result<bool, Error> {
    match &*kind.to_ascii_lowercase() {
        b"normal" => Ok(true),
        b"slave" | b"replica" | b"pubsub" | b"master" | b"primary" => Ok(false),
        _ => Err(Error::quoting("Unknown client type '", kind, "'")),
    }
}

/// Every client is the one user there is, so a filter for it lets all pass.
fn check_user(user: &[u8]) -> Result<(), Error> {
    if user == DEFAULT_USER.as_bytes() {
        return Ok(());
    }
    Err(Error::quoting("No such user '", user, "'"))
}

fn max_age(args: &mut Args<'_>) -> Result<u64, Error> {
    match args.int() {
        Ok(seconds @ 1..) => Ok(seconds.unsigned_abs()),
        Ok(_) => Err(Error::new("maxage should be greater than 0")),
        Err(_) => Err(Error::new("maxage is not an integer or out of range")),
    }
}
