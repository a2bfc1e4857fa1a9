//! What arguments are picked from: plausible values, with hostile ones among them.

use std::collections::BTreeSet;

use kv_store::Group;

/// Keys of no type in particular.
pub(super) const KEYS: [&[u8]; 5] = [b"d", b"e", b"{t}1", b"", b"\x00\xff\r\n k"];

/// Few keys of each group, which its commands prefer, so that they meet what others have left. Sorted
/// sets and places share theirs, as do all kinds of strings. Elements are named like some of them: that
/// is what the patterns of SORT look for.
pub(super) const HOMES: &[(Group, &[&[u8]])] = &[
    (Group::String, &[b"a", b"b", b"c", b"key:2", b"1", b"w_1"]),
    (Group::Bitmap, &[b"a", b"b", b"c"]),
    (Group::HyperLogLog, &[b"p", b"p", b"q"]),
    (Group::List, &[b"l", b"m", b"l2"]),
    (Group::Hash, &[b"h", b"i", b"2"]),
    (Group::Set, &[b"s", b"t", b"s3"]),
    (Group::SortedSet, &[b"z", b"z", b"y", b"x", EVEN_KEY]),
    (Group::Geo, &[b"g", b"g", b"z"]),
];

/// The key of sorted sets whose members all have the same score.
pub(super) const EVEN_KEY: &[u8] = b"even";

/// Every key there is a chance for.
pub(super) fn keys() -> impl Iterator<Item = &'static [u8]> {
    let homes = HOMES.iter().flat_map(|(_, keys)| keys.iter());
    KEYS.iter().chain(homes).copied().collect::<BTreeSet<_>>().into_iter()
}

/// What stands for a member, a field or an element, besides numbers and strings of all sorts.
pub(super) const MEMBERS: [&[u8]; 16] = [
    b"a", b"a", b"b", b"b", b"c", b"c", b"d", b"e", b"f", b"g", b"h", b"one", b"two", b"aa", b"ab",
    b"A",
];

pub(super) const SCORES: [&[u8]; 25] = [
    b"0",
    b"1",
    b"1",
    b"2",
    b"3",
    b"-1",
    b"1.5",
    b"0.1",
    b"0.2",
    b"0.3",
    b"-0.7",
    b"100",
    b"3.14159265358979",
    b"1e100",
    b"-1e100",
    b"1e-7",
    b"5e-324",
    b"1.7976931348623157e308",
    b"123456789012345680",
    b"9007199254740993",
    b"0.30000000000000004",
    b"1e21",
    b"inf",
    b"-inf",
    b"-0",
];

/// Ends of ranges of scores.
pub(super) const SCORE_ENDS: [&[u8]; 27] = [
    b"-inf",
    b"+inf",
    b"-inf",
    b"+inf",
    b"-inf",
    b"+inf",
    b"0",
    b"(0",
    b"1",
    b"(1",
    b"2",
    b"(3",
    b"0.15",
    b"100",
    b"(inf",
    b"inf",
    b"-1",
    b"-1",
    b"5",
    b"10",
    b"(10",
    b"1e100",
    b"3",
    b"(2",
    b"0.1",
    b"20",
    b"(0.30000000000000004",
];

/// What looks like an end of a range of scores and is none.
pub(super) const BAD_ENDS: [&[u8]; 5] = [b"(", b"((1", b"nan", b"[1", b"+"];

/// Ends of ranges of members.
pub(super) const LEX_ENDS: [&[u8]; 24] = [
    b"-", b"+", b"-", b"+", b"-", b"+", b"-", b"+", b"[a", b"(a", b"[b", b"(c", b"[", b"(", b"[aa",
    b"(ab", b"[1", b"(2", b"[f", b"(one", b"[two", b"[5", b"a", b"",
];

pub(super) const LONGITUDES: [&[u8]; 26] = [
    b"13.361389",
    b"13.361389",
    b"15.087269",
    b"13.583333",
    b"2.349014",
    b"-122.27652",
    b"179.9999",
    b"-179.9999",
    b"180",
    b"-180",
    b"0",
    b"-73.9454966",
    b"13.361389",
    b"13.361389",
    b"15.087269",
    b"13.583333",
    b"2.349014",
    b"-122.27652",
    b"179.9999",
    b"-179.9999",
    b"180",
    b"-180",
    b"0",
    b"-73.9454966",
    b"180.0001",
    b"x",
];

pub(super) const LATITUDES: [&[u8]; 26] = [
    b"38.115556",
    b"38.115556",
    b"37.502669",
    b"37.316667",
    b"48.864716",
    b"37.805186",
    b"0",
    b"0.0001",
    b"85.05112878",
    b"-85.05112878",
    b"-33.5",
    b"40.747533",
    b"38.115556",
    b"38.115556",
    b"37.502669",
    b"37.316667",
    b"48.864716",
    b"37.805186",
    b"0",
    b"0.0001",
    b"85.05112878",
    b"-85.05112878",
    b"-33.5",
    b"40.747533",
    b"85.0512",
    b"",
];

/// Radii, widths and heights, in any unit.
pub(super) const LENGTHS: [&[u8]; 26] = [
    b"0", b"1", b"10", b"100", b"200", b"200.5", b"400", b"1000", b"5000", b"20000", b"2000000",
    b"1e9", b"0", b"1", b"10", b"100", b"200", b"200.5", b"400", b"1000", b"5000", b"20000",
    b"2000000", b"1e9", b"-1", b"x",
];

/// Patterns of SORT: of keys to sort by or to get, some in hashes.
pub(super) const SORT_PATTERNS: [&[u8]; 12] = [
    b"*", b"w_*", b"nosort", b"nosort", b"#", b"*->a", b"*->b", b"h->*", b"*->", b"a", b"key:*",
    b"*b*",
];

pub(super) const STRINGS: [&[u8]; 20] = [
    b"v",
    b"w",
    b"hello",
    b"ohmytext",
    b"mynewtext",
    b"",
    b"0",
    b"1",
    b"-1",
    b"10",
    b"007",
    b" 5",
    b"3.0",
    b"10.5",
    b"1e3",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"\x00\x01\xfe\xff",
    b"quote\"d \\ and\r\nbroken",
    b"OK",
];

/// Numbers, or nearly; none between 1,000,000 and what is beyond every limit on lengths.
pub(super) const INTEGERS: [&[u8]; 27] = [
    b"-1",
    b"0",
    b"1",
    b"2",
    b"-2",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"00",
    b"01",
    b"-0",
    b"+1",
    b" 1",
    b"1 ",
    b"",
    b"1.0",
    b"1e3",
    b"0x10",
    b"abc",
    b"4294967296",
    b"2147483648",
    b"-2147483649",
    b"536870912",
];

pub(super) const FLOATS: [&[u8]; 22] = [
    b"0.5",
    b"-0.25",
    b"1.5",
    b"3",
    b"-2",
    b"1e2",
    b"0",
    b"-0",
    b"+1",
    b".5",
    b"5.",
    b"0x10",
    b"inf",
    b"-inf",
    b"+infinity",
    b"nan",
    b"abc",
    b"",
    b" 1",
    b"1 ",
    b"1e400",
    b"1,5",
];

pub(super) const TYPES: [&[u8]; 8] =
    [b"string", b"string", b"STRING", b"hash", b"zset", b"list", b"set", b"nosuch"];

/// Types of integers in a bitfield, some of which there are not.
pub(super) const ENCODINGS: [&[u8]; 16] = [
    b"u1", b"i1", b"u4", b"i5", b"u8", b"u8", b"i8", b"i8", b"u13", b"u63", b"i64", b"i64", b"u64",
    b"i0", b"I8", b"u",
];

/// What PFDEBUG is asked to do.
pub(super) const HLL_PARTS: [&[u8]; 5] = [b"ENCODING", b"DECODE", b"decode", b"TODENSE", b"GETREG"];

pub(super) const PATTERNS: [&[u8]; 16] = [
    b"*",
    b"a",
    b"?",
    b"[a-c]",
    b"[^a]",
    b"k*",
    b"\\*",
    b"*:*",
    b"[",
    b"",
    b"**",
    b"[c-a]",
    b"{t}?",
    b"a*b*c*d*e*f*g*h*",
    b"[a",
    b"\\",
];

/// Seconds or milliseconds that are refused or past.
pub(super) const TTLS: [&[u8]; 12] = [
    b"0",
    b"-1",
    b"-1000000",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"-9223372036854775",
    b"-9223372036854776",
    b"abc",
    b"",
    b"1.5",
    b"+5",
];

/// Seconds at the edge of what 63 bits of milliseconds hold: refused when they are relative.
pub(super) const EDGES: [&[u8]; 2] = [b"9223372036854775", b"9223372036854776"];

/// Unix times, in seconds or milliseconds, long ago or far ahead of any relative time to live.
pub(super) const TIMES: [&[u8]; 12] = [
    b"1",
    b"1000",
    b"0",
    b"-1",
    b"99000000000",
    b"98000000000",
    b"97000000000000",
    b"99000000000000",
    b"9223372036854775807",
    b"9223372036854775",
    b"9223372036854776",
    b"x",
];
