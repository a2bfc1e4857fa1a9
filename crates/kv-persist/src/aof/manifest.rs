//! Which files there are, and in which order.

use std::path::{Path, PathBuf};

use super::{Error, Reason};

/// Longest manifest that is read, in bytes: a line is some 60, and there are few files.
const MOST: u64 = 1 << 20;

/// The files that a manifest names.
///
/// ```text
/// file appendonly.aof.1.base.rdb seq 1 type b     b: the base
/// file appendonly.aof.1.incr.aof seq 1 type i     i: commands since, in the order of their numbers
/// file appendonly.aof.0.incr.aof seq 0 type h     h: of history, no longer needed
/// ```
///
/// A name with spaces stands in quotes. Lines that begin with `#` are comments; what else a line says
/// (Redis 8 has offsets there) is of no meaning for loading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The file of the base, if there is one.
    pub base: Option<String>,
    /// The files with commands, in their order.
    pub increments: Vec<String>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Reason::Io`] or [`Reason::Manifest`].
    pub fn read(path: &Path) -> Result<Manifest, Error> {
        let error = |at, reason| Error { file: path.to_owned(), at, reason };
        let length = path.metadata().map_err(|io| error(0, io.into()))?.len();
        if length > MOST {
            return Err(error(0, Reason::Manifest("it is too long")));
        }
        let text = std::fs::read_to_string(path).map_err(|io| error(0, io.into()))?;
        Manifest::parse(&text).map_err(|(at, why)| error(at as u64, Reason::Manifest(why)))
    }

    /// The files in the order they are to be loaded in, in the directory of the manifest.
    pub fn files(&self, manifest: &Path) -> Vec<PathBuf> {
        let directory = manifest.parent().unwrap_or(Path::new(""));
        self.base.iter().chain(&self.increments).map(|name| directory.join(name)).collect()
    }

    /// The files in the text of a manifest; or where it is wrong, and why.
    fn parse(text: &str) -> Result<Manifest, (usize, &'static str)> {
        let mut manifest = Manifest::default();
        let (mut last, mut at) = (0, 0);
        for line in text.split_inclusive('\n') {
            let here = |why| (at, why);
            let content = line.trim_end_matches(['\n', '\r']);
            if !content.is_empty() && !content.starts_with('#') {
                let file = File::parse(content).map_err(here)?;
                match (&*file.kind, &manifest.base) {
                    ("b", None) => manifest.base = Some(file.name),
                    ("b", Some(_)) => return Err(here("there are two bases")),
                    ("i", _) if file.number <= last => return Err(here("the order is wrong")),
                    ("i", _) => {
                        last = file.number;
                        manifest.increments.push(file.name);
                    }
                    ("h", _) => {}
                    _ => return Err(here("a type that is not known")),
                }
            }
            at += line.len();
        }
        match manifest == Manifest::default() {
            true => Err((0, "it names no file")),
            false => Ok(manifest),
        }
    }
}

/// A line of a manifest.
struct File {
    name: String,
    number: u64,
    kind: String,
}

impl File {
    fn parse(line: &str) -> Result<File, &'static str> {
        let (mut name, mut number, mut kind) = (None, None, None);
        let words = words(line).ok_or("a quote is not closed")?;
        let (pairs, []) = words.as_chunks::<2>() else { return Err("a word without a value") };
        for [key, value] in pairs {
            match &**key {
                "file" => name = Some(value.clone()),
                "seq" => number = value.parse().ok(),
                "type" => kind = Some(value.clone()),
                _ => {}
            }
        }
        let name = name.ok_or("no name of a file")?;
        // It is a name in the manifest's own directory, and nothing else.
        if name.is_empty() || name.contains(['/', '\0']) {
            return Err("a path where a name is to be");
        }
        let number = number.filter(|number| *number > 0).ok_or("no number")?;
        Ok(File { name, number, kind: kind.ok_or("no type")? })
    }
}

/// The words of a line; those in double quotes may have spaces, and quotes and backslashes behind a backslash.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        let mut word = String::new();
        match rest.next() {
            None => return Some(words),
            Some('"') => loop {
                match rest.next()? {
                    '"' => break,
                    '\\' => word.push(rest.next()?),
                    other => word.push(other),
                }
            },
            Some(first) => {
                word.push(first);
                while let Some(next) = rest.next_if(|c| !c.is_ascii_whitespace()) {
                    word.push(next);
                }
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_their_order() {
        let text = "# a comment\n\
                    file old.aof seq 1 type h\n\
                    file base.rdb seq 2 type b\r\n\
                    \n\
                    file \"an \\\"incr.aof\" seq 2 type i startoffset 9 endoffset 25\n\
                    file b.aof seq 10 type i";
        let manifest = Manifest::parse(text).unwrap();
        assert_eq!(manifest.base.as_deref(), Some("base.rdb"));
        assert_eq!(manifest.increments, ["an \"incr.aof", "b.aof"]);
        let files = manifest.files(Path::new("dir/the.manifest"));
        assert_eq!(files[0], Path::new("dir/base.rdb"));
        assert_eq!(files[2], Path::new("dir/b.aof"));
    }

    #[test]
    fn lines_that_are_wrong() {
        let wrong = [
            ("", 0, "it names no file"),
            ("# only\nfile a seq 1 type b\nfile b seq 2 type b", 27, "there are two bases"),
            ("file a seq 2 type i\nfile b seq 2 type i", 20, "the order is wrong"),
            ("file a seq 1 type x", 0, "a type that is not known"),
            ("file a seq 1", 0, "no type"),
            ("file a type b", 0, "no number"),
            ("file a seq 0 type b", 0, "no number"),
            ("seq 1 type b", 0, "no name of a file"),
            ("file ../a seq 1 type b", 0, "a path where a name is to be"),
            ("file \"a seq 1 type b", 0, "a quote is not closed"),
            ("file a seq 1 type b more", 0, "a word without a value"),
        ];
        for (text, at, why) in wrong {
            assert_eq!(Manifest::parse(text), Err((at, why)), "{text}");
        }
    }
}
