//! Commands by name, and how they are written for each dialect.

use kv_protocol::{
    Arg, Decoded, Frame, Limits, Protocol, Request, RequestBuf, RequestDecoder, RequestSyntax,
};

use crate::convert::ToArg;
use crate::error::Error;

/// A command and its arguments, bound to no client: what [`Pipeline::cmd`](crate::Pipeline::cmd)
/// takes.
///
/// ```
/// use kv_client::Command;
///
/// let command = Command::new("SET").arg("key").arg(5).args(["EX", "60"]);
/// assert_eq!(command.as_request().len(), 5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Command {
    request: RequestBuf,
    /// Bytes of the arguments so far, about; kept below what a server takes.
    size: usize,
    too_big: bool,
}

/// Bytes that any frame may take apart from its payload: mark, length, line ends.
const FRAME_OVERHEAD: usize = 32;

impl Command {
    /// A command without arguments; its name may be of several words (`CLIENT ID`).
    pub fn new(name: &str) -> Command {
        let mut command = Command::default();
        name.split_ascii_whitespace().for_each(|word| command.push_bytes(word.as_bytes()));
        command
    }

    /// Adds one argument; a list becomes an array, which only the native dialect takes.
    #[must_use]
    pub fn arg(mut self, value: impl ToArg) -> Command {
        value.push_to(&mut self);
        self
    }

    /// Adds every element as an argument of its own.
    #[must_use]
    pub fn args(mut self, values: impl IntoIterator<Item = impl ToArg>) -> Command {
        values.into_iter().for_each(|value| value.push_to(&mut self));
        self
    }

    /// Adds an argument of plain bytes.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        if self.has_room(bytes.len()) {
            self.request.push(bytes);
        }
    }

    /// Adds a frame as one argument.
    pub fn push_frame(&mut self, frame: &Frame) {
        if self.has_room(size(frame)) {
            self.request.push_frame(frame);
        }
    }

    /// The name and the arguments.
    pub fn as_request(&self) -> Request<'_> {
        self.request.as_request()
    }

    /// Counts `more` bytes in, unless they pass what one request may hold: a server would hang up.
    fn has_room(&mut self, more: usize) -> bool {
        let size = self.size.saturating_add(more).saturating_add(FRAME_OVERHEAD);
        self.too_big |= size > Limits::DEFAULT.max_request;
        if !self.too_big {
            self.size = size;
        }
        !self.too_big
    }

    /// Appends the command as it travels in the dialect.
    ///
    /// # Errors
    /// [`Error::Usage`] for what a server of that dialect would hang up on; nothing useful is
    /// appended then.
    pub(crate) fn encode(&self, out: &mut Vec<u8>, protocol: Protocol) -> Result<(), Error> {
        if self.too_big {
            let most = Limits::DEFAULT.max_request;
            return Err(Error::Usage(format!("the command is longer than {most} bytes")));
        }
        if self.as_request().is_empty() {
            return Err(Error::Usage("a command needs a name".to_owned()));
        }
        let start = out.len();
        let syntax = match protocol {
            Protocol::Native => {
                self.request.encode(out);
                RequestSyntax::Native
            }
            Protocol::Resp2 | Protocol::Resp3 => {
                let is_text = |arg| matches!(arg, Arg::Bytes(_));
                if self.as_request().iter().all(is_text) {
                    self.request.encode(out);
                } else {
                    texts_only(self.as_request())?.encode(out);
                }
                RequestSyntax::Redis
            }
        };
        acceptable(&out[start..], syntax)
    }
}

/// The same request with every argument as a bulk string.
fn texts_only(request: Request<'_>) -> Result<RequestBuf, Error> {
    let mut texts = RequestBuf::new();
    for (index, arg) in request.iter().enumerate() {
        let text = arg.text().ok_or_else(|| {
            Error::Usage(format!(
                "argument {index} is structured or null, and the Redis dialect takes only texts \
                 and numbers; use the native dialect for it"
            ))
        })?;
        texts.push(text);
    }
    Ok(texts)
}

/// Asks the decoder that servers use. What it refuses would end the connection, and with it
/// everybody else's commands on it.
fn acceptable(encoded: &[u8], syntax: RequestSyntax) -> Result<(), Error> {
    match RequestDecoder::new(syntax, Limits::DEFAULT).decode(encoded) {
        Ok(Decoded::Request { consumed, .. }) if consumed == encoded.len() => Ok(()),
        Ok(_) => Err(Error::Usage("the command is not one whole request".to_owned())),
        Err(error) => Err(Error::Usage(format!("no server would take this command: {error}"))),
    }
}

/// The bytes that a frame takes in a request, never too few.
fn size(frame: &Frame) -> usize {
    let payload = match frame {
        Frame::Array(frames) | Frame::Set(frames) | Frame::Push(frames) => {
            frames.iter().map(size).sum()
        }
        Frame::Map(pairs) => pairs_size(pairs),
        Frame::Attribute { attributes, frame } => pairs_size(attributes) + size(frame),
        other => other.as_bytes().or(other.as_error()).map_or(0, <[u8]>::len),
    };
    payload + FRAME_OVERHEAD
}

fn pairs_size(pairs: &[(Frame, Frame)]) -> usize {
    pairs.iter().map(|(key, value)| size(key) + size(value)).sum()
}

impl<T: ToArg> FromIterator<T> for Command {
    /// The first element is the name.
    fn from_iter<I: IntoIterator<Item = T>>(args: I) -> Command {
        Command::default().args(args)
    }
}

impl<T: ToArg, const N: usize> From<[T; N]> for Command {
    fn from(args: [T; N]) -> Command {
        args.into_iter().collect()
    }
}

impl<T: ToArg> From<&[T]> for Command {
    fn from(args: &[T]) -> Command {
        args.iter().collect()
    }
}
