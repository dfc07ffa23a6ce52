//! Texts of others, as messages and logs may contain them.

use std::fmt::{self, Write};

use crate::grammar::MAX_ORIGIN_BYTES;

/// A text in one line: what does not print, or sets the direction of text, is escaped, and what is too long to help is
/// cut.
///
/// ```
/// use cors_rules::Printable;
///
/// assert_eq!(Printable("a\n\u{202e}b").to_string(), r"a\n\u{202e}b");
/// // The bytes of a request need not be text.
/// assert_eq!(Printable(b"a\xffb").to_string(), r"a\xffb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printable<T>(pub T);

/// How many characters are shown, escaped as they are: any origin that a browser sends is shown in full.
const MAX_CHARS: usize = MAX_ORIGIN_BYTES;

impl<T: AsRef<[u8]>> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_ref();
        // No more than is shown is looked at: a character has at most four bytes.
        let start = &bytes[..bytes.len().min(4 * (MAX_CHARS + 1))];
        let mut left = MAX_CHARS;
        for chunk in start.utf8_chunks() {
            for char in chunk.valid().chars() {
                // These mean something in expressions, and are harmless.
                let is_raw = matches!(char, '\\' | '"' | '\'');
                let width = if is_raw { 1 } else { char.escape_debug().count() };
                left = match left.checked_sub(width) {
                    Some(left) => left,
                    None => return write!(f, "… ({} bytes)", bytes.len()),
                };
                match is_raw {
                    true => f.write_char(char)?,
                    false => write!(f, "{}", char.escape_debug())?,
                }
            }
            for byte in chunk.invalid() {
                left = match left.checked_sub(4) {
                    Some(left) => left,
                    None => return write!(f, "… ({} bytes)", bytes.len()),
                };
                write!(f, "\\x{byte:02x}")?;
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
        // What is escaped counts as it is shown.
        let shown = format!("{}… (1000 bytes)", r"\xff".repeat(MAX_CHARS / 4));
        assert_eq!(Printable([0xff; 1_000]).to_string(), shown);
        let shown = format!("{}… (1500 bytes)", r"\u{202e}".repeat(MAX_CHARS / 8));
        assert_eq!(Printable("\u{202e}".repeat(500)).to_string(), shown);
        assert_eq!(Printable(&fits).to_string(), fits);
        assert_eq!(Printable(&"é".repeat(1 << 20)).to_string(), format!("{fits}… (2097152 bytes)"));
    }
}
