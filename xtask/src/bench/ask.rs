//! Single requests to a server, outside of what is measured.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Result, bail};
use kv_load::recipe::Recipe;
use kv_load::scanner::{Reply, Scanner};

/// How long a server may think.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
pub(super) struct Asker {
    stream: TcpStream,
}

impl Asker {
    pub(super) fn connect(to: SocketAddr) -> Result<Asker> {
        let stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Asker { stream })
    }

    /// Asks by a line of words, and returns the bytes of the reply as text.
    pub(super) fn ask(&mut self, request: &str) -> Result<String> {
        self.ask_bytes(format!("{request}\r\n").as_bytes())
    }

    /// Asks in the protocol's own bytes.
    pub(super) fn ask_bytes(&mut self, request: &[u8]) -> Result<String> {
        self.stream.write_all(request)?;
        let (mut scanner, mut text, mut buffer) = (Scanner::default(), Vec::new(), [0; 4096]);
        loop {
            let read = self.stream.read(&mut buffer)?;
            if read == 0 {
                bail!("the server has closed the connection");
            }
            text.extend_from_slice(&buffer[..read]);
            match scanner.next(&buffer[..read])?.0 {
                None => {}
                Some(Reply::Error) => bail!("the server says: {}", scanner.last_error()),
                Some(_) => return Ok(String::from_utf8_lossy(&text).into_owned()),
            }
        }
    }
}

/// The commands of recipes that a server does not have. It cannot take part where they are measured.
pub(super) fn lacking(server: SocketAddr, recipes: &[&str]) -> Result<BTreeSet<String>> {
    let mut asker = Asker::connect(server)?;
    let mut lacking = BTreeSet::new();
    for recipe in recipes {
        for command in recipe.parse::<Recipe>()?.commands() {
            if !describes(&asker.ask(&format!("COMMAND INFO {command}"))?) {
                lacking.insert(command.clone());
            }
        }
    }
    Ok(lacking)
}

/// Whether a reply to `COMMAND INFO` describes its command: the only element is an array then, else
/// one of the nulls.
fn describes(reply: &str) -> bool {
    reply.strip_prefix("*1\r\n*").is_some_and(|element| !element.starts_with('-'))
}

/// A line of `INFO`.
pub(super) fn info_line<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_info_is_found_by_its_whole_name() {
        let info = "# Memory\r\nused_memory_rss:2\r\nused_memory:17\r\n";
        assert_eq!(info_line(info, "used_memory"), Some("17"));
        assert_eq!(info_line(info, "used"), None);
    }

    #[test]
    fn a_command_is_there_if_it_is_described() {
        assert!(describes("*1\r\n*10\r\n$3\r\nget\r\n"));
        for reply in ["*1\r\n*-1\r\n", "*1\r\n$-1\r\n", "*1\r\n_\r\n"] {
            assert!(!describes(reply));
        }
    }
}
