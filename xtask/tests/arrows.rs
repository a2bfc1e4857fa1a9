//! The shape of the workspace: crates see only the crates that docs/ARCHITECTURE.md draws an arrow
//! to, the top level is what it says, and files can be read in one sitting.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// Longest source file, in lines.
const MAX_LINES: usize = 900;

/// Every arrow of docs/ARCHITECTURE.md: a crate, and the crates of the workspace it may see.
const ARROWS: &[(&str, &[&str])] = &[
    ("kv-protocol", &[]),
    ("kv-types", &[]),
    ("kv-store", &["kv-protocol", "kv-types"]),
    ("kv-server", &["kv-protocol", "kv-store"]),
    ("kv-server-bin", &["kv-server", "kv-store"]),
    ("kv-client", &["kv-protocol"]),
    ("kv-cli", &["kv-client"]),
    ("xtask", &["kv-client", "kv-protocol", "kv-store"]),
];

/// What the codec must do without, so that anybody may use it.
const KEPT_FROM_PROTOCOL: &[&str] = &["tokio", "dashmap", "mio"];

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
            let mut arrows = ARROWS.iter().filter(|(name, _)| *name == from);
            let allowed = arrows.any(|(_, targets)| targets.contains(&to));
            assert!(allowed, "{from} sees {to}, which is not drawn");
        }
    }
}

/// As `cargo tree -p kv-protocol` shows it: with what its tests use.
#[test]
fn the_codec_does_without_runtime_and_engine() {
    let metadata = metadata();
    let packages: BTreeMap<&PackageId, &Package> =
        metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.packages.iter().find(|p| p.name.as_str() == "kv-protocol").unwrap();
    // Of other crates, their tests don't count.
    let mut to_visit = vec![(&start.id, true)];
    let mut seen = BTreeSet::new();
    while let Some((id, with_tests)) = to_visit.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in &nodes[id].deps {
            let kinds = &dependency.dep_kinds;
            if with_tests || kinds.iter().any(|k| k.kind != DependencyKind::Development) {
                to_visit.push((&dependency.pkg, false));
            }
        }
    }
    let names: BTreeSet<&str> = seen.iter().map(|id| packages[*id].name.as_str()).collect();
    assert!(names.contains("bytes"), "the walk found {names:?}");
    for kept in KEPT_FROM_PROTOCOL {
        assert!(!names.contains(kept), "kv-protocol's tree has {kept}");
    }
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
