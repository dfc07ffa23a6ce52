//! Any texts through the rules that the attribute, the builder and documents share, by both kinds of author.

#![no_main]

use arbitrary::{Result, Unstructured};
use cors_fuzz::{cases, count, is_for_proofs};
use cors_rules::{
    Allow, AllowedOrigins, Author, Enforce, MaxAge, Origin, OriginSpec, Pattern, PolicySpec, Settings,
    Syntax, check,
};
use libfuzzer_sys::fuzz_target;

fn texts(
    u: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<String>,
) -> Result<Vec<String>> {
    (0..u.int_in_range(0..=4)?).map(|_| one(u)).collect()
}

fn spec(u: &mut Unstructured<'_>) -> Result<PolicySpec> {
    let origin = |u: &mut Unstructured<'_>| {
        let text: String = if u.arbitrary()? { cases::entry(u)? } else { u.arbitrary()? };
        let text = if is_for_proofs(&text) { "https://shop.example".to_owned() } else { text };
        Ok(match u.int_in_range(0..=9)? {
            0 => OriginSpec::Env(text),
            1 => OriginSpec::EnvDefault(text),
            2 => OriginSpec::When(text),
            3 => OriginSpec::Constant(text),
            _ => OriginSpec::Text(text),
        })
    };
    let name = |u: &mut Unstructured<'_>| -> Result<String> {
        const NAMES: [&str; 9] =
            ["content-type", "Authorization", "*", "cookie", "sec-x", "GET", "patch", "x-a", "etag"];
        Ok(if u.ratio(3, 4)? { (*u.choose(&NAMES)?).to_owned() } else { u.arbitrary()? })
    };
    let origins = if u.ratio(9, 10)? {
        Some((0..u.int_in_range(0..=5)?).map(|_| origin(u)).collect::<Result<_>>()?)
    } else {
        None
    };
    Ok(PolicySpec {
        origins,
        headers: texts(u, name)?,
        expose: texts(u, name)?,
        methods: texts(u, name)?,
        settings: Settings {
            max_age: match u.int_in_range(0..=2)? {
                0 => None,
                1 => Some(MaxAge::Seconds(u.arbitrary()?)),
                _ => Some(MaxAge::Text(u.arbitrary()?)),
            },
            credentials: u.arbitrary()?,
            enforce: *u.choose(&[Enforce::Off, Enforce::CrossOrigin, Enforce::Strict])?,
            timing: u.arbitrary()?,
        },
        allow: (0..u.int_in_range(0..=3)?).map(|_| Ok(*u.choose(&Allow::ALL)?)).collect::<Result<_>>()?,
    })
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let spec = spec(u)?;
    let [developer, operator] = [Author::Developer, Author::Operator].map(|author| check(&spec, author));
    assert!(developer.is_err() || operator.is_ok(), "what a developer may write, an operator may");
    for checked in [developer, operator] {
        count(1);
        match checked {
            Ok(policy) => {
                let settings = &policy.settings;
                let is_any = matches!(policy.origins, AllowedOrigins::Any);
                assert!(!(is_any && settings.credentials), "everybody with credentials");
                assert!(!(settings.credentials && policy.expose.any), "`*` is a name with credentials");
                if let AllowedOrigins::List(list) = &policy.origins {
                    for pattern in &list.patterns {
                        let text = pattern.to_string();
                        assert_eq!(Pattern::parse(&text).as_ref(), Some(pattern));
                        assert_eq!(Origin::parse(text.as_bytes()).is_some(), pattern.is_exact());
                        let is_dangerous = pattern.is_insecure()
                            && !spec.allow.contains(&Allow::InsecureOrigins)
                            || pattern.allows_registrable_names()
                                && !spec.allow.contains(&Allow::PublicSuffix)
                            || pattern.is_open_scheme() && !spec.allow.contains(&Allow::OpenScheme);
                        assert!(
                            !settings.credentials || !is_dangerous,
                            "dangerous, and not allowed by name: {text}"
                        );
                    }
                }
                let names = policy.headers.names.iter().chain(&policy.expose.names).chain(&policy.methods);
                for name in names {
                    assert!(name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','), "{name:?}");
                }
            }
            Err(violations) => {
                assert!(!violations.is_empty());
                for violation in violations {
                    let message = violation.message.to_string();
                    assert!(!message.is_empty() && !message.chars().any(char::is_control), "{message:?}");
                    for syntax in [Syntax::Attribute, Syntax::Builder, Syntax::Document] {
                        let help = violation.help.in_syntax(syntax);
                        assert!(!help.chars().any(char::is_control), "{help:?}");
                    }
                }
            }
        }
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Where the bytes end, so does the case.
    let _ = run(&mut Unstructured::new(data));
});
