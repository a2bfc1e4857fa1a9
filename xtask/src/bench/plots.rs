//! Plots, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use serde::Serialize;

use super::Bench;
use super::samples::Figure;
use super::scenarios::Scenario;
use super::verdict::short;

const SIZE: (u32, u32) = (1100, 480);
/// Width of a group of bars, for its name.
const GROUP_WIDTH: u32 = 110;
/// Of bars whose highest is 1, with room for the legend above.
const HEIGHT: f64 = 1.6;
const FONT: (&str, u32) = ("sans-serif", 18);

/// A line: what it is, and its points.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Series {
    pub(super) plot: String,
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// What is drawn.
#[derive(Clone, Debug)]
enum Content {
    /// Groups of bars: the names of groups, and each series' heights.
    Bars {
        groups: Vec<String>,
        series: Vec<(String, Vec<Option<f64>>)>,
    },
    Lines {
        series: Vec<Series>,
        x: String,
        y: String,
        logarithmic: bool,
    },
}

/// A plot, and the file that it goes to.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    pub(super) file: String,
    pub(super) title: String,
    content: Content,
}

impl Plot {
    /// CPU time of a request by scenario and contender. Scenarios differ by orders of magnitude, so
    /// that bars are parts of the highest in their group.
    pub(super) fn bars(
        bench: &Bench,
        group: &str,
        scenarios: &[Scenario],
        names: &[&str],
    ) -> Option<Plot> {
        let bars: Vec<String> = scenarios.iter().map(|row| row.name.to_owned()).collect();
        let of = |scenario: &Scenario, contender: &str| {
            let figure = Figure { group, scenario: scenario.name, name: "cpu_us" };
            bench.samples.median(figure, contender)
        };
        let highest = |scenario: &Scenario| {
            names.iter().filter_map(|name| of(scenario, name)).fold(f64::MIN_POSITIVE, f64::max)
        };
        let series = names.iter().map(|name| {
            let heights = scenarios.iter().map(|row| Some(of(row, name)? / highest(row)));
            ((*name).to_owned(), heights.collect())
        });
        let content = Content::Bars { groups: bars, series: series.collect() };
        let title = "CPU time of a request, as part of the dearest contender's".to_owned();
        (!scenarios.is_empty()).then(|| Plot { file: format!("{group}.svg"), title, content })
    }

    /// Lines of a run's series.
    pub(super) fn lines(file: &str, title: &str, x: &str, y: &str, series: Vec<Series>) -> Plot {
        let logarithmic = false;
        let content = Content::Lines { series, x: x.to_owned(), y: y.to_owned(), logarithmic };
        Plot { file: file.to_owned(), title: title.to_owned(), content }
    }

    /// With a logarithmic vertical axis.
    pub(super) fn logarithmic(mut self) -> Plot {
        if let Content::Lines { logarithmic, .. } = &mut self.content {
            *logarithmic = true;
        }
        self
    }

    /// Writes the file.
    pub(super) fn draw(&self, folder: &Path) -> Result<()> {
        let path = folder.join(&self.file);
        let (width, height) = SIZE;
        let width = match &self.content {
            Content::Bars { groups, .. } => width.max(GROUP_WIDTH * groups.len() as u32),
            Content::Lines { .. } => width,
        };
        let area = SVGBackend::new(&path, (width, height)).into_drawing_area();
        area.fill(&WHITE).map_err(|error| anyhow!("{error}"))?;
        let drawn = match &self.content {
            Content::Bars { groups, series } => bars(&area, &self.title, groups, series),
            Content::Lines { series, x, y, logarithmic } => {
                lines(&area, &self.title, series, (x, y), *logarithmic)
            }
        };
        drawn.and_then(|()| area.present()).map_err(|error| anyhow!("{}: {error}", self.file))
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn colour(number: usize) -> PaletteColor<Palette99> {
    Palette99::pick(number)
}

fn bars<'a>(
    area: &Area<'a>,
    title: &str,
    groups: &[String],
    series: &[(String, Vec<Option<f64>>)],
) -> Drawn<'a> {
    // Each group is around a whole number.
    let mut chart = ChartBuilder::on(area)
        .caption(title, FONT)
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(-0.5..groups.len() as f64 - 0.5, 0.0..HEIGHT)?;
    let name = |at: &f64| match at.fract().abs() < 0.01 && *at >= 0.0 {
        true => groups.get(*at as usize).cloned().unwrap_or_default(),
        false => String::new(),
    };
    let part = |at: &f64| if *at > 1.0 { String::new() } else { format!("{at:.1}") };
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().max_light_lines(1).y_label_formatter(&part);
    mesh.x_labels(groups.len() * 2).x_label_formatter(&name).draw()?;
    let width = 0.8 / series.len() as f64;
    for (number, (name, heights)) in series.iter().enumerate() {
        let left = |group: usize| group as f64 - 0.4 + number as f64 * width;
        let bars = heights.iter().enumerate().filter_map(|(group, height)| {
            let corners = [(left(group), 0.0), (left(group) + width * 0.9, (*height)?)];
            Some(Rectangle::new(corners, colour(number).filled()))
        });
        chart.draw_series(bars)?.label(name).legend(move |(x, y)| {
            Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour(number).filled())
        });
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).background_style(WHITE.mix(0.8)).draw()
}

fn lines<'a>(
    area: &Area<'a>,
    title: &str,
    series: &[Series],
    (x, y): (&str, &str),
    logarithmic: bool,
) -> Drawn<'a> {
    let height = |value: f64| if logarithmic { value.max(1e-3).log10() } else { value };
    let points = || series.iter().flat_map(|line| line.points.iter());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (left, right) = range(&mut points().map(|point| point.0));
    let (low, high) = range(&mut points().map(|point| height(point.1)));
    let low = if logarithmic { low.floor() } else { 0.0 };
    if left >= right {
        return Ok(());
    }
    let mut chart = ChartBuilder::on(area)
        .caption(title, FONT)
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(60)
        // Room for the legend.
        .build_cartesian_2d(left..right, low..high + (high - low).max(0.1) * 0.4)?;
    let value = |at: &f64| if logarithmic { short(10f64.powf(*at)) } else { short(*at) };
    let mut mesh = chart.configure_mesh();
    mesh.max_light_lines(1).x_desc(x).y_desc(y).y_label_formatter(&value).draw()?;
    for (number, line) in series.iter().enumerate() {
        let points = line.points.iter().map(|(x, y)| (*x, height(*y)));
        let stroke = colour(number).stroke_width(2);
        chart
            .draw_series(LineSeries::new(points, stroke))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], stroke));
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).background_style(WHITE.mix(0.8)).draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_drawn() {
        let folder = std::env::temp_dir().join(format!("kv-plots-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let series = |points: &[(f64, f64)]| {
            let (plot, name) = ("lines".to_owned(), "kv".to_owned());
            vec![Series { plot, name, points: points.to_vec() }]
        };
        let some = series(&[(0.0, 10.0), (1.0, 1000.0)]);
        let content = Content::Bars {
            groups: vec!["GET@1".to_owned(), "SET@1".to_owned()],
            series: vec![("kv".to_owned(), vec![Some(0.5), None])],
        };
        let bars = Plot { file: "bars.svg".to_owned(), title: "Bars".to_owned(), content };
        let lines = Plot::lines("lines.svg", "Lines", "s", "µs", some.clone());
        let logarithmic = Plot::lines("log.svg", "Logarithmic", "s", "µs", some).logarithmic();
        for plot in [bars, lines, logarithmic] {
            plot.draw(&folder).unwrap();
            let svg = std::fs::read_to_string(folder.join(&plot.file)).unwrap();
            assert!(svg.contains("<svg") && svg.contains(&plot.title) && svg.contains("kv"));
        }
        // Nothing to draw is no error.
        Plot::lines("none.svg", "None", "s", "µs", series(&[])).draw(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
