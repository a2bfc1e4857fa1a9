//! Latencies: quantiles of all, and of each tenth of a second, so that a stall shows as one.

use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Length of a window of the series, in milliseconds.
pub const WINDOW_MS: u64 = 100;

/// Highest latency that is told apart, in nanoseconds: a minute.
const HIGHEST: u64 = 60_000_000_000;

/// Quantiles in microseconds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half are below.
    pub p50: f64,
    /// One of 10 is above.
    pub p90: f64,
    /// One of 100 is above.
    pub p99: f64,
    /// One of 1,000 is above.
    pub p999: f64,
    /// One of 10,000 is above.
    pub p9999: f64,
    /// The highest.
    pub max: f64,
}

/// A tenth of a second of requests, by when they were due.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Window {
    /// When it began, in milliseconds since the start.
    pub at_ms: u64,
    /// Requests that were due in it.
    pub requests: u64,
    /// The 99.9th percentile of their latencies, in microseconds.
    pub p999_us: f64,
    /// The highest, in microseconds.
    pub max_us: f64,
}

/// Collects latencies.
#[derive(Clone, Debug)]
pub struct Latencies {
    all: Histogram<u64>,
    windows: Vec<Histogram<u32>>,
}

impl Latencies {
    /// For requests that are due within that time.
    ///
    /// # Errors
    /// Never with the constants of this file.
    pub fn new(time: Duration) -> Result<Latencies> {
        let windows = time.as_millis() as u64 / WINDOW_MS + 1;
        let window = Histogram::new_with_bounds(1000, HIGHEST, 2).context("bad bounds")?;
        Ok(Latencies {
            all: Histogram::new_with_bounds(1, HIGHEST, 3).context("bad bounds")?,
            windows: vec![window; windows as usize],
        })
    }

    /// Records a request by when it was due and how long after that it was answered.
    pub fn record(&mut self, due: Duration, latency: Duration) {
        let nanos = latency.as_nanos() as u64;
        self.all.saturating_record(nanos);
        let window = (due.as_millis() as u64 / WINDOW_MS) as usize;
        let last = self.windows.len() - 1;
        self.windows[window.min(last)].saturating_record(nanos);
    }

    /// Of all.
    #[must_use]
    pub fn quantiles(&self) -> Quantiles {
        let at = |quantile| micros(self.all.value_at_quantile(quantile));
        Quantiles {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            p9999: at(0.9999),
            max: micros(self.all.max()),
        }
    }

    /// Of each window in which a request was due.
    #[must_use]
    pub fn series(&self) -> Vec<Window> {
        let windows = (0u64..).zip(&self.windows).filter(|(_, window)| !window.is_empty());
        windows
            .map(|(number, window)| Window {
                at_ms: number * WINDOW_MS,
                requests: window.len(),
                p999_us: micros(window.value_at_quantile(0.999)),
                max_us: micros(window.max()),
            })
            .collect()
    }
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 0.01, "{value} is not about {expected}");
    }

    #[test]
    fn a_stall_shows_in_its_window_alone() {
        let mut latencies = Latencies::new(Duration::from_millis(300)).unwrap();
        for request in 0..300 {
            let late = if request == 150 { 40_000 } else { 50 };
            latencies.record(Duration::from_millis(request), Duration::from_micros(late));
        }
        let quantiles = latencies.quantiles();
        near(quantiles.p50, 50.0);
        near(quantiles.p99, 50.0);
        near(quantiles.max, 40_000.0);
        let series = latencies.series();
        assert_eq!(series.len(), 3);
        assert_eq!((series[1].at_ms, series[1].requests), (100, 100));
        near(series[0].max_us, 50.0);
        near(series[1].max_us, 40_000.0);
        near(series[2].max_us, 50.0);
    }

    #[test]
    fn quantiles_and_windows_survive_json() {
        let mut latencies = Latencies::new(Duration::from_secs(1)).unwrap();
        latencies.record(Duration::ZERO, Duration::from_micros(7));
        let (quantiles, series) = (latencies.quantiles(), latencies.series());
        let text = serde_json::to_string(&(&quantiles, &series)).unwrap();
        assert!(text.contains("\"p9999\":") && text.contains("\"max_us\":"), "{text}");
        let back: (Quantiles, Vec<Window>) = serde_json::from_str(&text).unwrap();
        assert_eq!(back, (quantiles, series));
    }
}
