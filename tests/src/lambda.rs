//! The jobs as Lambda functions, which is to say by the protocol of Lambda's runtime, with
//! cargo-lambda's emulator on the other side or one of our own.

use std::{
    collections::HashMap,
    net::TcpListener as Blocking,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use chrono::TimeDelta;
use deskwire_api::Config;
use domain::Clock;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpStream},
    process::Child,
    sync::{mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

use crate::{Process, Tools, eventually};

/// The event that EventBridge Scheduler sends, as AWS documents it.
pub const EVENT: &str = "fixtures/schedule-event.json";

/// A job that serves a Lambda runtime.
#[derive(Debug)]
pub struct Function {
    child: Child,
    printed: mpsc::UnboundedReceiver<String>,
}

impl Function {
    /// Starts a job as Lambda does, to be called through the runtime API at `api`.
    pub fn start(name: &str, config: &Config, api: &str) -> Self {
        Self::start_with(name, config, api, &[])
    }

    /// Starts it with more environment variables.
    pub fn start_with(name: &str, config: &Config, api: &str, env: &[(&str, &str)]) -> Self {
        let mut command = Process::job(name, config);
        command
            .envs(env.iter().copied())
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, printed) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _test_is_over = send.send(line);
            }
        });
        Self { child, printed }
    }

    /// The next line that it prints on its standard output.
    pub async fn line(&mut self) -> String {
        let line = timeout(Duration::from_secs(30), self.printed.recv()).await;
        line.expect("a line in time").expect("a line")
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// `cargo lambda watch`: Lambda's runtime API for functions, and its public API for who calls them.
///
/// It is told not to build and start the functions itself. Cargo would build them again, since their
/// dependencies have other features where they are built alone, and that takes minutes.
#[derive(Debug)]
pub struct Emulator {
    tools: Tools,
    port: u16,
    _watch: Child,
}

impl Emulator {
    /// Starts it on a free port.
    pub async fn start(tools: Tools) -> Self {
        let free = Blocking::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut watch = tools.command("cargo-lambda");
        watch
            .args(["lambda", "watch", "--only-lambda-apis"])
            .args(["-A", "127.0.0.1", "-P", &port.to_string()])
            .current_dir("..")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let watch = watch.spawn().unwrap();
        eventually("cargo lambda watch answers", || async {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        Self {
            tools,
            port,
            _watch: watch,
        }
    }

    /// Where a function finds the runtime API.
    pub fn api(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/.rt/{name}", self.port)
    }

    /// `cargo lambda invoke` with the event of the schedule: the function's answer.
    ///
    /// # Errors
    /// What it says when the function fails.
    pub async fn invoke(&self, name: &str) -> Result<Value, String> {
        let mut invoke = self.tools.command("cargo-lambda");
        invoke
            .args(["lambda", "invoke", name, "--data-file", EVENT])
            .args(["-A", "127.0.0.1", "-P", &self.port.to_string()]);
        let output = timeout(Duration::from_secs(60), invoke.output()).await;
        let output = output.expect("an answer in time").unwrap();
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout).unwrap())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

/// Lambda's runtime API, where a test says how much time an invocation has. cargo-lambda gives
/// ten minutes, and not as Lambda does.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    invocations: mpsc::UnboundedSender<Invocation>,
}

/// An event, the time for it, and who waits for the answer.
type Invocation = (TimeDelta, oneshot::Sender<Result<Value, Value>>);

struct Shared {
    invocations: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Result<Value, Value>>>>,
}

impl RuntimeApi {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (invocations, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            invocations: tokio::sync::Mutex::new(receiver),
            waiting: Mutex::default(),
        });
        let invocation = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            invocations,
        }
    }

    /// Where a function finds it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends the event of the schedule to a function, which has `time` for it.
    ///
    /// # Errors
    /// What the function reports as its error.
    pub async fn invoke(&self, time: TimeDelta) -> Result<Value, Value> {
        let (send, answer) = oneshot::channel();
        self.invocations.send((time, send)).unwrap();
        let answer = timeout(Duration::from_secs(60), answer).await;
        answer.expect("an answer in time").unwrap()
    }
}

/// A function asks for work.
async fn next(State(shared): State<Arc<Shared>>) -> (HeaderMap, String) {
    let (time, answer) = shared.invocations.lock().await.recv().await.unwrap();
    let id = Uuid::new_v4().to_string();
    let deadline = Clock::system().now() + time;
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        headers.insert(name, value.parse().unwrap());
    };
    set("lambda-runtime-aws-request-id", &id);
    let deadline = deadline.timestamp_millis().to_string();
    set("lambda-runtime-deadline-ms", &deadline);
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:deskwire-sla-escalation";
    set("lambda-runtime-invoked-function-arn", arn);
    shared.waiting.lock().unwrap().insert(id, answer);
    (headers, std::fs::read_to_string(EVENT).unwrap())
}

async fn response(shared: State<Arc<Shared>>, id: Path<String>, body: String) -> StatusCode {
    answered(&shared, &id, Ok(serde_json::from_str(&body).unwrap()))
}

async fn error(shared: State<Arc<Shared>>, id: Path<String>, body: String) -> StatusCode {
    answered(&shared, &id, Err(serde_json::from_str(&body).unwrap()))
}

fn answered(shared: &Shared, id: &str, answer: Result<Value, Value>) -> StatusCode {
    let waiting = shared.waiting.lock().unwrap().remove(id);
    let _test_is_over = waiting.unwrap().send(answer);
    StatusCode::ACCEPTED
}
