//! What checks the template of the part on AWS and speaks Lambda's protocol: sam, cfn-lint and
//! cargo-lambda, which `make tools` installs in `tools/venv`.

use std::{
    path::{Path, absolute},
    process::Stdio,
};

use serde_json::Value;
use tokio::{process::Command, sync::OnceCell};

/// Where they are; tests run in the folder of their package.
const FOLDER: &str = "tools/venv";

/// The template that is deployed.
pub const TEMPLATE: &str = "../infra/template.yaml";

/// What runs the tools, once it is known that they can run.
#[derive(Clone, Copy, Debug)]
pub struct Tools(());

/// The tools, or `None` where they are not installed: the test is skipped by name. With `CI=true`
/// that is a failure.
pub fn tools_or_skip() -> Option<Tools> {
    if Path::new(FOLDER).join(".requirements.txt").exists() {
        return Some(Tools(()));
    }
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        std::env::var_os("CI").is_none(),
        "{name} needs Python 3.11 or newer and the packages of tests/tools: make tools"
    );
    eprintln!("SKIPPED {name}: the packages of tests/tools are not installed (make tools)");
    None
}

impl Tools {
    /// A program that came with the packages. It asks nobody and tells nobody.
    pub fn command(self, name: &str) -> Command {
        let mut command = Command::new(absolute(Path::new(FOLDER).join("bin").join(name)).unwrap());
        command
            .stdin(Stdio::null())
            .env("NO_COLOR", "1")
            .env("no_proxy", "*")
            .env("NO_PROXY", "*")
            // Compiled once, when it is used first.
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .env("__SAM_CLI_APP_DIR", absolute(FOLDER).unwrap())
            .env("SAM_CLI_TELEMETRY", "0")
            .env("AWS_DEFAULT_REGION", "eu-central-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .kill_on_drop(true);
        command
    }

    /// `sam validate --lint`; the error is what it printed.
    ///
    /// # Errors
    /// When the template is not valid.
    pub async fn validate(self, template: &Path) -> Result<(), String> {
        let mut sam = self.command("sam");
        sam.args(["validate", "--lint", "--template"]).arg(template);
        printed(sam).await.map(|_| ())
    }

    /// What CloudFormation would make of a template.
    ///
    /// # Errors
    /// When it cannot be translated.
    pub async fn translate(self, template: &Path) -> Result<Value, String> {
        let mut translate = self.command("python");
        translate.arg("tools/translate.py").arg(template);
        let translated = printed(translate).await?;
        Ok(serde_json::from_str(&translated).unwrap())
    }

    /// `cfn-lint` on a translated template; the error is what it printed.
    ///
    /// # Errors
    /// When it finds something.
    pub async fn lint(self, translated: &Value) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.json");
        std::fs::write(&file, translated.to_string()).unwrap();
        let mut lint = self.command("cfn-lint");
        lint.arg(file);
        printed(lint).await.map(|_| ())
    }

    /// What CloudFormation makes of the template that is deployed.
    pub async fn template(self) -> &'static Value {
        static TRANSLATED: OnceCell<Value> = OnceCell::const_new();
        TRANSLATED
            .get_or_init(async || self.translate(Path::new(TEMPLATE)).await.unwrap())
            .await
    }
}

/// What a program prints if it ends well; else all that it printed.
async fn printed(mut command: Command) -> Result<String, String> {
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let complaints = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {complaints}{text}", output.status))
}
