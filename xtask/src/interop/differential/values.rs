//! What stands in for an argument: by its kind and name, something plausible or hostile.

use fastrand::Rng;
use kv_store::Group;

use super::payloads;
use super::vocabulary::*;

/// Relative times to live lie at least this far apart, in seconds, and ahead: two that are compared
/// never differ by the moment at which a server happened to read its clock.
pub(super) const TTL_STEP: u64 = 10_000;

/// Distinct relative times to live before they repeat. The largest is 327 years.
const TTL_COUNT: u64 = 1 << 20;

/// Bytes of an element that no server packs together with others by its default settings, and of one
/// that fills a good part of a list's node.
const LONG: [usize; 3] = [65, 65, 2000];

/// Makes values. Two with the same seed make the same.
pub(super) struct Values {
    pub(super) rng: Rng,
    ttls: u64,
    /// Of the command that values are made for.
    pub(super) group: Group,
    /// Elements in a row, while there are to be many that differ.
    pub(super) series: Option<Series>,
}

/// Elements that differ from one another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Series {
    /// Whole numbers from this one.
    Numbers(u32),
    /// Names with a number.
    Names(u32),
    /// Names that are long.
    Long(u32),
}

impl Series {
    fn next(&mut self) -> Vec<u8> {
        match self {
            Series::Numbers(n) => (*n, *n += 1).0.to_string(),
            Series::Names(n) => (format!("m{n}"), *n += 1).0,
            Series::Long(n) => (format!("{n:070}"), *n += 1).0,
        }
        .into_bytes()
    }
}

impl Values {
    pub(super) fn new(seed: u64) -> Values {
        let mut rng = Rng::with_seed(seed);
        let ttls = rng.u64(..TTL_COUNT);
        Values { rng, ttls, group: Group::Generic, series: None }
    }

    /// One of `choices`.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }

    /// True once in `times`.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }

    /// Starts a series of elements that differ; most are near its start, and so overlap with others.
    pub(super) fn begin_series(&mut self) {
        let start = if self.rng.bool() { 0 } else { self.rng.u32(..1000) };
        let kinds = [Series::Numbers(start), Series::Names(start), Series::Long(start)];
        self.series = Some(self.pick(&kinds));
    }

    /// A key: mostly one that commands of the group work on, but seldom for what overwrites whatever is
    /// there.
    pub(super) fn key(&mut self, name: &str) -> Vec<u8> {
        let is_destination = ["dst", "dest", "store"].iter().any(|start| name.starts_with(start));
        if is_destination && !self.once_in(3) {
            return self.pick(&KEYS).to_vec();
        }
        let home = HOMES.iter().find(|(group, _)| *group == self.group);
        let keys = match home {
            Some((_, keys)) if !self.once_in(6) => keys,
            _ if self.once_in(4) => &KEYS[..],
            _ => self.pick(HOMES).1,
        };
        self.pick(keys).to_vec()
    }

    /// A text for an argument of this name.
    pub(super) fn text(&mut self, name: &str) -> Vec<u8> {
        match name {
            "type" => self.pick(&TYPES).to_vec(),
            "encoding" => self.pick(&ENCODINGS).to_vec(),
            "subcommand" => self.pick(&HLL_PARTS).to_vec(),
            "member" | "member1" | "member2" | "field" | "element" | "pivot" => self.member(),
            "min" | "max" => self.pick(&LEX_ENDS).to_vec(),
            "start" | "stop" => self.integer(name),
            "serialized-value" => payloads::pick(self),
            _ => self.string(),
        }
    }

    pub(super) fn string(&mut self) -> Vec<u8> {
        if self.series.is_some() {
            // The values beside a series are many: they are short.
            return b"v".to_vec();
        }
        match self.rng.u32(..20) {
            // Of different encodings, by any server's rule.
            0 => vec![b'x'; self.pick(&[40, 200])],
            1 => self.rng.i64(..).to_string().into_bytes(),
            // Often the same, for what compares.
            2..=4 => b"v".to_vec(),
            5..=8 => self.rng.i64(-20..200).to_string().into_bytes(),
            9 => self.hostile(),
            10 => self.pick(&FLOATS).to_vec(),
            _ => self.pick(&STRINGS).to_vec(),
        }
    }

    /// An element of a collection, or what names one.
    fn member(&mut self) -> Vec<u8> {
        if let Some(series) = &mut self.series {
            return series.next();
        }
        match self.rng.u32(..24) {
            0 => self.string(),
            1 => {
                let length = self.pick(&LONG);
                vec![self.pick(b"xy"); length]
            }
            2..=8 => self.rng.i64(-2..12).to_string().into_bytes(),
            _ => self.pick(&MEMBERS).to_vec(),
        }
    }

    /// A whole number for an argument of this name: the name says how large it may sensibly be.
    pub(super) fn integer(&mut self, name: &str) -> Vec<u8> {
        if name.starts_with("unix-time") {
            return self.unix_time();
        }
        if name.contains("second") {
            return self.ttl(name.contains("milli"));
        }
        if self.group == Group::SortedSet && ["increment", "weight"].contains(&name) {
            // Declared as whole numbers, as real servers do.
            return self.float(name);
        }
        if self.once_in(12) {
            return self.hostile();
        }
        // A scan that finds everything in one step can be compared.
        if name == "cursor" || (name == "count" && self.rng.bool()) {
            return if name == "cursor" { b"0".to_vec() } else { b"1000".to_vec() };
        }
        if self.group == Group::Bitmap && name == "offset" && self.once_in(8) {
            // A bitfield's, counted in its own width.
            return format!("#{}", self.rng.u32(..8)).into_bytes();
        }
        let number = match name {
            "bit" => self.rng.i64(0..2),
            "value" if !self.once_in(3) => self.rng.i64(0..2),
            "index" | "db" | "destination-db" | "index1" | "index2" if !self.is_of_elements() => {
                self.rng.i64(0..4)
            }
            "count" | "limit" | "num-matches" | "len" => self.rng.i64(-1..9),
            "rank" => self.rng.i64(-4..5),
            "offset" if self.group == Group::Bitmap => self.rng.i64(-1..40),
            "offset" if self.is_of_elements() => self.rng.i64(-1..4),
            _ if name.contains("offset") || name.contains("start") || name.contains("end") => {
                self.rng.i64(-12..14)
            }
            "index" | "stop" => self.rng.i64(-12..14),
            _ => self.rng.i64(-20..50),
        };
        number.to_string().into_bytes()
    }

    /// Whether values are made for a command on collections.
    pub(super) fn is_of_elements(&self) -> bool {
        use Group::*;
        matches!(self.group, List | Hash | Set | SortedSet | Geo | HyperLogLog)
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

    /// A floating-point number for an argument of this name.
    pub(super) fn float(&mut self, name: &str) -> Vec<u8> {
        match name {
            "longitude" => self.pick(&LONGITUDES).to_vec(),
            "latitude" => self.pick(&LATITUDES).to_vec(),
            "radius" | "width" | "height" => self.pick(&LENGTHS).to_vec(),
            "min" | "max" => self.score_end(),
            _ if self.is_of_elements() && !self.once_in(10) => self.score(),
            _ => self.pick(&FLOATS).to_vec(),
        }
    }

    /// An end of a range of scores.
    pub(super) fn score_end(&mut self) -> Vec<u8> {
        let ends = if self.once_in(20) { &BAD_ENDS[..] } else { &SCORE_ENDS };
        self.pick(ends).to_vec()
    }

    fn score(&mut self) -> Vec<u8> {
        match self.rng.u32(..4) {
            0 => self.rng.i64(-5..30).to_string().into_bytes(),
            1 => format!("{}", self.rng.f64() * 10.0).into_bytes(),
            _ => self.pick(&SCORES).to_vec(),
        }
    }

    pub(super) fn pattern(&mut self, name: &str) -> Vec<u8> {
        match name {
            "by-pattern" | "get-pattern" => self.pick(&SORT_PATTERNS).to_vec(),
            _ => self.pick(&PATTERNS).to_vec(),
        }
    }

    /// A number that is none, or an extreme one.
    pub(super) fn hostile(&mut self) -> Vec<u8> {
        self.pick(&INTEGERS).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_to_live_never_repeat() {
        let mut values = Values::new(7);
        let mut seen: Vec<u64> = (0..100_000).map(|_| values.far_ttl(false)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100_000);
    }

    #[test]
    fn a_series_repeats_nothing() {
        let mut values = Values::new(7);
        values.group = Group::Set;
        for _ in 0..20 {
            values.begin_series();
            let mut seen: Vec<Vec<u8>> = (0..700).map(|_| values.text("member")).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 700);
        }
    }
}
