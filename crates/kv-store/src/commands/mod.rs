//! The built-in commands: one file each (or one for a few that are one idea), and this list.

mod expiry;
mod string;

use crate::command::Command;

/// Every built-in command. A new one is added by its file and one line here.
pub(crate) static ALL: &[&Command] = &[
    // Strings.
    &string::append::APPEND,
    &string::get::GET,
    &string::getdel::GETDEL,
    &string::getex::GETEX,
    &string::getrange::GETRANGE,
    &string::getrange::SUBSTR,
    &string::getset::GETSET,
    &string::incr::DECR,
    &string::incr::DECRBY,
    &string::incr::INCR,
    &string::incr::INCRBY,
    &string::incrbyfloat::INCRBYFLOAT,
    &string::lcs::LCS,
    &string::mget::MGET,
    &string::mset::MSET,
    &string::mset::MSETNX,
    &string::set::SET,
    &string::setex::PSETEX,
    &string::setex::SETEX,
    &string::setnx::SETNX,
    &string::setrange::SETRANGE,
    &string::strlen::STRLEN,
];

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::testing::check;

    #[test]
    fn examples_play() {
        for command in ALL {
            check(command.examples);
            command.subcommands().iter().for_each(|command| check(command.examples));
        }
    }
}
