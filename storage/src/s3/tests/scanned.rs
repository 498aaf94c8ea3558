//! Files that a scanner sees before they are kept.

use super::*;
use crate::scanner::tests::{EICAR, NAME, daemon::daemon_or_skip};

#[tokio::test]
async fn only_what_was_scanned_is_kept() {
    let Some(mut daemon) = daemon_or_skip().await else {
        return;
    };
    let service = Service::documented().await;
    let s3 = service.scanned(Scanner::parse(&daemon.tcp).unwrap());
    let good = uploaded(&s3, &picture("x")).await;
    assert_eq!(take_in(&s3, &good).await, Verdict::Kept);
    let bad = uploaded(&s3, &picture(EICAR)).await;
    let harmful = Verdict::Refused(Refusal::Harmful(NAME.to_owned()));
    assert_eq!(take_in(&s3, &bad).await, harmful);
    // As large as a picture may be, but not as what the scanner takes.
    let large = uploaded(&s3, &picture(&"x".repeat(3 << 20))).await;
    let error = s3.take_in(&large).await.unwrap_err().to_string();
    assert!(error.contains("clamd"), "{error}");

    daemon.kill().await;
    let later = uploaded(&s3, &picture("y")).await;
    let error = s3.take_in(&later).await.unwrap_err().to_string();
    assert!(error.contains("could not be scanned"), "{error}");
    // What is kept was scanned already.
    assert_eq!(take_in(&s3, &good).await, Verdict::Kept);
    assert_eq!(service.objects("kept"), [good.key.as_str()]);
}
