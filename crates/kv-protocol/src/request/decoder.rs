//! From bytes to requests, resumable at any byte.

use super::requests::{RequestEnd, whole_request};
use super::{ArgSpan, Request, Requests, inline};
use crate::error::ProtocolError;
use crate::header::{bulk_length, request_count};
use crate::limits::Limits;
use crate::line::Line;
use crate::number::{short_length, shortest_length};
use crate::protocol::RequestSyntax;
use crate::scan::Scanner;

/// What [`RequestDecoder::decode`] found at the start of the buffer.
#[derive(Debug)]
pub enum Decoded<'a> {
    /// The request isn't whole yet: call again with the same bytes and more.
    Incomplete,
    /// A request without arguments (`*0`, `*-1`, a blank line): nothing to do, nothing to answer.
    Empty {
        /// Bytes to drop from the start of the buffer.
        consumed: usize,
    },
    /// A request with at least one argument.
    Request {
        /// The arguments, borrowed from the buffer (from the decoder, when inline).
        request: Request<'a>,
        /// Bytes to drop from the start of the buffer once the request is done with.
        consumed: usize,
    },
}

/// Cuts requests out of a growing buffer.
///
/// Every call passes a buffer that starts where the unfinished request starts. The decoder
/// remembers how far it came, so nothing is gone over again (but for the few digits of a length
/// that came in parts); and it remembers where the arguments lie, so none is copied. After a
/// request (or an error) it is ready for the next one.
///
/// It makes room again in the call that follows: call it until it says `Incomplete`, or call
/// [`rest`](RequestDecoder::rest), before a connection is left idle.
///
/// ```text
///            '*'                      count > 0                    none left
///   Start ───────► Count ───────────────────────► Args ◄──┐ ───────────────► request
///     │              │ count <= 0                  │      │
///     │ other        ▼                             ├──────┤ '$': its line, its payload
///     └─► Inline   empty                           └──────┘ else: a frame (native syntax)
/// ```
///
/// Memory: 8 bytes for each argument seen so far, released again when a request had more than
/// 1024 of them; a counter for each open aggregate; the words of one inline request.
#[derive(Debug)]
pub struct RequestDecoder {
    syntax: RequestSyntax,
    limits: Limits,
    stage: Stage,
    /// Where the line or argument being read starts.
    pos: usize,
    /// How far the line has been searched for its end, if that's beyond `pos`.
    seen: usize,
    /// Arguments still to come.
    left: usize,
    /// The payload awaited: its length, starting at `pos`.
    bulk: Option<usize>,
    /// Whether `scanner` is in the middle of a frame that starts at `pos`.
    in_frame: bool,
    scanner: Scanner,
    spans: Vec<ArgSpan>,
    /// Where the requests of [`decode_many`](RequestDecoder::decode_many) end.
    ends: Vec<RequestEnd>,
    /// The words of an inline request, without quotes and escapes.
    words: Vec<u8>,
    needed: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Start,
    Inline,
    Count,
    Args,
}

/// Where the finished request's arguments lie.
enum Source {
    Buffer,
    Words,
}

/// Requests that start behind this many bytes are left to the next call of `decode_many`, so that all
/// offsets fit their 31 bits: a request as a whole is no longer than `Limits::LARGEST`.
const FAR: usize = 16 << 20;

/// Most spans kept for the next request.
const KEPT_SPANS: usize = 1024;

/// Most bytes of inline words kept for the next request.
const KEPT_WORDS: usize = 4 << 10;

impl RequestDecoder {
    /// A decoder at the start of a stream.
    pub fn new(syntax: RequestSyntax, limits: Limits) -> RequestDecoder {
        RequestDecoder {
            syntax,
            limits,
            stage: Stage::Start,
            pos: 0,
            seen: 0,
            left: 0,
            bulk: None,
            in_frame: false,
            scanner: Scanner::default(),
            spans: Vec::new(),
            ends: Vec::new(),
            words: Vec::new(),
            needed: 1,
        }
    }

    /// Changes which arguments are taken, from the next argument on.
    pub fn set_syntax(&mut self, syntax: RequestSyntax) {
        self.syntax = syntax;
    }

    /// Changes the limits, from the next length on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// After [`Decoded::Incomplete`]: the fewest further bytes with which decoding can go on, at
    /// least 1. In the middle of a bulk string it's what is missing of it.
    #[inline]
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// Bytes of memory held, spare room included; the caller's buffer is not counted.
    pub fn memory(&self) -> usize {
        self.spans.capacity() * size_of::<ArgSpan>()
            + self.ends.capacity() * size_of::<RequestEnd>()
            + self.words.capacity()
            + self.scanner.memory()
    }

    /// Decodes the request at the start of `buf`.
    ///
    /// # Errors
    /// A [`ProtocolError`] when the bytes are no request or pass a limit, as soon as that's
    /// certain; what is reported doesn't depend on how the bytes were split. The stream can't be
    /// followed after it.
    #[inline]
    pub fn decode<'a>(&'a mut self, buf: &'a [u8]) -> Result<Decoded<'a>, ProtocolError> {
        let Some(source) = self.advance_one(buf)? else { return Ok(Decoded::Incomplete) };
        let consumed = self.pos;
        if self.spans.is_empty() {
            return Ok(Decoded::Empty { consumed });
        }
        let buf = self.bytes_of(source, buf);
        Ok(Decoded::Request { request: Request { buf, spans: &self.spans }, consumed })
    }

    /// Decodes the requests at the start of `buf`, at most `max` and at least one if one is whole:
    /// what [`decode`](RequestDecoder::decode) would give one after the other. Whoever answers them
    /// must stop, and go on from there with a call of its own, where an answer changes the syntax.
    ///
    /// Nothing is consumed when the next request is not whole yet.
    ///
    /// # Errors
    /// As [`decode`](RequestDecoder::decode), once every request before the malformed one was given.
    #[inline]
    pub fn decode_many<'a>(
        &'a mut self,
        buf: &'a [u8],
        max: usize,
    ) -> Result<Requests<'a>, ProtocolError> {
        self.ends.clear();
        if self.stage == Stage::Start {
            self.begin();
            let mut end = 0;
            while self.ends.len() < max
                && end < FAR
                && let Some(next) = whole_request(buf, end, &self.limits, &mut self.spans)
            {
                end = next;
                self.ends.push(RequestEnd { spans: self.spans.len() as u32, bytes: end as u32 });
            }
            if end > 0 {
                let (spans, ends) = (&self.spans, &self.ends);
                return Ok(Requests { buf, spans, ends, consumed: end });
            }
        }
        let finished = self.advance_one(buf)?;
        let Some(source) = finished else {
            return Ok(Requests { buf, spans: &[], ends: &[], consumed: 0 });
        };
        let consumed = self.pos;
        if !self.spans.is_empty() {
            self.ends.push(RequestEnd { spans: self.spans.len() as u32, bytes: consumed as u32 });
        }
        let buf = self.bytes_of(source, buf);
        Ok(Requests { buf, spans: &self.spans, ends: &self.ends, consumed })
    }

    /// Goes on as far as the bytes reach, and is ready for the next request if one has ended.
    #[inline]
    fn advance_one(&mut self, buf: &[u8]) -> Result<Option<Source>, ProtocolError> {
        let finished = self.advance(buf);
        if !matches!(finished, Ok(None)) {
            self.stage = Stage::Start;
        }
        finished
    }

    #[inline]
    fn bytes_of<'a>(&'a self, source: Source, buf: &'a [u8]) -> &'a [u8] {
        match source {
            Source::Buffer => buf,
            Source::Words => &self.words,
        }
    }

    /// Goes on as far as the bytes reach: `None` when they end before the request does.
    fn advance(&mut self, buf: &[u8]) -> Result<Option<Source>, ProtocolError> {
        if self.stage == Stage::Start {
            self.begin();
            self.stage = match buf.first() {
                None => return Ok(None),
                Some(b'*') => Stage::Count,
                Some(_) => Stage::Inline,
            };
        }
        if self.stage == Stage::Inline {
            return self.inline(buf);
        }
        if self.stage == Stage::Count && !self.count(buf)? {
            return Ok(None);
        }
        self.whole_bulks(buf);
        while self.left > 0 {
            if !self.argument(buf)? {
                return Ok(None);
            }
            self.left -= 1;
            self.whole_bulks(buf);
        }
        Ok(Some(Source::Buffer))
    }

    /// Reads the arguments that are the usual thing: bulk strings, whole, of lengths on the short
    /// road, within the limits. Stops in front of any other, which is for `argument` to judge.
    #[inline]
    fn whole_bulks(&mut self, buf: &[u8]) {
        if self.bulk.is_some() || self.in_frame {
            return; // in the middle of an argument
        }
        let buf = &buf[..buf.len().min(self.limits.request())];
        // Locals stay in registers; fields would be stored for every argument.
        let (mut pos, mut left) = (self.pos, self.left);
        while left > 0
            && let Some((span, next)) = short_bulk(buf, pos, &self.limits)
        {
            self.spans.push(span);
            pos = next;
            left -= 1;
        }
        (self.pos, self.left) = (pos, left);
    }

    /// Gives back what a large request has taken, once it is done with and no other has begun: for
    /// before a connection is left idle. A call that found the next request incomplete has done so.
    #[inline]
    pub fn rest(&mut self) {
        if self.stage == Stage::Start && self.spans.capacity() > KEPT_SPANS {
            self.spans = Vec::new();
        }
    }

    /// Forgets the last request.
    #[inline]
    fn begin(&mut self) {
        self.spans.clear();
        if self.spans.capacity() > KEPT_SPANS {
            self.spans.shrink_to(KEPT_SPANS);
        }
        if !self.words.is_empty() {
            self.words.clear();
            self.words.shrink_to(KEPT_WORDS);
        }
        self.pos = 0;
        self.seen = 0;
        self.bulk = None;
        self.in_frame = false;
        self.needed = 1;
    }

    /// Reads `*N`; whether it was there as a whole.
    fn count(&mut self, buf: &[u8]) -> Result<bool, ProtocolError> {
        let (count, next) = match short_length(buf, 1) {
            Some((count, next)) if count <= self.limits.max_args => (count, next),
            _ => {
                let Some(line) = self.line(buf, ProtocolError::TooBigMultibulkCount)? else {
                    return Ok(false);
                };
                if !line.ended_well {
                    return Err(ProtocolError::InvalidCrlf);
                }
                (request_count(&line.text[1..], &self.limits)?, line.next)
            }
        };
        self.move_to(next)?;
        self.left = count;
        self.stage = Stage::Args;
        Ok(true)
    }

    /// Reads one argument; whether it was there as a whole.
    fn argument(&mut self, buf: &[u8]) -> Result<bool, ProtocolError> {
        let len = match self.bulk {
            Some(len) => len,
            None => match self.bulk_header(buf)? {
                Head::Incomplete => {
                    self.needed = 1;
                    return Ok(false);
                }
                Head::Frame => return self.frame(buf),
                Head::Bulk(len) => len,
            },
        };
        let end = self.pos + len;
        let Some(ending) = buf.get(end..end + 2) else {
            self.bulk = Some(len);
            self.needed = end + 2 - buf.len();
            return Ok(false);
        };
        if ending != b"\r\n" {
            return Err(ProtocolError::InvalidCrlf);
        }
        self.spans.push(ArgSpan::bytes(self.pos, end));
        self.bulk = None;
        self.move_to(end + 2)?;
        Ok(true)
    }

    /// Reads the line of a bulk string, or tells that something else stands there.
    fn bulk_header(&mut self, buf: &[u8]) -> Result<Head, ProtocolError> {
        let Some(&kind) = buf.get(self.pos) else { return Ok(Head::Incomplete) };
        let native = self.syntax == RequestSyntax::Native;
        if native && kind != b'$' {
            return Ok(Head::Frame);
        }
        let Some(line) = self.line(buf, ProtocolError::TooBigBulkCount)? else {
            return Ok(Head::Incomplete);
        };
        if kind != b'$' {
            return Err(ProtocolError::ExpectedBulk(kind));
        }
        if !line.ended_well {
            return Err(ProtocolError::InvalidCrlf);
        }
        let (text, next) = (&line.text[1..], line.next);
        if native && text == b"-1" {
            return Ok(Head::Frame);
        }
        let len = bulk_length(text, &self.limits)?;
        self.move_to(next)?;
        self.limits.check_blob(next, len)?;
        Ok(Head::Bulk(len))
    }

    /// Reads one frame as an argument; whether it was there as a whole.
    fn frame(&mut self, buf: &[u8]) -> Result<bool, ProtocolError> {
        if !self.in_frame {
            self.scanner.start(self.pos);
            self.in_frame = true;
        }
        let Some((end, _)) = self.scanner.scan(buf, &self.limits)? else {
            self.needed = self.scanner.needed();
            return Ok(false);
        };
        self.in_frame = false;
        self.spans.push(ArgSpan::frame(self.pos, end));
        self.move_to(end)?;
        Ok(true)
    }

    /// Reads an inline request: a line that ends in LF, maybe CR LF.
    fn inline(&mut self, buf: &[u8]) -> Result<Option<Source>, ProtocolError> {
        // No LF may stand beyond this, so no byte beyond it is looked at.
        let until = buf.len().min(self.limits.line().saturating_add(1));
        let unseen = buf.get(self.seen..until).unwrap_or_default();
        let Some(lf) = memchr::memchr(b'\n', unseen).map(|i| self.seen + i) else {
            crate::steps::count(unseen.len());
            self.seen += unseen.len();
            return if self.seen > self.limits.line() {
                Err(ProtocolError::TooBigInlineRequest)
            } else {
                self.needed = 1;
                Ok(None)
            };
        };
        crate::steps::count(lf + 1 - self.seen);
        self.move_to(lf + 1)?;
        let line = buf[..lf].strip_suffix(b"\r").unwrap_or(&buf[..lf]);
        inline::split(line, &mut self.words, &mut self.spans)?;
        Ok(Some(Source::Words))
    }

    fn line<'a>(
        &mut self,
        buf: &'a [u8],
        too_big: ProtocolError,
    ) -> Result<Option<Line<'a>>, ProtocolError> {
        Line::find(buf, self.pos, &mut self.seen, self.limits.line(), too_big)
    }

    #[inline]
    fn move_to(&mut self, pos: usize) -> Result<(), ProtocolError> {
        self.limits.check_request(pos)?;
        self.pos = pos;
        Ok(())
    }
}

/// Reads the bulk string at `pos` if it is whole, of a length on the short road and within the
/// limits: where it lies, and what comes behind it.
#[inline(always)]
pub(super) fn short_bulk(buf: &[u8], pos: usize, limits: &Limits) -> Option<(ArgSpan, usize)> {
    crate::steps::count(1);
    let (len, start) = match buf.get(pos..).and_then(|rest| rest.first_chunk()) {
        Some(word) if let Some((len, head)) = shortest_length(b'$', *word) => (len, pos + head),
        _ if buf.get(pos) == Some(&b'$') => short_length(buf, pos + 1)?,
        _ => return None,
    };
    let end = start + len;
    let ending = buf.get(end..).and_then(|rest| rest.first_chunk());
    let whole = len <= limits.max_bulk && ending == Some(b"\r\n");
    whole.then(|| (ArgSpan::bytes(start, end), end + 2))
}

/// What stands where an argument starts.
enum Head {
    /// Not enough of it to tell.
    Incomplete,
    /// A bulk string of so many bytes, from `pos` on.
    Bulk(usize),
    /// Any other frame.
    Frame,
}
