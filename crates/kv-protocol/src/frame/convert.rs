//! Looking into frames, and making them from plain values.

use bytes::Bytes;

use super::Frame;

impl Frame {
    /// The text or payload of a simple, bulk or verbatim string or big number.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Frame::Simple(text)
            | Frame::Bulk(text)
            | Frame::BigNumber(text)
            | Frame::Verbatim { text, .. } => Some(text),
            _ => None,
        }
    }

    /// [`as_bytes`](Frame::as_bytes), if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()?).ok()
    }

    /// The number of an integer frame.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Frame::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The number of a double frame.
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Frame::Double(value) => Some(*value),
            _ => None,
        }
    }

    /// The truth of a boolean frame.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Frame::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The members of an array, set or push.
    pub fn as_array(&self) -> Option<&[Frame]> {
        match self {
            Frame::Array(frames) | Frame::Set(frames) | Frame::Push(frames) => Some(frames),
            _ => None,
        }
    }

    /// The pairs of a map.
    pub fn as_map(&self) -> Option<&[(Frame, Frame)]> {
        match self {
            Frame::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The whole text of an error or bulk error, its code included.
    pub fn as_error(&self) -> Option<&[u8]> {
        match self {
            Frame::Error(text) | Frame::BulkError(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is a null of either shape.
    pub fn is_null(&self) -> bool {
        matches!(self, Frame::Null | Frame::NullArray)
    }

    /// Whether this is an error or bulk error.
    pub fn is_error(&self) -> bool {
        self.as_error().is_some()
    }

    /// The frame itself, without the attributes it may come with.
    pub fn without_attributes(self) -> Frame {
        match self {
            Frame::Attribute { frame, .. } => frame.without_attributes(),
            frame => frame,
        }
    }
}

/// Bulk strings from anything that is bytes.
macro_rules! bulk_from {
    ($($source:ty => $bytes:expr),+ $(,)?) => {
        $(impl From<$source> for Frame {
            fn from(value: $source) -> Frame {
                Frame::Bulk($bytes(value))
            }
        })+
    };
}

bulk_from! {
    Bytes => std::convert::identity,
    Vec<u8> => Bytes::from,
    String => Bytes::from,
    &str => |text: &str| Bytes::copy_from_slice(text.as_bytes()),
    &String => |text: &String| Bytes::copy_from_slice(text.as_bytes()),
    &[u8] => Bytes::copy_from_slice,
}

impl<const N: usize> From<&[u8; N]> for Frame {
    fn from(value: &[u8; N]) -> Frame {
        Frame::from(value.as_slice())
    }
}

/// Integers from every type that fits.
macro_rules! integer_from {
    ($($source:ty),+) => {
        $(impl From<$source> for Frame {
            fn from(value: $source) -> Frame {
                Frame::Integer(i64::from(value))
            }
        })+
    };
}

integer_from!(i8, i16, i32, i64, u8, u16, u32);

impl From<f64> for Frame {
    fn from(value: f64) -> Frame {
        Frame::Double(value)
    }
}

impl From<bool> for Frame {
    fn from(value: bool) -> Frame {
        Frame::Boolean(value)
    }
}

impl From<Vec<Frame>> for Frame {
    fn from(frames: Vec<Frame>) -> Frame {
        Frame::Array(frames)
    }
}

impl From<Vec<(Frame, Frame)>> for Frame {
    fn from(pairs: Vec<(Frame, Frame)>) -> Frame {
        Frame::Map(pairs)
    }
}

impl<T: Into<Frame>> From<Option<T>> for Frame {
    /// `None` is a null.
    fn from(value: Option<T>) -> Frame {
        value.map_or(Frame::Null, Into::into)
    }
}
