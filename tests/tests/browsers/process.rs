//! A program that runs, with a directory of its own, until the value is dropped.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use tokio::{sync::mpsc, time::timeout};

use super::DEADLINE;

/// A directory that is removed with the value.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);

        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("cors-tests-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a place for temporary files");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the directories on the way to it.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file in this directory")).expect("a place for files");
        fs::write(path, text).expect("a place for files");
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A browser's own children outlive it for a moment, in which they may still write.
        for _ in 0..50 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A program that runs.
pub(super) struct Process {
    child: Child,
    /// What it prints, line by line.
    lines: mpsc::UnboundedReceiver<String>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name:?} does not start: {error}"));
        let (sender, lines) = mpsc::unbounded_channel();
        read_lines(child.stdout.take().expect("piped"), sender.clone());
        read_lines(child.stderr.take().expect("piped"), sender);
        Self { child, lines }
    }

    /// What is found on the first line that has it.
    pub(super) async fn printed<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        let mut said = String::new();
        loop {
            let line = timeout(DEADLINE, self.lines.recv()).await;
            let line = line.unwrap_or_else(|_| panic!("it does not print what is expected, but:\n{said}"));
            let line = line.unwrap_or_else(|| panic!("it ended at once:\n{said}"));
            if let Some(found) = find(&line) {
                return found;
            }
            said = said + &line + "\n";
        }
    }
}

/// Reads to the end, because a program that cannot print stops.
fn read_lines(pipe: impl Read + Send + 'static, lines: mpsc::UnboundedSender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            // Whether or not somebody still listens.
            _ = lines.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
