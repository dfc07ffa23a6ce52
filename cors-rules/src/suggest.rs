//! What was probably meant by a misspelt name. What the names mean is for others.

/// Names beyond this are not compared, which keeps nonsense cheap.
const MAX_CHARS: usize = 40;

/// A name without what people vary in it: `maxAge`, `max-age` and `MAX_AGE` are one.
pub(crate) fn normalize(name: &str) -> String {
    name.chars().filter(|char| !matches!(char, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// The known name that differs least from the written one, if it is a typo at all.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = normalize(written);
    let chars = written.chars().count();
    if chars > MAX_CHARS {
        return None;
    }
    // In a short name, two slips leave too little of it.
    let most = if chars <= 4 { 1 } else { 2 };
    known
        .into_iter()
        .map(|name| (distance(&written, &normalize(name)), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters were added, left out, replaced, or swapped with their neighbour.
///
/// It is the optimal string alignment distance, by its usual table of which three rows are kept.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, &char) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &other) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(char != other);
            let mut least = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && char == right[column - 1] && left[row - 1] == other {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("headers", "headers", 0),
            ("heders", "headers", 1),
            ("haeders", "headers", 1),
            ("hdeers", "headers", 3),
            ("expose", "origins", 7),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn short_names_take_one_slip() {
        assert_eq!(closest("noen", ["none"]), Some("none"));
        assert_eq!(closest("nine", ["none"]), Some("none"));
        assert_eq!(closest("name", ["none"]), None);
        assert_eq!(closest(&"x".repeat(100_000), ["none"]), None);
        let longest = "x".repeat(MAX_CHARS);
        assert_eq!(closest(&longest, [&*longest]), Some(&*longest));
        for more in [1, 2] {
            assert_eq!(closest(&"x".repeat(MAX_CHARS + more), [&*longest]), None);
        }
    }
}
