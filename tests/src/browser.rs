//! A real browser, Chromium, driven by Playwright: `make tools` installs both.

use std::path::PathBuf;

use crate::{Node, node_or_skip};

/// Node and Chromium, or `None` where one is not installed: the test is skipped by name. With
/// `CI=true` that is a failure.
pub fn browser_or_skip() -> Option<(Node, PathBuf)> {
    let node = node_or_skip()?;
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join("chromium"))
        .find(|program| program.exists());
    if let Some(chromium) = found {
        return Some((node, chromium));
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("CI").is_none(),
        "{name} needs Chromium: make tools"
    );
    eprintln!("SKIPPED {name}: Chromium is not installed (make tools)");
    None
}
