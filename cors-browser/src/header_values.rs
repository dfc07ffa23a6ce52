//! How browsers read header fields, whatever they mean.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The value of a field, its lines put together; `None` if the field is missing.
///
/// White space around a line never gets over a connection, and is ignored here as well.
///
/// <https://fetch.spec.whatwg.org/#concept-header-list-get>
pub(crate) fn get_bytes(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(trimmed).collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

/// The same as a text, in which each byte is a character.
///
/// <https://infra.spec.whatwg.org/#isomorphic-decode>
pub(crate) fn get(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(get_bytes(headers, name)?.into_iter().map(char::from).collect())
}

/// The elements of a field that is a list of tokens; `None` if the field is missing.
///
/// # Errors
///
/// If an element is not a token.
///
/// <https://fetch.spec.whatwg.org/#extract-header-list-values>
pub(crate) fn list(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, InvalidList> {
    let Some(value) = get(headers, name) else { return Ok(None) };
    let elements = value.split(',').map(|element| element.trim_matches(WHITE_SPACE));
    let elements = elements.filter(|element| !element.is_empty());
    let tokens =
        elements.map(|element| if is_token(element) { Ok(element.to_owned()) } else { Err(InvalidList) });
    tokens.collect::<Result<_, _>>().map(Some)
}

/// A field is not a list of tokens.
#[derive(Debug, PartialEq)]
pub(crate) struct InvalidList;

/// White space within a field.
///
/// <https://fetch.spec.whatwg.org/#http-tab-or-space>
pub(crate) const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// Names of methods and of fields are tokens.
pub(crate) fn is_token(text: &str) -> bool {
    Method::from_bytes(text.as_bytes()).is_ok()
}

fn trimmed(line: &HeaderValue) -> &[u8] {
    let is_white = |byte: &u8| WHITE_SPACE.contains(&char::from(*byte));
    let bytes = line.as_bytes();
    let start = bytes.iter().position(|byte| !is_white(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_white(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

#[cfg(test)]
mod tests {
    use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;

    use super::*;

    type Found<'a> = Result<Option<&'a str>, InvalidList>;

    #[test]
    fn a_list_has_tokens_and_perhaps_empty_elements() {
        let cases: [(&[&str], Found<'_>); 9] = [
            (&[], Ok(None)),
            (&[""], Ok(Some(""))),
            (&["bb-8"], Ok(Some("bb-8"))),
            (&["bb-8,"], Ok(Some("bb-8"))),
            (&["\tbb-8 , x"], Ok(Some("bb-8 x"))),
            (&["x", "*"], Ok(Some("x *"))),
            (&["bb-8, no no"], Err(InvalidList)),
            (&["bb-8 x"], Err(InvalidList)),
            (&["bb-8;x"], Err(InvalidList)),
        ];
        for (lines, expected) in cases {
            let lines = lines.iter().map(|line| HeaderValue::from_str(line).unwrap());
            let headers = lines.map(|line| (ACCESS_CONTROL_EXPOSE_HEADERS, line)).collect();
            let found =
                list(&headers, &ACCESS_CONTROL_EXPOSE_HEADERS).map(|list| list.map(|list| list.join(" ")));
            assert_eq!(found, expected.map(|list| list.map(str::to_owned)), "{headers:?}");
        }
    }
}
