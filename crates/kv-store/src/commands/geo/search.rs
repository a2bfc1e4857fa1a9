//! What all searches have in common.

use kv_protocol::ReplyWriter;
use kv_types::geo::{Position, Shape as Region};
use kv_types::listpack::Value;
use kv_types::zset::{Element, Place, ZsetRef, made_of, order};
use kv_types::{Kind, Record};

use super::options::{Options, Order, Origin, Stores};
use super::{reply_distance, reply_position};
use crate::command::Shape;
use crate::commands::element::reply_element;
use crate::{Args, Ctx, Error, Event, Key};

/// Members, or arrays of a member and what else is asked for.
pub(super) const FOUND: Shape = Shape::Array(&Shape::OneOf(&[
    Shape::Bulk,
    Shape::Array(&Shape::OneOf(&[Shape::Bulk, Shape::Int, Shape::Array(&Shape::Double)])),
]));

/// A member that lies within the shape.
struct Found<'z> {
    member: Value<'z>,
    score: f64,
    position: Position,
    /// From the middle, in the unit that was asked for.
    distance: f64,
}

/// Searches the sorted set at a key, and answers or stores what is found.
pub(super) fn search(
    ctx: &mut Ctx<'_>,
    args: &mut Args<'_>,
    out: &mut ReplyWriter<'_>,
    origin: Origin,
    stores: Stores,
) -> Result<(), Error> {
    let destination = if stores == Stores::Always { Some(args.key()?) } else { None };
    let (source, limits) = (args.key()?, ctx.limits());
    let zset = ctx.collection(source, Kind::Zset)?.and_then(ZsetRef::new);
    let mut options = Options::take(args, origin, stores, destination, zset)?;
    let found = match (zset, options.shape()) {
        (Some(zset), Some(shape)) => find(zset, &shape, &options),
        _ => Vec::new(),
    };
    let Some(destination) = options.destination else {
        answer(&found, &options, out);
        return Ok(());
    };
    let count = found.len();
    let record = record(destination, found, options.stores_distance, &limits);
    if count > 0 {
        let event = match origin {
            Origin::Options => Event::GEOSEARCHSTORE,
            Origin::Position | Origin::Member => Event::GEORADIUSSTORE,
        };
        ctx.put_record(destination, record, event)?;
    } else {
        ctx.remove(destination, Event::DEL)?;
    }
    out.int(count as i64);
    Ok(())
}

/// What lies in the shape, in the order and as much of it as is asked for.
fn find<'z>(zset: ZsetRef<'z>, shape: &Region, options: &Options<'_>) -> Vec<Found<'z>> {
    let (centre, unit, enough) = (shape.centre(), shape.unit(), options.count);
    let mut found = Vec::new();
    'cells: for scores in shape.scores() {
        let ranks =
            zset.between(Place::BeforeScore(scores.start), Place::BeforeScore(scores.end), false);
        for (member, score) in zset.range(ranks) {
            let position = Position::of_score(score);
            if let Some(distance) = shape.distance_within(centre, position) {
                found.push(Found { member, score, position, distance: distance / unit });
            }
            if options.any && enough.is_some_and(|enough| found.len() >= enough) {
                break 'cells;
            }
        }
    }
    let nearest_first = |a: &Found<'_>, b: &Found<'_>| a.distance.total_cmp(&b.distance);
    match options.order {
        // The nearest are meant if only some are wanted.
        Order::Any if enough.is_some() && !options.any => found.sort_by(nearest_first),
        Order::Any => {}
        Order::Ascending => found.sort_by(nearest_first),
        Order::Descending => found.sort_by(|a, b| nearest_first(b, a)),
    }
    found.truncate(enough.unwrap_or(usize::MAX));
    found
}

fn answer(found: &[Found<'_>], options: &Options<'_>, out: &mut ReplyWriter<'_>) {
    let Options { with_distance, with_hash, with_position, .. } = *options;
    let more = [with_distance, with_hash, with_position].into_iter().filter(|with| *with).count();
    out.array(found.len());
    for Found { member, score, position, distance } in found {
        if more > 0 {
            out.array(1 + more);
        }
        reply_element(*member, out);
        if with_distance {
            reply_distance(*distance, out);
        }
        if with_hash {
            out.int(*score as i64);
        }
        if with_position {
            reply_position(*position, out);
        }
    }
}

/// The record of what was found, with its scores or with its distances.
fn record(
    key: Key<'_>,
    found: Vec<Found<'_>>,
    stores_distance: bool,
    limits: &kv_types::Limits,
) -> Record {
    let score = |found: &Found<'_>| if stores_distance { found.distance } else { found.score };
    let mut elements: Vec<Element<'_>> =
        found.iter().map(|found| (found.member, score(found))).collect();
    elements.sort_unstable_by(|a, b| order(*a, *b));
    // Cells of a coarse grid may be the same.
    elements.dedup();
    made_of(key.bytes(), elements.iter().copied(), limits)
}
