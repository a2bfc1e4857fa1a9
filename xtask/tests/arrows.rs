//! The shape of the workspace: crates see only the crates that docs/ARCHITECTURE.md draws an arrow
//! to, the top level is what it says, and files can be read in one sitting.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Longest source file, in lines.
const MAX_LINES: usize = 900;

/// Every arrow of docs/ARCHITECTURE.md: a crate, and the crates of the workspace it may see.
const ARROWS: &[(&str, &[&str])] = &[
    ("kv-number", &[]),
    ("kv-protocol", &["kv-number"]),
    ("kv-types", &["kv-number"]),
    ("kv-store", &["kv-number", "kv-protocol", "kv-types"]),
    ("kv-persist", &["kv-protocol", "kv-store"]),
    ("kv-server", &["kv-protocol", "kv-store"]),
    ("kv-server-bin", &["kv-persist", "kv-server", "kv-store"]),
    ("kv-client", &["kv-protocol"]),
    ("kv-cli", &["kv-client"]),
    ("kv-load", &[]),
    ("xtask", &["kv-client", "kv-load", "kv-persist", "kv-protocol", "kv-store"]),
];

/// Arrows of tests alone: the client is tried on a server in the same process.
const TEST_ARROWS: &[(&str, &[&str])] = &[("kv-client", &["kv-server"])];

/// What some crates must do without, so that anybody may use them; not even their tests have it.
const KEPT_OUT: &[(&str, &[&str])] = &[
    ("kv-protocol", &["tokio", "dashmap", "mio"]),
    ("kv-types", &["tokio", "dashmap", "mio"]),
    ("kv-store", &["tokio", "mio", "socket2", "tracing"]),
];

/// All that a visitor sees first.
const TOP_LEVEL: &[&str] = &["Cargo.toml", "Cargo.lock", "README.md", "crates", "xtask", "docs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("cargo metadata runs")
}

#[test]
fn crates_see_only_what_the_architecture_draws() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let names: BTreeSet<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    let drawn: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, drawn, "the workspace's crates, and those that are drawn");
    for package in packages {
        for dependency in package.dependencies.iter().filter(|d| names.contains(d.name.as_str())) {
            let (from, to) = (package.name.as_str(), dependency.name.as_str());
            let drawn = |arrows: &[(&str, &[&str])]| {
                arrows.iter().any(|(name, targets)| *name == from && targets.contains(&to))
            };
            let in_tests = dependency.kind == DependencyKind::Development;
            let allowed = drawn(ARROWS) || (in_tests && drawn(TEST_ARROWS));
            assert!(allowed, "{from} sees {to}, which is not drawn");
        }
    }
}

#[test]
fn codec_structures_and_engine_have_no_runtime() {
    let metadata = metadata();
    for (name, kept_out) in KEPT_OUT {
        let tree = tree(&metadata, name);
        assert!(tree.contains(*name));
        for kept in *kept_out {
            assert!(!tree.contains(*kept), "the tree of {name} has {kept}");
        }
    }
}

/// The names of all packages that `cargo tree -p` shows: what a crate needs, and what its tests do.
fn tree(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().expect("cargo resolves the workspace");
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.packages.iter().find(|package| package.name.as_str() == name);
    // The tests of others don't count.
    let mut to_visit = vec![(&start.expect("it is in the workspace").id, true)];
    let mut seen = BTreeSet::new();
    while let Some((id, with_tests)) = to_visit.pop() {
        if !seen.insert(metadata[id].name.to_string()) {
            continue;
        }
        for dependency in &nodes[id].deps {
            let kinds = &dependency.dep_kinds;
            if with_tests || kinds.iter().any(|k| k.kind != DependencyKind::Development) {
                to_visit.push((&dependency.pkg, false));
            }
        }
    }
    seen
}

#[test]
fn the_top_level_is_what_a_visitor_is_promised() {
    let entries = std::fs::read_dir(root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Dot files configure tools, `target` is what they make.
    let visible: BTreeSet<String> =
        names.filter(|name| !name.starts_with('.') && name != "target").collect();
    let promised: BTreeSet<String> = TOP_LEVEL.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(visible, promised);
}

#[test]
fn a_file_can_be_read_in_one_sitting() {
    let mut folders = vec![root().join("crates"), root().join("xtask")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 50, "only {files} files were found");
}
