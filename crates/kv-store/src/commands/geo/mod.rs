//! Commands on positions, which are scores of sorted sets.

pub(super) mod geoadd;
pub(super) mod geodist;
pub(super) mod geopos;
pub(super) mod georadius;
pub(super) mod geosearch;
mod options;
mod search;

use kv_protocol::ReplyWriter;
use kv_types::geo::{MAX_LATITUDE, MAX_LONGITUDE, Position};

use crate::command::Arg;
use crate::{Args, Error};

/// `M | KM | FT | MI`, as an argument of a declaration.
const UNIT: Arg =
    Arg::OneOf("unit", &[Arg::Token("M"), Arg::Token("KM"), Arg::Token("FT"), Arg::Token("MI")]);

/// Takes a unit of length: so many metres.
fn unit(args: &mut Args<'_>) -> Result<f64, Error> {
    match args.one_of(&["M", "KM", "FT", "MI"]) {
        Some("M") => Ok(1.0),
        Some("KM") => Ok(1000.0),
        Some("FT") => Ok(0.3048),
        Some(_) => Ok(1609.34),
        None => Err(Error::new("unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// Takes a longitude and a latitude.
fn position(args: &mut Args<'_>) -> Result<Position, Error> {
    let (longitude, latitude) = (args.float()?, args.float()?);
    let position = Position { longitude, latitude };
    if position.is_valid() {
        return Ok(position);
    }
    Err(Error::new(format!("invalid longitude,latitude pair {longitude:.6},{latitude:.6}")))
}

/// Answers a position, with all the digits that it has.
fn reply_position(position: Position, out: &mut ReplyWriter<'_>) {
    debug_assert!(
        position.longitude.abs() <= MAX_LONGITUDE && position.latitude.abs() <= MAX_LATITUDE
    );
    out.array(2);
    for degrees in [position.longitude, position.latitude] {
        let digits = format!("{degrees:.17}");
        out.decimal(digits.trim_end_matches('0').trim_end_matches('.'));
    }
}

/// Answers a distance, with four decimals.
fn reply_distance(distance: f64, out: &mut ReplyWriter<'_>) {
    let rounded = (distance * 10_000.0).round_ties_even() as u64;
    out.bulk(format!("{}.{:04}", rounded / 10_000, rounded % 10_000).as_bytes());
}
