//! The built-in commands: one file each (or one for a few that are one idea), and this list.

mod connection;
mod expiry;
mod server;
mod string;

use crate::command::Command;

/// Every built-in command. A new one is added by its file and one line here.
pub(crate) static ALL: &[&Command] = &[
    // Connections.
    &connection::auth::AUTH,
    &connection::client::CLIENT,
    &connection::hello::HELLO,
    &connection::ping::ECHO,
    &connection::ping::PING,
    &connection::quit::QUIT,
    &connection::quit::RESET,
    &connection::select::SELECT,
    // The server.
    &server::command::COMMAND,
    &server::config::CONFIG,
    &server::info::INFO,
    &server::lolwut::LOLWUT,
    &server::time::TIME,
    // Strings.
    &string::get::GET,
    &string::set::SET,
];
