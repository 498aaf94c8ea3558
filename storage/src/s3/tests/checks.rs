//! What is kept, and what crashes and bad services lead to.

use super::{documented::Quirks, *};

async fn kept(service: &Service, file: &Announced) -> Option<Vec<u8>> {
    std::fs::read(service.path(&format!("desk/kept/{}", file.key.as_str()))).ok()
}

/// Puts an object where files are kept.
fn put_kept(service: &Service, file: &Announced, content: &[u8]) {
    let path = service.path(&format!("desk/kept/{}", file.key.as_str()));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[tokio::test]
async fn other_types_are_refused() {
    let service = Service::plain().await;
    let s3 = service.s3();
    let content = b"%PDF-1.7 and more";
    let file = uploaded(&s3, content).await;
    let refusal = Refusal::WrongType {
        announced: "image/png".to_owned(),
        found: Some("application/pdf".to_owned()),
    };
    assert_eq!(take_in(&s3, &file).await, Verdict::Refused(refusal));
    assert!(service.objects("kept").is_empty());
}

#[tokio::test]
async fn a_copy_that_was_made_before_a_crash_is_kept() {
    for quarantined in [true, false] {
        let service = Service::documented().await;
        let s3 = service.s3();
        let content = picture("x");
        let file = announced(&content);
        if quarantined {
            assert_eq!(send(&signed(&s3, &file).await, &content).await, 200);
        }
        put_kept(&service, &file, &content);
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        assert!(!service.calls().contains(&"CopyObject"));
    }
}

#[tokio::test]
async fn a_copy_of_other_bytes_is_never_said_to_be_kept() {
    for service in [Service::plain().await, Service::documented().await] {
        let s3 = service.s3();
        let (content, other) = (picture("x"), picture("y"));
        let file = announced(&content);
        put_kept(&service, &file, &other);
        assert_eq!(take_in(&s3, &file).await, Verdict::Missing);
        assert_eq!(kept(&service, &file).await, None);

        let file = uploaded(&s3, &content).await;
        put_kept(&service, &file, &other);
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        assert_eq!(kept(&service, &file).await, Some(content));
    }
}

#[tokio::test]
async fn a_spoilt_copy_is_deleted() {
    let service = Service::quirky(Quirks {
        bad_copies: true,
        ..Quirks::default()
    })
    .await;
    let s3 = service.s3();
    let file = uploaded(&s3, &picture("x")).await;
    let error = s3.take_in(&file).await.unwrap_err();
    assert!(error.to_string().contains("Nothing is kept"), "{error}");
    assert_eq!(kept(&service, &file).await, None);
}

#[tokio::test]
async fn what_is_swapped_after_its_check_is_not_kept() {
    let other = Some(picture("y"));
    for quirks in [
        Quirks {
            swapped_before_copy: other.clone(),
            ..Quirks::default()
        },
        Quirks {
            swapped_before_read: other.clone(),
            ..Quirks::default()
        },
        Quirks {
            swapped_before_read: other.clone(),
            no_checksums: true,
            ..Quirks::default()
        },
    ] {
        let service = Service::quirky(quirks.clone()).await;
        let s3 = service.s3();
        let file = uploaded(&s3, &picture("x")).await;
        let error = s3.take_in(&file).await.unwrap_err();
        let text = error.to_string();
        let expected = if quirks.swapped_before_copy.is_some() {
            "changed while it was checked"
        } else {
            "412 PreconditionFailed"
        };
        assert!(text.contains(expected), "{text}");
        assert_eq!(kept(&service, &file).await, None);
        let calls = service.calls();
        assert!(!calls.contains(&"DeleteObject"), "it was kept for a moment");
        assert!(!matches!(s3.take_in(&file).await, Ok(Verdict::Kept)));
    }
}

#[tokio::test]
async fn two_servers_may_take_in_the_same_file() {
    let service = Service::quirky(Quirks {
        copied_before_copy: true,
        ..Quirks::default()
    })
    .await;
    let s3 = service.s3();
    let content = picture("x");
    let file = uploaded(&s3, &content).await;
    assert_eq!(take_in(&s3, &file).await, Verdict::Kept);

    let service = Service::documented().await;
    let (one, two) = (service.s3(), service.s3());
    let file = uploaded(&one, &content).await;
    let verdicts = tokio::join!(take_in(&one, &file), take_in(&two, &file));
    assert_eq!(verdicts, (Verdict::Kept, Verdict::Kept));
}

#[tokio::test]
async fn a_service_may_know_neither_checksums_nor_conditions_of_copies() {
    let service = Service::quirky(Quirks {
        no_checksums: true,
        no_conditional_copy: true,
        ..Quirks::default()
    })
    .await;
    let s3 = service.s3();
    let content = picture(&"x".repeat(300_000));
    let file = uploaded(&s3, &content).await;
    assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
    assert_eq!(kept(&service, &file).await, Some(content.clone()));

    // The announced size, and other bytes.
    let mut other = content;
    other[100_000] ^= 1;
    let file = announced(&other);
    let path = service.path(&format!("desk/quarantine/{}", file.key.as_str()));
    other[100_000] ^= 1;
    std::fs::write(path, &other).unwrap();
    assert_eq!(
        take_in(&s3, &file).await,
        Verdict::Refused(Refusal::Different)
    );
}

#[tokio::test]
async fn a_copy_may_take_longer_than_other_answers() {
    let service = Service::quirky(Quirks {
        slow_copy: Duration::from_millis(1_500),
        ..Quirks::default()
    })
    .await;
    let content = picture("x");
    // The second time its answer comes too late, and one more attempt finds that it is there.
    for (copy, attempts) in [(20_000, 1), (1_000, 2)] {
        let s3 = service.patient(Patience {
            answer: Duration::from_secs(1),
            copy: Duration::from_millis(copy),
            ..Patience::default()
        });
        let before = copies(&service);
        let file = uploaded(&s3, &content).await;
        assert_eq!(take_in(&s3, &file).await, Verdict::Kept);
        assert_eq!(copies(&service) - before, attempts);
    }
}

fn copies(service: &Service) -> usize {
    let calls = service.calls();
    calls.iter().filter(|call| **call == "CopyObject").count()
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_not_a_missing_file() {
    let service = Service::plain().await;
    let s3 = service.other_bucket();
    let file = announced(b"x");
    let error = s3.take_in(&file).await.unwrap_err().to_string();
    assert!(error.contains("find the bucket nowhere"), "{error}");
    assert!(s3.reach.away().is_none(), "it answered");
}
