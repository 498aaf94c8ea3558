use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use proptest::prelude::*;

use super::*;

/// Sends `body` as `file`, with whatever headers.
async fn send(
    scene: &Scene,
    file: &Announced,
    (content_type, length): (Option<&str>, Option<u64>),
    body: &[&[u8]],
) -> Result<(), Rejected> {
    let token = scene.token(file).await;
    let body: Vec<_> = body
        .iter()
        .map(|piece| Ok::<_, Infallible>(piece.to_vec()))
        .collect();
    let (folder, body) = (&scene.folder, stream::iter(body));
    folder
        .receive(&token, content_type, length, body, now())
        .await
}

#[tokio::test]
async fn a_file_comes_in_and_is_kept() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let signed = scene
        .folder
        .sign_upload(&file, now(), soon())
        .await
        .unwrap();
    assert_eq!(signed.method, "PUT");
    assert_eq!(
        signed.headers,
        [("content-type".to_owned(), "text/plain".to_owned())]
    );
    assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Missing);
    scene.upload(&file, TEXT).await.unwrap();
    assert_eq!(scene.files(), [format!("quarantine/{}", file.key.as_str())]);
    for _ in 0..2 {
        assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
        let kept = format!("kept/{}/{}", &file.key.as_str()[..2], file.key.as_str());
        assert_eq!(scene.files(), [kept]);
    }
    let again = scene.upload(&file, TEXT).await.unwrap_err();
    assert!(matches!(again, Rejected::AlreadyThere));
    assert_eq!(scene.files().len(), 1);
}

#[tokio::test]
async fn only_what_was_announced_comes_in() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let (size, text) = (Some(file.size_bytes), Some("text/plain"));
    let mut other = TEXT.to_vec();
    other[5] ^= 1;
    let more = [TEXT, b"x"];
    for (headers, body, status) in [
        ((Some("text/plain; charset=utf-8"), size), &[TEXT][..], 415),
        ((Some("text/html"), size), &[TEXT], 415),
        ((None, size), &[TEXT], 415),
        ((text, None), &[TEXT], 411),
        ((text, Some(file.size_bytes + 1)), &more, 400),
        ((text, Some(file.size_bytes - 1)), &[&TEXT[1..]], 400),
        ((text, size), &more, 400),
        ((text, size), &[&TEXT[1..]], 400),
        ((text, size), &[], 400),
        ((text, size), &[&other], 400),
    ] {
        let rejected = send(&scene, &file, headers, body).await.unwrap_err();
        assert_eq!(rejected.status(), status, "{rejected}");
        assert_eq!(scene.files(), [""; 0]);
    }
    // None of these used up the link.
    send(&scene, &file, (Some(" Text/Plain"), size), &[TEXT])
        .await
        .unwrap();
}

#[tokio::test]
async fn too_much_is_stopped_at_once() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let token = scene.token(&file).await;
    let endless = stream::repeat_with(|| Ok::<_, Infallible>(vec![0_u8; 1000]));
    let (size, text) = (Some(file.size_bytes), Some("text/plain"));
    let refused = scene
        .folder
        .receive(&token, text, size, endless, now())
        .await;
    assert!(matches!(refused, Err(Rejected::OtherSize { .. })));
    assert_eq!(scene.files(), [""; 0]);
}

#[tokio::test]
async fn who_goes_or_trickles_leaves_nothing() {
    let patient = Scene::new();
    let file = announced(TEXT);
    let (size, text) = (Some(file.size_bytes), Some("text/plain"));
    let token = patient.token(&file).await;
    let first = || stream::iter([Ok(TEXT[..3].to_vec())]);
    let cut = first().chain(stream::iter([Err("gone")]));
    let refused = patient.folder.receive(&token, text, size, cut, now()).await;
    assert!(matches!(refused, Err(Rejected::CutOff)));
    assert_eq!(patient.files(), [""; 0]);
    for (idle, whole) in [
        (Duration::ZERO, Duration::from_hours(1)),
        (Duration::from_hours(1), Duration::ZERO),
    ] {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Scene::open(place.path(), "secret");
        folder.patience = Patience { idle, whole };
        let scene = Scene {
            folder: Arc::new(folder),
            place,
        };
        let silent = first().chain(stream::pending::<Result<Vec<u8>, &str>>());
        let refused = scene
            .folder
            .receive(&token, text, size, silent, now())
            .await;
        assert!(matches!(refused, Err(Rejected::TooSlow)));
        assert_eq!(scene.files(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_gets_in() {
    let scene = Arc::new(Scene::new());
    for _ in 0..20 {
        let file = announced(TEXT);
        let uploads = (0..8).map(|n| {
            let (scene, file) = (Arc::clone(&scene), file.clone());
            tokio::spawn(async move {
                let uploaded = scene.upload(&file, TEXT).await;
                // Some are checked while others still arrive.
                if n % 2 == 0 {
                    let verdict = scene.folder.take_in(&file).await.unwrap();
                    assert!(verdict == Verdict::Kept || uploaded.is_err());
                }
                uploaded
            })
        });
        let done = join_all(uploads).await.into_iter().map(Result::unwrap);
        let done: Vec<_> = done.collect();
        let first = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(first, 1, "{done:?}");
        let mut others = done.iter().filter_map(|done| done.as_ref().err());
        assert!(
            others.all(|why| matches!(why, Rejected::AlreadyThere | Rejected::Overtaken)),
            "{done:?}"
        );
        assert_eq!(scene.folder.take_in(&file).await.unwrap(), Verdict::Kept);
    }
    assert_eq!(scene.files().len(), 20, "{:?}", scene.files());
}

/// A client that lost its connection sends again, while the server still waits for the rest.
#[tokio::test]
async fn a_later_upload_ends_one_that_hangs() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let token = scene.token(&file).await;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let hanging = stream::once(async {
        begun.send(()).unwrap();
        Ok::<_, Infallible>(TEXT[..3].to_vec())
    });
    let hanging = hanging.chain(stream::pending());
    let (size, text) = (Some(file.size_bytes), Some("text/plain"));
    let hanging = scene.folder.receive(&token, text, size, hanging, now());
    let again = async {
        has_begun.await.unwrap();
        scene.upload(&file, TEXT).await
    };
    let (first, second) = tokio::join!(hanging, again);
    assert!(matches!(first, Err(Rejected::Overtaken)), "{first:?}");
    second.unwrap();
    assert_eq!(scene.files().len(), 1, "{:?}", scene.files());
}

#[tokio::test]
async fn a_link_is_good_until_its_time() {
    let scene = Scene::new();
    let file = announced(TEXT);
    let token = scene.token(&file).await;
    let (size, text) = (Some(file.size_bytes), Some("text/plain"));
    let body = || stream::iter([Ok::<_, Infallible>(TEXT)]);
    let receive = |at| scene.folder.receive(&token, text, size, body(), at);
    assert!(matches!(receive(soon()).await, Err(Rejected::Expired)));
    receive(soon() - TimeDelta::microseconds(1)).await.unwrap();
    // It is no link to the file, and none of another desk.
    let found = scene.folder.find(&token, now()).await;
    assert!(matches!(found, Err(Rejected::Unknown)));
    let theirs = Scene::open(scene.place.path(), "another secret");
    let refused = theirs.receive(&token, text, size, body(), now()).await;
    assert!(matches!(refused, Err(Rejected::Unknown)));
    let down = scene.link(&shown(&file.key)).await;
    let refused = scene.folder.receive(&down, text, size, body(), now()).await;
    assert!(matches!(refused, Err(Rejected::Unknown)));
}

#[tokio::test]
async fn a_token_that_was_changed_anywhere_is_none() {
    let scene = Scene::new();
    let key = scene.keep(TEXT).await;
    let up = scene.token(&announced(TEXT)).await;
    let down = scene.link(&shown(&key)).await;
    for token in [up, down] {
        for at in 0..token.len() {
            for letter in ["A", "B", "g", "_", ".", "=", "/", ""] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, letter);
                if changed != token {
                    assert_eq!(scene.folder.links.open_token(&changed), None, "{changed}");
                }
            }
            assert_eq!(scene.folder.links.open_token(&token[..at]), None);
        }
        assert!(
            scene
                .folder
                .links
                .open_token(&format!("{token}A"))
                .is_none()
        );
        assert!(scene.folder.links.open_token(&token).is_some());
    }
}

#[test]
fn a_full_disk_is_told_from_a_broken_one() {
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        assert_eq!(Rejected::from(io::Error::from(kind)).status(), 507);
    }
    let broken = Rejected::from(io::Error::other("/secret/path is broken"));
    assert_eq!(broken.status(), 500);
    assert!(!broken.to_string().contains("path"));
}

proptest! {
    #[test]
    fn anything_else_is_no_token(text in ".{0,80}") {
        prop_assert!(Links::open("secret").unwrap().open_token(&text).is_none());
    }
}
