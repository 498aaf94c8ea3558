//! Telling people and systems, with real parts on the other side: a mail server, receivers of
//! webhooks and brokers, which fail when they are told to.

/// Runs an `async fn name(scene: Scene)` as two tests: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use deskwire_tests::{Backend, postgres_or_skip};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let scene = crate::telling::scene::Scene::start(Backend::Sqlite).await;
                super::$name(scene).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if postgres_or_skip().is_some() {
                    let scene = crate::telling::scene::Scene::start(Backend::Postgres).await;
                    super::$name(scene).await;
                }
            }
        }
    )*};
}

mod canary;
mod flow;
mod hooks;
mod hostile;
mod kafka;
mod kills;
mod outages;
mod post;
mod scene;
mod servers;
