//! What has to be right of the packages before they are published, as far as their files tell.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

const PUBLISHED: [&str; 4] = ["cors-rules", "cors-macros", "cors-browser", "cors-runtime"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(package: &str) -> Table {
    read(&format!("{package}/Cargo.toml")).parse().unwrap()
}

/// The versions of each package that the lock has.
fn locked() -> BTreeMap<String, Vec<String>> {
    let lock: Table = read("Cargo.lock").parse().unwrap();
    let mut versions = BTreeMap::<_, Vec<_>>::new();
    for package in lock["package"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions.entry(text("name")).or_default().push(text("version"));
    }
    versions
}

/// Paths that contradict each other are found by the very code that axum would panic in: axum asks for one version, and the
/// workspace for no less.
#[test]
fn there_is_one_matchit() {
    assert_eq!(locked()["matchit"].len(), 1, "{:?}", locked()["matchit"]);
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(workspace["workspace"]["dependencies"]["matchit"].as_str(), Some("0.8.4"));
}

/// And one of each library whose types are in public signatures.
#[test]
fn there_is_one_of_what_is_public() {
    for name in ["axum", "http", "tower-layer", "tower-service"] {
        assert_eq!(locked()[name].len(), 1, "{name}: {:?}", locked()[name]);
    }
}

#[test]
fn packages_say_what_registries_show() {
    for package in PUBLISHED {
        let manifest = manifest(package);
        let about = manifest["package"].as_table().unwrap();
        let count = |key: &str| about[key].as_array().map_or(0, Vec::len);
        assert!((1..=5).contains(&count("keywords")), "{package}");
        assert!((1..=5).contains(&count("categories")), "{package}");
        assert!(about["description"].as_str().is_some_and(|text| text.len() > 20), "{package}");
        let readme = root().join(package).join(about["readme"].as_str().unwrap());
        assert!(fs::read_to_string(readme).unwrap().starts_with("# "), "{package}");
        assert_eq!(about.get("publish"), None, "{package}");
    }
}

/// A package of the registry is read without its repository.
#[test]
fn packages_contain_their_licences() {
    for package in PUBLISHED {
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert_eq!(read(&format!("{package}/{licence}")), read(licence), "{package}");
        }
    }
    assert!(read("cors-rules/LICENSE-MPL").starts_with("Mozilla Public License Version 2.0"));
}

/// Generated code and the data that it carries are no public interface.
#[test]
fn parts_are_pinned() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let version = workspace["workspace"]["package"]["version"].as_str().unwrap();
    for part in ["cors-rules", "cors-macros"] {
        let pinned = &workspace["workspace"]["dependencies"][part]["version"];
        assert_eq!(pinned, &Value::String(format!("={version}")), "{part}");
    }
}

/// Nothing else is published by accident.
#[test]
fn others_are_not_published() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        if !PUBLISHED.contains(&member) {
            assert_eq!(manifest(member)["package"].get("publish"), Some(&Value::Boolean(false)), "{member}");
        }
    }
}
