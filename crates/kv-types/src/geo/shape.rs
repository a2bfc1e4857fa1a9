//! Shapes, and which cells cover them.

use std::ops::Range;

use super::cell::{Cell, STEPS};
use super::{Area, DEGREE, MAX_LATITUDE, MAX_LONGITUDE, Position, RADIUS};

/// Half of the earth's circumference in the Mercator projection, in metres.
const HALF_WORLD: f64 = 20_037_726.37;

/// A shape on the earth. Lengths are in units of `unit` metres.
#[derive(Clone, Debug)]
pub enum Shape {
    /// What is no farther away from a position than a radius.
    Circle {
        /// The middle.
        centre: Position,
        /// The radius.
        radius: f64,
        /// Metres of a unit.
        unit: f64,
    },
    /// What is no farther away in latitude, and in longitude, than half of a height and a width.
    Box {
        /// The middle.
        centre: Position,
        /// The width.
        width: f64,
        /// The height.
        height: f64,
        /// Metres of a unit.
        unit: f64,
    },
    /// What is between straight lines from vertex to vertex, on a map of degrees.
    Polygon {
        /// The vertices: at least one.
        vertices: Vec<Position>,
    },
}

impl Shape {
    /// The position that distances are measured from: the middle, or the mean of the vertices.
    pub fn centre(&self) -> Position {
        let vertices = match self {
            Shape::Circle { centre, .. } | Shape::Box { centre, .. } => return *centre,
            Shape::Polygon { vertices } => vertices,
        };
        let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
        for vertex in vertices {
            let (longitude, latitude) = (vertex.longitude * DEGREE, vertex.latitude * DEGREE);
            x += latitude.cos() * longitude.cos();
            y += latitude.cos() * longitude.sin();
            z += latitude.sin();
        }
        Position {
            longitude: y.atan2(x) / DEGREE,
            latitude: z.atan2((x * x + y * y).sqrt()) / DEGREE,
        }
    }

    /// Metres of a unit.
    pub fn unit(&self) -> f64 {
        match self {
            Shape::Circle { unit, .. } | Shape::Box { unit, .. } => *unit,
            Shape::Polygon { .. } => 1.0,
        }
    }

    /// Metres from `centre`, which is the shape's, to a position in the shape; `None` outside.
    pub fn distance_within(&self, centre: Position, position: Position) -> Option<f64> {
        match self {
            Shape::Circle { radius, unit, .. } => {
                Some(centre.distance(position)).filter(|distance| *distance <= radius * unit)
            }
            Shape::Box { width, height, unit, .. } => {
                let same_latitude = Position { latitude: position.latitude, ..centre };
                let is_within = position.distance_in_latitude(centre) <= height * unit / 2.0
                    && position.distance(same_latitude) <= width * unit / 2.0;
                is_within.then(|| centre.distance(position))
            }
            Shape::Polygon { vertices } => {
                is_between(vertices, position).then(|| centre.distance(position))
            }
        }
    }

    /// The scores of all positions that may be in the shape, a range for each of up to nine cells: first the
    /// one in the middle.
    pub fn scores(&self) -> impl Iterator<Item = Range<f64>> + use<> {
        let mut last = None;
        let cells = self.cells().into_iter().enumerate().filter_map(move |(at, cell)| {
            let cell = cell?;
            // Of a coarse grid, neighbours may be the same.
            if last == Some(cell) {
                return None;
            }
            if at > 0 {
                last = Some(cell);
            }
            Some(cell)
        });
        cells.map(Cell::scores)
    }

    /// The cell in the middle and those of its neighbours that the shape may reach into.
    fn cells(&self) -> [Option<Cell>; 9] {
        const NEIGHBOURS: [(i32, i32); 9] =
            [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let (bounds, centre) = (self.bounds(), self.centre());
        let mut steps = steps(self.reach(centre, bounds), centre.latitude);
        if steps > 1 && !is_covered(Cell::of(centre, steps), bounds) {
            steps -= 1;
        }
        let cell = Cell::of(centre, steps);
        let area = cell.area();
        let is_needed = |(east, north): (i32, i32)| {
            let is_beyond = area.min.latitude < bounds.min.latitude && north < 0
                || area.max.latitude > bounds.max.latitude && north > 0
                || area.min.longitude < bounds.min.longitude && east < 0
                || area.max.longitude > bounds.max.longitude && east > 0;
            steps < 2 || !is_beyond
        };
        NEIGHBOURS
            .map(|(east, north)| is_needed((east, north)).then(|| cell.neighbour(east, north)))
    }

    /// Metres from the centre to the farthest corner.
    fn reach(&self, centre: Position, bounds: Area) -> f64 {
        match self {
            Shape::Circle { radius, unit, .. } => radius * unit,
            Shape::Box { width, height, unit, .. } => {
                ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt() * unit
            }
            Shape::Polygon { .. } => {
                let corners = [
                    bounds.min,
                    bounds.max,
                    Position { longitude: bounds.min.longitude, ..bounds.max },
                    Position { longitude: bounds.max.longitude, ..bounds.min },
                ];
                corners.into_iter().map(|corner| centre.distance(corner)).fold(0.0, f64::max)
            }
        }
    }

    /// The smallest area, of parallels and meridians, that the shape is in.
    fn bounds(&self) -> Area {
        let (centre, width, height) = match self {
            Shape::Circle { centre, radius, unit } => (*centre, unit * radius, unit * radius),
            Shape::Box { centre, width, height, unit } => {
                (*centre, unit * width / 2.0, unit * height / 2.0)
            }
            Shape::Polygon { vertices } => return bounds_of(vertices),
        };
        let latitude = height / RADIUS / DEGREE;
        // A degree of longitude is shortest on the side towards the pole.
        let edge = if centre.latitude < 0.0 { -latitude } else { latitude };
        let longitude = width / RADIUS / ((centre.latitude + edge) * DEGREE).cos() / DEGREE;
        let corner = |side: f64| Position {
            longitude: centre.longitude + side * longitude,
            latitude: centre.latitude + side * latitude,
        };
        Area { min: corner(-1.0), max: corner(1.0) }
    }
}

fn bounds_of(vertices: &[Position]) -> Area {
    let most = Position { longitude: MAX_LONGITUDE, latitude: MAX_LATITUDE };
    let least = Position { longitude: -MAX_LONGITUDE, latitude: -MAX_LATITUDE };
    vertices.iter().fold(Area { min: most, max: least }, |area, vertex| Area {
        min: Position {
            longitude: area.min.longitude.min(vertex.longitude),
            latitude: area.min.latitude.min(vertex.latitude),
        },
        max: Position {
            longitude: area.max.longitude.max(vertex.longitude),
            latitude: area.max.latitude.max(vertex.latitude),
        },
    })
}

/// Steps to cells of which nine cover what is within so many metres, in most cases.
fn steps(mut metres: f64, latitude: f64) -> u32 {
    if metres == 0.0 {
        return STEPS;
    }
    let mut steps = 1;
    while metres < HALF_WORLD {
        metres *= 2.0;
        steps += 1;
    }
    steps -= 2;
    // Cells are narrow near the poles.
    steps -= i32::from(latitude.abs() > 66.0) + i32::from(latitude.abs() > 80.0);
    steps.clamp(1, STEPS as i32) as u32
}

/// Whether a cell and its neighbours reach to all of the bounds.
fn is_covered(cell: Cell, bounds: Area) -> bool {
    cell.neighbour(0, 1).area().max.latitude >= bounds.max.latitude
        && cell.neighbour(0, -1).area().min.latitude <= bounds.min.latitude
        && cell.neighbour(1, 0).area().max.longitude >= bounds.max.longitude
        && cell.neighbour(-1, 0).area().min.longitude <= bounds.min.longitude
}

/// Whether a ray from the position to the east crosses an odd number of the polygon's sides.
fn is_between(vertices: &[Position], position: Position) -> bool {
    let Position { longitude, latitude } = position;
    let previous = vertices.iter().cycle().skip(vertices.len() - 1);
    let crossed = vertices.iter().zip(previous).filter(|(a, b)| {
        (a.latitude > latitude) != (b.latitude > latitude)
            && longitude
                < (b.longitude - a.longitude) * (latitude - a.latitude) / (b.latitude - a.latitude)
                    + a.longitude
    });
    crossed.count() % 2 == 1
}
