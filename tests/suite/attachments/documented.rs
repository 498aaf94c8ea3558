//! The steps of docs/attachments.md, as they are written down: in a shell, and in a browser.

use std::process::Stdio;

use deskwire_tests::{
    Backend, Person, World, browser_or_skip, on_both, program_or_skip, run, uploads::png,
};
use tokio::process::Command;

const PAGE: &str = include_str!("../../../docs/attachments.md");

/// The one block of the page in this language.
fn block(language: &str) -> &'static str {
    let (_, block) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0
}

async fn from_a_shell(world: World) {
    if program_or_skip("curl").is_none() || program_or_skip("jq").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("it's 50% \"wrong\".png");
    std::fs::write(&picture, png("from a shell")).unwrap();
    let carla = world.client(Person::Carla);
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", block("bash")])
        .current_dir(folder.path())
        .env("DESK", world.base())
        .env("TOKEN", carla.token().unwrap())
        .env("FILE", &picture)
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("SUP-00001\n"));
}

on_both!(from_a_shell);

/// In Chromium, from a page of another origin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_browser() {
    let Some((node, chromium)) = browser_or_skip() else {
        return;
    };
    // The page's own address, before there is a page.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let origin = format!("http://localhost:{port}");
    let world = World::start_with(Backend::Sqlite, |config| {
        config.allowed_origins = vec![origin.clone()];
    });
    let world = world.await;
    let mut script = node.script("upload.js", &world, world.base());
    script
        .env("PAGE_PORT", port.to_string())
        .env("CHROMIUM", chromium)
        .env("UPLOAD", block("js"));
    run(script).await;
}
