//! Clients and tools that front ends use, just as their makers publish them: what they expect of
//! GraphQL over HTTP, of subscriptions and of a schema must hold.

use std::fs;

use deskwire_tests::{Backend, Node, World, node_or_skip, run};

/// Runs a script of `tests/peers` against a server of its own.
async fn passes(node: Node, script: &str) {
    let world = World::start(Backend::Sqlite).await;
    run(node.script(script, &world, world.base())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audits_of_graphql_over_http() {
    if let Some(node) = node_or_skip() {
        passes(node, "audits.js").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_websocket_client() {
    if let Some(node) = node_or_skip() {
        passes(node, "graphql-ws.js").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_websocket_client_answers_pings() {
    if let Some(node) = node_or_skip() {
        passes(node, "graphql-ws-ping.js").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_server_sent_events() {
    if let Some(node) = node_or_skip() {
        passes(node, "graphql-sse.js").await;
    }
}

/// What Relay's compiler makes of an application's fragments, pages, mutations and subscriptions.
#[tokio::test]
async fn the_relay_compiler() {
    let Some(node) = node_or_skip() else { return };
    node.empty("relay");
    let mut compiler = node.tool("relay-compiler");
    compiler.arg("./relay.config.json");
    run(compiler).await;
    for made in ["deskQueuePaginationQuery", "deskTicketSubscription"] {
        let artifact = format!("relay/{made}.graphql.ts");
        assert!(node.generated(&artifact).exists(), "{artifact}");
    }
}

/// The schema obeys the rules for Relay servers and for schemas in general.
#[tokio::test]
async fn the_rules_for_schemas() {
    let Some(node) = node_or_skip() else { return };
    run(node.plain("lint.js")).await;
}

/// What is generated from the schema passes the strictest type check, and so does its use.
#[tokio::test]
async fn the_code_generator() {
    let Some(node) = node_or_skip() else { return };
    node.empty("codegen");
    let mut generate = node.tool("graphql-codegen");
    generate.args(["--config", "codegen/config.js"]);
    run(generate).await;
    let mut check = node.tool("tsc");
    check.args(["-p", "codegen"]);
    run(check).await;
}

const LIVE: &str = include_str!("../../docs/live.md");

/// The client of docs/live.md holds what a new query answers, whatever happens to its connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_client_of_a_live_queue() {
    let Some(node) = node_or_skip() else { return };
    let (_, example) = LIVE.split_once("<!-- example:begin -->\n```ts\n").unwrap();
    let (example, _) = example.split_once("```\n<!-- example:end -->").unwrap();
    assert!(
        !example
            .split_whitespace()
            .any(|word| word.starts_with("any"))
    );
    fs::write(node.empty("live").join("follow-queue.ts"), example).unwrap();
    let mut compile = node.tool("tsc");
    compile.args(["-p", "live"]);
    run(compile).await;
    // With the machine's clock: tokens expire while it runs, and no two tickets are of one moment.
    let world = World::start(Backend::Sqlite).await;
    let server = world.process().await;
    run(node.script("live.js", &world, server.base())).await;
}
