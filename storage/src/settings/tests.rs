use clap::{Parser, error::ErrorKind};

use super::*;

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    storage: StorageSettings,
}

fn with(change: impl FnOnce(&mut StorageSettings)) -> StorageSettings {
    let mut settings = StorageSettings::default();
    change(&mut settings);
    settings
}

fn refused(change: impl FnOnce(&mut StorageSettings)) -> String {
    with(change).rules().unwrap_err().to_string()
}

#[test]
fn what_is_left_out_is_the_default() {
    let parsed = Program::try_parse_from(["deskwire"]).ok().unwrap().storage;
    assert_eq!(
        format!("{parsed:?}"),
        format!("{:?}", StorageSettings::default())
    );
    assert_eq!(parsed.rules().unwrap(), UploadRules::default());
    let empty = with(|settings| settings.upload_types = vec![String::new()]);
    assert_eq!(empty.rules().unwrap(), UploadRules::default());
    let error = Program::try_parse_from(["deskwire", "--upload-minutes", "soon"])
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::ValueValidation);
}

#[test]
fn what_an_operator_allows() {
    let settings = Program::try_parse_from([
        "deskwire",
        "--upload-types",
        " Text/Plain,image/png,,text/plain",
        "--upload-max-bytes",
        "2147483647",
        "--download-minutes=60",
    ]);
    let rules = settings.ok().unwrap().storage.rules().unwrap();
    assert_eq!(rules.types, ["image/png", "text/plain"]);
    assert_eq!(rules.max_bytes, (1 << 31) - 1);
    assert_eq!(rules.download_lives, TimeDelta::hours(1));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    for program in [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "text/javascript",
    ] {
        let why = refused(|settings| settings.upload_types.push(program.to_owned()));
        assert!(why.contains(program) && why.contains("programs"), "{why}");
    }
    for unknown in [
        "image/bmp",
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "*/*",
        "text/plain; charset=utf-8",
    ] {
        let why = refused(|settings| settings.upload_types.push(unknown.to_owned()));
        assert!(
            why.contains(unknown) && why.contains("cannot tell"),
            "{why}"
        );
    }
    let none = refused(|settings| settings.upload_max_bytes = 0);
    assert_eq!(
        none,
        "DESKWIRE_UPLOAD_MAX_BYTES is 0. Set a number from 1 to 2147483647."
    );
    refused(|settings| settings.upload_max_bytes = 1 << 31);
    refused(|settings| settings.upload_minutes = 0);
    refused(|settings| settings.upload_minutes = 61);
    refused(|settings| settings.download_minutes = 61);
    refused(|settings| settings.unattached_hours = 1);
}

#[tokio::test]
async fn places() {
    let data = tempfile::tempdir().unwrap();
    let open = async |place: &str| {
        let settings = with(|settings| settings.attachments = place.to_owned());
        settings
            .open(data.path(), "http://localhost", "secret")
            .await
    };
    assert!(matches!(open("off").await, Ok(Backend::Off)));
    assert!(open("off").await.unwrap().storage().is_none());
    for place in ["", " folder "] {
        let opened = open(place).await.unwrap();
        assert!(opened.storage().is_some() && opened.folder().is_some());
    }
    assert!(data.path().join("attachments/kept").is_dir());
    let other = data.path().join("other");
    open(&format!("folder:{}", other.display())).await.unwrap();
    assert!(other.join("quarantine").is_dir());
    std::fs::write(data.path().join("file"), "").unwrap();
    let file = format!("folder:{}", data.path().join("file").display());
    let problem = open(&file).await.unwrap_err().to_string();
    assert!(problem.contains("(DESKWIRE_ATTACHMENTS)"), "{problem}");
    for bad in [
        "folder:",
        "s3://",
        "s3:///prefix",
        "nowhere",
        "/some/path",
        "https://bucket",
    ] {
        let problem = open(bad).await.unwrap_err().to_string();
        assert!(
            problem.starts_with("DESKWIRE_ATTACHMENTS is not understood"),
            "{problem}"
        );
    }
}
