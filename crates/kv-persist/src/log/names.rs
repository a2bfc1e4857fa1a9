//! The names of the log's files.

/// The manifest's name.
pub(crate) const MANIFEST: &str = "appendonly.kv.manifest";

/// What a file of the log is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// A base, with the number of the first segment after it.
    Base(u64),
    /// A segment.
    Segment(u64),
}

/// The name of the base from which segment `number` goes on.
pub(crate) fn base(number: u64) -> String {
    format!("appendonly.{number}.base.rdb")
}

/// The name of segment `number`.
pub(crate) fn segment(number: u64) -> String {
    format!("appendonly.{number}.log")
}

/// What the file with this name is, if it is a base or a segment.
pub(crate) fn parse(name: &str) -> Option<File> {
    let (number, kind) = name.strip_prefix("appendonly.")?.split_once('.')?;
    let number: u64 = number.parse().ok()?;
    let file = match kind {
        "base.rdb" => File::Base(number),
        "log" => File::Segment(number),
        _ => return None,
    };
    let spelt = match file {
        File::Base(number) => base(number),
        File::Segment(number) => segment(number),
    };
    (spelt == name).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_are_read() {
        assert_eq!(parse(&base(7)), Some(File::Base(7)));
        assert_eq!(parse(&segment(12)), Some(File::Segment(12)));
        for name in [MANIFEST, "appendonly.07.log", "appendonly.aof.1.base.rdb", "dump.rdb"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
