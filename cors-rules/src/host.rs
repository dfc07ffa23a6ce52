//! Hosts as browsers serialise them: the grammar, and what a host means. Schemes, ports and patterns are for others.
//!
//! The grammar is const code, because constants in a program are read by it as well.

/// The greatest length of a host name, in bytes.
///
/// <https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4>
pub(crate) const MAX_HOST_BYTES: usize = 253;

/// The greatest length of one label of a host name, in bytes.
pub(crate) const MAX_LABEL_BYTES: usize = 63;

/// Whether this is the host of an `https` origin: a domain in lower case and in punycode, or an IP address.
///
/// Underscores, hyphens anywhere and a dot at the end are against the grammar of DNS, but browsers do send them.
///
/// <https://url.spec.whatwg.org/#host-serializing>
pub(crate) const fn is_web_host(host: &str) -> bool {
    let bytes = host.as_bytes();
    if let [b'[', ..] = bytes {
        return is_bracketed_ipv6(bytes);
    }
    if bytes.is_empty() || bytes.len() > MAX_HOST_BYTES {
        return false;
    }
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'.' => {
                if !is_label(bytes, start, at) {
                    return false;
                }
                start = at + 1;
            }
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => {}
            _ => return false,
        }
        at += 1;
    }
    // One dot at the end is right; what is in front of it has been looked at.
    if start < bytes.len() && !is_label(bytes, start, bytes.len()) {
        return false;
    }
    !ends_in_a_number(host) || is_ipv4(bytes)
}

/// Whether this is the host of an origin whose scheme is not a web scheme, for example that of a browser extension. Any
/// host is, as long as nothing in it separates parts of a URL. A `*` is left out, because it is ours.
///
/// <https://url.spec.whatwg.org/#concept-opaque-host-parser>
pub(crate) const fn is_opaque_host(host: &str) -> bool {
    let bytes = host.as_bytes();
    if let [b'[', ..] = bytes {
        return is_bracketed_ipv6(bytes);
    }
    if bytes.is_empty() || bytes.len() > MAX_HOST_BYTES {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        if !is_opaque_host_byte(bytes[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// <https://url.spec.whatwg.org/#forbidden-host-code-point>
pub(crate) const fn is_opaque_host_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'#' | b'/' | b':' | b'<' | b'>' | b'?' | b'@' | b'[' | b'\\' | b']' | b'^' | b'|' | b'*'
        )
}

/// Whether there can be names below this host, which is one.
pub(crate) const fn has_subdomains(host: &str) -> bool {
    let bytes = host.as_bytes();
    bytes[0] != b'[' && !is_ipv4(bytes) && bytes.len() + 2 <= MAX_HOST_BYTES
}

/// Whether the host is an IPv4 address or an IPv6 address in brackets.
pub(crate) const fn is_ip_address(host: &str) -> bool {
    let bytes = host.as_bytes();
    matches!(bytes, [b'[', ..]) || is_ipv4(bytes)
}

/// Whether requests to this host do not leave the machine.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
pub(crate) const fn is_loopback(host: &str) -> bool {
    let name = match host.as_bytes() {
        [name @ .., b'.'] => name,
        name => name,
    };
    matches!(name, b"localhost" | [.., b'.', b'l', b'o', b'c', b'a', b'l', b'h', b'o', b's', b't'] | b"[::1]")
        || matches!(name, [b'1', b'2', b'7', b'.', ..]) && is_ipv4(host.as_bytes())
}

/// Whether these bytes, which are right for a label, are one: not empty, not too long, and decodable if in punycode.
const fn is_label(host: &[u8], start: usize, end: usize) -> bool {
    if end == start || end - start > MAX_LABEL_BYTES {
        return false;
    }
    let (_, label) = host.split_at(start);
    let (label, _) = label.split_at(end - start);
    match label {
        [b'x', b'n', b'-', b'-', encoded @ ..] => is_punycode(encoded),
        _ => true,
    }
}

/// Whether browsers take this name for an IPv4 address.
///
/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>
pub(crate) const fn ends_in_a_number(host: &str) -> bool {
    let bytes = match host.as_bytes() {
        [name @ .., b'.'] => name,
        name => name,
    };
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b'.' {
        start -= 1;
    }
    let (_, last) = bytes.split_at(start);
    let (digits, is_hex) = match last {
        [b'0', b'x', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    let mut at = 0;
    while at < digits.len() {
        let is_digit = if is_hex { digits[at].is_ascii_hexdigit() } else { digits[at].is_ascii_digit() };
        if !is_digit {
            return false;
        }
        at += 1;
    }
    is_hex || !digits.is_empty()
}

/// Four numbers up to 255, without zeros in front.
const fn is_ipv4(host: &[u8]) -> bool {
    let mut parts = 1;
    let mut number = 0u32;
    let mut digits = 0;
    let mut at = 0;
    while at < host.len() {
        match host[at] {
            b'.' if digits > 0 => {
                parts += 1;
                number = 0;
                digits = 0;
            }
            byte @ b'0'..=b'9' if digits == 0 || number > 0 => {
                number = number * 10 + (byte - b'0') as u32;
                digits += 1;
                if number > 255 {
                    return false;
                }
            }
            _ => return false,
        }
        at += 1;
    }
    parts == 4 && digits > 0
}

const fn is_bracketed_ipv6(host: &[u8]) -> bool {
    match host {
        [b'[', address @ .., b']'] => is_ipv6(address),
        _ => false,
    }
}

const PIECES: usize = 8;

/// An IPv6 address in the one form that browsers send: in lower case, without zeros in front, with the first of the
/// longest runs of zeros left out, and never with an IPv4 address at the end.
///
/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>
const fn is_ipv6(address: &[u8]) -> bool {
    // Of a piece it matters whether it is zero.
    let mut is_zero = [true; PIECES];
    let mut count = 0;
    // How many pieces are in front of `::`.
    let mut gap = None;
    let mut at = 0;
    if let [b':', b':', ..] = address {
        gap = Some(0);
        at = 2;
    } else if address.is_empty() {
        return false;
    }
    while at < address.len() {
        let start = at;
        while at < address.len() && at - start < 4 && matches!(address[at], b'0'..=b'9' | b'a'..=b'f') {
            at += 1;
        }
        let starts_with_zero = address[start] == b'0';
        let has_zero_in_front = starts_with_zero && at - start > 1;
        if at == start || has_zero_in_front || count == PIECES {
            return false;
        }
        is_zero[count] = starts_with_zero;
        count += 1;
        if at == address.len() {
            break;
        }
        if address[at] != b':' || at + 1 == address.len() {
            return false;
        }
        at += 1;
        if address[at] == b':' {
            if gap.is_some() {
                return false;
            }
            gap = Some(count);
            at += 1;
        }
    }
    let Some(gap) = gap else {
        return count == PIECES && longest_run(&is_zero).1 < 2;
    };
    if count >= PIECES {
        return false;
    }
    let left_out = PIECES - count;
    let mut whole = [true; PIECES];
    let mut index = 0;
    while index < count {
        whole[if index < gap { index } else { index + left_out }] = is_zero[index];
        index += 1;
    }
    let (start, length) = longest_run(&whole);
    left_out >= 2 && start == gap && length == left_out
}

/// Where the first of the longest runs starts, and its length.
const fn longest_run(is_zero: &[bool; PIECES]) -> (usize, usize) {
    let (mut best_start, mut best) = (0, 0);
    let mut run = 0;
    let mut at = 0;
    while at < PIECES {
        run = if is_zero[at] { run + 1 } else { 0 };
        at += 1;
        if run > best {
            best = run;
            best_start = at - run;
        }
    }
    (best_start, best)
}

/// Whether this, which follows `xn--`, decodes to a label that has something in it which is not ASCII, and no code point
/// that is never in a domain. Of these, the frequent ones are looked at: whole tables are not worth their size.
///
/// <https://www.rfc-editor.org/rfc/rfc3492#section-6.2>, <https://www.unicode.org/reports/tr46/#Validity_Criteria>
const fn is_punycode(encoded: &[u8]) -> bool {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    const SKEW: u32 = 38;
    const DAMP: u32 = 700;

    // The ASCII part ends at the last hyphen.
    let mut length = encoded.len() as u32;
    while length > 0 && encoded[length as usize - 1] != b'-' {
        length -= 1;
    }
    let mut at = length as usize;
    length = length.saturating_sub(1);
    // A hyphen with nothing in front of it separates nothing, and is not a digit either.
    if at == encoded.len() || at == 1 {
        return false;
    }
    let (mut code_point, mut position, mut bias) = (0x80u32, 0u32, 72u32);
    while at < encoded.len() {
        let before = position;
        let mut weight = 1u32;
        let mut k = BASE;
        loop {
            if at == encoded.len() {
                return false;
            }
            let digit = match encoded[at] {
                byte @ b'a'..=b'z' => (byte - b'a') as u32,
                byte @ b'0'..=b'9' => (byte - b'0') as u32 + 26,
                _ => return false,
            };
            at += 1;
            position = match checked_add_product(position, digit, weight) {
                Some(position) => position,
                None => return false,
            };
            let threshold = match k.saturating_sub(bias) {
                ..=T_MIN => T_MIN,
                T_MAX.. => T_MAX,
                between => between,
            };
            if digit < threshold {
                break;
            }
            weight = match weight.checked_mul(BASE - threshold) {
                Some(weight) => weight,
                None => return false,
            };
            k += BASE;
        }
        length += 1;
        let mut delta = if before == 0 { position / DAMP } else { (position - before) / 2 };
        delta += delta / length;
        bias = 0;
        while delta > (BASE - T_MIN) * T_MAX / 2 {
            delta /= BASE - T_MIN;
            bias += BASE;
        }
        bias += (BASE - T_MIN + 1) * delta / (delta + SKEW);
        code_point = match code_point.checked_add(position / length) {
            Some(code_point) => code_point,
            None => return false,
        };
        if !is_in_domains(code_point) {
            return false;
        }
        position = position % length + 1;
    }
    true
}

const fn checked_add_product(sum: u32, factor: u32, weight: u32) -> Option<u32> {
    match factor.checked_mul(weight) {
        Some(product) => sum.checked_add(product),
        None => None,
    }
}

/// Whether a domain may have this code point, which is not ASCII, as far as ranges of many can say.
const fn is_in_domains(code_point: u32) -> bool {
    !matches!(
        code_point,
        // Controls, the no-break space and the soft hyphen.
        0x80..=0xa0 | 0xad
        // Upper case, which is written in lower case before it is encoded.
        | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x400..=0x42f
        // Spaces, and what sets the direction of text.
        | 0x2000..=0x200b | 0x200e..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f | 0x3000
        // Surrogates and private use.
        | 0xd800..=0xf8ff
        // Variation selectors, the byte order mark, full-width letters, specials.
        | 0xfe00..=0xfe0f | 0xfeff | 0xff01..=0xff5e | 0xfff0..=0xffff
        // Tags, private use, and beyond Unicode.
        | 0xe0000..
    )
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn ipv4_addresses() {
        for host in ["0.0.0.0", "127.0.0.1", "255.255.255.255", "69.254.169.254"] {
            assert!(is_web_host(host) && is_ip_address(host), "{host}");
        }
        for host in [
            "127.0.0.256",
            "127.0.0.1.1",
            "1.2.3.4.5",
            "127.1",
            "1",
            "09",
            "0x7f.1",
            "127.0.0.01",
            "127.0.0.1.",
            "1..2.3",
            ".1.2.3",
            "a.0x",
            "4294967297",
        ] {
            assert!(!is_web_host(host) && !is_ip_address(host), "{host}");
        }
    }

    /// The standard library parses every form; browsers send one.
    #[test]
    fn ipv6_addresses() {
        let texts = [
            "::",
            "::1",
            "1::",
            "1::8",
            "::2:3",
            "1:2:3:4:5:6:7:8",
            "1:0:3:4:5:6:7:8",
            "1::3:4:5:6:7:8",
            "1:0:0:4:5:6:7:8",
            "1::4:5:6:7:8",
            "1:0:0:4::8",
            "1::4:0:0:0:8",
            "1:0:0:4:0:0:7:8",
            "1::4:0:0:7:8",
            "1:0:0:4::7:8",
            "fd00::ffff:1",
            "FD00::1",
            "fd00::0001",
            "fd00::01",
            "fd00::12345",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "1:::2",
            "1::2::3",
            ":1",
            "1:",
            ":",
            "",
            "g::",
            "0:0:0:0:0:0:0:0",
            "0::",
            "::0",
            "::ffff:7f00:1",
            "::ffff:127.0.0.1",
            "2001:4860:4860::8888",
            "2001:4860:4860:0:0:0:0:8888",
            "::1%eth0",
            "1:2:3::4:5:6",
            "0::1",
        ];
        for text in texts {
            // The standard library writes mapped addresses with dots.
            let is_canonical = |address: Ipv6Addr| match address.segments() {
                [0, 0, 0, 0, 0, 0xffff, high, low] => text == format!("::ffff:{high:x}:{low:x}"),
                _ => text == address.to_string(),
            };
            assert_eq!(is_ipv6(text.as_bytes()), text.parse().is_ok_and(is_canonical), "{text}");
        }
        for host in ["[::1", "[]", "::1", "[::1]]", "[[::1]", "[::1]a"] {
            assert!(!is_web_host(host) && !is_opaque_host(host), "{host}");
        }
    }

    #[test]
    fn punycode() {
        for label in [
            "xn--mnchen-3ya",
            "xn--lve-6lad",
            "xn--fiqs8s",
            "xn--rsum-bpad",
            "xn--bcher-kva",
            "xn--n3h",
            "xn--80ak6aa92e",
            "xn--ls8h",
            "xn---with-hyphen-meb",
        ] {
            assert!(is_web_host(&format!("{label}.example")), "{label}");
            assert!(is_opaque_host(label), "{label}");
        }
        for label in [
            "xn--",
            "xn--a",
            "xn--abc-",
            "xn---",
            "xn--99999999",
            "xn--a-",
            "xn--a_b",
            "xn--0000h",
            "xn---3ya",
            "xn---fiqs8s",
            // A soft hyphen, `ü` in upper case, a text direction.
            "xn--ab-5da",
            "xn--mnchen-psa",
            "xn--ab-g4t",
        ] {
            assert!(!is_web_host(&format!("{label}.example")) && !is_web_host(label), "{label}");
        }
    }

    /// Words, and the same with a full-width letter in them, which is never in a domain. Code points are decoded in their
    /// order, so whoever finds that one has decoded all the others. Made by another implementation.
    #[test]
    fn punycode_is_decoded() {
        for (_word, label, with_letter) in [
            ("münchen", "xn--mnchen-3ya", "xn--mnchen-3ya70613c"),
            ("zażółćgęśląjaźń", "xn--zaglja-cxa0mpa5p6q5a80a6ota", "xn--zaglja-cxa0mpa5p6q5a80a6ota93005h"),
            ("проверка", "xn--80adjurfhd", "xn--80adjurfhd73198c"),
            (
                "почемужеонинеговорятпорусски",
                "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
                "xn--b1abfaaepdrnnbgefbadotcwatmq2g4lr0800e",
            ),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye", "xn--ihqwcrb4cv8a8dqg056pqjyedyym"),
            ("なぜみんな日本語を", "xn--c9j1ab7fqee5666g0ecl32k", "xn--c9j1ab7fqee5666g0ecl32k5qwn"),
            ("세계의모든사람", "xn--989av7mw7b6seb5j5xaw72a", "xn--989av7mw7b6seb5j5xaw72amq6i"),
            ("ελληνικά", "xn--hxargifdar", "xn--hxargifdar31309c"),
            ("למההםפשוט", "xn--8dbadmqie5c4b", "xn--8dbadmqie5c4b98810c"),
            ("यहलोगहिन्दी", "xn--31b4af0ap5bc2cl8h0a", "xn--31b4af0ap5bc2cl8h0a00366e"),
            ("😀a😀b", "xn--ab-mo82aba", "xn--ab-kw3n2310fba"),
            ("ñ", "xn--ida", "xn--ida7521k"),
            ("ü-ü-ü", "xn-----wkabb", "xn-----wkabb08410b"),
            ("straßeñandú", "xn--straeand-tya5pyd", "xn--straeand-tya5pyd21928a"),
            (
                "aaaaaaaaaaaaaaaaaaaaaaaaaé",
                "xn--aaaaaaaaaaaaaaaaaaaaaaaaa-zic",
                "xn--aaaaaaaaaaaaaaaaaaaaaaaaa-zic16286o",
            ),
            (
                "éaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "xn--aaaaaaaaaaaaaaaaaaaaaaaaaaaaa-9tc",
                "xn--aaaaaaaaaaaaaaaaaaaaaaaaaaaaa-9tc32682r",
            ),
            ("中a国b中c国", "xn--abc-u68dc846kda", "xn--abc-u68dc846kda95455a"),
            ("日本語日本語日本語", "xn--wgvaa02kbab8264dcac", "xn--wgvaa02kbab8264dcac97390a"),
            ("ґєії", "xn--91aed3u", "xn--91aed3ul865i"),
            ("ꙋ", "xn--xw8a", "xn--xw8ap89n"),
            // Around the distance from which on the bias is adapted in larger steps.
            ("abcdefgh紐", "xn--abcdefgh-9j8u", "xn--abcdefgh-9j8u7302h"),
            ("aaaaaaaaaa渏", "xn--aaaaaaaaaa-c45w", "xn--aaaaaaaaaa-c45wb748j"),
            ("aaaaaaaaaa檡", "xn--aaaaaaaaaa-e87v", "xn--aaaaaaaaaa-e87vc841k"),
        ] {
            assert!(is_web_host(label), "{label}");
            assert!(!is_web_host(with_letter), "{with_letter}");
        }
    }

    #[test]
    fn loopback() {
        for (host, own) in [
            ("localhost", true),
            ("localhost.", true),
            ("a.localhost", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost.evil.example", false),
            ("evillocalhost", false),
            ("127.0.0.1.evil.example", false),
            ("10.0.0.1", false),
            ("[::2]", false),
        ] {
            assert_eq!(is_loopback(host), own, "{host}");
        }
    }
}
