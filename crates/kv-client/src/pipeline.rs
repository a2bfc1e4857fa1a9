//! Commands that are sent together.

use crate::command::Command;

/// Commands being collected for a client, asynchronous or blocking; `send` sends them.
///
/// Nothing of other callers comes in between, so a transaction (`MULTI` … `EXEC`) in one pipeline
/// is whole.
#[derive(Debug)]
#[must_use = "a pipeline does nothing until it's sent"]
pub struct Pipeline<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) commands: Vec<Command>,
}

impl<'a, C> Pipeline<'a, C> {
    pub(crate) fn new(client: &'a C) -> Pipeline<'a, C> {
        Pipeline { client, commands: Vec::new() }
    }

    /// Adds a command: a [`Command`], or a list of one type (`["INCR", "n"]`), name first.
    pub fn cmd(mut self, command: impl Into<Command>) -> Pipeline<'a, C> {
        self.commands.push(command.into());
        self
    }
}
