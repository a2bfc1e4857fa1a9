//! Equality of frames as a reader of RESP3 sees it.

use kv_protocol::Frame;

/// Whether two frames mean the same: a NaN is itself here, and the two shapes of null are one.
pub fn same(left: &Frame, right: &Frame) -> bool {
    let pairs = |left: &[(Frame, Frame)], right: &[(Frame, Frame)]| {
        left.len() == right.len()
            && left.iter().zip(right).all(|(l, r)| same(&l.0, &r.0) && same(&l.1, &r.1))
    };
    match (left, right) {
        (Frame::Double(left), Frame::Double(right)) => {
            left == right || (left.is_nan() && right.is_nan())
        }
        (Frame::Array(left), Frame::Array(right))
        | (Frame::Set(left), Frame::Set(right))
        | (Frame::Push(left), Frame::Push(right)) => all_same(left, right),
        (Frame::Map(left), Frame::Map(right)) => pairs(left, right),
        (
            Frame::Attribute { attributes: left, frame: left_frame },
            Frame::Attribute { attributes: right, frame: right_frame },
        ) => pairs(left, right) && same(left_frame, right_frame),
        (left, right) => left == right || (left.is_null() && right.is_null()),
    }
}

/// [`same`], of each of two lists.
pub fn all_same(left: &[Frame], right: &[Frame]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
}
