//! The options of SET and MSETEX: under which condition, and for how long.

use super::comparison::Comparison;
use crate::commands::expiry::Requested;
use crate::{Args, Deadline, Error};

/// What must be so for a value to be set.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition<'a> {
    /// Nothing.
    Always,
    /// NX: there is no key.
    IfMissing,
    /// XX: there is one.
    IfPresent,
    /// IFEQ, IFNE, IFDEQ, IFDNE: the string there compares so.
    IfCompared(Comparison<'a>),
}

/// Options as they were sent.
pub(super) struct Options<'a> {
    pub(super) condition: Condition<'a>,
    /// GET: the value that was there is the reply.
    pub(super) get: bool,
    pub(super) deadline: Deadline,
}

impl<'a> Options<'a> {
    /// Takes the rest of the arguments, at `now` milliseconds; `command` is named by an error.
    /// Comparisons and GET are options only where they are `allowed`.
    pub(super) fn take(
        args: &mut Args<'a>,
        now: u64,
        command: &'static str,
        allowed: bool,
    ) -> Result<Options<'a>, Error> {
        let mut condition = Condition::Always;
        let (mut get, mut keep) = (false, false);
        let mut ttl: Option<Requested<'a>> = None;
        while !args.is_empty() {
            if let Some(asked) = Requested::take(args)? {
                if keep || ttl.is_some_and(|before| before.unit != asked.unit) {
                    return Err(Error::Syntax);
                }
                ttl = Some(asked);
                continue;
            }
            if allowed && let Some(comparison) = Comparison::take(args)? {
                let Condition::Always = condition else { return Err(Error::Syntax) };
                condition = Condition::IfCompared(comparison);
                continue;
            }
            match (args.one_of(&["NX", "XX", "GET", "KEEPTTL"]), condition) {
                (Some("NX"), Condition::Always | Condition::IfMissing) => {
                    condition = Condition::IfMissing;
                }
                (Some("XX"), Condition::Always | Condition::IfPresent) => {
                    condition = Condition::IfPresent;
                }
                (Some("GET"), _) if allowed => get = true,
                (Some("KEEPTTL"), _) if ttl.is_none() => keep = true,
                _ => return Err(Error::Syntax),
            }
        }
        let deadline = match ttl {
            Some(asked) => Deadline::At(asked.deadline(now, command)?),
            None if keep => Deadline::Keep,
            None => Deadline::Clear,
        };
        Ok(Options { condition, get, deadline })
    }
}
