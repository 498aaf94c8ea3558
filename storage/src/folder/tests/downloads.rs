use super::*;

fn header(found: &Found, name: &str) -> String {
    let header = found.headers.iter().find(|(known, _)| *known == name);
    header.unwrap().1.clone()
}

#[tokio::test]
async fn a_link_leads_to_the_file_until_its_time() {
    let scene = Scene::new();
    let key = scene.keep(TEXT).await;
    let token = scene.link(&shown(&key)).await;
    let found = scene.folder.find(&token, now()).await.unwrap();
    assert_eq!(fs::read(&found.path).unwrap(), TEXT);
    assert_eq!(header(&found, "content-type"), "text/plain");
    assert_eq!(
        header(&found, "content-disposition"),
        "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt"
    );
    assert_eq!(header(&found, "x-content-type-options"), "nosniff");
    assert_eq!(
        header(&found, "content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert_eq!(
        header(&found, "cache-control"),
        "private, max-age=300, immutable"
    );
    let late = scene.folder.find(&token, soon()).await;
    assert!(matches!(late, Err(Rejected::Expired)));
    scene.folder.delete(&key).await.unwrap();
    let gone = scene.folder.find(&token, now()).await;
    assert!(matches!(gone, Err(Rejected::Gone)));
}

#[tokio::test]
async fn what_was_not_checked_is_not_served() {
    let scene = Scene::new();
    let file = announced(TEXT);
    scene.upload(&file, TEXT).await.unwrap();
    let token = scene.link(&shown(&file.key)).await;
    let found = scene.folder.find(&token, now()).await;
    assert!(matches!(found, Err(Rejected::Gone)));
}

#[tokio::test]
async fn only_images_that_hold_no_programs_are_shown_in_pages() {
    let scene = Scene::new();
    let key = scene.keep(TEXT).await;
    for (content_type, inline, begins) in [
        ("image/png", true, "inline; "),
        ("image/png", false, "attachment; "),
        ("text/plain", true, "attachment; "),
        ("application/pdf", true, "attachment; "),
        ("image/svg+xml", true, "attachment; "),
        ("text/html", true, "attachment; "),
    ] {
        let shown = Shown {
            content_type: content_type.to_owned(),
            inline,
            ..shown(&key)
        };
        let token = scene.link(&shown).await;
        let found = scene.folder.find(&token, now()).await.unwrap();
        let disposition = header(&found, "content-disposition");
        assert!(
            disposition.starts_with(begins),
            "{content_type}: {disposition}"
        );
    }
}

#[tokio::test]
async fn names_lead_nowhere() {
    let scene = Scene::new();
    let key = scene.keep(TEXT).await;
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        "",
        "a\0b",
        "C:\\x",
        "x\r\nSet-Cookie: a=b",
    ] {
        let shown = Shown {
            file_name: name.to_owned(),
            ..shown(&key)
        };
        let token = scene.link(&shown).await;
        let found = scene.folder.find(&token, now()).await.unwrap();
        assert_eq!(found.path, scene.folder.places.kept(&key), "{name:?}");
    }
}
