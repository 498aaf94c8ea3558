//! Parts that take mails and are not ours: aiosmtpd and moto, and Python's parser of mails.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpStream, process::Child};

use crate::{Client, Tools, eventually};

/// How a mail server is to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// As it is.
    None,
    /// By STARTTLS; it takes nothing before.
    StartTls,
    /// From the beginning.
    Wrapped,
}

/// aiosmtpd, which keeps mails in a folder.
#[derive(Debug)]
pub struct MailServer {
    tools: Tools,
    folder: TempDir,
    port: u16,
    _process: Child,
}

impl MailServer {
    /// Starts one on a free port. With a login (`user:password`) it takes nothing from others.
    pub async fn start(tools: Tools, encryption: Encryption, login: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut server = tools.command("python");
        server
            .args(["tools/mail_server.py", &port.to_string()])
            .arg(folder.path().join("mails"));
        if let Some(login) = login {
            server.args(["--login", login]);
        }
        if encryption != Encryption::None {
            let mut certificate = tools.command("python");
            certificate.arg("tools/certificate.py").arg(folder.path());
            assert!(certificate.status().await.unwrap().success());
            let option = match encryption {
                Encryption::Wrapped => "--smtps",
                Encryption::StartTls | Encryption::None => "--starttls",
            };
            server.arg(option).arg(folder.path());
        }
        let process = server.stderr(Stdio::null()).spawn().unwrap();
        answers("aiosmtpd", port).await;
        Self {
            tools,
            folder,
            port,
            _process: process,
        }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority that has signed its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The mails that it got, in no order, as Python reads them.
    pub async fn mails(&self) -> Vec<Value> {
        let files = fs::read_dir(self.folder.path().join("mails/new")).unwrap();
        let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        self.tools.read_mails(&files).await
    }
}

/// moto's stand-in for SES.
#[derive(Debug)]
pub struct Moto {
    port: u16,
    client: Client,
    _process: Child,
}

impl Moto {
    /// Starts it on a free port, with one sender that may send.
    pub async fn start(tools: Tools, sender: &str) -> Self {
        let port = free_port();
        let mut server = tools.command("moto_server");
        server
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = server.spawn().unwrap();
        answers("moto", port).await;
        let moto = Self {
            port,
            client: Client::new(&format!("http://127.0.0.1:{port}"), None),
            _process: process,
        };
        let url = format!("{}/v2/email/identities", moto.url());
        // It looks for nothing but the service in it.
        let credential = "AWS4-HMAC-SHA256 Credential=key/20260302/eu-central-1/ses/aws4_request, \
                          SignedHeaders=host, Signature=none";
        let made = moto
            .client
            .http()
            .post(url)
            .header("authorization", credential)
            .body(json!({ "EmailIdentity": sender }).to_string());
        let made = made.send().await.unwrap();
        assert!(made.status().is_success(), "{}", made.text().await.unwrap());
        moto
    }

    /// What `AWS_ENDPOINT_URL` is to be.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The raw messages that it got.
    pub async fn raw_messages(&self) -> Vec<Value> {
        let url = format!("{}/moto-api/data.json", self.url());
        let data = self.client.http().get(url).send().await.unwrap();
        let data: Value = serde_json::from_str(&data.text().await.unwrap()).unwrap();
        let messages = data["ses"]["RawMessage"].as_array();
        messages.cloned().unwrap_or_default()
    }
}

impl Tools {
    /// Mails as Python's `email` package reads them.
    pub async fn read_mails(self, files: &[impl AsRef<Path>]) -> Vec<Value> {
        let mut read = self.command("python");
        read.arg("tools/read_mail.py")
            .args(files.iter().map(AsRef::as_ref));
        let output = read.output().await.unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{complaints}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

async fn answers(what: &str, port: u16) {
    eventually(what, || async {
        TcpStream::connect(("127.0.0.1", port)).await.is_ok()
    })
    .await;
}
