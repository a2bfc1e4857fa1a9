//! One command on its way to a client.

use crate::command::Command;
use crate::convert::ToArg;

/// A command being built for a client, asynchronous or blocking; `send` sends it.
#[derive(Debug)]
#[must_use = "a command does nothing until it's sent"]
pub struct Call<'a, C> {
    pub(crate) client: &'a C,
    pub(crate) command: Command,
}

impl<'a, C> Call<'a, C> {
    pub(crate) fn new(client: &'a C, command: Command) -> Call<'a, C> {
        Call { client, command }
    }

    /// Adds one argument; a list becomes an array, which only the native dialect takes.
    pub fn arg(mut self, value: impl ToArg) -> Call<'a, C> {
        self.command = self.command.arg(value);
        self
    }

    /// Adds every element as an argument of its own.
    pub fn args(mut self, values: impl IntoIterator<Item = impl ToArg>) -> Call<'a, C> {
        self.command = self.command.args(values);
        self
    }
}
