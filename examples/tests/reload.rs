//! The API whose policy is in a file, with real files that change as editors, programs and Kubernetes change them.

#[allow(dead_code, reason = "other tests need more of it")]
mod api;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use api::{Api, example};

const A: &str = "https://a.example";
const B: &str = "https://b.example";
const C: &str = "https://c.example";

/// A directory of this test's own, empty.
fn directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reload-{test}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory can be made");
    directory
}

fn write(file: impl AsRef<Path>, text: &str) {
    fs::write(file, text).expect("a file can be written");
}

/// The text of a policy for one origin.
fn only(origin: &str) -> String {
    format!("origins = [\"{origin}\"]\ncredentials = true\n")
}

fn reload(file: &Path) -> Command {
    let mut command = example("reload", "0");
    command.env("POLICY_FILE", file);
    command
}

fn start(file: &Path) -> Api {
    Api::start(&mut reload(file), "the policy is: ")
}

fn may_read(api: &Api, origin: &str) -> bool {
    let response = api.request("GET", "/prices", origin, "\r\n");
    assert_eq!((response.status(), response.body()), (200, "prices"));
    response.cors().contains(&("access-control-allow-credentials", "true"))
}

/// Waits until pages of this origin may read, and then sees that nobody else may, and that preflights say the same.
#[track_caller]
fn assert_becomes(api: &Api, origin: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !may_read(api, origin) {
        assert!(Instant::now() < deadline, "{origin} may still not read; {}", api.wait_for(""));
        thread::sleep(Duration::from_millis(20));
    }
    assert_stays(api, origin);
}

#[track_caller]
fn assert_stays(api: &Api, origin: &str) {
    for other in [A, B, C] {
        assert_eq!(may_read(api, other), other == origin, "{other}");
        let status = if other == origin { 204 } else { 403 };
        assert_eq!(api.preflight("PUT", "/prices", other).status(), status, "{other}");
    }
}

#[test]
fn a_file_that_is_written_where_it_is() {
    let file = directory("write").join("policy.toml");
    write(&file, &only(A));
    let api = start(&file);
    assert_stays(&api, A);
    for origin in [B, C, A] {
        write(&file, &only(origin));
        assert_becomes(&api, origin);
    }
}

#[test]
fn a_file_that_is_replaced_by_one_of_its_name() {
    let directory = directory("rename");
    let file = directory.join("policy.toml");
    write(&file, &only(A));
    let api = start(&file);
    for origin in [B, C, A] {
        // As editors do: a new file beside the old one, which is then kept by another name.
        let new = directory.join("policy.toml.new");
        write(&new, &only(origin));
        fs::copy(&file, directory.join("policy.toml~")).expect("a file can be copied");
        fs::rename(&new, &file).expect("a file can be renamed");
        assert_becomes(&api, origin);
    }
}

#[test]
fn a_broken_file_changes_nothing_and_says_why() {
    let file = directory("broken").join("policy.toml");
    write(&file, &only(A));
    let api = start(&file);
    for (text, reason) in [
        ("origins = [\"https://b.example\"", "TOML parse error at line 1"),
        (
            "origins = [\"https://b.example/\"]\n",
            "origins[0]: `https://b.example/` has a slash at the end, which is not part of an origin",
        ),
        ("allow_origins = [\"https://b.example\"]\n", "help: write `origins`"),
        ("origins = \"any\"\ncredentials = true\n", "`any` cannot be combined with credentials"),
        ("", "no origins are allowed"),
    ] {
        write(&file, text);
        let printed = api.wait_for(reason);
        assert!(printed.contains("policy.toml: "), "{printed}");
        assert_stays(&api, A);
    }
    assert!(api.wait_for("").contains("the policy is still: https://a.example; credentials"));
    write(&file, &only(B));
    assert_becomes(&api, B);
    api.wait_for("the policy is now: https://b.example; credentials");
}

#[test]
fn a_file_that_is_removed_and_made_anew() {
    let file = directory("remove").join("policy.toml");
    write(&file, &only(A));
    let api = start(&file);
    fs::remove_file(&file).expect("a file can be removed");
    api.wait_for("the policy is still: ");
    assert_stays(&api, A);
    write(&file, &only(B));
    assert_becomes(&api, B);
}

/// The file is a link into `..data`, which is a link to the directory of the newest version, and is replaced at once.
#[cfg(unix)]
#[test]
fn a_config_map_whose_link_is_replaced() {
    use std::os::unix::fs::symlink;

    let mount = directory("config-map");
    let publish = |version: &str, origin: &str| {
        let directory = mount.join(version);
        fs::create_dir(&directory).expect("a directory can be made");
        write(directory.join("policy.toml"), &only(origin));
        symlink(version, mount.join("..data_tmp")).expect("a link can be made");
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).expect("a link can be replaced");
    };
    publish("..1", A);
    let file = mount.join("policy.toml");
    symlink("..data/policy.toml", &file).expect("a link can be made");
    // Several instances follow one source.
    let apis = [start(&file), start(&file)];
    for (version, old, origin) in [("..2", "..1", B), ("..3", "..2", C)] {
        publish(version, origin);
        fs::remove_dir_all(mount.join(old)).expect("a directory can be removed");
        for api in &apis {
            assert_becomes(api, origin);
        }
    }
}

#[test]
fn it_does_not_start_without_a_policy() {
    let directory = directory("start");
    let file = directory.join("policy.toml");
    for (text, message) in [
        (None, "error: "),
        (Some("origins = [\"https://shop.example/\"]\n"), "has a slash at the end"),
        (Some("origins = 7\n"), "origins"),
    ] {
        if let Some(text) = text {
            write(&file, text);
        }
        let output = reload(&file).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains("policy.toml"), "{stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }
    let nowhere = directory.join("nowhere").join("policy.toml");
    let output = reload(&nowhere).output().expect("it starts");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot watch "), "{output:?}");
}
