//! Positions in a sequence, counted from its start or, if negative, from its end.

use std::ops::Range;

/// The positions from `start` to `end`, both included and both moved to the nearest that there are: a
/// sequence of `len` has its first position whatever is before it.
pub(crate) fn span(start: i64, end: i64, len: u64) -> Range<u64> {
    let position = |at: i64| match u64::try_from(at) {
        Ok(at) => at,
        Err(_) => len.saturating_sub(at.unsigned_abs()),
    };
    let (start, end) = (position(start), position(end).saturating_add(1).min(len));
    if start < end { start..end } else { 0..0 }
}

/// As [`span`], but two that count from the end in the wrong order are nothing, even where moving them
/// makes them one.
pub(crate) fn span_in_order(start: i64, end: i64, len: u64) -> Range<u64> {
    if start < 0 && end < 0 && start > end { 0..0 } else { span(start, end, len) }
}

/// The positions from `start` to `end`, both included, as far as there are so many: what lies before the
/// first is nothing.
pub(crate) fn ranks(start: i64, end: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_start = |at: i64| if at < 0 { len.saturating_add(at) } else { at };
    let (start, end) = (from_start(start).max(0), from_start(end).saturating_add(1).min(len));
    if start < end { start as usize..end as usize } else { 0..0 }
}

#[cfg(test)]
mod tests {
    use super::{ranks, span, span_in_order};

    #[test]
    fn ranks_before_the_first_are_none() {
        let spans = [
            (0, -1, 0..3),
            (-100, 0, 0..1),
            (-100, -3, 0..1),
            (-100, -4, 0..0),
            (-5, -5, 0..0),
            (1, 100, 1..3),
            (3, 100, 0..0),
            (2, 1, 0..0),
            (i64::MIN, i64::MAX, 0..3),
            (i64::MAX, i64::MIN, 0..0),
        ];
        for (start, end, expected) in spans {
            assert_eq!(ranks(start, end, 3), expected, "{start} {end}");
            assert!(ranks(start, end, 0).is_empty(), "{start} {end}");
        }
    }

    #[test]
    fn positions_are_clamped() {
        let spans = [
            (0, -1, 0..3),
            (1, 1, 1..2),
            (-2, 100, 1..3),
            (-100, 0, 0..1),
            (-100, -3, 0..1),
            (-5, -5, 0..1),
            (3, 2, 0..0),
            (2, 1, 0..0),
            (5, 10, 0..0),
            (-1, -5, 0..0),
            (i64::MIN, i64::MAX, 0..3),
            (i64::MAX, i64::MIN, 0..0),
            (i64::MIN, i64::MIN, 0..1),
        ];
        for (start, end, expected) in spans {
            assert_eq!(span(start, end, 3), expected, "{start} {end}");
            assert_eq!(span_in_order(start, end, 3), expected, "{start} {end}");
            assert!(span(start, end, 0).is_empty(), "{start} {end}");
        }
        assert_eq!((span(-4, -5, 3), span_in_order(-4, -5, 3)), (0..1, 0..0));
    }
}
