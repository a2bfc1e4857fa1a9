//! What was measured, and what follows from it: medians, and ratios within a round.

use std::collections::BTreeMap;

use serde::Serialize;

/// One measurement of one contender.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sample {
    pub(super) group: &'static str,
    pub(super) scenario: String,
    pub(super) contender: String,
    pub(super) round: usize,
    pub(super) figures: BTreeMap<&'static str, f64>,
}

/// All of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Samples(Vec<Sample>);

/// A figure with the least and the most of its rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of no figures there is none.
    pub(super) fn of(mut figures: Vec<f64>) -> Option<Spread> {
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let upper = figures[figures.len() / 2];
        let lower = figures[(figures.len() - 1) / 2];
        Some(Spread { median: (lower + upper) / 2.0, least, most })
    }
}

/// Which samples: a group, a scenario of it, and a figure of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure<'a> {
    pub(super) group: &'a str,
    pub(super) scenario: &'a str,
    pub(super) name: &'a str,
}

impl Samples {
    pub(super) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// A contender's figure in each round.
    fn rounds(&self, figure: Figure<'_>, contender: &str) -> BTreeMap<usize, f64> {
        let of_it = self.0.iter().filter(|sample| {
            sample.group == figure.group
                && sample.scenario == figure.scenario
                && sample.contender == contender
        });
        of_it.filter_map(|sample| Some((sample.round, *sample.figures.get(figure.name)?))).collect()
    }

    /// A contender's figure, round after round.
    pub(super) fn all(&self, figure: Figure<'_>, contender: &str) -> Vec<f64> {
        self.rounds(figure, contender).into_values().collect()
    }

    /// A contender's figure over the rounds.
    pub(super) fn spread(&self, figure: Figure<'_>, contender: &str) -> Option<Spread> {
        Spread::of(self.all(figure, contender))
    }

    /// The median of it.
    pub(super) fn median(&self, figure: Figure<'_>, contender: &str) -> Option<f64> {
        self.spread(figure, contender).map(|spread| spread.median)
    }

    /// One contender's figure over another's, each of the same round.
    pub(super) fn ratio(&self, figure: Figure<'_>, over: &str, under: &str) -> Option<Spread> {
        let under = self.rounds(figure, under);
        let over = self.rounds(figure, over).into_iter();
        Spread::of(over.filter_map(|(round, over)| Some(over / under.get(&round)?)).collect())
    }

    /// The contender with the lowest median (or the highest, of figures that should be high).
    pub(super) fn best<'n>(
        &self,
        figure: Figure<'_>,
        contenders: impl IntoIterator<Item = &'n str>,
        should_be_high: bool,
    ) -> Option<&'n str> {
        let sign = if should_be_high { -1.0 } else { 1.0 };
        let medians = contenders
            .into_iter()
            .filter_map(|name| Some((sign * self.median(figure, name)?, name)));
        medians.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let mut samples = Samples::default();
        let rounds = [
            [("kv", 1.0), ("a", 4.0), ("b", 2.0)],
            [("kv", 3.0), ("a", 4.0), ("b", 9.0)],
            [("kv", 2.0), ("a", 10.0), ("b", 20.0)],
        ];
        for (round, of_round) in rounds.into_iter().enumerate() {
            for (name, cpu) in of_round {
                let (group, scenario, contender) =
                    ("requests", "GET@1".to_owned(), name.to_owned());
                let figures = [("cpu", cpu)].into();
                samples.push(Sample { group, scenario, contender, round, figures });
            }
        }
        samples
    }

    const CPU: Figure<'static> = Figure { group: "requests", scenario: "GET@1", name: "cpu" };

    #[test]
    fn ratios_are_of_one_round() {
        let ratio = samples().ratio(CPU, "kv", "a");
        assert_eq!(ratio, Some(Spread { median: 0.25, least: 0.2, most: 0.75 }));
        assert_eq!(samples().ratio(CPU, "kv", "nobody"), None);
    }

    #[test]
    fn the_best_is_so_over_all_rounds() {
        assert_eq!(samples().best(CPU, ["a", "b"], false), Some("a"));
        assert_eq!(samples().best(CPU, ["a", "b"], true), Some("b"));
        assert_eq!(samples().median(CPU, "b"), Some(9.0));
    }

    #[test]
    fn of_an_even_number_the_median_is_between_two() {
        assert_eq!(Spread::of(vec![4.0, 1.0, 2.0, 9.0]).unwrap().median, 3.0);
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
