//! The access-control categories of a command (`@read`, `@fast`, …), derived from its declaration.

use crate::command::{Command, Flags, Group, Handler};

/// A category: the name that stands behind the `@`, and whether a command is in it.
type Category = (&'static str, fn(&Command) -> bool);

/// Every category there is, in the order of listings.
const CATEGORIES: [Category; 11] = [
    ("keyspace", |c| is_of(c, Group::Generic) || c.flags.contains(Flags::KEYSPACE)),
    ("read", |c| c.flags.contains(Flags::READONLY)),
    ("write", |c| c.flags.contains(Flags::WRITE)),
    ("string", |c| is_of(c, Group::String)),
    ("bitmap", |c| is_of(c, Group::Bitmap)),
    ("hyperloglog", |c| is_of(c, Group::HyperLogLog)),
    ("admin", |c| c.flags.contains(Flags::ADMIN)),
    ("fast", |c| c.flags.contains(Flags::FAST)),
    ("slow", |c| !c.flags.contains(Flags::FAST)),
    ("dangerous", |c| c.flags.intersects(Flags::ADMIN | Flags::DANGEROUS)),
    ("connection", |c| is_of(c, Group::Connection) || c.flags.contains(Flags::CONNECTION)),
];

/// Whether the command is in a family's category. A container that cannot run alone is in none: its
/// subcommands are.
fn is_of(command: &Command, group: Group) -> bool {
    command.group == group && !matches!(command.handler, Handler::Container { alone: None, .. })
}

impl Command {
    /// The access-control categories it is in, without their `@`, in the order of listings.
    pub fn categories(&self) -> impl Iterator<Item = &'static str> + '_ {
        CATEGORIES.into_iter().filter(|(_, is_in)| is_in(self)).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use crate::Registry;

    #[test]
    fn categories_follow_from_flags_and_group() {
        let registry = Registry::builtin();
        let of = |name: &str| -> Vec<&str> {
            registry.get(name.as_bytes()).expect("a command").categories().collect()
        };
        assert_eq!(of("GET"), ["read", "string", "fast"]);
        assert_eq!(of("SET"), ["write", "string", "slow"]);
        assert_eq!(of("PING"), ["fast", "connection"]);
        assert_eq!(of("CLIENT"), ["slow"]);
        assert_eq!(of("COMMAND"), ["slow", "connection"]);
        assert_eq!(of("INFO"), ["slow", "dangerous"]);
        let client = registry.get(b"CLIENT").expect("a command");
        let list = client.subcommands().iter().find(|c| c.name == "CLIENT LIST").expect("it is");
        let list: Vec<&str> = list.categories().collect();
        assert_eq!(list, ["admin", "slow", "dangerous", "connection"]);
    }
}
