//! Front-end clients and tools on Node, which `make tools` installs in `peers/` from its lock file.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf, absolute},
    process::Stdio,
};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{Person, World, world::SECRET};

/// The folder with the scripts; tests run in the folder of their package.
const FOLDER: &str = "peers";

/// What runs the scripts, once it is known that they can run.
#[derive(Clone, Copy, Debug)]
pub struct Node(());

/// Node and the packages, or `None` where they are not installed: the test is skipped by name. With
/// `CI=true` that is a failure.
pub fn node_or_skip() -> Option<Node> {
    // npm writes this file when it is done.
    let installed = Path::new(FOLDER).join("node_modules/.package-lock.json");
    if installed.exists() {
        return Some(Node(()));
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("CI").is_none(),
        "{name} needs Node 20.19 or newer and the packages of tests/peers: make tools"
    );
    eprintln!("SKIPPED {name}: the packages of tests/peers are not installed (make tools)");
    None
}

impl Node {
    /// A script, with what it is to know about the server at `base`.
    pub fn script(self, name: &str, world: &World, base: &str) -> Command {
        let mut command = prepared("node");
        command.arg(name).env("WORLD", about(world, base));
        command
    }

    /// A program that came with the packages.
    pub fn tool(self, name: &str) -> Command {
        let links = Path::new(FOLDER).join("node_modules/.bin");
        prepared(absolute(links.join(name)).unwrap())
    }

    /// A script that needs no server.
    pub fn plain(self, name: &str) -> Command {
        let mut command = prepared("node");
        command.arg(name);
        command
    }

    /// Where tools put what they make; nothing of it is checked in.
    pub fn generated(self, name: &str) -> PathBuf {
        Path::new(FOLDER).join("generated").join(name)
    }

    /// Makes a folder for what a tool makes, without what an earlier run left in it.
    pub fn empty(self, name: &str) -> PathBuf {
        let folder = self.generated(name);
        let _not_there = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

/// Runs to the end, which must be a good one, and gives back what was printed.
pub async fn run(mut command: Command) -> String {
    let output = command.output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{:?} {:?}: {}\n{printed}\n{complaints}",
        command.as_std().get_program(),
        command.as_std().get_args(),
        output.status
    );
    printed
}

/// In the folder, quiet about colours, and never by way of a proxy.
fn prepared(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(FOLDER)
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .env("no_proxy", "*")
        .env("NO_PROXY", "*")
        .kill_on_drop(true);
    command
}

fn about(world: &World, base: &str) -> String {
    let token = |person| Value::from(world.client(person).token().unwrap());
    let about = json!({
        "http": format!("{base}/graphql"),
        "ws": format!("{}/graphql", base.replacen("http", "ws", 1)),
        // A position that this server did not give out: ahead of its log.
        "ahead": domain::Position { xid: i64::from(u32::MAX), seq: 1 << 40 }.encode(),
        "secret": SECRET,
        "tokens": {
            "carla": token(Person::Carla),
            "otto": token(Person::Otto),
            "alice": token(Person::Alice),
            "susan": token(Person::Susan),
        },
    });
    about.to_string()
}
