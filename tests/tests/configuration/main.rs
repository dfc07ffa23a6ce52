//! Policies that are known once the program runs: from the environment, from the builder and from documents. They keep
//! the rules of the attribute, and say what breaks them in the same words.

mod attribute;
mod documents;
mod environment;
mod equal;
mod refused;

/// The help as documents spell it.
fn help_in_documents(help: &str) -> String {
    let help = help.replace("`none`", "`none = true`");
    match help.split_once("`allow(") {
        Some((before, after)) => format!("{before}`allow = [\"{}", after.replacen(')', "\"]", 1)),
        None => help,
    }
}
