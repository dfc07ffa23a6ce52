//! Rules for how long browsers may keep the answer to a preflight.

use crate::{
    help::Remedy,
    printable::Printable,
    spec::MaxAge,
    violation::{Fault, Rule},
};

/// The greatest `max_age` in seconds: Firefox's cap, the highest of any browser.
///
/// <https://fetch.spec.whatwg.org/#http-access-control-max-age>
pub const MAX_AGE_LIMIT: u32 = 86_400;

/// The value of a `max_age`, in seconds.
pub(crate) fn check(max_age: &MaxAge) -> Result<u32, Fault> {
    let seconds = match max_age {
        MaxAge::Seconds(seconds) => *seconds,
        MaxAge::Text(text) => seconds(text).ok_or_else(|| not_a_duration(text))?,
    };
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_AGE_LIMIT).ok_or_else(|| {
        let shown = match max_age {
            MaxAge::Seconds(seconds) => format!("`max_age` of {seconds} s"),
            MaxAge::Text(text) => format!("`max_age` of `{}`", Printable(text)),
        };
        let message =
            format!("{shown} exceeds every browser's limit (Firefox 86400 s, Chromium 7200 s, Safari 600 s)");
        Fault::new(Rule::MaxAgeTooLong, message, Remedy::advice("write at most 86400"))
    })
}

fn not_a_duration(text: &str) -> Fault {
    let message = format!("`{}` is not a valid duration", Printable(text));
    Fault::new(Rule::BadMaxAge, message, Remedy::advice(MAX_AGE_FORM))
}

/// How a `max_age` is written.
pub const MAX_AGE_FORM: &str =
    "write whole seconds, for example 600, or a text, for example \"10m\" or \"2h\"";

/// Parses a text like `600`, `30s`, `10m`, `2h` or `1d` into seconds.
fn seconds(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(digits) => (digits, text.as_bytes()[digits.len()]),
        None => (text, b's'),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let factor = match unit {
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => 1,
    };
    // A number too great for u64 is a duration all the same, only a very long one.
    Some(digits.parse().unwrap_or(u64::MAX).saturating_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(max_age: impl Into<MaxAge>) -> Rule {
        check(&max_age.into()).unwrap_err().rule
    }

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("0", 0),
            ("600", 600),
            ("30s", 30),
            ("10m", 600),
            ("2h", 7_200),
            ("24h", 86_400),
            ("1d", 86_400),
        ] {
            assert_eq!(check(&MaxAge::Text(text.to_owned())), Ok(seconds), "{text}");
        }
        assert_eq!(check(&MaxAge::Seconds(86_400)), Ok(86_400));
    }

    #[test]
    fn texts_that_are_not_durations() {
        for text in ["", "m", "-1", "+1", "1.5", "10 m", "10min", "1h30m", "ten", "１"] {
            assert_eq!(rule(text), Rule::BadMaxAge, "{text}");
        }
        assert_eq!(rule(std::time::Duration::from_millis(1)), Rule::BadMaxAge);
        assert_eq!(rule(-1), Rule::BadMaxAge);
    }

    #[test]
    fn too_long() {
        for text in ["86401", "25h", "2d", "99999999999999999999999999h"] {
            assert_eq!(rule(text), Rule::MaxAgeTooLong, "{text}");
        }
        assert_eq!(rule(u64::MAX), Rule::MaxAgeTooLong);
        assert_eq!(rule(u128::MAX), Rule::MaxAgeTooLong);
    }
}
