//! How the log fares.

use std::fmt;
use std::str::FromStr;

/// When what was written is synced, so that it outlives a loss of power (`appendfsync`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Policy {
    /// After every write, and before the replies that depend on it leave.
    Always,
    /// Once a second, if there is anything.
    EverySec,
    /// When the operating system does it.
    No,
}

impl Policy {
    const ALL: [Policy; 3] = [Policy::Always, Policy::EverySec, Policy::No];

    /// The policy's name in `appendfsync`.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Always => "always",
            Policy::EverySec => "everysec",
            Policy::No => "no",
        }
    }

    pub(crate) fn from_number(number: u8) -> Policy {
        Policy::ALL[usize::from(number) % Policy::ALL.len()]
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Policy, UnknownPolicy> {
        let mut all = Policy::ALL.into_iter();
        all.find(|policy| policy.name().eq_ignore_ascii_case(name)).ok_or(UnknownPolicy)
    }
}

/// A name that no [`Policy`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("argument must be one of 'always', 'everysec' or 'no'")]
pub struct UnknownPolicy;

/// Whether the log does its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Good,
    /// It was begun over data that no base holds yet: it keeps nothing before the first rewrite.
    Starting,
    /// Something could not be written; it is tried again once a second. Writes should be refused meanwhile.
    WriteFailed(String),
    /// It cannot be told any more what the disk holds of the segment that is written to, as a sync failed.
    /// Nothing more is kept before a rewrite. Writes should be refused meanwhile.
    NeedsRewrite(String),
}

/// A report on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether it does its work.
    pub health: Health,
    /// When it syncs.
    pub policy: Policy,
    /// How many bytes were appended since it was started, frame headers included: a position.
    pub appended: u64,
    /// How many of these the operating system has.
    pub written: u64,
    /// How many of these are kept whatever happens.
    pub kept: u64,
    /// Syncs of segments since the start.
    pub syncs: u64,
    /// The segment that is written to, or is to be.
    pub segment: u64,
    /// Bytes in all segments since the base.
    pub log_bytes: u64,
    /// Bytes of the base; 0 without one.
    pub base_bytes: u64,
}

impl Status {
    /// How many bytes wait in memory to be written.
    pub fn pending(&self) -> u64 {
        self.appended.saturating_sub(self.written)
    }

    /// What writes are refused with, if they should be: an error for clients, with its prefix.
    pub fn refusal(&self) -> Option<String> {
        match &self.health {
            Health::Good | Health::Starting => None,
            Health::WriteFailed(error) | Health::NeedsRewrite(error) => {
                Some(format!("MISCONF Errors writing to the AOF file: {error}"))
            }
        }
    }
}
