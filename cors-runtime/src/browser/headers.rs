//! How browsers read header fields. Must not know what any field means.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The value of a field, its lines put together; `None` if there is none.
///
/// White space around a line never gets over a connection, and so it is ignored here, too.
///
/// <https://fetch.spec.whatwg.org/#concept-header-list-get>
pub(super) fn get(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<String> = headers.get_all(name).iter().map(text).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// The elements of a field that is a list of tokens; `None` if there is no field.
///
/// # Errors
///
/// If something else than a token is among them.
///
/// <https://fetch.spec.whatwg.org/#extract-header-list-values>
pub(super) fn list(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, NoList> {
    let Some(value) = get(headers, name) else { return Ok(None) };
    let elements = value.split(',').map(|element| element.trim_matches(WHITE_SPACE));
    let elements = elements.filter(|element| !element.is_empty());
    let tokens = elements.map(|element| is_token(element).then(|| element.to_owned()).ok_or(NoList));
    tokens.collect::<Result<_, _>>().map(Some)
}

/// A field is no list of tokens.
#[derive(Debug, PartialEq)]
pub(super) struct NoList;

/// What HTTP takes for white space within a field.
pub(super) const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// Names of methods and of fields are tokens.
pub(super) fn is_token(text: &str) -> bool {
    Method::from_bytes(text.as_bytes()).is_ok()
}

fn text(line: &HeaderValue) -> String {
    String::from_utf8_lossy(line.as_bytes()).trim_matches(WHITE_SPACE).to_owned()
}

#[cfg(test)]
mod tests {
    use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;

    use super::*;

    type Found<'a> = Result<Option<&'a str>, NoList>;

    #[test]
    fn a_list_has_tokens_and_perhaps_empty_elements() {
        let cases: [(&[&str], Found<'_>); 9] = [
            (&[], Ok(None)),
            (&[""], Ok(Some(""))),
            (&["bb-8"], Ok(Some("bb-8"))),
            (&["bb-8,"], Ok(Some("bb-8"))),
            (&["\tbb-8 , x"], Ok(Some("bb-8 x"))),
            (&["x", "*"], Ok(Some("x *"))),
            (&["bb-8, no no"], Err(NoList)),
            (&["bb-8 x"], Err(NoList)),
            (&["bb-8;x"], Err(NoList)),
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
