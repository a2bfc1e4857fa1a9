//! The everyday commands as methods. Anything else goes by name: [`Client::command`].

use std::time::Duration;

use kv_protocol::{Frame, Protocol};

use crate::client::Client;
use crate::command::Command;
use crate::convert::{FromFrame, ToArg};
use crate::error::Error;

/// When a key expires; see [`Client::ttl`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ttl {
    /// There is no such key.
    Missing,
    /// The key stays until it's deleted.
    Forever,
    /// The key goes after this time, in whole milliseconds.
    Left(Duration),
}

/// Every method takes keys and values as [`ToArg`] and fails with any [`Error`].
impl Client {
    /// Asks whether the server is there.
    pub async fn ping(&self) -> Result<(), Error> {
        self.run(&Command::new("PING")).await
    }

    /// The value at a key: null, hence `None` of an `Option`, when there's none.
    pub async fn get<T: FromFrame>(&self, key: impl ToArg) -> Result<T, Error> {
        self.run(&Command::new("GET").arg(key)).await
    }

    /// Sets the value at a key, whatever was there, and removes its expiry. In the native dialect
    /// the value may be structured.
    pub async fn set(&self, key: impl ToArg, value: impl ToArg) -> Result<(), Error> {
        self.run(&Command::new("SET").arg(key).arg(value)).await
    }

    /// Sets a value that expires after `ttl`, rounded up to milliseconds.
    pub async fn set_for(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        ttl: Duration,
    ) -> Result<(), Error> {
        self.run(&Command::new("SET").arg(key).arg(value).arg("PX").arg(millis(ttl))).await
    }

    /// Sets a value if the key is missing; whether it was.
    pub async fn set_if_missing(&self, key: impl ToArg, value: impl ToArg) -> Result<bool, Error> {
        let answer: Frame = self.run(&Command::new("SET").arg(key).arg(value).arg("NX")).await?;
        Ok(!answer.is_null())
    }

    /// The values at several keys at one moment, in the order of the keys; null for missing ones.
    pub async fn mget<T: FromFrame>(
        &self,
        keys: impl IntoIterator<Item = impl ToArg>,
    ) -> Result<Vec<T>, Error> {
        self.run(&Command::new("MGET").args(keys)).await
    }

    /// Sets several keys at once, so that nobody sees some of them only.
    pub async fn mset(
        &self,
        pairs: impl IntoIterator<Item = (impl ToArg, impl ToArg)>,
    ) -> Result<(), Error> {
        let command = Command::new("MSET");
        let push = |command: Command, (key, value)| command.arg(key).arg(value);
        self.run(&pairs.into_iter().fold(command, push)).await
    }

    /// Deletes a key; whether it was there.
    pub async fn delete(&self, key: impl ToArg) -> Result<bool, Error> {
        self.run(&Command::new("DEL").arg(key)).await
    }

    /// Deletes all keys of the database; how many there were. (In the Redis dialect they are
    /// counted just before, so keys that others write meanwhile may be missed in the figure.)
    pub async fn flush(&self) -> Result<u64, Error> {
        if self.protocol() == Protocol::Native {
            return self.run(&Command::new("FLUSH")).await;
        }
        let outcomes = self.pipeline().cmd(["DBSIZE"]).cmd(["FLUSHDB"]).send().await?;
        let frames = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (count, ()) = FromFrame::from_frame(Frame::Array(frames))?;
        Ok(count)
    }

    /// Whether there is such a key.
    pub async fn exists(&self, key: impl ToArg) -> Result<bool, Error> {
        self.run(&Command::new("EXISTS").arg(key)).await
    }

    /// Adds 1 to the integer at a key, 0 if it's missing; the sum.
    pub async fn incr(&self, key: impl ToArg) -> Result<i64, Error> {
        self.incr_by(key, 1).await
    }

    /// Adds `delta`, which may be negative, to the integer at a key, 0 if it's missing; the sum.
    pub async fn incr_by(&self, key: impl ToArg, delta: i64) -> Result<i64, Error> {
        self.run(&Command::new("INCRBY").arg(key).arg(delta)).await
    }

    /// Appends to the text at a key, empty if it's missing; its new length in bytes.
    pub async fn append(&self, key: impl ToArg, text: impl ToArg) -> Result<u64, Error> {
        self.run(&Command::new("APPEND").arg(key).arg(text)).await
    }

    /// Lets a key expire after `ttl`, rounded up to milliseconds; whether the key is there.
    pub async fn expire(&self, key: impl ToArg, ttl: Duration) -> Result<bool, Error> {
        self.run(&Command::new("PEXPIRE").arg(key).arg(millis(ttl))).await
    }

    /// When a key expires.
    pub async fn ttl(&self, key: impl ToArg) -> Result<Ttl, Error> {
        let left: i64 = self.run(&Command::new("PTTL").arg(key)).await?;
        Ok(match u64::try_from(left) {
            Ok(left) => Ttl::Left(Duration::from_millis(left)),
            Err(_) if left == -1 => Ttl::Forever,
            Err(_) => Ttl::Missing,
        })
    }

    /// Removes a key's expiry; whether it had one.
    pub async fn persist(&self, key: impl ToArg) -> Result<bool, Error> {
        self.run(&Command::new("PERSIST").arg(key)).await
    }

    /// Gives a key another name, in place of whatever has that name. A missing key is a server's
    /// error.
    pub async fn rename(&self, key: impl ToArg, name: impl ToArg) -> Result<(), Error> {
        self.run(&Command::new("RENAME").arg(key).arg(name)).await
    }
}

/// Whole milliseconds, rounded up: a short time must not become none.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
