//! How long to wait before the next attempt to connect.

use std::time::Duration;

/// Pauses that double from `first` to `longest`, each shortened at random by up to half; the first
/// attempt comes without one.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    /// The next pause, before it's shortened; `None` until an attempt has been made.
    next: Option<Duration>,
    random: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new((first, longest): (Duration, Duration), random: fastrand::Rng) -> Backoff {
        Backoff { first, longest, next: None, random }
    }

    /// Things went well: the next attempt comes without a pause again.
    pub(crate) fn reset(&mut self) {
        self.next = None;
    }

    /// The pause before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let Some(pause) = self.next else {
            self.next = Some(self.first);
            return Duration::ZERO;
        };
        self.next = Some(pause.saturating_mul(2).min(self.longest));
        pause.mul_f64(1.0 - self.random.f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        let bounds = (Duration::from_millis(50), Duration::from_millis(350));
        let mut backoff = Backoff::new(bounds, fastrand::Rng::with_seed(1));
        assert_eq!(backoff.pause(), Duration::ZERO);
        for most in [50, 100, 200, 350, 350] {
            let most = Duration::from_millis(most);
            let pause = backoff.pause();
            assert!(pause > most / 2 && pause <= most, "{pause:?} of {most:?}");
        }
        assert_ne!(backoff.pause(), backoff.pause());
        backoff.reset();
        assert_eq!(backoff.pause(), Duration::ZERO);
    }
}
