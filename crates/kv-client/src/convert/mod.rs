//! Values of a program to arguments, and answers to values of a program.

mod from_frame;
mod to_arg;

pub use from_frame::FromFrame;
pub(crate) use from_frame::plain;
pub use to_arg::ToArg;
