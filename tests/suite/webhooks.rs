//! Webhooks that were really sent, verified as docs/events.md says: by the reference library of the
//! specification, and by a few lines of Python.

use std::{
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::Bytes, http::HeaderMap, routing::post};
use delivery::{Secret, Sender};
use deskwire_tests::{eventually, node_or_skip};
use domain::Clock;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    process::Command,
};

const DOCS: &str = include_str!("../../docs/events.md");
const BODY: &str =
    r#"{"id":"4711","type":"ticket_commented","data":{"ticket":{"number":"SUP-00042"},"ü":"🙂"}}"#;

/// The text of an example in the documentation.
fn example(name: &str) -> &'static str {
    let (_, example) = DOCS
        .split_once(&format!("<!-- {name}:begin -->\n```"))
        .unwrap();
    let (example, _) = example
        .split_once(&format!("```\n<!-- {name}:end -->"))
        .unwrap();
    example.split_once('\n').unwrap().1
}

fn secret() -> Secret {
    Secret::generate(&mut rand::rng())
}

async fn send(url: &str, secrets: &[Secret], clock: &Clock) -> Result<u16, Option<u16>> {
    let sender = Sender::new(true).unwrap();
    let reply = sender
        .send(url, secrets, "4711", clock.now(), BODY.as_bytes())
        .await;
    reply
        .map(|reply| reply.status)
        .map_err(|failure| failure.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_library_takes_what_is_signed_with_its_secret() {
    let Some(node) = node_or_skip() else { return };
    let folder = node.empty("webhooks");
    fs::write(folder.join("receiver.js"), example("node")).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let (ours, other) = (secret(), secret());
    let mut receiver = node.plain("generated/webhooks/receiver.js");
    receiver
        .env("WEBHOOK_SECRET", ours.reveal())
        .env("PORT", address.port().to_string())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let _receiver = receiver.spawn().unwrap();
    eventually("the receiver listens", async || {
        TcpStream::connect(address).await.is_ok()
    })
    .await;
    let url = format!("http://{address}/hooks");
    let now = Clock::system();
    assert_eq!(send(&url, std::slice::from_ref(&ours), &now).await, Ok(204));
    // While the secret is replaced.
    assert_eq!(
        send(&url, &[other.clone(), ours.clone()], &now).await,
        Ok(204)
    );
    assert_eq!(send(&url, &[other], &now).await, Err(Some(401)));
    let old = Clock::manual(now.now() - chrono::TimeDelta::minutes(6));
    assert_eq!(send(&url, &[ours], &old).await, Err(Some(401)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_lines_of_python_verify_what_was_sent() {
    // What came: headers and body.
    type Seen = Arc<Mutex<Vec<(Value, String)>>>;
    let seen = Seen::default();
    let came = Arc::clone(&seen);
    let endpoint = post(async move |headers: HeaderMap, body: Bytes| {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let headers: Value = headers
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let body = String::from_utf8(body.to_vec()).unwrap();
        came.lock().unwrap().push((headers, body));
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/", endpoint);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let (ours, other) = (secret(), secret());
    let now = Clock::system();
    let old = Clock::manual(now.now() - chrono::TimeDelta::minutes(6));
    for (secrets, clock, wanted) in [
        (vec![ours.clone()], &now, true),
        (vec![other.clone(), ours.clone()], &now, true),
        (vec![other], &now, false),
        (vec![ours.clone()], &old, false),
    ] {
        assert_eq!(send(&url, &secrets, clock).await, Ok(200));
        let (headers, body) = seen.lock().unwrap().pop().unwrap();
        let program = format!(
            "{}\nimport json, sys\ncase = json.load(sys.stdin)\n\
             print(verified(case['secret'], case['headers'], case['body'].encode()))\n",
            example("python")
        );
        let case = json!({ "secret": ours.reveal(), "headers": headers, "body": body });
        let Some(printed) = python(&program, &case).await else {
            return;
        };
        assert_eq!(printed.trim(), if wanted { "True" } else { "False" });
    }
}

/// What a program prints that is given `input`; nothing where there is no Python, and the test is
/// skipped by name. With `CI=true` that is a failure.
async fn python(program: &str, input: &Value) -> Option<String> {
    let mut python = Command::new("python3");
    python
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let Ok(mut python) = python.spawn() else {
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} needs Python 3.9 or newer"
        );
        eprintln!("SKIPPED {name}: Python is not installed");
        return None;
    };
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(20), python.wait_with_output()).await;
    let output = output.unwrap().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}
