//! The architecture as tests: which crate may see which, what stands at the top, how long a file is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The arrows of docs/ARCHITECTURE.md: a crate, and those of the workspace it may depend on.
const ARROWS: [(&str, &[&str]); 8] = [
    ("kv-protocol", &[]),
    ("kv-types", &[]),
    ("kv-store", &["kv-protocol", "kv-types"]),
    ("kv-server", &["kv-protocol", "kv-store"]),
    ("kv-server-bin", &["kv-server", "kv-store"]),
    ("kv-client", &["kv-protocol"]),
    ("kv-cli", &["kv-client", "kv-protocol"]),
    ("xtask", &["kv-client", "kv-protocol", "kv-store"]),
];

/// What stands at the top of the tree for everybody to see.
const TOP: [&str; 6] = ["Cargo.lock", "Cargo.toml", "README.md", "crates", "docs", "xtask"];

/// No file of Rust is longer, in lines.
const MAX_LINES: usize = 900;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace").to_owned()
}

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).exec().expect("cargo metadata answers")
}

#[test]
fn no_crate_sees_another_that_it_must_not() {
    let metadata = metadata();
    let members = metadata.workspace_packages();
    let names: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    assert_eq!(names, allowed.keys().copied().collect::<BTreeSet<_>>());
    for package in members {
        // Tests may look from anywhere: a client is tried on a server.
        let dependencies = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        for dependency in dependencies.filter(|d| names.contains(d.name.as_str())) {
            let (from, to) = (package.name.as_str(), dependency.name.as_str());
            assert!(allowed[from].contains(&to), "{from} depends on {to}");
        }
    }
}

#[test]
fn the_protocol_stands_alone_and_the_engine_has_no_runtime() {
    let metadata = metadata();
    for (from, forbidden) in [
        ("kv-protocol", &["tokio", "dashmap", "serde", "kv-store"][..]),
        ("kv-types", &["tokio", "dashmap", "bytes"]),
        ("kv-store", &["tokio", "mio", "socket2", "tracing"]),
    ] {
        let seen = reachable(&metadata, from);
        assert!(seen.contains(from));
        for name in forbidden {
            assert!(!seen.contains(*name), "{from} reaches {name}");
        }
    }
}

/// Names of all packages that `from` needs to be built, itself included.
fn reachable(metadata: &Metadata, from: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().expect("cargo metadata resolves");
    let name = |id| metadata[id].name.to_string();
    let start = metadata.packages.iter().find(|package| package.name.as_str() == from);
    let mut open = vec![&start.expect("it is a member").id];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(name(id)) {
            continue;
        }
        let node = resolve.nodes.iter().find(|node| node.id == *id).expect("it is resolved");
        let normal = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        open.extend(normal.map(|dependency| &dependency.pkg));
    }
    seen
}

#[test]
fn the_top_level_is_the_six_that_everybody_sees() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    let top: BTreeSet<&str> = listed.lines().filter_map(|path| path.split('/').next()).collect();
    let visible: Vec<&str> = top.into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(visible, TOP);
}

#[test]
fn every_file_can_be_read_in_one_sitting() {
    let mut folders = vec![root().join("crates"), root().join("xtask")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let lines = std::fs::read_to_string(&path).expect("a text").lines().count();
                assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 50);
}
