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

/// The same for what a request contains: nothing in it that is not ASCII means anything, and it could look like another
/// letter, so each such byte is escaped.
///
/// ```
/// use cors_rules::PrintableAscii;
///
/// // A Cyrillic letter.
/// assert_eq!(PrintableAscii("https://sh\u{43e}p.example").to_string(), r"https://sh\xd0\xbep.example");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PrintableAscii<T>(pub T);

/// How many characters are shown, escaped as they are: any origin that a browser sends is shown in full.
const MAX_CHARS: usize = MAX_ORIGIN_BYTES;

impl<T: AsRef<[u8]>> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No more than is shown is looked at: a character has at most four bytes.
        let bytes = self.0.as_ref();
        let start = &bytes[..bytes.len().min(4 * (MAX_CHARS + 1))];
        let mut line = Line { f, left: MAX_CHARS, bytes: bytes.len() };
        for chunk in start.utf8_chunks() {
            let is_shown = chunk.valid().chars().try_for_each(|char| line.char(char));
            if is_shown.and_then(|()| chunk.invalid().iter().try_for_each(|byte| line.byte(*byte))).is_err() {
                return line.cut();
            }
        }
        Ok(())
    }
}

impl<T: AsRef<[u8]>> fmt::Display for PrintableAscii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_ref();
        let mut line = Line { f, left: MAX_CHARS, bytes: bytes.len() };
        for byte in bytes {
            let is_shown = if byte.is_ascii() { line.char(char::from(*byte)) } else { line.byte(*byte) };
            if is_shown.is_err() {
                return line.cut();
            }
        }
        Ok(())
    }
}

/// What is written, as long as there is room for it.
struct Line<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    left: usize,
    /// How many there are in all.
    bytes: usize,
}

/// There is no more room, or no more can be written.
struct Full;

impl Line<'_, '_> {
    fn char(&mut self, char: char) -> Result<(), Full> {
        // These mean something in expressions, and are harmless.
        if matches!(char, '\\' | '"' | '\'') {
            self.room_for(1)?;
            self.f.write_char(char).map_err(|_| Full)
        } else {
            self.room_for(char.escape_debug().count())?;
            write!(self.f, "{}", char.escape_debug()).map_err(|_| Full)
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), Full> {
        self.room_for(r"\xff".len())?;
        write!(self.f, "\\x{byte:02x}").map_err(|_| Full)
    }

    fn room_for(&mut self, chars: usize) -> Result<(), Full> {
        self.left = self.left.checked_sub(chars).ok_or(Full)?;
        Ok(())
    }

    fn cut(self) -> fmt::Result {
        write!(self.f, "… ({} bytes)", self.bytes)
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
    fn a_request_has_nothing_but_ascii() {
        for (bytes, shown) in [
            (&b"https://shop.example"[..], "https://shop.example"),
            ("münchen".as_bytes(), r"m\xc3\xbcnchen"),
            (b"a\r\n\x7f\"\\\xff", "a\\r\\n\\u{7f}\"\\\\xff"),
        ] {
            assert_eq!(PrintableAscii(bytes).to_string(), shown);
        }
        let shown = format!("{}… (2000 bytes)", "a".repeat(MAX_CHARS));
        assert_eq!(PrintableAscii("a".repeat(2_000)).to_string(), shown);
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
        // Of four bytes each.
        let shown = format!("{}… ({} bytes)", "😀".repeat(MAX_CHARS), 4 * (MAX_CHARS + 1));
        assert_eq!(Printable("😀".repeat(MAX_CHARS + 1)).to_string(), shown);
    }
}
