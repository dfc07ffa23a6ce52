//! How long a browser may keep a preflight's answer. Knows nothing of the other keys.

use crate::{
    violation::{Field, Kind, Place, Violation},
    written::MaxAge,
};

/// The greatest `max_age` in seconds: Firefox's cap, the highest of any browser.
///
/// <https://fetch.spec.whatwg.org/#http-access-control-max-age>
pub const MAX_MAX_AGE: u32 = 86_400;

/// The seconds that a `max_age` stands for.
pub(crate) fn check(written: &MaxAge) -> Result<u32, Violation> {
    let seconds = match written {
        MaxAge::Seconds(seconds) => *seconds,
        MaxAge::Text(text) => {
            seconds_of(text).ok_or_else(|| violation(Kind::BadMaxAge, format!("`{text}` is no duration")))?
        }
    };
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_MAX_AGE).ok_or_else(|| {
        violation(
            Kind::MaxAgeTooLong,
            format!("`max_age` of {seconds} seconds is more than any browser keeps"),
        )
    })
}

/// The seconds of a text such as `600`, `30s`, `10m`, `2h` or `1d`.
fn seconds_of(text: &str) -> Option<u64> {
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

fn violation(kind: Kind, message: String) -> Violation {
    let help = match kind {
        Kind::MaxAgeTooLong => {
            "write at most 86400; browsers cut it further: Firefox at 86400, Chromium at 7200, Safari at 600"
        }
        _ => "write whole seconds such as `600`, or a text such as `\"10m\"` or `\"2h\"`",
    };
    let place = Place { field: Field::MaxAge, index: None };
    Violation { kind, place, message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn no_durations() {
        for text in ["", "m", "-1", "+1", "1.5", "10 m", "10min", "1h30m", "ten", "１"] {
            let kind = check(&MaxAge::Text(text.to_owned())).unwrap_err().kind;
            assert_eq!(kind, Kind::BadMaxAge, "{text}");
        }
    }

    #[test]
    fn too_long() {
        for text in ["86401", "25h", "2d", "99999999999999999999999999h"] {
            let kind = check(&MaxAge::Text(text.to_owned())).unwrap_err().kind;
            assert_eq!(kind, Kind::MaxAgeTooLong, "{text}");
        }
        assert_eq!(check(&MaxAge::Seconds(u64::MAX)).unwrap_err().kind, Kind::MaxAgeTooLong);
        assert_eq!(check(&MaxAge::Seconds(86_400)), Ok(86_400));
    }
}
