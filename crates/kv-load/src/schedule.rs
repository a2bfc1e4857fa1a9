//! When requests are due. The schedule knows nothing of the server, and so cannot wait for it.

use std::time::Duration;

/// Evenly spaced instants, as time since the start.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    rate: f64,
    total: u64,
}

impl Schedule {
    /// That many requests a second for that time.
    #[must_use]
    pub fn new(rate: f64, time: Duration) -> Schedule {
        Schedule { rate, total: (rate * time.as_secs_f64()).round() as u64 }
    }

    /// Requests in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// When a request is due; the first is request 0, due at once.
    #[must_use]
    pub fn due(&self, request: u64) -> Duration {
        Duration::from_secs_f64(request as f64 / self.rate)
    }

    /// How many requests are due once that much time is over.
    #[must_use]
    pub fn due_by(&self, now: Duration) -> u64 {
        ((now.as_secs_f64() * self.rate) as u64 + 1).min(self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_evenly_spaced() {
        let schedule = Schedule::new(1000.0, Duration::from_secs(2));
        assert_eq!(schedule.total(), 2000);
        assert_eq!(schedule.due(0), Duration::ZERO);
        assert_eq!(schedule.due(1500), Duration::from_millis(1500));
    }

    #[test]
    fn what_is_due_is_due_by_then() {
        let schedule = Schedule::new(300.0, Duration::from_secs(1));
        assert_eq!(schedule.due_by(Duration::ZERO), 1);
        assert_eq!(schedule.due_by(Duration::from_millis(5)), 2);
        assert_eq!(schedule.due_by(Duration::from_secs(9)), 300);
        for request in 0..300 {
            let by = schedule.due_by(schedule.due(request) + Duration::from_nanos(10));
            assert_eq!(by, request + 1);
        }
    }
}
