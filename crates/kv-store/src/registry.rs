//! The commands a store knows, by name.

use std::sync::Arc;

use crate::command::{Command, Handler, Keys};
use crate::dispatch::Aim;
use crate::names::Names;
use crate::{Error, commands};

/// Longest command name, in bytes. A longer word cannot be one, so it is not looked up.
pub const MAX_NAME: usize = 32;

/// The commands of a store: the built-in ones, and those a program adds.
#[derive(Clone, Debug)]
pub struct Registry {
    commands: Vec<Entry>,
    names: Names,
}

/// A command, and what is worked out from its declaration once.
#[derive(Clone, Debug)]
struct Entry {
    declared: Declared,
    aim: Aim,
}

#[derive(Clone, Debug)]
enum Declared {
    Builtin(&'static Command),
    Plugin(Arc<Command>),
}

impl Entry {
    #[inline]
    fn command(&self) -> &Command {
        match &self.declared {
            Declared::Builtin(command) => command,
            Declared::Plugin(command) => command,
        }
    }
}

impl Registry {
    /// All built-in commands.
    pub fn builtin() -> Registry {
        let mut registry = Registry { commands: Vec::new(), names: Names::default() };
        for command in commands::ALL {
            registry.add(Declared::Builtin(command));
        }
        registry
    }

    fn add(&mut self, declared: Declared) {
        let mut entry = Entry { declared, aim: Aim::Anywhere };
        entry.aim = Aim::of(entry.command());
        self.names.insert(entry.command().name, self.commands.len());
        self.commands.push(entry);
    }

    /// Adds a command of the program's own.
    ///
    /// # Errors
    /// The name must be 1 to [`MAX_NAME`] capitals, digits, `.`, `_` or `-`, not taken yet, the
    /// command must have a handler, and the step of its keys be positive.
    pub fn with(mut self, command: Command) -> Result<Registry, Error> {
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"._-".contains(&b);
        let name = command.name;
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(fits) {
            return Err(Error::new(format!("invalid command name '{name}'")));
        }
        if self.names.get(name.as_bytes()).is_some() {
            return Err(Error::new(format!("command '{name}' exists already")));
        }
        if !matches!(command.handler, Handler::Fn(_) | Handler::Closure(_)) {
            return Err(Error::new(format!("command '{name}' has no handler")));
        }
        if matches!(command.keys, Keys::Range { step: 0, .. } | Keys::Counted { step: 0, .. }) {
            return Err(Error::new(format!("the keys of command '{name}' have no distance")));
        }
        self.add(Declared::Plugin(Arc::new(command)));
        Ok(self)
    }

    /// The command of that name, in any case.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&Command> {
        self.commands.get(self.names.get(name)?).map(Entry::command)
    }

    /// The command of that name, in any case, and where in the value of its key it looks.
    #[inline]
    pub(crate) fn aimed(&self, name: &[u8]) -> (Option<&Command>, Aim) {
        match self.names.get(name).and_then(|number| self.commands.get(number)) {
            Some(entry) => (Some(entry.command()), entry.aim),
            None => (None, Aim::Anywhere),
        }
    }

    /// All commands, in the order of their registration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Command> {
        self.commands.iter().map(Entry::command)
    }
}
