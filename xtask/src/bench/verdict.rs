//! Figures to reach, and whether they were reached. A miss stays in the report as a miss.

use serde::Serialize;

use super::samples::Spread;

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub(super) fn is_met_by(self, value: f64) -> bool {
        match self {
            Target::AtMost(most) => value <= most,
            Target::AtLeast(least) => value >= least,
        }
    }

    /// `≤ 0.90 ✓`
    pub(super) fn judge(self, value: f64) -> String {
        let mark = if self.is_met_by(value) { "✓" } else { "✗" };
        format!("{self} {mark}")
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, bound) = match self {
            Target::AtMost(most) => ("≤", most),
            Target::AtLeast(least) => ("≥", least),
        };
        write!(f, "{sign} {}", short(*bound))
    }
}

/// A figure of ours beside its target.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) group: &'static str,
    pub(super) what: String,
    pub(super) value: Spread,
    pub(super) target: Target,
    pub(super) met: bool,
}

impl Verdict {
    pub(super) fn new(
        group: &'static str,
        what: impl Into<String>,
        value: Spread,
        target: Target,
    ) -> Verdict {
        let met = target.is_met_by(value.median);
        Verdict { group, what: what.into(), value, target, met }
    }
}

/// A number with as many digits as it is worth.
pub(super) fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

/// A number of requests a second.
pub(super) fn rate(number: f64) -> String {
    if number >= 1e6 { format!("{:.2} M", number / 1e6) } else { format!("{:.1} k", number / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_is_shown_as_one() {
        assert_eq!(Target::AtMost(0.9).judge(0.9), "≤ 0.900 ✓");
        assert_eq!(Target::AtMost(0.9).judge(0.91), "≤ 0.900 ✗");
        assert_eq!(Target::AtLeast(1.6).judge(1.5), "≥ 1.60 ✗");
        assert!(
            !Target::AtLeast(1.0).is_met_by(f64::NAN) && !Target::AtMost(1.0).is_met_by(f64::NAN)
        );
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [short(0.1234), short(1.2345), short(12.345), short(4096.4)],
            ["0.123", "1.23", "12.3", "4096"]
        );
        assert_eq!([rate(98_765.0), rate(1_234_567.0)], ["98.8 k", "1.23 M"]);
    }
}
