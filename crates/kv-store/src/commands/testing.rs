//! What the tests of commands share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kv_protocol::{Frame, Protocol, RequestBuf};

use crate::testing::{START, Stage};
use crate::{Change, Clock, ManualClock, Observer, Registry, Store};

/// Runs requests of frames on a fresh store, in the native dialect, and returns the replies.
pub(super) fn native<const N: usize>(requests: [Vec<Frame>; N]) -> [Frame; N] {
    let mut stage = Stage::new(Protocol::Native, Registry::builtin());
    requests.map(|frames| {
        let mut request = RequestBuf::new();
        frames.iter().for_each(|frame| request.push_frame(frame));
        stage.session.call_request(request.as_request()).expect("every request is answered")
    })
}

/// Runs requests on a fresh store and compares what observers are told of each: `0 key event` for a
/// change in database 0, with commas between several. A line `~ N` winds the clock by N milliseconds.
pub(super) fn check_events(story: &[(&str, &str)]) {
    let (clock, diary) = (Arc::new(ManualClock::at_millis(START)), Arc::new(Diary::default()));
    let (time, observer): (Arc<dyn Clock>, Arc<dyn Observer>) = (clock.clone(), diary.clone());
    let mut session = Store::builder().clock(time).observer(observer).build().session();
    for (line, events) in story {
        if let Some(millis) = line.strip_prefix("~ ") {
            clock.wind(Duration::from_millis(millis.parse().expect("milliseconds")));
            continue;
        }
        session.call(line.split(' '));
        let announced = std::mem::take(&mut *diary.0.lock().expect("not poisoned"));
        assert_eq!(announced.join(", "), *events, "{line}");
    }
}

#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn committed(&self, changes: &[Change]) {
        let line = |change: &Change| match change {
            Change::Key { db, key, event } => {
                format!("{db} {} {}", String::from_utf8_lossy(key), event.name)
            }
            Change::Flushed { db } => format!("{db} flushed"),
            Change::Swapped { first, second } => format!("{first} {second} swapped"),
        };
        self.0.lock().expect("not poisoned").extend(changes.iter().map(line));
    }
}
