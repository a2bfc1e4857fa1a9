//! Values that can be arguments.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use kv_protocol::Frame;

use crate::command::Command;

/// A value that can be one argument of a command.
///
/// | value | native dialect | Redis dialect |
/// |---|---|---|
/// | `str`, `String`, `[u8]`, `[u8; N]`, `Vec<u8>`, `Bytes` | bulk string | bulk string |
/// | `i8`…`i64`, `u16`…`u64`, `isize`, `usize` | number | its digits |
/// | `f32`, `f64` | double | its digits |
/// | `bool` | boolean | `1` or `0` |
/// | `Option<T>` | as `T`, or null | as `T`, or an error |
/// | `[T]`, `[T; N]`, `Vec<T>`, tuples | array | error |
/// | `HashMap`, `BTreeMap` | dictionary | error |
/// | [`Frame`] | that frame | its text, if it is a scalar |
///
/// The errors are [`Error::Usage`](crate::Error::Usage), raised before anything is sent. There is
/// no `u8`, so that `Vec<u8>` and `[u8]` are always bytes. To send a list as several arguments use
/// [`Command::args`].
pub trait ToArg {
    /// The value as a frame.
    fn to_frame(&self) -> Frame;

    /// Appends the value to a command. What is bytes already needs no frame in between.
    fn push_to(&self, command: &mut Command) {
        command.push_frame(&self.to_frame());
    }
}

impl<T: ToArg + ?Sized> ToArg for &T {
    fn to_frame(&self) -> Frame {
        (**self).to_frame()
    }

    fn push_to(&self, command: &mut Command) {
        (**self).push_to(command);
    }
}

impl ToArg for Frame {
    fn to_frame(&self) -> Frame {
        self.clone()
    }

    fn push_to(&self, command: &mut Command) {
        command.push_frame(self);
    }
}

/// Bulk strings from everything that is bytes.
macro_rules! bytes_to_arg {
    ($($source:ty),+) => {
        $(impl ToArg for $source {
            fn to_frame(&self) -> Frame {
                let bytes: &[u8] = self.as_ref();
                Frame::Bulk(Bytes::copy_from_slice(bytes))
            }

            fn push_to(&self, command: &mut Command) {
                command.push_bytes(self.as_ref());
            }
        })+
    };
}

bytes_to_arg!(str, String, [u8], Vec<u8>, Bytes);

impl<const N: usize> ToArg for [u8; N] {
    fn to_frame(&self) -> Frame {
        self.as_slice().to_frame()
    }

    fn push_to(&self, command: &mut Command) {
        self.as_slice().push_to(command);
    }
}

/// Numbers of every width; what is past `i64` travels as a big number.
macro_rules! integer_to_arg {
    ($($source:ty),+) => {
        $(impl ToArg for $source {
            fn to_frame(&self) -> Frame {
                match i64::try_from(*self) {
                    Ok(value) => Frame::Integer(value),
                    Err(_) => Frame::BigNumber(Bytes::from(self.to_string())),
                }
            }
        })+
    };
}

integer_to_arg!(i8, i16, i32, i64, isize, u16, u32, u64, usize);

/// Values that are as good as another one.
macro_rules! same_as {
    ($($source:ty => $frame:expr),+ $(,)?) => {
        $(impl ToArg for $source {
            fn to_frame(&self) -> Frame {
                $frame(*self)
            }
        })+
    };
}

same_as! {
    f32 => |value: f32| Frame::Double(f64::from(value)),
    f64 => Frame::Double,
    bool => Frame::Boolean,
}

impl<T: ToArg> ToArg for Option<T> {
    fn to_frame(&self) -> Frame {
        self.as_ref().map_or(Frame::Null, ToArg::to_frame)
    }

    fn push_to(&self, command: &mut Command) {
        match self {
            Some(value) => value.push_to(command),
            None => command.push_frame(&Frame::Null),
        }
    }
}

impl<T: ToArg> ToArg for [T] {
    fn to_frame(&self) -> Frame {
        Frame::Array(self.iter().map(ToArg::to_frame).collect())
    }
}

impl<T: ToArg> ToArg for Vec<T> {
    fn to_frame(&self) -> Frame {
        self.as_slice().to_frame()
    }
}

impl<T: ToArg, const N: usize> ToArg for [T; N] {
    fn to_frame(&self) -> Frame {
        self.as_slice().to_frame()
    }
}

impl<K: ToArg, V: ToArg, S> ToArg for HashMap<K, V, S> {
    fn to_frame(&self) -> Frame {
        Frame::Map(self.iter().map(|(key, value)| (key.to_frame(), value.to_frame())).collect())
    }
}

impl<K: ToArg, V: ToArg> ToArg for BTreeMap<K, V> {
    fn to_frame(&self) -> Frame {
        Frame::Map(self.iter().map(|(key, value)| (key.to_frame(), value.to_frame())).collect())
    }
}

/// Arrays of parts that differ in type.
macro_rules! tuple_to_arg {
    ($($part:ident),+) => {
        impl<$($part: ToArg),+> ToArg for ($($part,)+) {
            fn to_frame(&self) -> Frame {
                #[expect(non_snake_case, reason = "the type's name stands for the part as well")]
                let ($($part,)+) = self;
                Frame::Array(vec![$($part.to_frame()),+])
            }
        }
    };
}

tuple_to_arg!(A, B);
tuple_to_arg!(A, B, C);
tuple_to_arg!(A, B, C, D);
