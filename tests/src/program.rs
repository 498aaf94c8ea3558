//! Programs of the system, which `make tools` installs where it can.

use std::path::PathBuf;

use crate::{Node, node_or_skip};

/// Where the program `name` is, or `None` where it is not installed: the test is skipped by name. With
/// `CI=true` that is a failure.
pub fn program_or_skip(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|program| program.exists());
    if found.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(
            std::env::var_os("CI").is_none(),
            "{test} needs {name}: make tools"
        );
        eprintln!("SKIPPED {test}: {name} is not installed (make tools)");
    }
    found
}

/// A real browser, Chromium, and Node with Playwright to drive it; or `None`, likewise.
pub fn browser_or_skip() -> Option<(Node, PathBuf)> {
    Some((node_or_skip()?, program_or_skip("chromium")?))
}
