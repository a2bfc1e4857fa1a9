//! The built-in commands: one file each (or one for a few that are one idea), and this list.

mod bitmap;
mod connection;
mod element;
mod expiry;
mod generic;
mod hash;
mod hyperloglog;
mod scanning;
mod server;
mod set;
mod span;
mod string;
#[cfg(test)]
mod testing;

use crate::command::Command;

/// Every built-in command. A new one is added by its file and one line here.
pub(crate) static ALL: &[&Command] = &[
    // Bits of strings.
    &bitmap::bitcount::BITCOUNT,
    &bitmap::bitfield::BITFIELD,
    &bitmap::bitfield::BITFIELD_RO,
    &bitmap::bitop::BITOP,
    &bitmap::bitpos::BITPOS,
    &bitmap::getbit::GETBIT,
    &bitmap::setbit::SETBIT,
    // Connections.
    &connection::auth::AUTH,
    &connection::client::CLIENT,
    &connection::hello::HELLO,
    &connection::ping::ECHO,
    &connection::ping::PING,
    &connection::quit::QUIT,
    &connection::quit::RESET,
    &connection::select::SELECT,
    // Generic.
    &generic::copy::COPY,
    &generic::del::DEL,
    &generic::del::DELETE,
    &generic::del::UNLINK,
    &generic::dump::DUMP,
    &generic::exists::EXISTS,
    &generic::expire::EXPIRE,
    &generic::expire::EXPIREAT,
    &generic::expire::PEXPIRE,
    &generic::expire::PEXPIREAT,
    &generic::key_type::TYPE,
    &generic::keys::KEYS,
    &generic::r#move::MOVE,
    &generic::object::OBJECT,
    &generic::persist::PERSIST,
    &generic::randomkey::RANDOMKEY,
    &generic::rename::RENAME,
    &generic::rename::RENAMENX,
    &generic::restore::RESTORE,
    &generic::scan::SCAN,
    &generic::sort::SORT,
    &generic::sort::SORT_RO,
    &generic::touch::TOUCH,
    &generic::ttl::EXPIRETIME,
    &generic::ttl::PEXPIRETIME,
    &generic::ttl::PTTL,
    &generic::ttl::TTL,
    // Hashes.
    &hash::hexpire::HEXPIRE,
    &hash::hexpire::HEXPIREAT,
    &hash::httl::HEXPIRETIME,
    &hash::hgetdel::HGETDEL,
    &hash::hgetex::HGETEX,
    &hash::hpersist::HPERSIST,
    &hash::hexpire::HPEXPIRE,
    &hash::hexpire::HPEXPIREAT,
    &hash::httl::HPEXPIRETIME,
    &hash::httl::HPTTL,
    &hash::hsetex::HSETEX,
    &hash::httl::HTTL,
    // HyperLogLogs.
    &hyperloglog::pfadd::PFADD,
    &hyperloglog::pfcount::PFCOUNT,
    &hyperloglog::pfdebug::PFDEBUG,
    &hyperloglog::pfmerge::PFMERGE,
    &hyperloglog::pfselftest::PFSELFTEST,
    // The server.
    &server::command::COMMAND,
    &server::config::CONFIG,
    &server::dbsize::DBSIZE,
    &server::debug::DEBUG,
    &server::flush::FLUSH,
    &server::flush::FLUSHALL,
    &server::flush::FLUSHDB,
    &server::info::INFO,
    &server::lolwut::LOLWUT,
    &server::memory::MEMORY,
    &server::swapdb::SWAPDB,
    &server::time::TIME,
    // Sets.
    &set::sadd::SADD,
    &set::saddex::SADDEX,
    &set::scard::SCARD,
    &set::sdiff::SDIFF,
    &set::sdiff::SDIFFSTORE,
    &set::sinter::SINTER,
    &set::sinter::SINTERSTORE,
    &set::sintercard::SINTERCARD,
    &set::sismember::SISMEMBER,
    &set::sismember::SMISMEMBER,
    &set::smembers::SMEMBERS,
    &set::smove::SMOVE,
    &set::spop::SPOP,
    &set::srandmember::SRANDMEMBER,
    &set::srem::SREM,
    &set::sscan::SSCAN,
    &set::sunion::SUNION,
    &set::sunion::SUNIONSTORE,
    // Strings.
    &string::append::APPEND,
    &string::delex::DELEX,
    &string::delex::DELIFEQ,
    &string::digest::DIGEST,
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
    &string::increx::INCREX,
    &string::lcs::LCS,
    &string::mget::MGET,
    &string::mset::MSET,
    &string::mset::MSETNX,
    &string::msetex::MSETEX,
    &string::set::SET,
    &string::setex::PSETEX,
    &string::setex::SETEX,
    &string::setnx::SETNX,
    &string::setrange::SETRANGE,
    &string::strlen::STRLEN,
    &string::throttle::THROTTLE,
];
