//! What stands in for an argument: plausible values, with hostile ones among them.

use fastrand::Rng;

use super::Words;

/// Relative times to live lie at least this far apart, in seconds, and ahead: two that are compared
/// never differ by the moment at which a server happened to read its clock.
const TTL_STEP: u64 = 10_000;

/// Distinct relative times to live before they repeat. The largest is 327 years.
const TTL_COUNT: u64 = 1 << 20;

/// Longest offset that is sent on purpose, unless it is far beyond any limit: strings stay small.
const MAX_OFFSET: i64 = 100;

/// Few keys, so that commands meet what others have left.
const KEYS: [&[u8]; 12] =
    [b"a", b"a", b"b", b"b", b"c", b"c", b"d", b"e", b"{t}1", b"key:2", b"", b"\x00\xff\r\n k"];

const STRINGS: [&[u8]; 20] = [
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
const INTEGERS: [&[u8]; 27] = [
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

const FLOATS: [&[u8]; 22] = [
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

const TYPES: [&[u8]; 6] = [b"string", b"string", b"STRING", b"hash", b"zset", b"nosuch"];

/// Types of integers in a bitfield, some of which there are not.
const ENCODINGS: [&[u8]; 16] = [
    b"u1", b"i1", b"u4", b"i5", b"u8", b"u8", b"i8", b"i8", b"u13", b"u63", b"i64", b"i64", b"u64",
    b"i0", b"I8", b"u",
];

/// What PFDEBUG is asked to do.
const HLL_PARTS: [&[u8]; 5] = [b"ENCODING", b"DECODE", b"decode", b"TODENSE", b"GETREG"];

const PATTERNS: [&[u8]; 16] = [
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
const TTLS: [&[u8]; 12] = [
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
const EDGES: [&[u8]; 2] = [b"9223372036854775", b"9223372036854776"];

/// Unix times, in seconds or milliseconds, long ago or far ahead of any relative time to live.
const TIMES: [&[u8]; 12] = [
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

/// Makes values. Two with the same seed make the same.
pub(super) struct Values {
    pub(super) rng: Rng,
    ttls: u64,
}

impl Values {
    pub(super) fn new(seed: u64) -> Values {
        let mut rng = Rng::with_seed(seed);
        let ttls = rng.u64(..TTL_COUNT);
        Values { rng, ttls }
    }

    /// One of `choices`.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }

    pub(super) fn key(&mut self) -> Vec<u8> {
        self.pick(&KEYS).to_vec()
    }

    /// A text for an argument of this name.
    pub(super) fn text(&mut self, name: &str) -> Vec<u8> {
        match name {
            "type" => self.pick(&TYPES).to_vec(),
            "encoding" => self.pick(&ENCODINGS).to_vec(),
            "subcommand" => self.pick(&HLL_PARTS).to_vec(),
            _ => self.string(),
        }
    }

    pub(super) fn string(&mut self) -> Vec<u8> {
        match self.rng.u32(..20) {
            // Of different encodings, by any server's rule.
            0 => vec![b'x'; self.pick(&[40, 200])],
            1 => self.rng.i64(..).to_string().into_bytes(),
            2..=8 => self.rng.i64(-20..200).to_string().into_bytes(),
            9 => self.pick(&INTEGERS).to_vec(),
            10 => self.pick(&FLOATS).to_vec(),
            _ => self.pick(&STRINGS).to_vec(),
        }
    }

    /// A whole number for an argument of this name: the name says how large it may sensibly be.
    pub(super) fn integer(&mut self, name: &str) -> Vec<u8> {
        if name.contains("second") {
            return self.ttl(name.contains("milli"));
        }
        if self.once_in(5) {
            return self.hostile();
        }
        // A scan that finds everything in one step can be compared.
        if name == "cursor" || (name == "count" && self.rng.bool()) {
            return if name == "cursor" { b"0".to_vec() } else { b"1000".to_vec() };
        }
        if name == "offset" && self.once_in(8) {
            // A bitfield's, counted in its own width.
            return format!("#{}", self.rng.u32(..8)).into_bytes();
        }
        let number = match name {
            "bit" => self.rng.i64(0..2),
            "value" if self.rng.bool() => self.rng.i64(0..2),
            "index" | "db" | "destination-db" | "index1" | "index2" => self.rng.i64(0..4),
            _ if name.contains("offset") || name.contains("start") || name.contains("end") => {
                self.rng.i64(-12..14)
            }
            _ => self.rng.i64(-20..50),
        };
        number.to_string().into_bytes()
    }

    /// A relative time to live, unlike any other, unless it is one that no clock matters to.
    fn ttl(&mut self, millis: bool) -> Vec<u8> {
        match self.rng.u32(..12) {
            0 if !millis => return self.pick(&EDGES).to_vec(),
            0..4 => return self.pick(&TTLS).to_vec(),
            _ => {}
        }
        self.far_ttl(millis).to_string().into_bytes()
    }

    /// A relative time to live, far ahead and unlike any other.
    pub(super) fn far_ttl(&mut self, millis: bool) -> u64 {
        self.ttls += 1;
        // An odd factor visits every residue once, in no order.
        let seconds = (1 + self.ttls.wrapping_mul(0x9_E375) % TTL_COUNT) * TTL_STEP;
        if millis { seconds * 1000 } else { seconds }
    }

    pub(super) fn unix_time(&mut self) -> Vec<u8> {
        self.pick(&TIMES).to_vec()
    }

    pub(super) fn float(&mut self) -> Vec<u8> {
        self.pick(&FLOATS).to_vec()
    }

    pub(super) fn pattern(&mut self) -> Vec<u8> {
        self.pick(&PATTERNS).to_vec()
    }

    /// A number that is none, or an extreme one.
    pub(super) fn hostile(&mut self) -> Vec<u8> {
        self.pick(&INTEGERS).to_vec()
    }
}

/// Makes a request harmless to the comparison, whatever it was mutated to: no deadline so near that
/// it would depend on a server's speed, no offset that would make a huge string, no long pause.
pub(super) fn tame(words: &mut Words, values: &mut Values) {
    let is = |word: &[u8], name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    for at in 1..words.len() {
        let before = &words[at - 1];
        let relative = match &words[0] {
            name if at == 2 => {
                is(name, "EXPIRE") || is(name, "SETEX") || is(name, "PEXPIRE") || is(name, "PSETEX")
            }
            _ => is(before, "EX") || is(before, "PX"),
        };
        let millis = is(&words[0], "PEXPIRE") || is(&words[0], "PSETEX") || is(before, "PX");
        let near = TTL_STEP * if millis { 1000 } else { 1 };
        if relative && number(&words[at]).is_some_and(|n| n > 0 && n.unsigned_abs() < near) {
            words[at] = values.far_ttl(millis).to_string().into_bytes();
        }
    }
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
    if let [name, sub, count, ..] = words.as_mut_slice()
        && is(name, "DEBUG")
        && (is(sub, "SLEEP") || (is(sub, "POPULATE") && number(count).is_none_or(|n| n > 9)))
    {
        *count = b"0".to_vec();
    }
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
        assert_eq!(tamed("EXPIRE k -1")[2], "-1");
        assert_eq!(tamed("SET k EX")[2], "EX");
        assert_eq!(tamed("SETRANGE k 536870911 x")[2], "100");
        assert_eq!(tamed("SETRANGE k 4294967296 x")[2], "4294967296");
        assert_eq!(tamed("SETBIT k 4294967295 1")[2], "100");
        assert_eq!(tamed("BITFIELD k SET u8 #536870911 1")[4], "100");
        assert_eq!(tamed("debug sleep inf")[2], "0");
        assert_eq!(tamed("DEBUG POPULATE 1000000 k")[2], "0");
    }

    #[test]
    fn relative_times_to_live_never_repeat() {
        let mut values = Values::new(7);
        let mut seen: Vec<u64> = (0..100_000).map(|_| values.far_ttl(false)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100_000);
    }
}
