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

/// All have one version, and whoever copies a line from a page gets it.
#[test]
fn versions_agree() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let workspace = &workspace["workspace"];
    let version = workspace["package"]["version"].as_str().unwrap();
    for package in PUBLISHED {
        let declared = workspace["dependencies"][package]["version"].as_str().unwrap();
        assert_eq!(declared.trim_start_matches('='), version, "{package}");
    }

    let (series, _) = version.rsplit_once('.').unwrap();
    for (page, package) in [
        ("README.md", "cors-runtime"),
        ("docs/testing.md", "cors-runtime"),
        ("cors-browser/README.md", "cors-browser"),
    ] {
        let text = read(page);
        let line = text.lines().find(|line| line.starts_with(&format!("{package} = "))).unwrap();
        assert!(line.contains(&format!("\"{series}\"")), "{page}: {line}");
    }
    let axum = workspace["dependencies"]["axum"]["version"].as_str().unwrap();
    let rust = workspace["package"]["rust-version"].as_str().unwrap();
    let sentence = format!("Rust {rust} or later, axum 0.8 from {axum} on.");
    assert!(read("README.md").contains(&sentence), "{sentence}");
}

/// What is new is below this heading, or else below that of the version which is about to be published.
#[test]
fn the_changelog_has_the_version() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let version = workspace["workspace"]["package"]["version"].as_str().unwrap();
    let changelog = read("CHANGELOG.md");
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    assert!(newest == "Unreleased" || newest.starts_with(&format!("{version} - ")), "{newest}");
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
