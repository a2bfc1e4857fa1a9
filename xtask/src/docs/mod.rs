//! The reference pages under `docs/commands`, made from the commands' declarations.

mod page;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kv_store::Registry;

use crate::workspace;

/// Where the pages are, below the workspace's root.
const FOLDER: &str = "docs/commands";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Changes nothing, fails if a page is stale, missing or surplus.
    #[arg(long)]
    check: bool,
}

/// Pages by file name.
type Pages = BTreeMap<String, String>;

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = workspace::root().join(FOLDER);
    let pages = page::all(&Registry::builtin());
    if options.check {
        return check(&folder, &pages);
    }
    write(&folder, &pages)?;
    println!("{} pages in {FOLDER}", pages.len());
    Ok(())
}

/// Writes the pages, and removes every other file of the folder.
fn write(folder: &Path, pages: &Pages) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in present(folder)?.keys().filter(|name| !pages.contains_key(*name)) {
        fs::remove_file(folder.join(name)).with_context(|| format!("cannot remove {name}"))?;
    }
    for (name, text) in pages {
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// Fails if the folder holds anything but exactly these pages.
fn check(folder: &Path, pages: &Pages) -> Result<()> {
    let present = present(folder)?;
    let mut wrong = Vec::new();
    for (name, text) in pages {
        match present.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(found) if found != text => wrong.push(format!("{name} is stale")),
            Some(_) => {}
        }
    }
    let surplus = present.keys().filter(|name| !pages.contains_key(*name));
    wrong.extend(surplus.map(|name| format!("{name} is surplus")));
    if !wrong.is_empty() {
        bail!("{FOLDER}: {}; run `cargo xtask docs`", wrong.join(", "));
    }
    Ok(())
}

/// The files of the folder; none if there is no such folder.
fn present(folder: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(pages) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path);
        pages.insert(name, text.with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_pages_are_fresh() {
        check(&workspace::root().join(FOLDER), &page::all(&Registry::builtin())).unwrap();
    }

    #[test]
    fn stale_missing_and_surplus_pages_are_found() {
        let folder = std::env::temp_dir().join(format!("kv-docs-{}", std::process::id()));
        let page = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let pages = Pages::from([page("a.md", "a"), page("b.md", "b"), page("c.md", "c")]);
        write(&folder, &pages).unwrap();
        check(&folder, &pages).unwrap();
        fs::write(folder.join("a.md"), "changed").unwrap();
        fs::rename(folder.join("b.md"), folder.join("d.md")).unwrap();
        let error = check(&folder, &pages).unwrap_err().to_string();
        assert!(error.contains("a.md is stale, b.md is missing, d.md is surplus"), "{error}");
        write(&folder, &pages).unwrap();
        check(&folder, &pages).unwrap();
        fs::remove_dir_all(&folder).unwrap();
    }
}
