use std::fs;

use delivery::mail::{Mailer, compose};
use deskwire_api::Switch;
use deskwire_tests::{Backend, Client, World};

use super::{NAME, PATIENCE, SUBJECT, composed, mail};

/// A page: its status, its headers in one text, and its body.
async fn page(world: &World, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let client = Client::new(world.base(), None);
    let mut request = client.http().get(format!("{}{path}", world.base()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let headers = format!("{:?}", response.headers());
    (status, headers, response.text().await.unwrap())
}

async fn folder(world: &World) -> Mailer {
    let config = world.config();
    let opened = config.delivery.mail.open(&config.data_dir, PATIENCE);
    opened.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_in_the_folder_can_be_looked_at() {
    let world = World::start(Backend::Sqlite).await;
    let (status, _, html) = page(&world, "/dev/mail", &[]).await;
    assert_eq!(status, 200);
    assert!(html.contains("There is none yet"), "{html}");

    let mailer = folder(&world).await;
    for number in 1..=3 {
        mailer.send(&composed(number)).await.unwrap();
    }
    let (status, headers, html) = page(&world, "/dev/mail", &[]).await;
    assert_eq!(status, 200);
    assert!(headers.contains("default-src 'none'"), "{headers}");
    let places: Vec<_> = (1..=3)
        .map(|n| {
            html.find(&format!(
                "/dev/mail/20260302T09000{n}000Z-{n}-desk.example.eml"
            ))
        })
        .collect();
    assert!(
        places[0] > places[1] && places[1] > places[2] && places[2].is_some(),
        "{places:?}"
    );
    let escaped = |text: &str| {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        text.replace('"', "&quot;").replace('\'', "&#x27;")
    };
    assert!(html.contains(&escaped(SUBJECT)), "{html}");
    assert!(html.contains(&escaped(NAME)), "{html}");
    assert!(html.contains("2026-03-02T09:00:01Z"), "{html}");

    let path = "/dev/mail/20260302T090001000Z-1-desk.example.eml";
    let (status, headers, html) = page(&world, path, &[]).await;
    assert_eq!(status, 200);
    assert!(headers.contains("default-src 'none'"), "{headers}");
    assert!(html.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(html.contains("srcdoc=\"&lt;!doctype html&gt;"), "{html}");
    assert!(
        html.contains("<th>X-Deskwire-Ticket</th><td>SUP-00001</td>"),
        "{html}"
    );
    assert!(html.contains("שלום לכולם 👋🏽\n\n.\n.. dots\n"), "{html}");

    let (status, headers, body) = page(&world, &format!("{path}/raw"), &[]).await;
    assert_eq!(status, 200);
    assert!(
        headers.contains("message/rfc822") && headers.contains("attachment"),
        "{headers}"
    );
    assert_eq!(body.as_bytes(), composed(1).bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_cannot_break_out_of_its_page() {
    let world = World::start(Backend::Sqlite).await;
    let mut evil = mail(1);
    let script = "\"></iframe></pre></bdi><script>alert(1)</script>";
    evil.content.subject = script.to_owned();
    evil.content.text = script.to_owned();
    evil.content.html = script.to_owned();
    evil.to_name = Some(script.to_owned());
    let mailer = folder(&world).await;
    mailer.send(&compose(&evil).unwrap()).await.unwrap();
    for path in [
        "/dev/mail",
        "/dev/mail/20260302T090001000Z-1-desk.example.eml",
    ] {
        let (status, _, html) = page(&world, path, &[]).await;
        assert_eq!(status, 200);
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)"), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_mails_of_the_folder_are_found() {
    let world = World::start(Backend::Sqlite).await;
    let data = &world.config().data_dir;
    folder(&world).await;
    fs::write(data.join("secret.eml"), "Subject: secret\r\n\r\nsecret").unwrap();
    fs::write(
        data.join("mail/.hidden.eml"),
        "Subject: secret\r\n\r\nsecret",
    )
    .unwrap();
    fs::write(data.join("mail/notes.txt"), "secret").unwrap();
    fs::write(data.join("mail/20260101-broken.eml"), b"\xff\x00<b>").unwrap();
    std::os::unix::fs::symlink(data.join("secret.eml"), data.join("mail/link.eml")).unwrap();
    for name in [
        "..%2Fsecret.eml",
        "%2E%2E%2Fsecret.eml",
        "../secret.eml",
        ".hidden.eml",
        "notes.txt",
        "link.eml",
        "nothing.eml",
        "%00",
        "",
    ] {
        for end in ["", "/raw"] {
            let (status, _, body) = page(&world, &format!("/dev/mail/{name}{end}"), &[]).await;
            assert_eq!(status, 404, "{name}{end} {body}");
            assert!(!body.contains("secret"), "{name}{end} {body}");
        }
    }
    let (status, _, html) = page(&world, "/dev/mail", &[]).await;
    assert_eq!(status, 200);
    assert!(
        html.contains("There is one.") && !html.contains("secret"),
        "{html}"
    );
    let (status, _, html) = page(&world, "/dev/mail/20260101-broken.eml", &[]).await;
    assert_eq!(status, 200);
    assert!(!html.contains("<b>"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_lists_end_after_200() {
    let world = World::start(Backend::Sqlite).await;
    let mailer = folder(&world).await;
    for _ in 0..203 {
        mailer.send(&composed(1)).await.unwrap();
    }
    let (_, _, html) = page(&world, "/dev/mail", &[]).await;
    assert_eq!(html.matches("<a href=\"/dev/mail/").count(), 200);
    assert!(html.contains("These are the latest 200 of 203."), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_are_shown_to_this_machine_only() {
    let world = World::start(Backend::Sqlite).await;
    let strangers: [(&str, &str); 4] = [
        ("host", "desk.example"),
        ("origin", "https://evil.example"),
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
    ];
    for header in strangers {
        let (status, _, _) = page(&world, "/dev/mail", &[header]).await;
        assert_eq!(status, 403, "{header:?}");
    }
    let closed = World::start_with(Backend::Sqlite, |config| {
        config.dev_identities = Switch::Off;
    });
    let (status, _, html) = page(&closed.await, "/dev/mail", &[]).await;
    assert_eq!(status, 404);
    assert!(html.contains("identities are off"), "{html}");
    let elsewhere = World::start_with(Backend::Sqlite, |config| {
        config.delivery.mail.mail = "smtp://localhost:1".into();
    });
    let (status, _, html) = page(&elsewhere.await, "/dev/mail", &[]).await;
    assert_eq!(status, 404);
    assert!(
        html.contains("does not write its mails to a folder"),
        "{html}"
    );
}
