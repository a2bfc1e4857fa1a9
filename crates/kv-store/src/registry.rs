//! The commands a store knows, by name.

use std::collections::HashMap;
use std::sync::Arc;

use crate::command::{Command, Handler, Keys};
use crate::{Error, commands};

/// Longest command name, in bytes. A longer word cannot be one, so it is not looked up.
pub const MAX_NAME: usize = 32;

/// The commands of a store: the built-in ones, and those a program adds.
#[derive(Clone, Debug)]
pub struct Registry {
    commands: Vec<Entry>,
    by_name: HashMap<&'static [u8], usize, ahash::RandomState>,
}

#[derive(Clone, Debug)]
enum Entry {
    Builtin(&'static Command),
    Plugin(Arc<Command>),
}

impl Entry {
    fn command(&self) -> &Command {
        match self {
            Entry::Builtin(command) => command,
            Entry::Plugin(command) => command,
        }
    }
}

impl Registry {
    /// All built-in commands.
    pub fn builtin() -> Registry {
        let hasher = ahash::RandomState::with_seeds(1, 2, 3, 4);
        let mut registry = Registry { commands: Vec::new(), by_name: HashMap::with_hasher(hasher) };
        for command in commands::ALL {
            registry.by_name.insert(command.name.as_bytes(), registry.commands.len());
            registry.commands.push(Entry::Builtin(command));
        }
        registry
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
        if self.by_name.contains_key(name.as_bytes()) {
            return Err(Error::new(format!("command '{name}' exists already")));
        }
        if !matches!(command.handler, Handler::Fn(_) | Handler::Closure(_)) {
            return Err(Error::new(format!("command '{name}' has no handler")));
        }
        if matches!(command.keys, Keys::Range { step: 0, .. }) {
            return Err(Error::new(format!("the keys of command '{name}' have no distance")));
        }
        self.by_name.insert(name.as_bytes(), self.commands.len());
        self.commands.push(Entry::Plugin(Arc::new(command)));
        Ok(self)
    }

    /// The command of that name, in any case.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&Command> {
        let mut folded = [0; MAX_NAME];
        let folded = folded.get_mut(..name.len())?;
        for (to, from) in folded.iter_mut().zip(name) {
            *to = from.to_ascii_uppercase();
        }
        self.by_name.get(&*folded).map(|&at| self.commands[at].command())
    }

    /// All commands, in the order of their registration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Command> {
        self.commands.iter().map(Entry::command)
    }
}
