//! What is printed of texts that somebody else wrote: in one line, nothing raw that does not print or that sets the
//! direction of text, and no more than helps.

use cors_runtime::{Policy, PolicyBuilder, SetupError, policy};
use serde_json::{Value, json};
use temp_env::with_var;

/// Parts of a text that could deceive a reader, or fill a log.
fn hostile() -> Vec<String> {
    let long = 1 << 16;
    let mut texts = vec![
        "\u{202e}elpmaxe.pohs".to_owned(),
        "a\u{2066}b\u{2069}".to_owned(),
        "\u{200b}\u{feff}a".to_owned(),
        "a\r\nerror: all is well".to_owned(),
        "\u{1b}[2J\u{7}".to_owned(),
        "a\0b".to_owned(),
        "\u{85}\u{2028}\u{2029}".to_owned(),
        "\u{e0001}\u{e007f}".to_owned(),
    ];
    texts.extend(
        ["a", "*", "/", ".", "é", "\u{202e}", "(", "[", "\"", ":", "a.", "-", "%", "x,"]
            .map(|part| part.repeat(long / part.len())),
    );
    texts
}

/// Where in an entry they are.
const FORMS: [&str; 17] = [
    "{}",
    "https://{}",
    "https://{}.example",
    "https://shop.example:{}",
    "https://shop.example/{}",
    "https://{}@shop.example",
    "https://shop.example?{}",
    "https://shop.example#{}",
    "https://*.{}",
    "https://shop-*-{}.example",
    "https://[{}]",
    "{}://shop.example",
    "app://{}",
    "shop.example{}",
    "https://a.example,{}",
    "x-{}*",
    "{}m",
];

fn check(what: &str, printed: &str, lines: usize) {
    let start: String = printed.chars().take(2_000).collect();
    let is_plain = |char: char| {
        char == '\n'
            || !char.is_control()
                && !"\u{202e}\u{2066}\u{2069}\u{200b}\u{feff}\u{2028}\u{2029}\u{e0001}\u{e007f}"
                    .contains(char)
    };
    assert!(printed.chars().all(is_plain), "{what}: {start:?}");
    assert!(printed.lines().count() <= lines, "{what}: {start:?}");
    assert!(printed.len() < 5_000, "{what}: {} bytes: {start:?}", printed.len());
}

fn check_document(what: &str, document: &Value) {
    if let Err(error) = serde_json::from_value::<Policy>(document.clone()) {
        // The message, the help, perhaps the same for another key, and how many there are.
        check(what, &error.to_string(), 7);
    }
}

#[test]
fn messages() {
    static VARIABLE: Policy =
        policy! { origins = ["https://shop.example", env("CORS_PRINTED")], credentials };

    for part in hostile() {
        for form in FORMS {
            let text = form.replace("{}", &part);
            let what: String = format!("{form} {part}").chars().take(60).collect();
            let shop = || Policy::builder().origins(["https://shop.example"]);
            let builders: [PolicyBuilder; 8] = [
                Policy::builder().origins([&text]),
                Policy::builder().origins([&text]).credentials(),
                Policy::builder().origins([&text, &text]),
                Policy::builder().regex(text.replace("shop.", r"shop\.")),
                shop().headers([&text, &text]),
                shop().expose([&text, &text]),
                shop().methods([&text, &text]),
                shop().max_age(text.as_str()),
            ];
            for builder in builders {
                match builder.build() {
                    // What it says is long, and is all right.
                    Ok(policy) => policy.notes().iter().for_each(|note| check(&what, &note.to_string(), 1)),
                    Err(error) => check(&what, &error.to_string(), 4),
                }
            }
            if !text.contains('\0') && text.len() < 120_000 {
                let read: Result<Policy, SetupError> =
                    with_var("CORS_PRINTED", Some(&text), || VARIABLE.with_environment());
                if let Err(error) = read {
                    // Each word is an entry there: ten of them, and how many more there are.
                    check(&what, &error.to_string(), 11);
                }
            }
        }
        let what: String = format!("keys of a document {part}").chars().take(60).collect();
        let origin = "https://shop.example";
        for document in [
            json!({ "origins": part }),
            json!({ "origins": [{ "env": part }] }),
            json!({ "origins": [{ "env": part, "default": [part] }] }),
            json!({ "origins": [{ "env": "CORS_NOT_SET", "default": part }] }),
            json!({ "origins": [{ "regex": part }] }),
            json!({ "origins": [{ (part.clone()): 1 }] }),
            json!({ "origins": [origin], "allow": [part] }),
            json!({ "origins": [origin], "allow": part }),
            json!({ "origins": [origin], "headers": part }),
            json!({ "origins": [origin], "headers": [part, part] }),
            json!({ "origins": [origin], "enforce": part }),
            json!({ "origins": [origin], "max_age": part }),
            json!({ "origins": [origin], (part.clone()): true }),
            json!({ (part.clone()): [origin] }),
        ] {
            check_document(&what, &document);
        }
    }
}
