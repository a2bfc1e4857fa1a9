//! A socket that is read and written without waiting.
//!
//! Tokio keeps track of when it is ready; the calls themselves are made directly, which spares what
//! the C library does around them in programs with threads (a cancellation point each).

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use rustix::io::retry_on_intr;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Reads once, into `place`; 0 bytes are the end of the stream.
#[inline]
pub(crate) fn poll_read(
    stream: &TcpStream,
    context: &mut Context<'_>,
    place: &mut [u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_read_ready(context))?;
        let room = place.len();
        let read = || Ok(retry_on_intr(|| recv(stream, &mut *place, RecvFlags::empty()))?.0);
        if let Some(count) = once(stream, Interest::READABLE, room, read)? {
            return Poll::Ready(Ok(count));
        }
    }
}

/// Writes once, as much of `bytes` as the socket takes.
#[inline]
pub(crate) fn poll_write(
    stream: &TcpStream,
    context: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    let write = || Ok(retry_on_intr(|| send(stream, bytes, SendFlags::NOSIGNAL))?);
    poll_out(stream, context, bytes.len(), write)
}

/// Writes once, as much of `pieces` as the socket takes.
pub(crate) fn poll_write_vectored(
    stream: &TcpStream,
    context: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let room = pieces.iter().map(|piece| piece.len()).sum();
    poll_out(stream, context, room, || {
        let mut no_ancillary = SendAncillaryBuffer::default();
        let flags = SendFlags::NOSIGNAL;
        Ok(retry_on_intr(|| sendmsg(stream, pieces, &mut no_ancillary, flags))?)
    })
}

/// Writes at once if the socket was ready when it was last looked at; else waits until it is.
#[inline]
fn poll_out(
    stream: &TcpStream,
    context: &mut Context<'_>,
    room: usize,
    write: impl Fn() -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        if let Some(count) = once(stream, Interest::WRITABLE, room, &write)? {
            return Poll::Ready(Ok(count));
        }
        ready!(stream.poll_write_ready(context))?;
    }
}

/// Makes a call that moves at most `room` bytes, if the socket is ready for it: how many it moved, or
/// `None` if it was not ready.
///
/// A call that moves fewer has emptied or filled the socket. The runtime is told so, or the next call
/// would be made in vain.
#[inline]
fn once(
    stream: &TcpStream,
    interest: Interest,
    room: usize,
    call: impl FnOnce() -> io::Result<usize>,
) -> io::Result<Option<usize>> {
    let mut moved = None;
    let outcome = stream.try_io(interest, || {
        let count = call()?;
        moved = Some(count);
        if count == 0 || count == room { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    });
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(moved),
    }
}
