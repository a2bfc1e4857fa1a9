//! How far a run is: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows the steps of one group after another.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    group: &'static str,
    steps: u64,
    step: u64,
}

impl Progress {
    pub(super) fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{prefix:10} {bar:30} {pos}/{len} {elapsed} {msg}");
            let bar = ProgressBar::no_length();
            // The template is a constant; a wrong one would only look worse.
            if let Ok(style) = style { bar.with_style(style) } else { bar }
        });
        Progress { bar, group: "", steps: 0, step: 0 }
    }

    /// Begins a group of that many steps.
    pub(super) fn begin(&mut self, group: &'static str, steps: usize) {
        (self.group, self.steps, self.step) = (group, steps as u64, 0);
        if let Some(bar) = &self.bar {
            bar.set_prefix(group);
            bar.set_length(self.steps);
            bar.reset();
        }
    }

    /// Begins a step.
    pub(super) fn step(&mut self, what: &str) {
        self.step += 1;
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.step);
                bar.set_message(what.to_owned());
            }
            None => eprintln!("{} {}/{}: {what}", self.group, self.step, self.steps),
        }
    }

    /// Clears the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
