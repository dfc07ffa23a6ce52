//! What keeps rows apart that share a browser: each has ports and names of cookies of its own.
//!
//! Answers to preflights and responses are kept by URL, and cookies by host and name, so that nothing that a browser keeps
//! for one row reaches another, and no context has to be made anew.

/// The ports of servers in rows.
const PORTS: [u16; 3] = [5000, 5001, 5002];

/// The first port that represents one of these. Below are some to which no browser connects.
const FIRST_PORT: usize = 20_000;

/// The ports and the cookies that a row has in a browser instead of those that it names.
#[derive(Clone, Copy)]
pub(crate) struct RowSpace {
    row: usize,
}

impl RowSpace {
    pub(crate) fn new(row: usize) -> Self {
        Self { row }
    }

    /// The row whose port this is.
    pub(crate) fn row_of(port: u16) -> Option<usize> {
        Some(usize::from(port).checked_sub(FIRST_PORT)? / PORTS.len())
    }

    /// A text with the browser's ports.
    pub(crate) fn map(self, text: &str) -> String {
        self.ports().fold(text.to_owned(), |text, (named, real)| text.replace(&named, &real))
    }

    /// A text of the browser with the row's ports.
    pub(crate) fn unmap(self, text: &str) -> String {
        self.ports().fold(text.to_owned(), |text, (named, real)| text.replace(&real, &named))
    }

    fn ports(self) -> impl Iterator<Item = (String, String)> {
        let first = FIRST_PORT + self.row * PORTS.len();
        PORTS.into_iter().zip(first..).map(|(named, real)| (format!(":{named}"), format!(":{real}")))
    }

    /// A `Set-Cookie` line with the browser's name.
    pub(crate) fn map_set_cookie(self, line: &str) -> String {
        let (name, rest) = line.split_once('=').expect("a name");
        format!("{name}{}={rest}", self.suffix())
    }

    /// A `Cookie` header with the row's names, without the cookies of others.
    pub(crate) fn unmap_cookies(self, cookies: &str) -> String {
        let pairs = cookies.split("; ").filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some(format!("{}={value}", name.strip_suffix(&self.suffix())?))
        });
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Behind the name, where it changes the meaning of none.
    fn suffix(self) -> String {
        format!("~{}", self.row)
    }
}
