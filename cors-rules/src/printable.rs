//! Texts of others, as messages and logs may contain them.

use std::fmt::{self, Write};

/// A text in one line: what does not print, or sets the direction of text, is escaped, and what is too long to help is
/// cut.
///
/// ```
/// use cors_rules::Printable;
///
/// assert_eq!(Printable("a\n\u{202e}b").to_string(), r"a\n\u{202e}b");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a str);

/// How many characters are shown.
const MAX_CHARS: usize = 120;

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shown, char) in self.0.chars().enumerate() {
            if shown == MAX_CHARS {
                return write!(f, "… ({} bytes)", self.0.len());
            }
            match char {
                // These mean something in expressions, and are harmless.
                '\\' | '"' | '\'' => f.write_char(char)?,
                char => write!(f, "{}", char.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_raw_that_could_deceive() {
        for (text, shown) in [
            ("https://shop.example", "https://shop.example"),
            (r#"https://(a|b)\.example "x" 'y'"#, r#"https://(a|b)\.example "x" 'y'"#),
            ("münchen, 公司", "münchen, 公司"),
            ("a\r\nb\tc\0d\u{1b}[31m", r"a\r\nb\tc\0d\u{1b}[31m"),
            ("\u{202e}elpmaxe\u{2066}\u{200b}\u{feff}", r"\u{202e}elpmaxe\u{2066}\u{200b}\u{feff}"),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let fits = "é".repeat(MAX_CHARS);
        assert_eq!(Printable(&fits).to_string(), fits);
        assert_eq!(Printable(&"é".repeat(1 << 20)).to_string(), format!("{fits}… (2097152 bytes)"));
    }
}
