//! The options of searches.

use kv_types::geo::{Position, Shape};
use kv_types::zset::ZsetRef;

use super::{UNIT, position, unit};
use crate::command::Arg;
use crate::{Args, Error, Key};

/// `[WITHCOORD] [WITHDIST] [WITHHASH]`, as arguments of a declaration.
pub(super) const WITHCOORD: Arg = Arg::Optional(&Arg::Token("WITHCOORD"));
pub(super) const WITHDIST: Arg = Arg::Optional(&Arg::Token("WITHDIST"));
pub(super) const WITHHASH: Arg = Arg::Optional(&Arg::Token("WITHHASH"));
/// `[ASC | DESC]`.
pub(super) const ORDER: Arg =
    Arg::Optional(&Arg::OneOf("order", &[Arg::Token("ASC"), Arg::Token("DESC")]));
/// `[COUNT count [ANY]]`.
pub(super) const COUNT: Arg = Arg::Optional(&Arg::Block(
    "count-block",
    &[Arg::Option("COUNT", &Arg::Int("count")), Arg::Optional(&Arg::Token("ANY"))],
));
const FROM: Arg = Arg::OneOf(
    "from",
    &[Arg::Option("FROMMEMBER", &Arg::String("member")), Arg::Option("FROMLONLAT", &POSITION)],
);
const POSITION: Arg = Arg::Block("position", &[Arg::Float("longitude"), Arg::Float("latitude")]);
/// `FROMMEMBER member | FROMLONLAT longitude latitude` and `BYRADIUS radius unit | BYBOX width height unit`, or
/// `BYPOLYGON num-vertices longitude latitude …`.
pub(super) const SHAPE: Arg = Arg::OneOf(
    "shape",
    &[
        Arg::Block(
            "around",
            &[
                FROM,
                Arg::OneOf(
                    "by",
                    &[
                        Arg::Block(
                            "circle",
                            &[Arg::Option("BYRADIUS", &Arg::Float("radius")), UNIT],
                        ),
                        Arg::Block(
                            "box",
                            &[
                                Arg::Option("BYBOX", &Arg::Float("width")),
                                Arg::Float("height"),
                                UNIT,
                            ],
                        ),
                    ],
                ),
            ],
        ),
        Arg::Block(
            "polygon",
            &[
                Arg::Option("BYPOLYGON", &Arg::Int("num-vertices")),
                POSITION,
                POSITION,
                Arg::Multiple(&POSITION),
            ],
        ),
    ],
);

/// Where a command's options may put what is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stores {
    /// Nowhere.
    Never,
    /// At a key that an option names.
    IfAsked,
    /// At the command's first key.
    Always,
}

/// How a command is told what to search.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// By a position and a radius in front of the options.
    Position,
    /// By a member and a radius in front of the options.
    Member,
    /// By options.
    Options,
}

/// The middle of what is searched, or that it is a member's and that is not there to tell.
#[derive(Clone, Copy)]
enum Centre {
    Unsaid,
    Member(Option<Position>),
    Position(Position),
}

/// The shape that is searched, without its middle.
enum Form {
    Unsaid,
    Circle { radius: f64, unit: f64 },
    Box { width: f64, height: f64, unit: f64 },
    Polygon { vertices: Vec<Position> },
}

/// In which order what is found is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As it is found.
    Any,
    /// The nearest first.
    Ascending,
    /// The farthest first.
    Descending,
}

/// What is asked for.
pub(super) struct Options<'a> {
    centre: Centre,
    form: Form,
    pub(super) with_distance: bool,
    pub(super) with_hash: bool,
    pub(super) with_position: bool,
    pub(super) order: Order,
    /// Most that is answered.
    pub(super) count: Option<usize>,
    /// Any so many will do, not only the nearest or farthest.
    pub(super) any: bool,
    /// Where it is stored.
    pub(super) destination: Option<Key<'a>>,
    /// Distances are stored as scores, instead of positions.
    pub(super) stores_distance: bool,
}

impl<'a> Options<'a> {
    /// Takes what stands behind the keys. `zset` is what is searched, if it is there.
    pub(super) fn take(
        args: &mut Args<'a>,
        origin: Origin,
        stores: Stores,
        destination: Option<Key<'a>>,
        zset: Option<ZsetRef<'_>>,
    ) -> Result<Options<'a>, Error> {
        let mut options = Options {
            centre: Centre::Unsaid,
            form: Form::Unsaid,
            with_distance: false,
            with_hash: false,
            with_position: false,
            order: Order::Any,
            count: None,
            any: false,
            destination,
            stores_distance: false,
        };
        match origin {
            Origin::Position => {
                options.centre = Centre::Position(position(args)?);
                options.form = circle(args)?;
            }
            Origin::Member => {
                options.centre = member(args, zset)?;
                if zset.is_some() {
                    options.form = circle(args)?;
                } else {
                    // Nobody looks at these if there is nothing to search.
                    for _ in ["radius", "unit"] {
                        args.bytes()?;
                    }
                }
            }
            Origin::Options => {}
        }
        while !args.is_empty() {
            options.next(args, origin, stores, zset)?;
        }
        options.check(args, origin)?;
        Ok(options)
    }

    fn next(
        &mut self,
        args: &mut Args<'a>,
        origin: Origin,
        stores: Stores,
        zset: Option<ZsetRef<'_>>,
    ) -> Result<(), Error> {
        let left = args.remaining();
        if args.token("WITHDIST") {
            self.with_distance = true;
        } else if args.token("WITHHASH") {
            self.with_hash = true;
        } else if args.token("WITHCOORD") {
            self.with_position = true;
        } else if args.token("ANY") {
            self.any = true;
        } else if args.token("ASC") {
            self.order = Order::Ascending;
        } else if args.token("DESC") {
            self.order = Order::Descending;
        } else if left > 1 && args.token("COUNT") {
            let count = usize::try_from(args.int()?).ok().filter(|&count| count > 0);
            self.count = Some(count.ok_or_else(|| Error::new("COUNT must be > 0"))?);
        } else if stores == Stores::IfAsked
            && left > 1
            && let Some(option) = args.one_of(&["STORE", "STOREDIST"])
        {
            self.destination = Some(args.key()?);
            self.stores_distance = option == "STOREDIST";
        } else if stores == Stores::Always && args.token("STOREDIST") {
            self.stores_distance = true;
        } else if origin != Origin::Options || !self.next_of_shape(args, left, zset)? {
            return Err(Error::Syntax);
        }
        Ok(())
    }

    /// Takes an option that tells what to search, if it is one; `left` arguments are left with it.
    fn next_of_shape(
        &mut self,
        args: &mut Args<'a>,
        left: usize,
        zset: Option<ZsetRef<'_>>,
    ) -> Result<bool, Error> {
        let is_polygon = matches!(self.form, Form::Polygon { .. });
        let may_be_member = !matches!(self.centre, Centre::Position(_)) && !is_polygon;
        let may_be_position = !matches!(self.centre, Centre::Member(_)) && !is_polygon;
        if left > 1 && may_be_member && args.token("FROMMEMBER") {
            self.centre = member(args, zset)?;
        } else if left > 2 && may_be_position && args.token("FROMLONLAT") {
            self.centre = Centre::Position(position(args)?);
        } else if left > 2
            && matches!(self.form, Form::Unsaid | Form::Circle { .. })
            && args.token("BYRADIUS")
        {
            self.form = circle(args)?;
        } else if left > 3
            && matches!(self.form, Form::Unsaid | Form::Box { .. })
            && args.token("BYBOX")
        {
            let width = length(args, "need numeric width")?;
            let height = length(args, "need numeric height")?;
            if width < 0.0 || height < 0.0 {
                return Err(Error::new("height or width cannot be negative"));
            }
            self.form = Form::Box { width, height, unit: unit(args)? };
        } else if left > 2
            && matches!(self.form, Form::Unsaid | Form::Polygon { .. })
            && matches!(self.centre, Centre::Unsaid)
            && args.token("BYPOLYGON")
        {
            self.form = polygon(args)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether the options fit together.
    fn check(&self, args: &Args<'_>, origin: Origin) -> Result<(), Error> {
        let is_shown = self.with_distance || self.with_hash || self.with_position;
        if self.destination.is_some() && is_shown {
            let what = match origin {
                Origin::Options => "GEOSEARCHSTORE",
                Origin::Position | Origin::Member => "STORE option in GEORADIUS",
            };
            let text = "is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
            return Err(Error::new(format!("{what} {text}")));
        }
        let called = args.called();
        let is_polygon = matches!(self.form, Form::Polygon { .. });
        if origin == Origin::Options && matches!(self.centre, Centre::Unsaid) && !is_polygon {
            let text = "exactly one of FROMMEMBER or FROMLONLAT can be specified for ";
            return Err(Error::quoting(text, called, ""));
        }
        if origin == Origin::Options && matches!(self.form, Form::Unsaid) {
            let text = "exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for ";
            return Err(Error::quoting(text, called, ""));
        }
        if self.any && self.count.is_none() {
            return Err(Error::new("the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// The shape to be searched, if it is known where it is.
    pub(super) fn shape(&mut self) -> Option<Shape> {
        let form = std::mem::replace(&mut self.form, Form::Unsaid);
        if let Form::Polygon { vertices } = form {
            return Some(Shape::Polygon { vertices });
        }
        let (Centre::Position(centre) | Centre::Member(Some(centre))) = self.centre else {
            return None;
        };
        match form {
            Form::Circle { radius, unit } => Some(Shape::Circle { centre, radius, unit }),
            Form::Box { width, height, unit } => Some(Shape::Box { centre, width, height, unit }),
            Form::Polygon { .. } | Form::Unsaid => None,
        }
    }
}

/// Takes a member: its position is the middle.
fn member(args: &mut Args<'_>, zset: Option<ZsetRef<'_>>) -> Result<Centre, Error> {
    let member = args.bytes()?;
    let Some(zset) = zset else { return Ok(Centre::Member(None)) };
    match zset.score(member) {
        Some(score) => Ok(Centre::Member(Some(Position::of_score(score)))),
        None => Err(Error::quoting("member ", member, " does not exist")),
    }
}

fn length(args: &mut Args<'_>, otherwise: &str) -> Result<f64, Error> {
    args.float().map_err(|_| Error::new(otherwise))
}

fn circle(args: &mut Args<'_>) -> Result<Form, Error> {
    let radius = length(args, "need numeric radius")?;
    if radius < 0.0 {
        return Err(Error::new("radius cannot be negative"));
    }
    Ok(Form::Circle { radius, unit: unit(args)? })
}

fn polygon(args: &mut Args<'_>) -> Result<Form, Error> {
    let count = args.int().ok().filter(|count| i32::try_from(*count).is_ok());
    let count = count.ok_or_else(|| Error::new("invalid number of vertices"))?;
    let room = args.remaining() / 2;
    let count = usize::try_from(count).ok().filter(|count| (3..=room).contains(count));
    let few = || Error::new("GEOSEARCH BYPOLYGON must have at least 3 vertices");
    let vertices = (0..count.ok_or_else(few)?).map(|_| position(args));
    Ok(Form::Polygon { vertices: vertices.collect::<Result<_, _>>()? })
}
