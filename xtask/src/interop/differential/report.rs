//! Differences as text.

use std::fmt::Write;

use kv_protocol::Frame;

use super::Words;
use super::peer::Reply;
use super::play::Difference;

/// Longest reply that is printed whole, in characters.
const MAX_REPLY: usize = 2000;

/// A request as it can be typed at a prompt.
pub(super) fn line(request: &Words) -> String {
    let word = |word: &Vec<u8>| {
        let plain = !word.is_empty() && word.iter().all(|b| b.is_ascii_graphic() && *b != b'"');
        if plain {
            return String::from_utf8_lossy(word).into_owned();
        }
        Frame::from(word.as_slice()).pretty()
    };
    request.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A difference that was made small, with how to see it again.
pub(super) fn difference(requests: &[Words], found: &Difference, replay: &str) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for request in requests {
        let _ = writeln!(text, "  > {}", line(request));
    }
    if requests.last() != Some(&found.asked) {
        let _ = writeln!(text, "  > {} (which always follows)", line(&found.asked));
    }
    let (mut ours, mut theirs) = (reply(&found.ours), reply(&found.theirs));
    if ours == theirs {
        (ours, theirs) = (format!("{:?}", found.ours), format!("{:?}", found.theirs));
    }
    let _ = writeln!(text, "  ours:   {ours}");
    let _ = writeln!(text, "  theirs: {theirs}");
    let _ = writeln!(text, "  again:  {replay}");
    text
}

fn reply(reply: &Reply) -> String {
    let frame = match reply {
        Reply::Frame(frame) => frame,
        Reply::Closed => return "(the connection is closed)".to_owned(),
        Reply::Nothing => return "(no reply)".to_owned(),
    };
    let short: String = frame.pretty().chars().take(MAX_REPLY).collect();
    short.replace('\n', "\n          ")
}

/// What makes two differences the same finding: the command, and what kinds of replies it got.
pub(super) fn class(found: &Difference) -> String {
    let kind = |reply: &Reply| match reply {
        Reply::Closed => "closed".to_owned(),
        Reply::Nothing => "nothing".to_owned(),
        Reply::Frame(Frame::Error(text)) => {
            let words: Vec<_> = text.split(|&b| b == b' ' || b == b'\'').take(4).collect();
            String::from_utf8_lossy(&words.join(&b' ')).into_owned()
        }
        Reply::Frame(frame) => format!("{:?}", std::mem::discriminant(frame)),
    };
    let name = String::from_utf8_lossy(&found.asked[0]).to_uppercase();
    format!("{name}: {} / {}", kind(&found.ours), kind(&found.theirs))
}
