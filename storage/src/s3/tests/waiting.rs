//! What waits in quarantine.

use std::{fs::FileTimes, time::SystemTime};

use super::{documented::Quirks, *};

/// Objects in quarantine that were uploaded at a time.
fn put_waiting(service: &Service, names: &[String], at: Timestamp) {
    let folder = service.path("desk/quarantine");
    std::fs::create_dir_all(&folder).unwrap();
    for name in names {
        let file = std::fs::File::create(folder.join(name)).unwrap();
        let times = FileTimes::new().set_modified(SystemTime::from(at));
        file.set_times(times).unwrap();
    }
}

fn keys(count: usize) -> Vec<String> {
    let key = |_| FileKey::random().as_str().to_owned();
    (0..count).map(key).collect()
}

#[tokio::test]
async fn what_waited_too_long_is_deleted() {
    let service = Service::documented().await;
    let s3 = service.s3();
    let now = now();
    assert_eq!(s3.clear_quarantine(now).await.unwrap(), 0);
    // More than two pages.
    put_waiting(&service, &keys(2_100), now - TimeDelta::hours(25));
    let mut young = keys(20);
    put_waiting(&service, &young, now - TimeDelta::hours(23));
    let not_ours = "somebody-elses.txt".to_owned();
    put_waiting(
        &service,
        std::slice::from_ref(&not_ours),
        now - TimeDelta::hours(25),
    );
    let kept = uploaded(&s3, &picture("x")).await;
    assert_eq!(take_in(&s3, &kept).await, Verdict::Kept);

    let before = now - TimeDelta::hours(24);
    assert_eq!(s3.clear_quarantine(before).await.unwrap(), 2_100);
    assert_eq!(s3.clear_quarantine(before).await.unwrap(), 0);
    young.push(kept.key.as_str().to_owned());
    young.push(not_ours);
    young.sort();
    assert_eq!(service.objects("quarantine"), young);
    assert_eq!(take_in(&s3, &kept).await, Verdict::Kept);
}

#[tokio::test]
async fn what_cannot_be_deleted_is_said() {
    let service = Service::quirky(Quirks {
        deletes_nothing: true,
        ..Quirks::default()
    })
    .await;
    put_waiting(&service, &keys(3), now() - TimeDelta::hours(25));
    let error = service.s3().clear_quarantine(now()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("did not delete 1 of 3"), "{text}");
    assert!(text.contains("AccessDenied"), "{text}");
}
