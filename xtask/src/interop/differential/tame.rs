//! What must not be sent as it was made: requests that would tell the servers' clocks and machines
//! apart, and those that would take for ever.

use super::Words;
use super::values::{TTL_STEP, Values};
use super::vocabulary::EVEN_KEY;

/// Longest offset that is sent on purpose, unless it is far beyond any limit: strings stay small.
const MAX_OFFSET: i64 = 100;

/// Most seconds for which a key may seem to have been idle.
const MAX_IDLE: i64 = 1_000_000;

/// A Unix time, in seconds, that lies far ahead.
const FAR_TIME: i64 = 99_000_000_000;

/// Most elements that are asked for by chance, with repetitions.
const MAX_CHANCES: i64 = 1000;

/// Commands whose second argument is a relative time to live, and whether in milliseconds.
const EXPIRING: [(&str, bool); 7] = [
    ("EXPIRE", false),
    ("SETEX", false),
    ("HEXPIRE", false),
    ("PEXPIRE", true),
    ("PSETEX", true),
    ("HPEXPIRE", true),
    ("RESTORE", true),
];

/// Commands on ranges of members.
const LEXICAL: [&str; 4] = ["ZLEXCOUNT", "ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZREMRANGEBYLEX"];

/// Commands that could leave sorted sets of several scores, and not so that one sees it.
const UNEVEN: [&str; 13] = [
    "ZINCRBY",
    "ZUNIONSTORE",
    "ZINTERSTORE",
    "ZDIFFSTORE",
    "ZRANGESTORE",
    "GEOADD",
    "GEOSEARCHSTORE",
    "GEORADIUS",
    "GEORADIUSBYMEMBER",
    "RENAME",
    "RENAMENX",
    "COPY",
    "RESTORE",
];

/// Makes a request harmless to the comparison, whatever it was mutated to: no deadline so near that
/// it would depend on a server's speed, no offset that would make a huge string, no count that would
/// make a huge reply, no long pause.
pub(super) fn tame(words: &mut Words, values: &mut Values) {
    deadlines(words, values);
    lexical(words);
    skipped(words);
    halved(words);
    swapped(words);
    let offset = |word: &[u8]| {
        let digits = word.strip_prefix(b"#").unwrap_or(word);
        number(digits).is_some_and(|n| (MAX_OFFSET..=i64::from(u32::MAX)).contains(&n))
    };
    // How many words behind the key may be offsets.
    let offsets = match &words[0] {
        name if is(name, "SETRANGE") || is(name, "SETBIT") => 1,
        name if is(name, "BITFIELD") => words.len(),
        _ => 0,
    };
    for word in words.iter_mut().skip(2).take(offsets).filter(|word| offset(word)) {
        *word = MAX_OFFSET.to_string().into_bytes();
    }
    if let [name, _, count, ..] = words.as_mut_slice()
        && ["SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER"].iter().any(|random| is(name, random))
        && number(count).is_some_and(|n| n > i64::MIN && n < -MAX_CHANCES)
    {
        *count = (-MAX_CHANCES).to_string().into_bytes();
    }
    if let [name, _, index, ..] = words.as_mut_slice()
        && is(name, "LSET")
        && number(index).is_some_and(|index| i32::try_from(index).is_err())
    {
        // An exception tells why.
        *index = i32::MAX.to_string().into_bytes();
    }
    if let [name, sub, count, ..] = words.as_mut_slice()
        && is(name, "DEBUG")
        && (is(sub, "SLEEP") || (is(sub, "POPULATE") && number(count).is_none_or(|n| n > 9)))
    {
        *count = b"0".to_vec();
    }
}

fn deadlines(words: &mut Words, values: &mut Values) {
    if is(&words[0], "MSETEX") {
        // An exception tells why.
        let past = |word: &[u8], time: i64| number(word).is_some_and(|n| (1..time).contains(&n));
        for at in 1..words.len() {
            match &words[at - 1] {
                token if is(token, "EXAT") && past(&words[at], FAR_TIME) => {
                    words[at] = FAR_TIME.to_string().into_bytes();
                }
                token if is(token, "PXAT") && past(&words[at], FAR_TIME * 1000) => {
                    words[at] = (FAR_TIME * 1000).to_string().into_bytes();
                }
                _ => {}
            }
        }
    }
    if is(&words[0], "RESTORE") {
        for at in 1..words.len() {
            let seconds = number(&words[at]).unwrap_or(0);
            if is(&words[at - 1], "IDLETIME") && seconds > MAX_IDLE {
                words[at] = MAX_IDLE.to_string().into_bytes();
            }
        }
    }
    let expiring = EXPIRING.iter().find(|(name, _)| is(&words[0], name));
    for at in 1..words.len() {
        let before = &words[at - 1];
        let millis = match expiring {
            Some((_, millis)) if at == 2 => *millis,
            _ if is(before, "EX") => false,
            _ if is(before, "PX") => true,
            _ => continue,
        };
        let near = TTL_STEP * if millis { 1000 } else { 1 };
        // An exception tells why RESTORE may not look too far ahead.
        let beyond = if is(&words[0], "RESTORE") { i64::MAX / 2 } else { i64::MAX };
        let number = number(&words[at]);
        if number.is_some_and(|n| (n > 0 && n.unsigned_abs() < near) || n > beyond) {
            words[at] = values.far_ttl(millis).to_string().into_bytes();
        }
    }
}

/// Puts other words where these commands would meet what exceptions tell of.
fn swapped(words: &mut Words) {
    const SWAPS: [(&[&str], &str, &str); 3] = [
        (&["BITFIELD"], "-9223372036854775808", "-9"),
        (&["APPEND", "BITFIELD", "BITOP", "SETBIT", "SETRANGE"], "p", "a"),
        (&["APPEND", "BITFIELD", "BITOP", "SETBIT", "SETRANGE"], "q", "b"),
    ];
    if (is(&words[0], "HGETEX") || is(&words[0], "HSETEX"))
        && let Some(key) = words.get_mut(1)
        && is(key, "FIELDS")
    {
        *key = b"h".to_vec();
    }
    for (names, word, other) in SWAPS {
        if names.iter().any(|name| is(&words[0], name)) {
            let found = words.iter_mut().filter(|found| **found == word.as_bytes());
            found.for_each(|found| *found = other.as_bytes().to_vec());
        }
    }
}

/// Brings the vertices of a polygon together on a third of the world.
fn halved(words: &mut Words) {
    let Some(polygon) = words.iter().position(|word| is(word, "BYPOLYGON")) else { return };
    for word in words.iter_mut().skip(polygon + 2).step_by(2) {
        let longitude = std::str::from_utf8(word).ok().and_then(|word| word.parse::<f64>().ok());
        if let Some(longitude) =
            longitude.filter(|longitude| (60.0..=180.0).contains(&longitude.abs()))
        {
            // An exception tells why.
            *word = (longitude / 3.0).to_string().into_bytes();
        }
    }
}

/// Lets no range of a sorted set skip fewer than no elements.
fn skipped(words: &mut Words) {
    let of_sorted_set = words[0].first().is_some_and(|letter| letter.eq_ignore_ascii_case(&b'Z'));
    for at in 1..words.len() {
        if of_sorted_set
            && is(&words[at - 1], "LIMIT")
            && number(&words[at]).is_some_and(|number| number < 0)
        {
            // An exception tells why.
            words[at] = b"1".to_vec();
        }
    }
}

/// Leaves ranges of members to sorted sets of one score: in any other, what they find depends on how it
/// is searched. There is one key for such.
fn lexical(words: &mut Words) {
    let named = |names: &[&str]| names.iter().any(|name| is(&words[0], name));
    let by_lex = named(&LEXICAL) || words.iter().any(|word| is(word, "BYLEX"));
    let key = if named(&["ZRANGESTORE"]) { 2 } else { 1 };
    let uneven = named(&UNEVEN);
    if named(&["ZADD"]) && words.get(1).is_some_and(|key| key == EVEN_KEY) {
        let members: Vec<_> = words.drain(2..).skip(1).step_by(2).collect();
        words.extend(members.into_iter().flat_map(|member| [b"0".to_vec(), member]));
        return;
    }
    if uneven {
        words.iter_mut().filter(|word| *word == EVEN_KEY).for_each(|word| *word = b"z".to_vec());
    }
    if by_lex && let Some(key) = words.get_mut(key) {
        *key = EVEN_KEY.to_vec();
    }
}

fn is(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_deadline_is_near_and_no_offset_large() {
        let mut values = Values::new(1);
        let mut tamed = |line: &str| {
            let mut words: Words = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            tame(&mut words, &mut values);
            words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect::<Vec<_>>()
        };
        let far = |word: &str| word.parse::<u64>().unwrap() >= TTL_STEP;
        assert!(far(&tamed("SET k v ex 1")[4]));
        assert!(far(&tamed("expire k 10")[2]));
        assert!(far(&tamed("GETEX k PX 9999999")[3]));
        assert!(far(&tamed("HPEXPIRE k 9999999 FIELDS 1 f")[2]));
        assert_eq!(tamed("HPEXPIRE k 9999999 FIELDS 1 f")[4..], ["1", "f"]);
        assert_eq!(tamed("EXPIRE k -1")[2], "-1");
        assert_eq!(tamed("SET k EX")[2], "EX");
        assert_eq!(tamed("SETRANGE k 536870911 x")[2], "100");
        assert_eq!(tamed("SETRANGE k 4294967296 x")[2], "4294967296");
        assert_eq!(tamed("SETBIT k 4294967295 1")[2], "100");
        assert_eq!(tamed("BITFIELD k SET u8 #536870911 1")[4], "100");
        assert_eq!(tamed("srandmember k -2147483649")[2], "-1000");
        assert_eq!(tamed("SRANDMEMBER k -9223372036854775808")[2], "-9223372036854775808");
        assert_eq!(tamed("zadd even XX 7 a 8 b"), ["zadd", "even", "0", "7", "0", "8"]);
        assert_eq!(tamed("ZLEXCOUNT k - +")[1], "even");
        assert_eq!(tamed("ZRANGESTORE even k [a + ByLex")[1..3], ["z", "even"]);
        assert_eq!(tamed("RENAME k even")[2], "z");
        assert_eq!(tamed("BITFIELD k SET i1 0 -9223372036854775808")[5], "-9");
        assert_eq!(tamed("MSETEX 1 k v PXAT 1")[5], "99000000000000");
        assert_eq!(tamed("ZRANGEBYSCORE k 0 1 LIMIT -1 2")[5], "1");
        let polygon = tamed("GEOSEARCH k BYPOLYGON 3 180 85 -150 0 13.5 99 ASC");
        assert_eq!(polygon[4..], ["60", "85", "-50", "0", "13.5", "99", "ASC"]);
        assert_eq!(tamed("lset l 4294967296 x")[2], "2147483647");
        assert_eq!(tamed("debug sleep inf")[2], "0");
        assert_eq!(tamed("DEBUG POPULATE 1000000 k")[2], "0");
    }
}
