//! The prompt: a line is read, run, and remembered.

use std::io;
use std::path::Path;

use anyhow::Context;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::shell::{Done, Shell};

/// Words of lines that hold passwords, which are not remembered.
const SECRET: &[&str] = &["auth", "acl", "requirepass", "masterauth"];

/// Runs what is typed until the end of input, `quit` or `exit`.
///
/// # Errors
/// When the terminal or the history's file fails.
pub(crate) fn run(shell: &mut Shell, history: Option<&Path>) -> anyhow::Result<()> {
    let mut editor = DefaultEditor::new()?;
    if let Some(file) = history {
        load(&mut editor, file)?;
    }
    loop {
        match editor.readline(&shell.prompt()) {
            Ok(line) => {
                if is_memorable(&line) {
                    editor.add_history_entry(&line)?;
                }
                if shell.line(line.as_bytes())? == Done::Leave {
                    break;
                }
            }
            // Ctrl-C drops the line.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
    }
    match history {
        Some(file) => {
            editor.save_history(file).with_context(|| format!("saving {}", file.display()))
        }
        None => Ok(()),
    }
}

fn load(editor: &mut DefaultEditor, file: &Path) -> anyhow::Result<()> {
    match editor.load_history(file) {
        Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.with_context(|| format!("loading {}", file.display())),
    }
}

fn is_memorable(line: &str) -> bool {
    let is_secret = |word: &str| SECRET.iter().any(|secret| word.eq_ignore_ascii_case(secret));
    !line.trim().is_empty() && !line.split_ascii_whitespace().any(is_secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_remembered() {
        assert!(is_memorable("get author"));
        assert!(!is_memorable("  "));
        assert!(!is_memorable(" AUTH ann secret"));
        assert!(!is_memorable("config set requirepass secret"));
    }
}
