//! Values of every type in every form that servers keep them in, as the commands that make them.

/// The key that every value is made at.
pub(in crate::interop) const KEY: &str = "v";

/// A Unix time, in milliseconds, that lies far ahead, but not too far for Redis 8.
const FAR: u64 = 60_000_000_000_000;

/// A value.
pub(in crate::interop) struct Sample {
    pub(in crate::interop) name: String,
    /// The commands, by their words.
    pub(in crate::interop) lines: Vec<Vec<Vec<u8>>>,
    /// Whether fields of it have deadlines.
    pub(in crate::interop) has_deadlines: bool,
}

/// Values of all forms.
pub(in crate::interop) fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |name: &str, lines: Vec<Vec<Vec<u8>>>| {
        let has_deadlines = name.contains("deadlines");
        samples.push(Sample { name: name.to_owned(), lines, has_deadlines });
    };
    let long = "x".repeat(70);
    let huge = noise(20_000);

    for text in
        ["", "hello", "0", "-1", "200", "-70000", "2147483648", "9223372036854775807", "007"]
    {
        add(&format!("string {text}"), vec![line(["SET", KEY, text])]);
    }
    add("string of 256 bytes", vec![vec![b"SET".to_vec(), KEY.into(), (0..=255).collect()]]);
    add("string that is compressed", vec![line(["SETRANGE", KEY, "5000", &long])]);
    add("string that is not", vec![vec![b"SET".to_vec(), KEY.into(), huge.clone()]]);
    add("string of bits", vec![line(["SETBIT", KEY, "70001", "1"])]);
    add("HyperLogLog, sparse", vec![many("PFADD", 1..40, |n| vec![n.to_string()])]);
    add("HyperLogLog, dense", vec![many("PFADD", 1..9000, |n| vec![n.to_string()])]);

    add("list of one node", vec![many("RPUSH", -3..100, mixed)]);
    add("list of an empty element", vec![line(["RPUSH", KEY, ""])]);
    add("list of many nodes", vec![many("RPUSH", 0..3000, mixed)]);
    let node = vec![b"LPUSH".to_vec(), KEY.into(), huge.clone()];
    add("list with a node of its own", vec![many("RPUSH", 0..9, mixed), node]);

    add("set of short integers", vec![many("SADD", -9..90, |n| vec![n.to_string()])]);
    add("set of integers", vec![line(["SADD", KEY, "1", "-70000"])]);
    add("set of long integers", vec![line(["SADD", KEY, "1", "-9223372036854775808"])]);
    add("set of many integers", vec![many("SADD", 0..600, |n| vec![(n * 7).to_string()])]);
    add("set, small", vec![many("SADD", -3..20, mixed)]);
    add("set, large", vec![many("SADD", 0..700, mixed)]);
    add("set of a long member", vec![line(["SADD", KEY, "a", &long])]);

    let pair = |n: i64| vec![format!("f{n}"), mixed(n).remove(0)];
    add("hash, small", vec![many("HSET", -3..30, pair)]);
    add("hash, large", vec![many("HSET", 0..700, pair)]);
    add("hash of a long value", vec![line(["HSET", KEY, "a", &long, "", ""])]);
    let far = FAR.to_string();
    let farther = (FAR + 12_345).to_string();
    let ending = [
        line(["HPEXPIREAT", KEY, &far, "FIELDS", "2", "f1", "f2"]),
        line(["HPEXPIREAT", KEY, &farther, "FIELDS", "1", "f3"]),
    ];
    for (size, end) in [("small", 9), ("large", 700)] {
        let lines = [vec![many("HSET", 0..end, pair)], ending.to_vec()].concat();
        add(&format!("hash with deadlines, {size}"), lines);
    }

    let scores = ["0", "1", "-1.5", "inf", "-inf", "0.1", "3.14159265358979", "1e300", "5e-324"];
    let scored = |n: i64| {
        let score =
            scores.get(n as usize).map_or(format!("{}", n as f64 / 7.0), |s| (*s).to_owned());
        vec![score, mixed(n).remove(0)]
    };
    add("sorted set, small", vec![many("ZADD", 0..30, scored)]);
    add("sorted set, large", vec![many("ZADD", 0..700, scored)]);
    add("sorted set of a long member", vec![line(["ZADD", KEY, "1", "a", "0.5", &long])]);
    add("sorted set of places", vec![line(["GEOADD", KEY, "13.361389", "38.115556", "Palermo"])]);
    samples
}

fn line<const N: usize>(words: [&str; N]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// A command with the words for every number of a range.
fn many(
    command: &str,
    numbers: std::ops::Range<i64>,
    words: impl Fn(i64) -> Vec<String>,
) -> Vec<Vec<u8>> {
    let words = numbers.flat_map(words).map(String::into_bytes);
    [command, KEY].map(|word| word.as_bytes().to_vec()).into_iter().chain(words).collect()
}

/// Integers of all widths and texts of all lengths that are short.
fn mixed(n: i64) -> Vec<String> {
    let number = n.wrapping_mul(n).wrapping_mul(n);
    vec![match n.rem_euclid(4) {
        0 => number.wrapping_mul(1 << 20).to_string(),
        1 => number.to_string(),
        2 => format!("text {n}"),
        _ => format!("{n}{}", "y".repeat(n.rem_euclid(50) as usize)),
    }]
}

/// Bytes that no compression makes shorter.
fn noise(len: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(1);
    (0..len).map(|_| rng.u8(..)).collect()
}
