//! Intersections, unions and differences of sets.
//!
//! The members of the result are shown to a closure, one by one: nothing is copied, and no set is made
//! of them.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::SetRef;
use crate::hashing;
use crate::listpack::Value;

/// Shows `visit` the members that all of `sets` have, until it says that it is enough.
pub fn intersection<'a>(
    sets: &[SetRef<'a>],
    mut visit: impl FnMut(Value<'a>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut sets = sets.to_vec();
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else { return ControlFlow::Continue(()) };
    let ints: Option<Vec<_>> = others.iter().map(|set| set.ints()).collect();
    if let (Some(smallest), Some(others)) = (smallest.ints(), ints) {
        let mut cursors: Vec<_> = others.into_iter().map(|set| set.cursor()).collect();
        let mut common = smallest.iter().filter(|int| cursors.iter_mut().all(|c| c.seek(*int)));
        return common.try_for_each(|integer| visit(Value::Int(integer)));
    }
    if let (SetRef::Table(ours, now), [SetRef::Table(theirs, _), others @ ..]) = (*smallest, others)
    {
        return ours.common(theirs, |ours, theirs| {
            let member = Value::Bytes(ours.key);
            let live = ours.is_live(now) && theirs.is_live(now);
            match live && others.iter().all(|set| set.has(member)) {
                true => visit(member),
                false => ControlFlow::Continue(()),
            }
        });
    }
    smallest.iter().filter(|member| others.iter().all(|set| set.has(*member))).try_for_each(visit)
}

/// Shows `visit` the members that any of `sets` has, each once.
pub fn union<'a>(sets: &[SetRef<'a>], mut visit: impl FnMut(Value<'a>)) {
    let mut sets = sets.to_vec();
    // The largest is shown as it is, and is where members of the others are looked for.
    sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
    let Some((largest, others)) = sets.split_first() else { return };
    largest.iter().for_each(&mut visit);
    let mut seen = HashSet::with_hasher(hashing::state());
    for member in others.iter().flat_map(|set| set.iter()) {
        let new = !largest.has(member) && (others.len() == 1 || seen.insert(same(member)));
        if new {
            visit(member);
        }
    }
}

/// Shows `visit` the members of `first` that none of `others` has.
pub fn difference<'a>(first: SetRef<'a>, others: &[SetRef<'a>], visit: impl FnMut(Value<'a>)) {
    if gathers(first, others) {
        let mut excluded = HashSet::with_hasher(hashing::state());
        excluded.extend(others.iter().flat_map(|set| set.iter()).map(same));
        first.iter().filter(|member| !excluded.contains(&same(*member))).for_each(visit);
        return;
    }
    let mut others = others.to_vec();
    // The largest is the likeliest to have a member.
    others.sort_by_key(|set| std::cmp::Reverse(set.len()));
    first.iter().filter(|member| !others.iter().any(|set| set.has(*member))).for_each(visit);
}

/// Whether a [`difference`] is found by gathering the members of `others`, rather than by looking for each
/// member of `first` in each of them: by the same measure as Redis takes it.
pub fn gathers(first: SetRef<'_>, others: &[SetRef<'_>]) -> bool {
    let sizes = || others.iter().map(|set| set.len()).filter(|&len| len > 0);
    let looking = first.len() * (sizes().count() + 1) / 2;
    looking > first.len() + sizes().sum::<usize>()
}

/// The member in the one form that equals all others of it.
fn same(member: Value<'_>) -> Value<'_> {
    member.int().map_or(member, Value::Int)
}
