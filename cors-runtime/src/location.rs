//! Where a policy is written.

use std::fmt;

/// Where a policy is written.
///
/// Displayed, it reads `src/shop.rs:41 (update_product)`, or `src/policies.rs:3 (PARTNER, used by update_product)` for a
/// policy that the handler names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PolicyLocation {
    /// The file, as the compiler names it; empty if the policy is not in a source file.
    pub file: &'static str,
    /// The line of the attribute or macro, counted from 1.
    pub line: u32,
    /// The handler that the policy is written on, the path by which a handler names it, or what it was made by.
    pub name: &'static str,
    /// The handler that names a policy which is written elsewhere.
    pub handler: Option<&'static str>,
}

impl PolicyLocation {
    pub(crate) const fn new(file: &'static str, line: u32, name: &'static str) -> Self {
        Self { file, line, name, handler: None }
    }

    /// It without the file and the line, which change whenever something else does.
    pub(crate) fn without_line(&self) -> String {
        Self { file: "", ..*self }.to_string()
    }
}

impl fmt::Display for PolicyLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, name, handler } = self;
        match (*file, handler) {
            ("", None) => f.write_str(name),
            ("", Some(handler)) => write!(f, "{name}, used by {handler}"),
            (file, None) => write!(f, "{file}:{line} ({name})"),
            (file, Some(handler)) => write!(f, "{file}:{line} ({name}, used by {handler})"),
        }
    }
}
