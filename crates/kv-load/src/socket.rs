//! A non-blocking connection under an epoll, and what it has not been able to send yet.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;

use anyhow::{Context, Result, bail};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};

/// Events taken from the kernel at a time.
const EVENTS: usize = 256;

/// A set of sockets, each under a number.
pub(crate) struct Poll {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poll {
    pub(crate) fn new() -> Result<Poll> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("no epoll")?;
        Ok(Poll { epoll, events: Vec::with_capacity(EVENTS) })
    }

    /// Waits for sockets that can be read from, or written to if asked; for ever, or not at all. What
    /// it returns goes back by [`Poll::give_back`], so that the list is allocated once.
    pub(crate) fn wait(&mut self, block: bool) -> Result<Vec<epoll::Event>> {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let timeout = if block { None } else { Some(&at_once) };
        match epoll::wait(&self.epoll, spare_capacity(&mut events), timeout) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(events),
            Err(error) => Err(error).context("cannot wait for sockets"),
        }
    }

    pub(crate) fn give_back(&mut self, events: Vec<epoll::Event>) {
        self.events = events;
    }

    pub(crate) fn add(&self, socket: impl std::os::fd::AsFd, number: u64) -> Result<()> {
        epoll::add(&self.epoll, socket, EventData::new_u64(number), EventFlags::IN)
            .context("cannot watch a socket")
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    number: u64,
    unsent: Vec<u8>,
    /// How much of `unsent` has been sent.
    sent: usize,
    /// Whether the kernel took less than was written, and will tell when it takes more.
    blocked: bool,
}

impl Socket {
    /// Connects, and watches for replies under that number.
    pub(crate) fn connect(to: SocketAddr, poll: &Poll, number: u64) -> Result<Socket> {
        let stream = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
        Socket::adopt(stream, poll, number)
    }

    /// Takes a connection that somebody else made.
    pub(crate) fn adopt(stream: TcpStream, poll: &Poll, number: u64) -> Result<Socket> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        poll.add(&stream, number)?;
        Ok(Socket { stream, number, unsent: Vec::new(), sent: 0, blocked: false })
    }

    /// Bytes that wait to be sent.
    pub(crate) fn backlog(&self) -> usize {
        self.unsent.len() - self.sent
    }

    /// Sends now what the kernel takes, and the rest when [`Socket::flush`] is called.
    pub(crate) fn send(&mut self, bytes: &[u8], poll: &Poll) -> Result<()> {
        if self.backlog() > 0 {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = self.write(bytes)?;
        if sent < bytes.len() {
            self.unsent.extend_from_slice(&bytes[sent..]);
            self.watch(true, poll)?;
        }
        Ok(())
    }

    /// Sends what was kept, unless the kernel is known to take nothing.
    pub(crate) fn flush_unless_blocked(&mut self, poll: &Poll) -> Result<()> {
        if self.blocked { Ok(()) } else { self.flush(poll) }
    }

    /// Keeps bytes to be sent by the next [`Socket::flush`].
    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Sends what was kept, as far as the kernel takes it.
    pub(crate) fn flush(&mut self, poll: &Poll) -> Result<()> {
        let unsent = std::mem::take(&mut self.unsent);
        let written = self.write(&unsent[self.sent..]);
        self.unsent = unsent;
        self.sent += written?;
        let blocked = self.backlog() > 0;
        if !blocked {
            self.unsent.clear();
            self.sent = 0;
        }
        self.watch(blocked, poll)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(0) => bail!("the other end takes nothing"),
                Ok(written) => sent += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("cannot send"),
            }
        }
        Ok(sent)
    }

    /// Asks to be told when the kernel takes bytes again, or no longer.
    fn watch(&mut self, blocked: bool, poll: &Poll) -> Result<()> {
        if self.blocked == blocked {
            return Ok(());
        }
        self.blocked = blocked;
        let flags = if blocked { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        epoll::modify(&poll.epoll, &self.stream, EventData::new_u64(self.number), flags)
            .context("cannot watch a socket")
    }

    /// Reads once; `None` if nothing is there. The end of the stream is 0 bytes.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.stream.read(into) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
