//! What a `Set-Cookie` line says, in the lenient way in which browsers read it.
//!
//! <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-set-cookie-header-field-2>

use std::time::Duration;

use crate::header_values::WHITE_SPACE;

/// A line, taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) expiry: Option<Expiry>,
    /// In lower case, without a dot in front.
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) is_secure: bool,
    pub(crate) same_site: SameSite,
}

/// When a cookie is forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expiry {
    /// `Max-Age`, which is stronger than `Expires`.
    After(Duration),
    /// `Expires`, as the time since the beginning of 1970; what is before that is as good as that.
    At(Duration),
}

/// Which pages' requests a cookie goes with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SameSite {
    #[default]
    Unset,
    None,
    Lax,
    Strict,
}

/// How many bytes name and value may have together.
const MAX_PAIR_BYTES: usize = 4096;

/// How many bytes the value of an attribute may have.
const MAX_ATTRIBUTE_BYTES: usize = 1024;

impl SetCookie {
    /// `None` if it is not a cookie.
    ///
    /// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-set-cookie-header-field-2>
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let is_control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
        if line.bytes().any(is_control) {
            return None;
        }
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let [name, value] = [name, value].map(|text| text.trim_matches(WHITE_SPACE).to_owned());
        let size = name.len() + value.len();
        if size == 0 || size > MAX_PAIR_BYTES {
            return None;
        }
        let (expiry, domain, path, is_secure) = (None, None, None, false);
        let mut cookie =
            Self { name, value, expiry, domain, path, is_secure, same_site: SameSite::default() };
        for attribute in attributes.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let [name, value] = [name, value].map(|text| text.trim_matches(WHITE_SPACE));
            if value.len() <= MAX_ATTRIBUTE_BYTES {
                cookie.set(&name.to_ascii_lowercase(), value);
            }
        }
        Some(cookie)
    }

    /// The last attribute of a name is the one that counts.
    fn set(&mut self, name: &str, value: &str) {
        match name {
            "expires" if !matches!(self.expiry, Some(Expiry::After(_))) => {
                self.expiry = parse_date(value).map(Expiry::At).or(self.expiry);
            }
            "max-age" => self.expiry = parse_max_age(value).map(Expiry::After).or(self.expiry),
            "domain" => {
                let domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
                self.domain = Some(domain).filter(|domain| !domain.is_empty());
            }
            "path" => self.path = value.starts_with('/').then(|| value.to_owned()),
            "secure" => self.is_secure = true,
            "samesite" => {
                self.same_site = match &*value.to_ascii_lowercase() {
                    "none" => SameSite::None,
                    "lax" => SameSite::Lax,
                    "strict" => SameSite::Strict,
                    _ => SameSite::Unset,
                }
            }
            _ => {}
        }
    }
}

fn parse_max_age(value: &str) -> Option<Duration> {
    let (is_negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = || if is_negative { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    is_number.then(|| Duration::from_secs(seconds()))
}

/// The time since the beginning of 1970, which is zero for what is before that.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-dates>
fn parse_date(text: &str) -> Option<Duration> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    let is_delimiter = |char: char| !char.is_ascii_alphanumeric() && char != ':' && !char.is_control();
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        let is_month = |name: &&str| token.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if let (None, Some(found)) = (time, parse_time(token)) {
            time = Some(found);
        } else if let (None, Some(found)) = (day, leading_number(token, 1..=2)) {
            day = Some(found);
        } else if let (None, Some(found)) = (month, MONTHS.iter().position(is_month)) {
            month = Some(found as u64 + 1);
        } else if let (None, Some(found)) = (year, leading_number(token, 2..=4)) {
            year = Some(found);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let is_date = (1..=days_in(year, month)).contains(&day) && year >= 1601;
    let is_time = hour <= 23 && minute <= 59 && second <= 59;
    if !is_date || !is_time {
        return None;
    }
    let days = (1970..year).map(days_in_year).sum::<u64>()
        + (1..month).map(|month| days_in(year, month)).sum::<u64>()
        + (day - 1);
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(Duration::from_secs(if year < 1970 { 0 } else { seconds }))
}

/// `hh:mm:ss`, whatever follows.
fn parse_time(token: &str) -> Option<(u64, u64, u64)> {
    let mut parts = token.splitn(3, ':');
    let mut exact = || leading_number(parts.next()?, 1..=2);
    Some((exact()?, exact()?, exact()?))
}

/// A number of so many digits at the beginning, whatever follows that is not a digit.
fn leading_number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let count = token.bytes().take_while(u8::is_ascii_digit).count();
    digits.contains(&count).then(|| token[..count].parse().ok()).flatten()
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_leniently() {
        let cases = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:01 GMT", Some(1)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("06 nov 1994 8:49:37", Some(784_111_777)),
            // Years of two digits are those around the year 2000.
            ("06-Nov-69 08:49:37", Some(3_150_953_377)),
            ("06-Nov-70 08:49:37", Some(26_729_377)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("Fri, 01 Jan 2100 00:00:00 GMT", Some(4_102_444_800)),
            ("Mon, 01 Jan 1601 00:00:00 GMT", Some(0)),
            ("Wed, 29 Feb 2023 12:00:00 GMT", None),
            ("Thu, 01 Jan 1970 24:00:00 GMT", None),
            ("01 Jan 1970", None),
            ("tomorrow", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_date(text), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn a_line_is_a_pair_and_attributes() {
        let parsed =
            SetCookie::parse(" a = b=c ; PATH=/x; Path=/y; domain=.Shop.Example; secure; SameSite=LAX");
        let expected = SetCookie {
            name: "a".to_owned(),
            value: "b=c".to_owned(),
            expiry: None,
            domain: Some("shop.example".to_owned()),
            path: Some("/y".to_owned()),
            is_secure: true,
            same_site: SameSite::Lax,
        };
        assert_eq!(parsed, Some(expected));
        assert_eq!(SetCookie::parse("value").unwrap().value, "value");
        assert_eq!(SetCookie::parse("a=1; Max-Age=soon").unwrap().expiry, None);
        let stronger = SetCookie::parse("a=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(stronger.unwrap().expiry, Some(Expiry::After(Duration::from_secs(5))));
        assert!(SetCookie::parse(&format!("{}={}", "a".repeat(96), "b".repeat(4000))).is_some());
        for line in ["", "=", ";", "a=1\0", &"a".repeat(4097)] {
            assert_eq!(SetCookie::parse(line), None, "{line:?}");
        }
    }
}
