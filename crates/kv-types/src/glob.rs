//! Glob patterns as `KEYS`, `SCAN MATCH` and `PSUBSCRIBE` read them.
//!
//! `*` any run, `?` any byte, `[abc]` `[a-z]` `[^x]` one byte of a class, `\` takes the next byte
//! literally. Odd patterns read as Redis reads them: an unclosed class ends with the pattern, a
//! reversed range is turned round.

/// Whether `text` as a whole matches `pattern`.
///
/// No pattern but the empty one and a single `*` matches an empty text: so it is in Redis.
///
/// Every element but `*` consumes exactly one byte, so on a mismatch only the last `*` needs to be
/// tried one byte further: the time is O(pattern × text) at worst, never exponential.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() {
        return matches!(pattern, b"" | b"*");
    }
    let (mut p, mut t) = (0, 0);
    // Where to resume: the pattern after the last `*`, and the text it has swallowed up to.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            if p == pattern.len() {
                return true;
            }
            star = Some((p, t));
            continue;
        }
        if t == text.len() {
            return p == pattern.len();
        }
        match element(&pattern[p..], text[t]) {
            Some(used) => {
                p += used;
                t += 1;
            }
            None => match &mut star {
                Some((after, swallowed)) => {
                    *swallowed += 1;
                    (p, t) = (*after, *swallowed);
                }
                None => return false,
            },
        }
    }
}

/// The one key that `pattern` can match, when it holds no special byte.
pub fn literal(pattern: &[u8]) -> Option<&[u8]> {
    let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
    (!pattern.iter().any(special)).then_some(pattern)
}

/// Length of the pattern's first element if it accepts `byte`; `None` if it does not.
fn element(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => {
            let (used, accepted) = class_accepts(class, byte);
            accepted.then_some(1 + used)
        }
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [literal, ..] => (*literal == byte).then_some(1),
    }
}

/// Reads a class after its `[`: bytes used (with the closing `]`), and whether it accepts `byte`.
fn class_accepts(class: &[u8], byte: u8) -> (usize, bool) {
    let negated = class.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut found = false;
    loop {
        match &class[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', literal, ..] => {
                found |= *literal == byte;
                at += 2;
            }
            [low, b'-', high, ..] => {
                let (low, high) = (low.min(high), low.max(high));
                found |= (*low..=*high).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
        }
    }
    (at, found != negated)
}

#[cfg(test)]
mod tests {
    use super::{literal, matches};

    #[test]
    fn patterns_match_as_documented() {
        let yes: &[(&str, &str)] = &[
            ("*", ""),
            ("", ""),
            ("h?llo", "hallo"),
            ("h*llo", "hllo"),
            ("h*llo", "heeello"),
            ("h[ae]llo", "hello"),
            ("h[^e]llo", "hbllo"),
            ("h[a-b]llo", "hbllo"),
            ("h[b-a]llo", "hallo"),
            ("a\\*b", "a*b"),
            ("[\\]]", "]"),
            ("*a*b*", "xxaxxbxx"),
            ("[abc", "c"),
            ("a**", "a"),
            ("", ""),
        ];
        let no: &[(&str, &str)] = &[
            ("", "a"),
            ("**", ""),
            ("h?llo", "hllo"),
            ("h[^e]llo", "hello"),
            ("a\\*b", "axb"),
            ("*a*b", "ba"),
            ("[]", "]"),
            ("abc", "abcd"),
        ];
        for (pattern, text) in yes {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in no {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_pattern_ends_quickly() {
        // 2^64 paths for a matcher that backtracks over every star.
        let pattern = "a*".repeat(64) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(4096).as_bytes()));
    }

    #[test]
    fn literal_patterns_are_recognised() {
        assert_eq!(literal(b"user:1"), Some(&b"user:1"[..]));
        assert_eq!(literal(b"user:*"), None);
    }
}
