//! Whether what was found is what was promised: of each writer the state after a prefix of its history,
//! and of all together a state that was once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use kv_protocol::Frame;

use super::op::Op;
use super::state::{Found, State, tag};
use super::writer::{Entry, History};

/// How many keys an error names.
const SHOWN: usize = 12;

/// How much of a value it shows.
const SHOWN_BYTES: usize = 200;

/// How many requests of a writer's history the state found comes after; where several numbers fit, the
/// least and the most of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Prefix {
    pub(super) least: usize,
    pub(super) most: usize,
}

/// Finds the prefix of a history that leads to what was found.
///
/// # Errors
/// If there is none: the keys that differ, from the state after all that was acknowledged.
pub(super) fn prefix(history: &History, base: &State, found: &State) -> Result<Prefix> {
    let mut state = base.clone();
    let keys: BTreeSet<&str> = base.keys().chain(found.keys()).collect();
    let differs = |state: &State, key: &str| state.seen(key) != found.get(key);
    let mut wrong: BTreeSet<String> =
        keys.into_iter().filter(|key| differs(&state, key)).map(str::to_owned).collect();
    let acknowledged = acknowledged(history);
    let mut fitting = wrong.is_empty().then_some(Prefix { least: 0, most: 0 });
    let mut nearest = (wrong.len(), 0);
    for (index, entry) in history.iter().enumerate() {
        let reply = entry.acknowledged.as_ref().map(|(_, reply)| reply);
        entry.op.apply(&mut state, reply, found).with_context(|| format!("write {index}"))?;
        for key in entry.op.keys() {
            if differs(&state, &key) {
                wrong.insert(key);
            } else {
                wrong.remove(&key);
            }
        }
        let most = index + 1;
        if wrong.is_empty() {
            let least = fitting.map_or(most, |fitting| fitting.least);
            fitting = Some(Prefix { least, most });
        }
        if wrong.len() <= nearest.0 {
            nearest = (wrong.len(), most);
        }
    }
    let (sent, (differing, after)) = (history.len(), nearest);
    fitting.with_context(|| {
        format!(
            "no prefix of its {sent} writes, {acknowledged} of them acknowledged, leads to what was \
             found; nearest is that of {after}, with {differing} keys that differ:\n{}after all that was \
             acknowledged:\n{}",
            difference(&history[..after], base, found),
            difference(&history[..acknowledged], base, found),
        )
    })
}

/// The keys that differ after some writes, as far as they are shown.
fn difference(writes: &[Entry], base: &State, found: &State) -> String {
    let mut state = base.clone();
    for entry in writes {
        let reply = entry.acknowledged.as_ref().map(|(_, reply)| reply);
        if let Err(error) = entry.op.apply(&mut state, reply, found) {
            return format!("  {error:#}\n");
        }
    }
    let keys: BTreeSet<&str> = state.keys().chain(found.keys()).collect();
    let wrong: Vec<&str> =
        keys.into_iter().filter(|key| state.seen(key) != found.get(key)).collect();
    let mut text = String::new();
    let short = |kept: Option<_>| match kept {
        None => "nothing".to_owned(),
        Some(kept) => {
            let mut text = format!("{kept:?}");
            text.truncate(text.floor_char_boundary(SHOWN_BYTES));
            text
        }
    };
    for key in wrong.iter().take(SHOWN) {
        let (should, is) = (short(state.seen(key)), short(found.get(key)));
        let _ = writeln!(text, "  {key}: should be {should}\n    is {is}");
    }
    if wrong.len() > SHOWN {
        let _ = writeln!(text, "  and {} more", wrong.len() - SHOWN);
    }
    text
}

/// How many writes were acknowledged.
pub(super) fn acknowledged(history: &History) -> usize {
    history.iter().take_while(|entry| entry.acknowledged.is_some()).count()
}

/// How many were so before a moment.
fn acknowledged_by(history: &History, moment: Duration) -> usize {
    let before = |at: &Duration| *at < moment;
    let times = history.iter().map_while(|entry| entry.acknowledged.as_ref().map(|(at, _)| at));
    times.take_while(|at| before(at)).count()
}

/// Checks the histories of all writers against what was found. What was acknowledged before `kept_by`
/// must be there.
///
/// # Errors
/// What is missing, or half there.
pub(super) fn judge(
    histories: &[History],
    base: &Found,
    found: &Found,
    kept_by: Duration,
) -> Result<Vec<Prefix>> {
    let mut prefixes = Vec::new();
    for (writer, history) in histories.iter().enumerate() {
        let prefix = prefix(history, &base.states[writer], &found.states[writer])
            .with_context(|| format!("writer {writer}"))?;
        let must = acknowledged_by(history, kept_by);
        if prefix.most < must {
            let lost = &history[prefix.most];
            bail!(
                "writer {writer}: {} acknowledged writes are lost that should be kept, the first: {}, \
                 sent at {:?}, acknowledged at {:?}; {}",
                must - prefix.most,
                lost.op.words().join(" "),
                lost.sent,
                lost.acknowledged.as_ref().map(|(at, _)| at),
                match kept_by {
                    Duration::MAX => "all should be kept".to_owned(),
                    moment => format!("all before {moment:?} should be kept"),
                },
            );
        }
        prefixes.push(prefix);
    }
    in_order(histories, &prefixes)?;
    shared_in_order(histories, &prefixes, found)?;
    Ok(prefixes)
}

/// A write that is there was sent at some moment: what was acknowledged before must be there too, by
/// whomever it was written.
fn in_order(histories: &[History], prefixes: &[Prefix]) -> Result<()> {
    let kept = histories.iter().zip(prefixes);
    let last = kept.filter_map(|(history, prefix)| history[..prefix.least].last());
    let Some(last) = last.max_by_key(|entry| entry.sent) else { return Ok(()) };
    for (writer, (history, prefix)) in histories.iter().zip(prefixes).enumerate() {
        let must = acknowledged_by(history, last.sent);
        ensure!(
            prefix.most >= must,
            "no state that was once: {}, sent at {:?}, is there; {} of writer {writer}, acknowledged \
             at {:?}, is not",
            last.op.words().join(" "),
            last.sent,
            history[prefix.most].op.words().join(" "),
            history[prefix.most].acknowledged.as_ref().map(|(at, _)| at),
        );
    }
    Ok(())
}

/// The shared list has each push where its reply said.
fn shared_in_order(histories: &[History], prefixes: &[Prefix], found: &Found) -> Result<()> {
    for (history, prefix) in histories.iter().zip(prefixes) {
        for entry in &history[..prefix.most] {
            let Op::PushShared { writer, value } = entry.op else { continue };
            let Some((_, Frame::Integer(length))) = entry.acknowledged else { continue };
            let there = found.shared.get((length - 1) as usize);
            let pushed = tag(writer, value);
            ensure!(
                there == Some(&pushed),
                "the shared list has {there:?} at the place of {pushed}"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, value: u64, at: u64, is_acknowledged: bool) -> Entry {
        let sent = Duration::from_millis(at);
        let reply = (sent + Duration::from_millis(1), Frame::Simple("OK".into()));
        let op = Op::Set { key: key.to_owned(), value };
        Entry { op, sent, acknowledged: is_acknowledged.then_some(reply) }
    }

    fn of(pairs: &[(&str, &str)]) -> Found {
        let mut state = State::default();
        pairs.iter().for_each(|(key, value)| state.set(key, *value));
        Found { states: vec![state], shared: Vec::new() }
    }

    fn two() -> [History; 1] {
        [vec![set("a", 1, 10, true), set("b", 2, 20, true), set("a", 3, 30, false)]]
    }

    const ALL: Duration = Duration::MAX;

    #[test]
    fn what_was_under_way_may_be_there_or_not() {
        for (found, is) in [(of(&[("a", "1"), ("b", "2")]), 2), (of(&[("a", "3"), ("b", "2")]), 3)]
        {
            let prefixes = judge(&two(), &of(&[]), &found, ALL).unwrap();
            assert_eq!(prefixes, [Prefix { least: is, most: is }]);
        }
    }

    #[test]
    fn what_was_acknowledged_must_be_there() {
        let found = of(&[("a", "1")]);
        let error = judge(&two(), &of(&[]), &found, ALL).unwrap_err().to_string();
        assert!(error.contains("SET b 2"), "{error}");
        assert!(judge(&two(), &of(&[]), &found, Duration::from_millis(15)).is_ok());
    }

    #[test]
    fn a_hole_is_no_prefix() {
        let error = judge(&two(), &of(&[]), &of(&[("b", "2")]), Duration::ZERO).unwrap_err();
        assert!(format!("{error:#}").contains("a: should be"), "{error:#}");
    }

    #[test]
    fn half_a_write_is_no_prefix() {
        let keys = vec!["a".to_owned(), "b".to_owned()];
        let op = Op::SetAll { keys, value: 1 };
        let history = [vec![Entry { op, sent: Duration::ZERO, acknowledged: None }]];
        assert!(judge(&history, &of(&[]), &of(&[("a", "1"), ("b", "1")]), ALL).is_ok());
        assert!(judge(&history, &of(&[]), &of(&[]), ALL).is_ok());
        assert!(judge(&history, &of(&[]), &of(&[("a", "1")]), ALL).is_err());
    }

    #[test]
    fn what_came_before_another_writers_is_there_with_it() {
        let histories = [vec![set("a", 1, 10, true)], vec![set("b", 2, 20, true)]];
        let found = |first: &[_], second: &[_]| {
            let states = [of(first), of(second)].map(|found| found.states[0].clone());
            Found { states: states.into(), shared: Vec::new() }
        };
        let nothing = found(&[], &[]);
        let judged = |found| judge(&histories, &nothing, &found, Duration::ZERO);
        assert!(judged(found(&[("a", "1")], &[])).is_ok());
        assert!(judged(found(&[], &[("b", "2")])).is_err());
    }

    #[test]
    fn a_member_that_went_without_a_reply_is_one_of_those_that_are_not_there() {
        let pool = |members: &[&str]| {
            let mut found = of(&[]);
            let members = members.iter().map(|member| (*member).to_owned());
            found.states[0].members("pool", |set| set.extend(members));
            found
        };
        let op = Op::Pop { key: "pool".to_owned() };
        let history = [vec![Entry { op, sent: Duration::ZERO, acknowledged: None }]];
        let base = pool(&["1", "2", "3"]);
        for (left, is_well) in [(&["1", "3"][..], true), (&["1", "2", "3"], true), (&["1"], false)]
        {
            assert_eq!(judge(&history, &base, &pool(left), ALL).is_ok(), is_well, "{left:?}");
        }
    }
}
