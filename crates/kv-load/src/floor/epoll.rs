//! One thread, `epoll_wait`, `read`, `write`.

use std::net::TcpListener;

use anyhow::Result;

use super::{Answers, Progress, READ};
use crate::socket::{Poll, Socket};

/// The listener's number; connections have those below.
const LISTENER: u64 = u64::MAX;

pub(super) fn run(listener: &TcpListener, answers: &Answers) -> Result<()> {
    let mut poll = Poll::new()?;
    poll.add(listener, LISTENER)?;
    let mut connections: Vec<Option<(Socket, Progress)>> = Vec::new();
    let (mut buffer, mut out) = (vec![0; READ], Vec::new());
    loop {
        let events = poll.wait(true)?;
        for event in &events {
            let number = event.data.u64();
            if number == LISTENER {
                let (stream, _) = listener.accept()?;
                let socket = Socket::adopt(stream, &poll, connections.len() as u64)?;
                connections.push(Some((socket, Progress::default())));
                continue;
            }
            let slot = &mut connections[number as usize];
            let Some((socket, progress)) = slot else { continue };
            if turn(socket, progress, answers, &mut buffer, &mut out, &poll).is_err() {
                *slot = None;
            }
        }
        poll.give_back(events);
    }
}

/// Reads once and answers. The end of a connection is an error here.
fn turn(
    socket: &mut Socket,
    progress: &mut Progress,
    answers: &Answers,
    buffer: &mut [u8],
    out: &mut Vec<u8>,
    poll: &Poll,
) -> Result<()> {
    if socket.backlog() > 0 {
        socket.flush(poll)?;
    }
    let Some(read) = socket.read(buffer)? else { return Ok(()) };
    anyhow::ensure!(read > 0, "the client has gone");
    out.clear();
    answers.answer(progress, &buffer[..read], out)?;
    socket.send(out, poll)
}
