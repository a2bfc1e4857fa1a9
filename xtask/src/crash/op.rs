//! What writers ask for, and what follows from it.

use anyhow::{Result, ensure};
use kv_protocol::Frame;

use super::state::{End, SHARED, State, Value, pushes, tag};
use super::wire::text;

/// A write. Keys are of one writer only, but for the shared list.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Set {
        key: String,
        value: u64,
    },
    /// Ends at a moment in milliseconds since 1970, after the run.
    SetUntil {
        key: String,
        value: u64,
        at: u64,
    },
    /// Ends after so many milliseconds, before anybody looks.
    SetBriefly {
        key: String,
        value: u64,
        ms: u64,
    },
    Incr {
        key: String,
    },
    /// All get the same value.
    SetAll {
        keys: Vec<String>,
        value: u64,
    },
    DeleteAll {
        keys: Vec<String>,
    },
    Rename {
        from: String,
        to: String,
    },
    Push {
        key: String,
        value: u64,
    },
    Move {
        from: String,
        to: String,
    },
    /// Leaves the last ones.
    Trim {
        key: String,
        last: usize,
    },
    Add {
        key: String,
        value: u64,
    },
    Pop {
        key: String,
    },
    Append {
        key: String,
    },
    /// Ends after so many milliseconds, as `SetBriefly`.
    Expire {
        key: String,
        ms: u64,
    },
    PushShared {
        writer: usize,
        value: u64,
    },
}

impl Op {
    /// The request.
    pub(super) fn words(&self) -> Vec<String> {
        let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Op::Set { key, value } => line(&["SET", key, &value.to_string()]),
            Op::SetUntil { key, value, at } => {
                line(&["SET", key, &value.to_string(), "PXAT", &at.to_string()])
            }
            Op::SetBriefly { key, value, ms } => {
                line(&["SET", key, &value.to_string(), "PX", &ms.to_string()])
            }
            Op::Incr { key } => line(&["INCR", key]),
            Op::SetAll { keys, value } => {
                let pairs = keys.iter().flat_map(|key| [key.clone(), value.to_string()]);
                std::iter::once("MSET".to_owned()).chain(pairs).collect()
            }
            Op::DeleteAll { keys } => {
                std::iter::once("DEL".to_owned()).chain(keys.iter().cloned()).collect()
            }
            Op::Rename { from, to } => line(&["RENAME", from, to]),
            Op::Push { key, value } => line(&["RPUSH", key, &value.to_string()]),
            Op::Move { from, to } => line(&["LMOVE", from, to, "LEFT", "RIGHT"]),
            Op::Trim { key, last } => line(&["LTRIM", key, &format!("-{last}"), "-1"]),
            Op::Add { key, value } => line(&["SADD", key, &value.to_string()]),
            Op::Pop { key } => line(&["SPOP", key]),
            Op::Append { key } => line(&["APPEND", key, "x"]),
            Op::Expire { key, ms } => line(&["PEXPIRE", key, &ms.to_string()]),
            Op::PushShared { writer, value } => line(&["RPUSH", SHARED, &tag(*writer, *value)]),
        }
    }

    /// The keys of the writer's state that it changes.
    pub(super) fn keys(&self) -> Vec<String> {
        match self {
            Op::Set { key, .. }
            | Op::SetUntil { key, .. }
            | Op::SetBriefly { key, .. }
            | Op::Incr { key }
            | Op::Push { key, .. }
            | Op::Trim { key, .. }
            | Op::Add { key, .. }
            | Op::Pop { key }
            | Op::Append { key }
            | Op::Expire { key, .. } => vec![key.clone()],
            Op::SetAll { keys, .. } | Op::DeleteAll { keys } => keys.clone(),
            Op::Rename { from, to } | Op::Move { from, to } => vec![from.clone(), to.clone()],
            Op::PushShared { writer, .. } => vec![pushes(*writer)],
        }
    }

    /// Does it to a state. Where it has more than one outcome, the reply tells which it had; if there
    /// is none, what was found afterwards.
    ///
    /// # Errors
    /// If the reply is not that of this request in this state.
    pub(super) fn apply(
        &self,
        state: &mut State,
        reply: Option<&Frame>,
        found: &State,
    ) -> Result<()> {
        let number = |number: usize| Some(Frame::Integer(number as i64));
        let done = Some(Frame::Simple("OK".into()));
        let expected = match self {
            Op::Set { key, value } => {
                state.set(key, value.to_string());
                done
            }
            Op::SetUntil { key, value, at } => {
                state.put(key, Value::Text(value.to_string()), End::At(*at));
                done
            }
            Op::SetBriefly { key, value, .. } => {
                state.put(key, Value::Text(value.to_string()), End::Soon);
                done
            }
            Op::Incr { key } => {
                let before = state.text(key).and_then(|text| text.parse::<usize>().ok());
                let after = before.unwrap_or(0) + 1;
                state.set(key, after.to_string());
                number(after)
            }
            Op::SetAll { keys, value } => {
                keys.iter().for_each(|key| state.set(key, value.to_string()));
                done
            }
            Op::DeleteAll { keys } => {
                number(keys.iter().filter(|key| state.take(key).is_some()).count())
            }
            Op::Rename { from, to } => {
                let moved = state.take(from);
                ensure!(moved.is_some(), "{from} should not be there to be renamed");
                moved.into_iter().for_each(|kept| state.put(to, kept.value, kept.end));
                done
            }
            Op::Push { key, value } => number(state.list(key, |list| {
                list.push_back(value.to_string());
                list.len()
            })),
            Op::Move { from, to } => {
                let moved = state.list(from, |list| list.pop_front());
                if let Some(item) = &moved {
                    state.list(to, |list| list.push_back(item.clone()));
                }
                Some(moved.map_or(Frame::Null, |item| Frame::Bulk(item.into())))
            }
            Op::Trim { key, last } => {
                state.list(key, |list| list.drain(..list.len().saturating_sub(*last)).count());
                done
            }
            Op::Add { key, value } => {
                state.members(key, |set| set.insert(value.to_string()));
                number(1)
            }
            Op::Pop { key } => return pop(key, state, reply, found),
            Op::Append { key } => return append(key, state, reply, found),
            Op::Expire { key, .. } => {
                let was = state.get(key).map(|kept| kept.end);
                match (was, reply) {
                    // It had ended, or was about to.
                    (Some(End::Soon), Some(Frame::Integer(0))) => {
                        state.take(key);
                        return Ok(());
                    }
                    (Some(_), _) => {
                        state.end(key, End::Soon);
                        number(1)
                    }
                    (None, _) => number(0),
                }
            }
            // Its reply is about all writers.
            Op::PushShared { writer, value } => {
                state.list(&pushes(*writer), |list| list.push_back(tag(*writer, *value)));
                return Ok(());
            }
        };
        if let (Some(reply), Some(expected)) = (reply, &expected) {
            ensure!(reply == expected, "{}: {reply:?}, not {expected:?}", self.words().join(" "));
        }
        Ok(())
    }
}

/// Any member may have gone; members never come back, so of those that were not found any will do.
fn pop(key: &str, state: &mut State, reply: Option<&Frame>, found: &State) -> Result<()> {
    let left = found.get(key).map(|kept| &kept.value);
    let is_left = |member: &String| matches!(left, Some(Value::Set(set)) if set.contains(member));
    state.members(key, |set| {
        let gone = match reply {
            Some(reply) => text(reply),
            None => set.iter().find(|member| !is_left(member)).cloned(),
        };
        match gone {
            Some(gone) => ensure!(set.remove(&gone), "SPOP {key}: {gone}, which was not in it"),
            None => {
                ensure!(reply.is_none() || set.is_empty(), "SPOP {key}: nothing, but it had some")
            }
        }
        Ok(())
    })
}

/// The key may have ended before, so it begins anew.
fn append(key: &str, state: &mut State, reply: Option<&Frame>, found: &State) -> Result<()> {
    let before = state.text(key).unwrap_or_default().to_owned();
    let end = state.get(key).map_or(End::Never, |kept| kept.end);
    let begun = match reply {
        Some(Frame::Integer(length)) => {
            let may_have_ended = before.is_empty() || end == End::Soon;
            ensure!(
                *length as usize == before.len() + 1 || (*length == 1 && may_have_ended),
                "APPEND {key}: {length} bytes, after {}",
                before.len()
            );
            *length == 1
        }
        Some(other) => anyhow::bail!("APPEND {key}: {other:?}"),
        // It would be seen only if it had begun anew.
        None => before.is_empty() || (end == End::Soon && found.text(key) == Some("x")),
    };
    if begun {
        state.set(key, "x");
    } else {
        state.put(key, Value::Text(before + "x"), end);
    }
    Ok(())
}
