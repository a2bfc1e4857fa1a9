//! COMMAND LIST

use kv_protocol::ReplyWriter;
use kv_types::glob;

use super::FLAGS;
use crate::command::{Arg, Arity, Command, Group, Handler, Keys, Log, Shape};
use crate::{Args, Ctx, Error};

pub(super) static LIST: Command = Command {
    name: "COMMAND LIST",
    group: Group::Server,
    since: "0.1.0",
    complexity: "O(N) where N is the number of commands and subcommands",
    summary: "Returns the names of all commands and subcommands, or of those of a kind.",
    arity: Arity::AtLeast(2),
    flags: FLAGS,
    keys: Keys::None,
    log: Log::Nothing,
    args: &[Arg::Optional(&Arg::Option(
        "FILTERBY",
        &Arg::OneOf(
            "filterby",
            &[
                Arg::Option("MODULE", &Arg::String("module-name")),
                Arg::Option("ACLCAT", &Arg::String("category")),
                Arg::Option("PATTERN", &Arg::Pattern("pattern")),
            ],
        ),
    ))],
    reply: Shape::Array(&Shape::Bulk),
    examples: "> COMMAND LIST FILTERBY PATTERN config|g*\n1) \"config|get\"",
    handler: Handler::Fn(list),
};

enum Filter<'a> {
    Everything,
    Module,
    Category(&'a [u8]),
    /// In lower case, as the names are.
    Pattern(Vec<u8>),
}

impl<'a> Filter<'a> {
    fn read(args: &mut Args<'a>) -> Result<Filter<'a>, Error> {
        if args.is_empty() {
            return Ok(Filter::Everything);
        }
        let kind = if args.token("FILTERBY") {
            args.one_of(&["MODULE", "ACLCAT", "PATTERN"])
        } else {
            None
        };
        let filter = match kind.ok_or(Error::Syntax)? {
            "MODULE" => args.bytes().map(|_| Filter::Module)?,
            "ACLCAT" => Filter::Category(args.bytes()?),
            _ => Filter::Pattern(args.bytes()?.to_ascii_lowercase()),
        };
        args.finish()?;
        Ok(filter)
    }

    fn accepts(&self, command: &Command) -> bool {
        match self {
            Filter::Everything => true,
            // A plug-in is a part of the program, not of a module that has a name.
            Filter::Module => false,
            Filter::Category(name) => {
                command.categories().any(|category| category.as_bytes().eq_ignore_ascii_case(name))
            }
            Filter::Pattern(pattern) => glob::matches(pattern, command.wire_name().as_bytes()),
        }
    }
}

fn list(ctx: &mut Ctx<'_>, args: &mut Args<'_>, out: &mut ReplyWriter<'_>) -> Result<(), Error> {
    let filter = Filter::read(args)?;
    let array = out.begin_array();
    let mut count = 0;
    for command in ctx.store.registry().iter() {
        let with_subcommands =
            std::iter::once(command).chain(command.subcommands().iter().copied());
        for command in with_subcommands.filter(|command| filter.accepts(command)) {
            out.bulk(command.wire_name().as_bytes());
            count += 1;
        }
    }
    out.end(array, count);
    Ok(())
}

#[cfg(test)]
mod tests {
    use kv_protocol::{Frame, Protocol};

    use crate::Registry;
    use crate::testing::{Stage, check};

    #[test]
    fn filters() {
        check(
            "
            > COMMAND LIST FILTERBY PATTERN CLIENT|SET*
            1) \"client|setinfo\"
            2) \"client|setname\"
            > COMMAND LIST filterby pattern nosuch
            (empty array)
            > COMMAND LIST FILTERBY MODULE any
            (empty array)
            > COMMAND LIST FILTERBY ACLCAT nosuch
            (empty array)
            > COMMAND LIST FILTERBY
            (error) ERR syntax error
            > COMMAND LIST FILTERBY PATTERN
            (error) ERR syntax error
            > COMMAND LIST FILTERBY x y
            (error) ERR syntax error
            > COMMAND LIST FILTERBY MODULE a b
            (error) ERR syntax error
            > COMMAND LIST x
            (error) ERR syntax error
            ",
        );
    }

    #[test]
    fn all_names_and_those_of_a_category() {
        let mut stage = Stage::new(Protocol::Resp2, Registry::builtin());
        let mut names = |command| match stage.run(command) {
            Some(Frame::Array(names)) => names,
            other => panic!("{other:?}"),
        };
        let (all, admin) = (names("COMMAND LIST"), names("COMMAND LIST FILTERBY ACLCAT Admin"));
        assert!(all.contains(&"get".into()) && all.contains(&"client|kill".into()));
        assert!(admin.contains(&"config|set".into()) && !admin.contains(&"config".into()));
        assert!(admin.len() < all.len());
    }
}
