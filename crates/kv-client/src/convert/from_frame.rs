//! What answers can be read as.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use bytes::Bytes;
use kv_protocol::{Frame, RequestBuf};

use crate::error::Error;

/// A type that an answer can be read as.
///
/// | type | answers |
/// |---|---|
/// | [`Frame`] | any, as it came |
/// | `()` | any |
/// | `String` | text that is UTF-8; numbers and booleans as their text |
/// | `Vec<u8>`, `Bytes` | text of any bytes; numbers and booleans as their text |
/// | `i8`…`i64`, `u16`…`u64`, `isize`, `usize` | numbers that fit, text that is such a number |
/// | `f32`, `f64` | numbers, text that is one, `inf`, `-inf`, `nan` |
/// | `bool` | booleans, the numbers and texts 1 and 0 |
/// | `Option<T>` | null as `None`, others as `T` |
/// | `Vec<T>` | arrays, sets, pushes; maps as a list of pairs |
/// | `HashMap`, `BTreeMap` | maps; arrays of an even length, as RESP2 writes maps |
/// | tuples | arrays of that length |
///
/// An error within an array (of `EXEC`, say) makes the whole conversion that error, unless it is
/// read as a [`Frame`]. Attributes are dropped, unless read as a [`Frame`]. A `Frame` and `Bytes`
/// share memory with the answers read at the same time; copy what is to be kept for long. There is
/// no `u8`, so that `Vec<u8>` is always bytes.
pub trait FromFrame: Sized {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`Error::Conversion`] when it doesn't fit, [`Error::Server`] when it is an error.
    fn from_frame(frame: Frame) -> Result<Self, Error>;
}

impl FromFrame for Frame {
    fn from_frame(frame: Frame) -> Result<Frame, Error> {
        Ok(frame)
    }
}

impl FromFrame for () {
    fn from_frame(frame: Frame) -> Result<(), Error> {
        plain(frame).map(drop)
    }
}

impl FromFrame for Bytes {
    fn from_frame(frame: Frame) -> Result<Bytes, Error> {
        text(plain(frame)?, "text")
    }
}

impl FromFrame for Vec<u8> {
    fn from_frame(frame: Frame) -> Result<Vec<u8>, Error> {
        // Copied: `Bytes` might hand over its whole buffer, of which this is a slice.
        Bytes::from_frame(frame).map(|bytes| bytes.to_vec())
    }
}

impl FromFrame for String {
    fn from_frame(frame: Frame) -> Result<String, Error> {
        let bytes = text(plain(frame)?, "text")?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Error::conversion("UTF-8 text", &Frame::Bulk(bytes))),
        }
    }
}

/// Integers of every width, from numbers and from digits.
macro_rules! integer_from_frame {
    ($($target:ty),+) => {
        $(impl FromFrame for $target {
            fn from_frame(frame: Frame) -> Result<$target, Error> {
                let frame = plain(frame)?;
                let value = match &frame {
                    Frame::Integer(value) => <$target>::try_from(*value).ok(),
                    other => parsed(other),
                };
                value.ok_or_else(|| {
                    Error::conversion(concat!("a number that fits ", stringify!($target)), &frame)
                })
            }
        })+
    };
}

integer_from_frame!(i8, i16, i32, i64, isize, u16, u32, u64, usize);

impl FromFrame for f64 {
    fn from_frame(frame: Frame) -> Result<f64, Error> {
        let frame = plain(frame)?;
        let value = match &frame {
            Frame::Double(value) => Some(*value),
            // The nearest double, as everywhere in the language of the wire.
            Frame::Integer(value) => Some(*value as f64),
            other => parsed(other),
        };
        value.ok_or_else(|| Error::conversion("a number", &frame))
    }
}

impl FromFrame for f32 {
    fn from_frame(frame: Frame) -> Result<f32, Error> {
        f64::from_frame(frame).map(|value| value as f32)
    }
}

impl FromFrame for bool {
    fn from_frame(frame: Frame) -> Result<bool, Error> {
        let frame = plain(frame)?;
        match (&frame, frame.as_bytes()) {
            (Frame::Boolean(value), _) => Ok(*value),
            (Frame::Integer(1), _) | (_, Some(b"1")) => Ok(true),
            (Frame::Integer(0), _) | (_, Some(b"0")) => Ok(false),
            _ => Err(Error::conversion("a boolean", &frame)),
        }
    }
}

impl<T: FromFrame> FromFrame for Option<T> {
    fn from_frame(frame: Frame) -> Result<Option<T>, Error> {
        match frame {
            Frame::Attribute { frame, .. } => Self::from_frame(*frame),
            frame if frame.is_null() => Ok(None),
            frame => T::from_frame(frame).map(Some),
        }
    }
}

impl<T: FromFrame> FromFrame for Vec<T> {
    fn from_frame(frame: Frame) -> Result<Vec<T>, Error> {
        elements(frame, "an array")?.into_iter().map(T::from_frame).collect()
    }
}

impl<K, V, S> FromFrame for HashMap<K, V, S>
where
    K: FromFrame + Eq + Hash,
    V: FromFrame,
    S: BuildHasher + Default,
{
    fn from_frame(frame: Frame) -> Result<HashMap<K, V, S>, Error> {
        pairs(frame)?.into_iter().map(typed_pair).collect()
    }
}

impl<K: FromFrame + Ord, V: FromFrame> FromFrame for BTreeMap<K, V> {
    fn from_frame(frame: Frame) -> Result<BTreeMap<K, V>, Error> {
        pairs(frame)?.into_iter().map(typed_pair).collect()
    }
}

/// Arrays of parts that differ in type.
macro_rules! tuple_from_frame {
    ($expected:literal, $($part:ident),+) => {
        impl<$($part: FromFrame),+> FromFrame for ($($part,)+) {
            #[expect(non_snake_case, reason = "the type's name stands for the part as well")]
            fn from_frame(frame: Frame) -> Result<Self, Error> {
                let frames = elements(frame, $expected)?;
                match <[Frame; [$(stringify!($part)),+].len()]>::try_from(frames) {
                    Ok([$($part),+]) => Ok(($($part::from_frame($part)?,)+)),
                    Err(frames) => Err(Error::conversion($expected, &Frame::Array(frames))),
                }
            }
        }
    };
}

tuple_from_frame!("an array of 2", A, B);
tuple_from_frame!("an array of 3", A, B, C);
tuple_from_frame!("an array of 4", A, B, C, D);

/// The answer without attributes; an error frame as an error.
pub(crate) fn plain(frame: Frame) -> Result<Frame, Error> {
    let frame = frame.without_attributes();
    match frame.as_error() {
        Some(text) => Err(Error::server(text)),
        None => Ok(frame),
    }
}

/// The text of a scalar.
fn text(frame: Frame, expected: &'static str) -> Result<Bytes, Error> {
    match frame {
        Frame::Simple(text)
        | Frame::Bulk(text)
        | Frame::BigNumber(text)
        | Frame::Verbatim { text, .. } => Ok(text),
        Frame::Integer(_) | Frame::Double(_) | Frame::Boolean(_) => Ok(number_text(&frame)),
        other => Err(Error::conversion(expected, &other)),
    }
}

/// The text of a number or boolean, as a server would read it from an argument.
fn number_text(frame: &Frame) -> Bytes {
    let mut request = RequestBuf::new();
    request.push_frame(frame);
    let text = request.as_request().arg(0).and_then(|arg| arg.text());
    Bytes::copy_from_slice(text.unwrap_or_default())
}

fn parsed<T: std::str::FromStr>(frame: &Frame) -> Option<T> {
    frame.as_str()?.parse().ok()
}

/// The elements of an array, set or push; the pairs of a map as arrays of two.
fn elements(frame: Frame, expected: &'static str) -> Result<Vec<Frame>, Error> {
    match plain(frame)? {
        Frame::Array(frames) | Frame::Set(frames) | Frame::Push(frames) => Ok(frames),
        Frame::Map(pairs) => {
            Ok(pairs.into_iter().map(|(key, value)| Frame::Array(vec![key, value])).collect())
        }
        other => Err(Error::conversion(expected, &other)),
    }
}

/// The pairs of a map, or of an array in which keys and values take turns.
fn pairs(frame: Frame) -> Result<Vec<(Frame, Frame)>, Error> {
    match plain(frame)? {
        Frame::Map(pairs) => Ok(pairs),
        Frame::Array(frames) if frames.len().is_multiple_of(2) => {
            let mut frames = frames.into_iter();
            Ok(std::iter::from_fn(|| frames.next().zip(frames.next())).collect())
        }
        other => Err(Error::conversion("a map", &other)),
    }
}

fn typed_pair<K: FromFrame, V: FromFrame>((key, value): (Frame, Frame)) -> Result<(K, V), Error> {
    Ok((K::from_frame(key)?, V::from_frame(value)?))
}
