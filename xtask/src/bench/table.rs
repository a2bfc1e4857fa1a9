//! Samples as a table: medians, and how ours compares with the best of the others.

use std::fmt::Write;

use super::load::{Figures, SCENARIOS, Sample};

/// The table as Markdown; the first of `names` is ours.
pub(super) fn render(names: &[&str], samples: &[Sample]) -> String {
    let mut text = "\n| request | depth |".to_owned();
    // Writing to a String cannot fail, here and below.
    for name in names {
        let _ = write!(text, " {name} CPU µs | {name} req/s |");
    }
    let _ = writeln!(text, " CPU, ours ÷ best | spread |");
    let _ = writeln!(text, "|---|---|{}---|---|", "---|---|".repeat(names.len()));
    for (scenario, row) in SCENARIOS.iter().enumerate() {
        let of = |server: usize| {
            let samples = samples.iter().filter(move |s| s.scenario == scenario);
            samples.filter(move |s| s.server == server)
        };
        let _ = write!(text, "| {} | {} |", row.name, row.depth);
        for server in 0..names.len() {
            let middle = |figure: fn(&Figures) -> f64| {
                median(of(server).map(|sample| figure(&sample.figures)).collect())
            };
            let _ = write!(text, " {:.3} | {:.0} |", middle(|f| f.cpu), middle(|f| f.rate));
        }
        let ratios: Vec<f64> = of(0)
            .filter_map(|ours| {
                let others = samples.iter().filter(|s| {
                    s.scenario == scenario && s.round == ours.round && s.server != ours.server
                });
                let best = others.map(|other| other.figures.cpu).reduce(f64::min)?;
                Some(ours.figures.cpu / best)
            })
            .collect();
        let _ = match ratios.iter().copied().reduce(f64::min) {
            Some(least) => {
                let most = ratios.iter().copied().fold(least, f64::max);
                writeln!(text, " {:.2} | {least:.2} – {most:.2} |", median(ratios))
            }
            None => writeln!(text, " – | – |"),
        };
    }
    text
}

/// The middle of some figures; of an even number, the lower one of the two.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_one_round_and_to_the_best() {
        let sample = |round, server, cpu| Sample {
            round,
            scenario: 0,
            server,
            figures: Figures { rate: 1000.0, cpu },
        };
        let samples = [
            sample(0, 0, 1.0),
            sample(0, 1, 4.0),
            sample(0, 2, 2.0),
            sample(1, 0, 3.0),
            sample(1, 1, 4.0),
            sample(1, 2, 9.0),
            sample(2, 0, 2.0),
            sample(2, 1, 10.0),
            sample(2, 2, 20.0),
        ];
        let text = render(&["kv", "redis", "valkey"], &samples);
        let row = text.lines().find(|line| line.starts_with("| GET | 1 |")).unwrap();
        assert!(row.starts_with("| GET | 1 | 2.000 | 1000 | 4.000 | 1000 | 9.000 |"), "{row}");
        assert!(row.ends_with("| 0.50 | 0.20 – 0.75 |"), "{row}");
    }
}
