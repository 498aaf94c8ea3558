use super::*;

fn write(scene: &Scene, key: &FileKey, bytes: &[u8]) {
    fs::write(scene.folder.places.quarantined(key), bytes).unwrap();
}

#[tokio::test]
async fn what_is_not_what_was_announced_is_refused() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let mut other = TEXT.to_vec();
    other[0] ^= 1;
    for bytes in [&TEXT[1..], &other, b""] {
        write(&scene, &file.key, bytes);
        let verdict = scene.folder.take_in(&file).await.unwrap();
        assert_eq!(verdict, Verdict::Refused(Refusal::Different));
    }
    let mut image = announced(TEXT);
    image.content_type = "image/png".to_owned();
    write(&scene, &image.key, TEXT);
    let verdict = scene.folder.take_in(&image).await.unwrap();
    assert!(matches!(
        verdict,
        Verdict::Refused(Refusal::WrongType { .. })
    ));
    // Nothing of it is kept, and what cannot be kept can be deleted.
    assert!(
        scene
            .files()
            .iter()
            .all(|file| file.starts_with("quarantine/"))
    );
    for key in [&file.key, &image.key] {
        scene.folder.delete(key).await.unwrap();
        scene.folder.delete(key).await.unwrap();
    }
    assert_eq!(scene.files(), [""; 0]);
}

#[tokio::test]
async fn a_long_file_is_looked_at_to_its_end() {
    let scene = Scene::new();
    let mut long = "All work and no play.\n".repeat(20_000).into_bytes();
    let file = announced(&long);
    write(&scene, &file.key, &long);
    assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
    let key = FileKey::random();
    let file = Announced { key, ..file };
    *long.last_mut().unwrap() = b'!';
    write(&scene, &file.key, &long);
    let verdict = scene.folder.take_in(&file).await.unwrap();
    assert_eq!(verdict, Verdict::Refused(Refusal::Different));
}

#[tokio::test]
async fn a_crash_at_any_point_leaves_what_was_checked_or_nothing() {
    let scene = Scene::new();
    let file = announced(TEXT);
    scene.upload(&file, TEXT).await.unwrap();
    let (quarantined, kept) = (
        scene.folder.places.quarantined(&file.key),
        scene.folder.places.kept(&file.key),
    );
    // After the shelf was made.
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
    // After it was kept, and before it left quarantine.
    fs::hard_link(&kept, &quarantined).unwrap();
    assert!(matches!(
        scene.upload(&file, TEXT).await,
        Err(Rejected::AlreadyThere)
    ));
    assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
    assert!(!quarantined.exists());
    // What is kept is never replaced, whatever comes to lie in quarantine.
    fs::write(&quarantined, "something else").unwrap();
    assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
    assert!(scene.folder.places.keep(&file.key).unwrap());
    assert_eq!(fs::read(&kept).unwrap(), TEXT);
    // Two servers at once.
    let other = announced(b"other");
    scene.upload(&other, b"other").await.unwrap();
    let both = tokio::join!(scene.folder.take_in(&other), scene.folder.take_in(&other));
    assert_eq!(
        (both.0.unwrap(), both.1.unwrap()),
        (Verdict::Kept, Verdict::Kept)
    );
}

#[tokio::test]
async fn quarantine_is_cleared_by_age() {
    let scene = Scene::new();
    let kept = scene.keep(TEXT).await;
    let file = announced(TEXT);
    scene.upload(&file, TEXT).await.unwrap();
    let left = scene.folder.places.part(file.key.as_str()).unwrap();
    // As a crash leaves it.
    let (_, left) = left.keep().unwrap();
    let changed = fs::metadata(&left).unwrap().modified().unwrap();
    let changed: Timestamp = changed.into();
    let folder = &scene.folder;
    let early = folder
        .clear_quarantine(changed - TimeDelta::minutes(1))
        .await;
    assert_eq!(early.unwrap(), 0);
    assert_eq!(scene.files().len(), 3);
    let late = folder
        .clear_quarantine(changed + TimeDelta::minutes(1))
        .await;
    assert_eq!(late.unwrap(), 2);
    assert_eq!(scene.files().len(), 1);
    folder.delete(&kept).await.unwrap();
    assert_eq!(scene.files(), [""; 0]);
}

#[test]
fn a_secret_is_not_printed() {
    let scene = Scene::new();
    let place = scene.place.path().join("deep/er");
    let folder = Scene::open(&place, "hunter2");
    assert!(!format!("{folder:?}").contains("hunter2"));
}
