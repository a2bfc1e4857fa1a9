//! How two replies are compared that need not be equal.

use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};

use kv_protocol::Frame;

/// The types of a frame and of what it holds, each named once.
pub(super) fn types(frame: &Frame) -> String {
    let (name, inner): (_, Vec<&Frame>) = match frame {
        Frame::Array(items) => ("array", items.iter().collect()),
        Frame::Set(items) => ("set", items.iter().collect()),
        Frame::Push(items) => ("push", items.iter().collect()),
        Frame::Map(pairs) => ("map", pairs.iter().flat_map(|(key, value)| [key, value]).collect()),
        Frame::Simple(_) => ("simple", vec![]),
        Frame::Error(_) | Frame::BulkError(_) => ("error", vec![]),
        Frame::Integer(_) => ("integer", vec![]),
        Frame::Bulk(_) => ("bulk", vec![]),
        Frame::Null => ("null", vec![]),
        Frame::NullArray => ("null array", vec![]),
        Frame::Boolean(_) => ("boolean", vec![]),
        Frame::Double(_) => ("double", vec![]),
        Frame::BigNumber(_) => ("big number", vec![]),
        Frame::Verbatim { .. } => ("verbatim", vec![]),
        Frame::Attribute { frame, .. } => ("attribute", vec![frame]),
    };
    let inner: BTreeSet<String> = inner.into_iter().map(types).collect();
    format!("{name}{inner:?}")
}

/// What kind of list it is, and its items as text, sorted. None if it is no list.
fn items(frame: &Frame) -> Option<(Discriminant<Frame>, Vec<String>)> {
    let texts = |items: &[Frame]| items.iter().map(|item| format!("{item:?}")).collect();
    let mut texts: Vec<String> = match frame {
        Frame::Array(items) | Frame::Set(items) => texts(items),
        _ => return None,
    };
    texts.sort_unstable();
    Some((discriminant(frame), texts))
}

/// The same of pairs, in a map or one after the other.
fn pairs(frame: &Frame) -> Option<(Discriminant<Frame>, Vec<String>)> {
    let mut texts: Vec<String> = match frame {
        Frame::Map(pairs) => pairs.iter().map(|pair| format!("{pair:?}")).collect(),
        Frame::Array(items) if items.len() % 2 == 0 => {
            items.chunks_exact(2).map(|pair| format!("{pair:?}")).collect()
        }
        _ => return None,
    };
    texts.sort_unstable();
    Some((discriminant(frame), texts))
}

/// Whether both are lists of the same items.
pub(super) fn same_items(ours: &Frame, theirs: &Frame) -> bool {
    items(ours).is_some_and(|ours| Some(ours) == items(theirs))
}

/// Whether both are the same pairs.
pub(super) fn same_pairs(_: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    pairs(ours).is_some_and(|ours| Some(ours) == pairs(theirs))
}

/// Whether both are integers, or lists of such, that are equal or, where they are positive, at most so far
/// `apart`.
pub(super) fn near(ours: &Frame, theirs: &Frame, apart: i64) -> bool {
    match (ours, theirs) {
        (Frame::Integer(a), Frame::Integer(b)) => {
            a == b || (*a >= 0 && *b >= 0 && a.abs_diff(*b) <= apart.unsigned_abs())
        }
        (Frame::Array(ours), Frame::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| near(a, b, apart))
        }
        _ => false,
    }
}

/// Elements by chance: as many, of the same types. If more were asked for than there are, they are the
/// same.
pub(super) fn chance(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let length = |reply: &Frame| items(reply).map_or(0, |(_, items)| items.len());
    let asked = request.get(2).and_then(|count| std::str::from_utf8(count).ok()?.parse().ok());
    let all = asked.is_some_and(|asked: usize| asked > length(ours));
    let same = !all || same_items(&unsigned(ours), &unsigned(theirs));
    same && length(ours) == length(theirs) && types(ours) == types(theirs)
}

/// Whether SORT is asked not to sort, or by texts of which many may be equal or missing.
pub(super) fn is_unsorted(request: &[Vec<u8>]) -> bool {
    let is = |word: &[u8], token: &str| word.eq_ignore_ascii_case(token.as_bytes());
    let alpha = request.iter().any(|word| is(word, "ALPHA"));
    let by = request.windows(2).filter(|pair| is(&pair[0], "BY"));
    let mut by = by.map(|pair| &pair[1]);
    by.any(|pattern| alpha || !pattern.contains(&b'*'))
}

/// Scores that are equal but for the sign of a zero.
pub(super) fn zeros(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let of_sorted_set = request[0].first().is_some_and(|letter| letter.eq_ignore_ascii_case(&b'Z'));
    of_sorted_set && unsigned(ours) == unsigned(theirs)
}

fn unsigned(frame: &Frame) -> Frame {
    match frame {
        Frame::Bulk(text) if &text[..] == b"-0" => Frame::from("0"),
        Frame::Double(score) => Frame::Double(score + 0.0),
        Frame::Array(items) => Frame::Array(items.iter().map(unsigned).collect()),
        other => other.clone(),
    }
}

/// Seconds since a use, of which one of the two servers saw a late one.
pub(super) fn used_lately(_: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    const LATELY: std::ops::Range<i64> = 0..20;
    let seconds = [ours.as_int(), theirs.as_int()];
    seconds.iter().all(Option::is_some)
        && seconds.iter().flatten().any(|seconds| LATELY.contains(seconds))
}

/// What SORT finds without an order, and a part of that: of as many elements.
pub(super) fn unsorted(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let limited = request.iter().any(|word| word.eq_ignore_ascii_case(b"LIMIT"));
    let length = |reply: &Frame| reply.as_array().map(<[Frame]>::len);
    let same = if limited { length(ours) == length(theirs) } else { same_items(ours, theirs) };
    is_unsorted(request) && same
}

/// Whether a search answers the nearest or farthest of what it finds only.
pub(super) fn is_limited(request: &[Vec<u8>]) -> bool {
    request.iter().any(|word| word.eq_ignore_ascii_case(b"COUNT"))
}

/// What is equally far away has no order, and of it any may be left out. Where distances are told, they
/// must be in order.
pub(super) fn equally_far(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let has = |token: &str| request.iter().any(|word| word.eq_ignore_ascii_case(token.as_bytes()));
    let length = |reply: &Frame| reply.as_array().map(<[Frame]>::len);
    let distances = |reply: &Frame| -> Vec<Frame> {
        let found = reply.as_array().unwrap_or_default();
        found.iter().filter_map(|place| place.as_array()?.get(1).cloned()).collect()
    };
    let is_ordered = has("ASC") || has("DESC") || is_limited(request) && !has("ANY");
    if is_ordered && has("WITHDIST") && distances(ours) != distances(theirs) {
        return false;
    }
    if is_limited(request) { length(ours) == length(theirs) } else { same_items(ours, theirs) }
}

/// Of `SCAN` the cursor comes first, of its kin behind the key.
pub(super) fn has_odd_cursor(request: &[Vec<u8>]) -> bool {
    let at = if request[0].eq_ignore_ascii_case(b"SCAN") { 1 } else { 2 };
    request.get(at).is_some_and(|cursor| cursor.starts_with(b"-") || cursor.starts_with(b" "))
}

pub(super) fn has_key_named_fields(request: &[Vec<u8>]) -> bool {
    request.get(1).is_some_and(|key| key.eq_ignore_ascii_case(b"FIELDS"))
}

/// Steps of a scan. Two that went from start to end must have found the same.
pub(super) fn scans(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    scans_with(same_items, request.get(1), ours, theirs)
}

/// Steps of a scan of members.
pub(super) fn member_scans(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    scans_with(same_items, request.get(2), ours, theirs)
}

/// Steps of a scan of pairs, or of their first halves.
pub(super) fn pair_scans(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let is_half = |word: &Vec<u8>| {
        [&b"NOVALUES"[..], b"NOSCORES"].iter().any(|half| word.eq_ignore_ascii_case(half))
    };
    let same = match request.iter().any(is_half) {
        true => same_items,
        false => |ours: &Frame, theirs: &Frame| same_pairs(&[], ours, theirs),
    };
    scans_with(same, request.get(2), ours, theirs)
}

/// Steps of a scan of members and scores.
pub(super) fn score_scans(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    pair_scans(request, &unsigned(ours), &unsigned(theirs))
}

fn scans_with(
    same: fn(&Frame, &Frame) -> bool,
    cursor: Option<&Vec<u8>>,
    ours: &Frame,
    theirs: &Frame,
) -> bool {
    let from_start = cursor.is_some_and(|cursor| cursor == b"0");
    let everything = |reply: &Frame| match reply.as_array() {
        Some([cursor, found]) if from_start && cursor.as_bytes() == Some(b"0") => {
            Some(found.clone())
        }
        _ => None,
    };
    match (everything(ours), everything(theirs)) {
        (Some(ours), Some(theirs)) => same(&ours, &theirs),
        _ => types(ours).starts_with("array") && types(theirs).starts_with("array"),
    }
}

pub(super) fn encodings(_: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let alike = [("int", "embstr"), ("listpack", "quicklist")];
    alike.iter().any(|(a, b)| ours.as_str() == Some(a) && theirs.as_str() == Some(b))
}

pub(super) fn debug_objects(request: &[Vec<u8>], ours: &Frame, theirs: &Frame) -> bool {
    let encoding = |reply: &Frame| {
        let mut fields = reply.as_str()?.split(' ');
        fields.find_map(|field| field.strip_prefix("encoding:")).map(Frame::from)
    };
    match (encoding(ours), encoding(theirs)) {
        (Some(ours), Some(theirs)) => ours == theirs || encodings(request, &ours, &theirs),
        _ => false,
    }
}

pub(super) fn protocol_and_role(reply: &Frame) -> Frame {
    let pairs: Vec<(&Frame, &Frame)> = match reply {
        Frame::Map(pairs) => pairs.iter().map(|(key, value)| (key, value)).collect(),
        Frame::Array(items) => items.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect(),
        _ => return reply.clone(),
    };
    let compared = |(key, value): (&Frame, &Frame)| match key.as_str() {
        Some("server" | "version" | "id") => Frame::from(types(value)),
        Some("modules") => Frame::Null,
        _ => value.clone(),
    };
    Frame::Map(pairs.into_iter().map(|pair| (pair.0.clone(), compared(pair))).collect())
}

/// Of the last client that is listed, which is the one that asks: others may not have gone yet.
pub(super) fn client_state(reply: &Frame) -> Frame {
    const FIELDS: [&str; 10] =
        ["name", "flags", "db", "sub", "psub", "ssub", "multi", "cmd", "user", "resp"];
    let last = reply.as_str().unwrap_or_default().lines().next_back().unwrap_or_default();
    let known = |field: &&str| FIELDS.contains(&field.split('=').next().unwrap_or_default());
    last.split(' ').filter(known).collect::<Vec<_>>().join(" ").as_str().into()
}

/// The keys without their flags.
pub(super) fn keys(reply: &Frame) -> Frame {
    let key = |pair: &Frame| pair.as_array().and_then(|pair| pair.first()).cloned();
    reply.as_array().unwrap_or_default().iter().filter_map(key).collect::<Vec<_>>().into()
}

/// Name, arity, flags, first key, last key, step and categories of each command; flags and categories
/// in any order.
pub(super) fn command_facts(reply: &Frame) -> Frame {
    let facts = |command: &Frame| match command.as_array() {
        Some(facts) => {
            let facts = facts.iter().take(7);
            facts
                .map(|fact| Frame::from(format!("{:?}", unordered(fact))))
                .collect::<Vec<_>>()
                .into()
        }
        None => command.clone(),
    };
    reply.as_array().unwrap_or_default().iter().map(facts).collect::<Vec<_>>().into()
}

/// A fact, as itself or as the sorted texts of a list.
fn unordered(fact: &Frame) -> Vec<String> {
    match fact.as_array() {
        Some(items) => {
            let mut texts: Vec<String> = items.iter().map(Frame::pretty).collect();
            texts.sort_unstable();
            texts
        }
        None => vec![fact.pretty()],
    }
}
