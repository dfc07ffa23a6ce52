//! Comparisons that const code needs and the standard library does not have there yet.

/// Whether both are equal, apart from the case of letters.
pub(crate) const fn is_equal_in_any_case(one: &str, other: &str) -> bool {
    one.len() == other.len() && starts_with_in_any_case(one, other)
}

/// Whether the text starts so, apart from the case of letters.
pub(crate) const fn starts_with_in_any_case(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    let mut at = 0;
    while at < start.len() {
        if at == text.len() || !text[at].eq_ignore_ascii_case(&start[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// Whether the text is one of these, apart from the case of letters.
pub(crate) const fn is_one_of_in_any_case(text: &str, texts: &[&str]) -> bool {
    let mut rest = texts;
    while let [first, after @ ..] = rest {
        if is_equal_in_any_case(text, first) {
            return true;
        }
        rest = after;
    }
    false
}

/// Whether this byte is in the text.
pub(crate) const fn contains(text: &str, byte: u8) -> bool {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = after;
    }
    false
}

pub(crate) const fn has_upper_case(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if first.is_ascii_uppercase() {
            return true;
        }
        rest = after;
    }
    false
}

pub(crate) const fn has_lower_case(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if first.is_ascii_lowercase() {
            return true;
        }
        rest = after;
    }
    false
}
