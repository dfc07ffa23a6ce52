//! Policies that are known at run time: from the environment, from the builder and from documents. They keep the rules of
//! the attribute, and say what breaks them in the same words, each in its own syntax.

use cors_runtime::Allow;

mod attribute;
mod documents;
mod environment;
mod equal;
mod printed;
mod refused;

/// The help for the attribute, as it is for the builder.
fn help_of_builder(help: &str) -> String {
    let names = |names: &str| {
        let calls = names.split(", ").map(|name| {
            let allow = Allow::ALL.iter().copied().find(|allow| allow.name() == name).expect("a name");
            format!(".allow(Allow::{allow:?})")
        });
        format!("`{}`", calls.collect::<String>())
    };
    between(help, "`allow(", ")`", names)
        .replace("`none`", "`Policy::NONE`")
        .replace("`any`", "`.any_origin()`")
        .replace("remove `credentials`", "remove `.credentials()`")
        .replace("write `credentials`", "write `.credentials()`")
        .replace(
            "write `origins = [\"https://shop.example\"]`",
            "write `.origins([\"https://shop.example\"])`",
        )
        .replace("`regex(r\"", "`.regex(r\"")
}

/// The help for the attribute, as it is for a document.
fn help_in_documents(help: &str) -> String {
    let names = |names: &str| {
        let names: Vec<_> = names.split(", ").map(|name| format!("{name:?}")).collect();
        format!("`allow = [{}]`", names.join(", "))
    };
    let help = between(help, "`allow(", ")`", names);
    between(&help, "`regex(r\"", "\")`", |regex| format!("`{{ regex = '{regex}' }}`"))
        .replace("`none`", "`none = true`")
        .replace("write `any`", "write \"any\"")
        .replace("write `origins = any`", "write `origins = \"any\"`")
        .replace("remove `credentials`", "remove `credentials = true`")
        .replace("write `credentials` in", "write `credentials = true` in")
}

/// The help for the attribute, as it is for a variable that the attribute names.
fn help_in_variable(help: &str) -> String {
    let help = between(help, "write \"", "\"", |text| format!("write `{text}`"));
    let help = between(&help, ", \"", "\"", |text| format!(", `{text}`"));
    let help = between(&help, " or \"", "\"", |text| format!(" or `{text}`"));
    let help = between(&help, "example \"", "\"", |text| format!("example `{text}`"));
    let help =
        between(&help, "write `regex(", ")`", |text| format!("write `regex({text})` in the policy itself"));
    between(&help, "or add `", "`", |allow| format!("or add `{allow}` to the policy"))
        .replace("remove `credentials`", "remove `credentials` from the policy")
}

/// The text with what is between these two, and they themselves, replaced.
fn between(text: &str, start: &str, end: &str, replaced: impl Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once(start) else { return text.to_owned() };
    let Some((inner, after)) = rest.split_once(end) else { return text.to_owned() };
    format!("{before}{}{}", replaced(inner), between(after, start, end, replaced))
}
