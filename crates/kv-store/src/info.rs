//! What `INFO` shows beyond what the engine itself knows.

/// Lines that a program adds to a section of `INFO`, new or existing.
pub struct InfoSource {
    /// The section, as in `server`; a new name makes a new section.
    pub section: &'static str,
    /// Gives the lines, a name and a value each, whenever the section is shown.
    pub fields: InfoFields,
}

/// Gives the lines of an [`InfoSource`].
pub type InfoFields = Box<dyn Fn() -> Vec<(&'static str, String)> + Send + Sync>;
