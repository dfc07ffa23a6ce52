//! What has to be there once: the crate asks the very code that axum asks, and calls are of one version.

/// Two of them could disagree on which paths contradict each other.
///
/// axum pins an exact version, and ours is the least that it can be.
#[test]
fn there_is_one_matchit() {
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let versions = |name: &str| {
        let of_name = packages.iter().filter(|package| package["name"].as_str() == Some(name));
        of_name.map(|package| package["version"].as_str().unwrap()).collect::<Vec<_>>()
    };
    for name in ["matchit", "axum", "axum-core", "http", "tower-layer", "tower-service"] {
        assert_eq!(versions(name).len(), 1, "{name}: {:?}", versions(name));
    }

    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let ours = manifest["workspace"]["dependencies"]["matchit"].as_str().unwrap();
    assert_eq!(versions("matchit"), [ours], "the declared minimum is the version of axum's");
}
