//! The harness: a real server on a free port, a database per test on SQLite or on a private
//! PostgreSQL cluster, a clock that tests drive, and clients that are not ours.

pub mod bombs;
mod clean;
mod client;
mod cluster;
mod events;
pub mod files;
mod kcat;
pub mod lambda;
pub mod mail;
mod node;
mod process;
mod program;
pub mod roles;
pub mod s3;
pub mod schedule;
mod socket;
pub mod telling;
mod tools;
pub mod uploads;
mod world;

pub use clean::check as check_clean;
pub use client::{Answer, Client};
pub use cluster::{Cluster, postgres_or_skip};
pub use events::Events;
pub use kcat::{Kcat, kcat_or_skip};
pub use node::{Node, node_or_skip, run};
pub use process::Process;
pub use program::{browser_or_skip, program_or_skip};
pub use socket::{Cut, Socket};
pub use tools::{TEMPLATE, Tools, tools_or_skip};
pub use world::{Backend, Person, World, eventually};

/// Runs an `async fn name(world: World)` as two tests: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let world = $crate::World::start($crate::Backend::Sqlite).await;
                super::$name(world).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if $crate::postgres_or_skip().is_some() {
                    let world = $crate::World::start($crate::Backend::Postgres).await;
                    super::$name(world).await;
                }
            }
        }
    )*};
}
