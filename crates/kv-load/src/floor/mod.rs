//! Servers that do nothing: they read, count requests, and write canned replies of the right bytes.
//! What they cost is the kernel's part (and the runtime's), which no real server can go below.

mod epoll;
mod runtime;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, ensure};

use crate::recipe::Recipe;

/// Bytes read at a time.
const READ: usize = 64 * 1024;

/// What such a server is built on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Kind {
    /// The bare system calls.
    Epoll,
    /// A current-thread runtime of tokio.
    Tokio,
}

/// A server that has a port and does not answer yet.
#[derive(Debug)]
pub struct Floor {
    kind: Kind,
    listener: TcpListener,
    answers: Answers,
}

impl Floor {
    /// Listens on a free port of the loopback, for these recipes. With more than one, they are told
    /// apart by how many words they begin with.
    ///
    /// # Errors
    /// If there is no port, or two recipes look alike.
    pub fn bind(kind: Kind, recipes: &[Recipe]) -> Result<Floor> {
        let answers = Answers::new(recipes)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        Ok(Floor { kind, listener, answers })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the kernel doesn't know.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers for ever.
    ///
    /// # Errors
    /// If it cannot; a connection that ends is no error.
    pub fn run(self) -> Result<()> {
        match self.kind {
            Kind::Epoll => epoll::run(&self.listener, &self.answers),
            Kind::Tokio => runtime::run(self.listener, self.answers),
        }
    }
}

/// A recipe, by its first bytes, and the answers to all its requests.
#[derive(Clone, Debug)]
struct Form {
    lead: u8,
    request_bytes: usize,
    reply: Vec<u8>,
}

/// All recipes that are answered.
#[derive(Clone, Debug)]
struct Answers {
    forms: Vec<Form>,
}

/// Where in a request the digit stands that tells its form: behind the `*`.
const LEAD: usize = 1;

impl Answers {
    fn new(recipes: &[Recipe]) -> Result<Answers> {
        let forms: Vec<Form> = recipes
            .iter()
            .map(|recipe| {
                let (request, reply) = (recipe.bytes(), recipe.canned());
                Form { lead: request[LEAD], request_bytes: request.len(), reply }
            })
            .collect();
        ensure!(!forms.is_empty(), "a floor needs a recipe");
        for (at, form) in forms.iter().enumerate() {
            ensure!(forms[..at].iter().all(|other| other.lead != form.lead), "recipes look alike");
        }
        Ok(Answers { forms })
    }

    /// Takes bytes of a connection, and appends answers to the requests that end in them.
    fn answer(&self, progress: &mut Progress, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if let [form] = &self.forms[..] {
            progress.behind += bytes.len();
            for _ in 0..progress.behind / form.request_bytes {
                out.extend_from_slice(&form.reply);
            }
            progress.behind %= form.request_bytes;
            return Ok(());
        }
        let mut at = 0;
        while at < bytes.len() {
            if progress.form.is_none() {
                let lead = LEAD - progress.behind;
                let Some(byte) = bytes.get(at + lead) else {
                    progress.behind += bytes.len() - at;
                    break;
                };
                let known = self.forms.iter().position(|form| form.lead == *byte);
                progress.form = Some(known.context("a request of no known recipe")?);
            }
            let form = &self.forms[progress.form.unwrap_or_default()];
            let missing = form.request_bytes - progress.behind;
            let taken = missing.min(bytes.len() - at);
            at += taken;
            progress.behind += taken;
            if taken == missing {
                out.extend_from_slice(&form.reply);
                *progress = Progress::default();
            }
        }
        Ok(())
    }
}

/// How far a connection is in a request.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Bytes of it that have come.
    behind: usize,
    /// Its form, once that is known; not used where there is only one.
    form: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_answered_wherever_they_are_cut() {
        let get: Recipe = "GET k{r:1} -> $8".parse().unwrap();
        let set: Recipe = "SET k{r:1} {#8} -> +OK".parse().unwrap();
        let incr: Recipe = "INCR k{r:1} -> :".parse().unwrap();
        let both = [&get, &set, &set, &get];
        let requests: Vec<u8> = both.iter().flat_map(|recipe| recipe.bytes().to_vec()).collect();
        let replies: Vec<u8> = both.iter().flat_map(|recipe| recipe.canned()).collect();
        let mixed = Answers::new(&[get.clone(), set]).unwrap();
        for cut in 0..=requests.len() {
            let (mut progress, mut out) = (Progress::default(), Vec::new());
            mixed.answer(&mut progress, &requests[..cut], &mut out).unwrap();
            mixed.answer(&mut progress, &requests[cut..], &mut out).unwrap();
            assert_eq!(out, replies, "cut at {cut}");
        }
        let alone = Answers::new(std::slice::from_ref(&get)).unwrap();
        let (mut progress, mut out) = (Progress::default(), Vec::new());
        for byte in get.bytes().repeat(2) {
            alone.answer(&mut progress, &[byte], &mut out).unwrap();
        }
        assert_eq!(out, get.canned().repeat(2));
        assert!(Answers::new(&[get, incr]).is_err());
    }
}
