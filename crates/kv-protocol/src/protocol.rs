//! The dialects: which types replies use, and which arguments requests carry.

/// How replies are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// The types of RESP2, but dictionaries travel as `%N` followed by N pairs.
    Native,
    /// RESP2: maps and sets are flat arrays, doubles are bulk strings, booleans integers.
    Resp2,
    /// RESP3: every type has its own mark.
    Resp3,
}

/// Which arguments a request may carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestSyntax {
    /// Any frame: bulk strings, numbers, nulls, arrays, dictionaries, nested ones.
    Native,
    /// Bulk strings only, as Redis takes them.
    Redis,
}
