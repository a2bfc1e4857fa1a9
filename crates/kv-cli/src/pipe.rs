//! Commands from a file or another program, one a line.

use std::io::{BufRead, Read};

use anyhow::bail;

use crate::shell::{Done, MAX_LINE, Shell};

/// Runs the lines of `input` in order; whether all went well. A failing command doesn't keep the
/// next from being run, a lost connection does: who knows what has become of the last.
///
/// # Errors
/// When the input or output fails, or a line is too long.
pub(crate) fn run(shell: &mut Shell, mut input: impl BufRead) -> anyhow::Result<bool> {
    let (mut all_well, mut line) = (true, Vec::new());
    loop {
        line.clear();
        // One byte more than is taken, to tell a line that's too long.
        if input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(all_well);
        }
        if line.len() > MAX_LINE {
            bail!("a line is longer than {MAX_LINE} bytes");
        }
        match shell.line(&line)? {
            Done::Well => {}
            Done::Badly => all_well = false,
            Done::Disconnected => return Ok(false),
            Done::Leave => return Ok(all_well),
        }
    }
}
