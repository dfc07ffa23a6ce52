//! What has to be right of the packages before they are published, as far as their files tell.

use std::{
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
    assert!(read("cors-rules/LICENSE-MPL-2.0").starts_with("Mozilla Public License Version 2.0"));
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
