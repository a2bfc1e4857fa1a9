//! A command's page, and the index of them all.

use std::fmt::Write;

use kv_store::command::Command;
use kv_store::{Group, Registry, syntax};

use super::{Pages, words};

const HEAD: &str = "<!-- generated, do not edit: cargo xtask docs -->\n";

const GROUPS: [(Group, &str); 7] = [
    (Group::String, "Strings"),
    (Group::Bitmap, "Bits of strings"),
    (Group::HyperLogLog, "HyperLogLogs"),
    (Group::Generic, "Keys of any type"),
    (Group::Connection, "The connection"),
    (Group::Server, "The server"),
    (Group::Plugin, "Plug-ins"),
];

/// Every page by file name: one for each command, and `README.md`, the index.
pub(crate) fn all(registry: &Registry) -> Pages {
    let mut pages: Pages =
        registry.iter().map(|command| (file_name(command), page(command))).collect();
    pages.insert("README.md".to_owned(), index(registry));
    pages
}

fn file_name(command: &Command) -> String {
    format!("{}.md", command.name.to_ascii_lowercase())
}

// Writing to a String cannot fail, here and below.

fn index(registry: &Registry) -> String {
    let mut text = format!("{HEAD}\n# Commands\n");
    for (group, title) in GROUPS {
        let mut commands: Vec<_> = registry.iter().filter(|c| c.group == group).collect();
        commands.sort_by_key(|command| command.name);
        if commands.is_empty() {
            continue;
        }
        let _ = write!(text, "\n## {title}\n\n");
        for command in commands {
            let (name, file) = (command.name, file_name(command));
            let _ = writeln!(text, "- [{name}]({file}): {}", command.summary);
        }
    }
    text
}

/// The page of a command; a container's has a section for each subcommand.
fn page(command: &Command) -> String {
    let mut text = format!("{HEAD}\n# {}\n\n", command.name);
    section(&mut text, command);
    for command in command.subcommands() {
        let _ = write!(text, "\n## {}\n\n", command.name);
        section(&mut text, command);
    }
    text
}

fn section(text: &mut String, command: &Command) {
    let _ = writeln!(text, "{}", command.summary);
    let line = format!("{} {}", command.name, syntax::arguments(command.args));
    if command.subcommands().is_empty() {
        let _ = write!(text, "\n```text\n{}\n```\n", line.trim_end());
    }
    let _ = write!(text, "\n| | |\n|---|---|\n");
    for (name, value) in facts(command) {
        let _ = writeln!(text, "| {name} | {} |", value.replace('|', "\\|"));
    }
    if command.subcommands().is_empty() {
        let _ = write!(text, "\nAnswers {}\n", words::reply(&command.reply));
    }
    if !command.examples.is_empty() {
        let _ = write!(text, "\n```text\n{}\n```\n", command.examples.trim_end());
    }
}

fn facts(command: &Command) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("Since", command.since.to_owned()),
        ("Complexity", command.complexity.to_owned()),
        ("Flags", listed(command.flags.wire_names().map(str::to_owned))),
        ("ACL categories", listed(command.categories().map(|name| format!("@{name}")))),
    ];
    if command.subcommands().is_empty() {
        rows.push(("Keys", words::keys(&command.keys)));
        rows.push(("Logged", words::log(command.log).to_owned()));
    }
    rows
}

fn listed(names: impl Iterator<Item = String>) -> String {
    match names.collect::<Vec<_>>() {
        names if names.is_empty() => "none".to_owned(),
        names => names.join(", "),
    }
}
