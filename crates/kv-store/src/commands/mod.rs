//! The built-in commands: one file each (or one for a few that are one idea), and this list.

mod expiry;
mod string;

use crate::command::Command;

/// Every built-in command. A new one is added by its file and one line here.
pub(crate) static ALL: &[&Command] = &[
    // Strings.
    &string::get::GET,
    &string::set::SET,
];
