//! What the environment says. A process cannot change its own without danger, so each test starts
//! this program again, to run `signs` alone.

use std::{env, process::Stdio};

use tokio::process::Command;

use super::*;

/// What `signs` prints with these variables, and no others of AWS.
async fn printed(variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut again = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            again.env_remove(name);
        }
    }
    again
        .args(["--exact", "s3::tests::environment::signs"])
        .args(["--ignored", "--nocapture"])
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    let output = again.output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

const CREDENTIALS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "key"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

#[tokio::test]
#[ignore = "run by the others, in a process of its own"]
async fn signs() {
    match S3::open("my-bucket", "desk/", Scanner::Off).await {
        Ok(s3) => match s3
            .sign_upload(&announced(b"x"), now(), now() + TimeDelta::minutes(5))
            .await
        {
            Ok(request) => println!("\nURL {}", request.url),
            Err(error) => println!("\nERROR {error}"),
        },
        Err(problem) => println!("\nPROBLEM {problem}"),
    }
}

#[tokio::test]
async fn a_bucket_on_aws() {
    let region = ("AWS_REGION", "eu-central-1");
    let text = printed(&[&[region], &CREDENTIALS[..]].concat()).await;
    let expected = "URL https://my-bucket.s3.eu-central-1.amazonaws.com/desk/quarantine/";
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn a_bucket_elsewhere() {
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        let endpoint = (variable, "https://s3.example.com:9000");
        let region = ("AWS_REGION", "any");
        let text = printed(&[&[region, endpoint], &CREDENTIALS[..]].concat()).await;
        let expected = "URL https://s3.example.com:9000/my-bucket/desk/quarantine/";
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let text = printed(&CREDENTIALS).await;
    assert!(
        text.contains("PROBLEM A bucket needs to know its region"),
        "{text}"
    );
    let text = printed(&[("AWS_REGION", "eu-central-1")]).await;
    assert!(text.contains("ERROR"), "{text}");
    assert!(text.contains("credential"), "{text}");
}
