//! Positions, cells and shapes.

use proptest::prelude::*;

use super::*;

fn position() -> impl Strategy<Value = Position> {
    (-180.0..180.0f64, -85.0..85.0f64)
        .prop_map(|(longitude, latitude)| Position { longitude, latitude })
}

fn shape() -> impl Strategy<Value = Shape> {
    let unit = || prop_oneof![Just(1.0), Just(1000.0)];
    let length = || prop_oneof![0.0..100.0f64, 0.0..3000.0f64];
    prop_oneof![
        (position(), length(), unit()).prop_map(|(centre, radius, unit)| Shape::Circle {
            centre,
            radius,
            unit
        }),
        (position(), length(), length(), unit())
            .prop_map(|(centre, width, height, unit)| Shape::Box { centre, width, height, unit }),
    ]
}

proptest! {
    #[test]
    fn a_score_is_that_of_the_middle_of_its_cell(position in position()) {
        let score = position.score();
        let middle = Position::of_score(score);
        prop_assert_eq!(middle.score(), score);
        prop_assert!((middle.longitude - position.longitude).abs() < 360.0 / (1 << 26) as f64);
        prop_assert!((middle.latitude - position.latitude).abs() < 171.0 / (1 << 26) as f64);
        let coarse = Cell::of(position, 9).scores();
        prop_assert!(coarse.contains(&score));
    }

    #[test]
    fn neighbours_lie_beside_each_other(position in position(), steps in 1u32..=26) {
        let cell = Cell::of(position, steps);
        for (east, north) in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1)] {
            prop_assert_eq!(cell.neighbour(east, north).neighbour(-east, -north), cell);
        }
        let (area, east) = (cell.area(), cell.neighbour(1, 0).area());
        let wraps = area.max.longitude >= MAX_LONGITUDE;
        prop_assert!(wraps || area.max.longitude == east.min.longitude);
        prop_assert_eq!(area.min.latitude, east.min.latitude);
    }

    /// (Beyond 66 degrees, and across the date line, Redis misses some, and so does this.)
    #[test]
    fn what_is_within_a_shape_is_in_its_cells(shape in shape(), away in (-1.0..1.0f64, -1.0..1.0f64)) {
        let centre = shape.centre();
        let bound = match &shape {
            Shape::Circle { radius, unit, .. } => radius * unit,
            Shape::Box { width, height, unit, .. } => width.max(*height) * unit,
            Shape::Polygon { .. } => unreachable!("not made here"),
        } / 111_000.0;
        let position = Position {
            longitude: centre.longitude + away.0 * bound / (centre.latitude * DEGREE).cos(),
            latitude: centre.latitude + away.1 * bound,
        };
        prop_assume!(position.longitude.abs() < 170.0 && position.latitude.abs() < 60.0);
        prop_assume!(centre.latitude.abs() < 60.0 && centre.longitude.abs() < 170.0);
        if shape.distance_within(centre, position).is_some() {
            let score = position.score();
            prop_assert!(shape.scores().any(|scores| scores.contains(&score)));
        }
    }
}

/// As a Valkey 9.1 has them.
#[test]
fn well_known_places() {
    let palermo = Position { longitude: 13.361389, latitude: 38.115556 };
    let catania = Position { longitude: 15.087269, latitude: 37.502669 };
    assert_eq!((palermo.score(), catania.score()), (3479099956230698.0, 3479447370796909.0));
    let [palermo, catania] = [palermo, catania].map(|place| Position::of_score(place.score()));
    assert_eq!(format!("{:.4}", palermo.distance(catania)), "166274.1516");
    assert_eq!(&palermo.geohash(), b"sqc8b49rny0");
    assert_eq!(format!("{:.17}", palermo.longitude), "13.36138933897018433");
    let vertices = [(13.0, 37.0), (16.0, 37.0), (14.0, 39.0)];
    let vertices = vertices.map(|(longitude, latitude)| Position { longitude, latitude }).to_vec();
    let triangle = Shape::Polygon { vertices };
    let distance = triangle.distance_within(triangle.centre(), catania);
    assert_eq!(distance.map(|distance| format!("{distance:.4}")), Some("68853.1583".into()));
    assert_eq!(triangle.distance_within(triangle.centre(), palermo), None);
    assert!(triangle.scores().any(|scores| scores.contains(&catania.score())));
}

#[test]
fn scores_of_no_cell() {
    for (score, longitude, latitude) in
        [(-5.0, 180.0, MAX_LATITUDE), (1e300, -179.99999731779099, -85.05112751263943)]
    {
        let position = Position::of_score(score);
        assert!((position.longitude - longitude).abs() < 1e-9, "{position:?}");
        assert!((position.latitude - latitude).abs() < 1e-9, "{position:?}");
    }
}
