//! The desk's own page.

use chrono::TimeDelta;
use deskwire_tests::{World, on_both};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::scene::{Scene, links};
use crate::common::mails;

/// A browser without scripts.
struct Browser {
    http: reqwest::Client,
    url: String,
}

impl Browser {
    fn at(scene: &Scene, path: &str) -> Self {
        let http = scene.world.anonymous().http().clone();
        let url = format!("{}{path}", scene.world.base());
        Self { http, url }
    }

    async fn look(&self) -> (u16, String) {
        let page = self.http.get(&self.url).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script"));
        assert_eq!(page.headers()["cache-control"], "no-store");
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        (page.status().as_u16(), page.text().await.unwrap())
    }

    async fn send(&self, form: &[(&str, &str)]) -> (u16, String) {
        let page = self.http.post(&self.url).form(form).send().await.unwrap();
        (page.status().as_u16(), page.text().await.unwrap())
    }
}

/// The path of the link in the mail that stands for a score.
async fn link(scene: &Scene, score: usize) -> String {
    let all = mails(&scene.world).await;
    let links: Vec<_> = all.iter().flat_map(|mail| links(mail)).collect();
    let link = &links[5 - score];
    assert!(link.ends_with(&format!("&score={score}")), "{links:#?}");
    link.strip_prefix("http://localhost:8080")
        .unwrap()
        .to_owned()
}

async fn the_link_of_a_mail_leads_to_a_form_that_stores(world: World) {
    let scene = Scene::resolved(world).await;
    let browser = Browser::at(&scene, &link(&scene, 4).await);
    let alice = &scene.people.alice;
    // To look at it stores nothing: some mail programs do that by themselves.
    for _ in 0..2 {
        let (status, page) = browser.look().await;
        assert_eq!(status, 200);
        assert!(
            page.contains("SUP-00001") && page.contains("My order &lt;i&gt;is&lt;&#x2f;i&gt; late"),
            "{page}"
        );
        assert_eq!(page.matches("type=\"radio\"").count(), 5);
        assert_eq!(page.matches(" checked").count(), 1);
        assert!(page.contains("value=\"4\" required checked"), "{page}");
        assert!(
            page.contains("lang=\"en\"")
                && page.contains("<label class=\"label\" for=\"comment\">")
        );
        assert!(!page.contains("<script"));
    }
    assert_eq!(scene.seen(alice).await, Value::Null);
    // What is chosen in the form counts, not what was clicked on.
    let form = [("score", "5"), ("comment", "First line\r\nSecond line")];
    for _ in 0..2 {
        let (status, page) = browser.send(&form).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("<h1>Thank you</h1>"), "{page}");
    }
    let seen = scene.seen(alice).await;
    assert_eq!(
        (&seen["score"], &seen["comment"]),
        (&json!(5), &json!("First line\nSecond line"))
    );
    assert_eq!(scene.told(alice).await.len(), 1);
    let (status, page) = browser.look().await;
    assert_eq!(status, 200);
    assert!(page.contains("You have answered already") && !page.contains("<form"));
    let (status, page) = browser.send(&[("score", "1")]).await;
    assert_eq!(status, 409);
    assert!(page.contains("You have answered already"));
    assert_eq!(scene.seen(alice).await, seen);
}

async fn what_is_missing_is_said_and_what_was_written_stays(world: World) {
    let scene = Scene::resolved(world).await;
    let token = scene.token().await;
    let long = "é".repeat(5_001);
    let browser = Browser::at(&scene, &format!("/survey?token={token}"));
    let (_, page) = browser.look().await;
    assert!(!page.contains(" checked"), "{page}");
    for (form, problem, kept) in [
        (
            vec![("comment", "<b>Fine</b>")],
            "Choose one of them",
            "&lt;b&gt;Fine&lt;&#x2f;b&gt;",
        ),
        (vec![("score", "nine")], "Choose one of them", ""),
        (
            vec![("score", "6"), ("comment", "x")],
            "Choose one of them",
            ">x</textarea>",
        ),
        (
            vec![("score", "3"), ("comment", &long)],
            "at most 5000",
            "value=\"3\" required checked",
        ),
    ] {
        let (status, page) = browser.send(&form).await;
        assert_eq!(status, 422, "{page}");
        assert!(
            page.contains("role=\"alert\"") && page.contains(problem),
            "{page}"
        );
        assert!(page.contains(kept), "{page}");
    }
    // Something that is no form at all is an answer without a score.
    let sent = browser.http.post(&browser.url).body("{}").send().await;
    assert_eq!(sent.unwrap().status(), 422);
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
}

async fn links_that_lead_nowhere_say_so(world: World) {
    let scene = Scene::resolved(world).await;
    let path = link(&scene, 3).await;
    let long = format!("/survey?token={}", "x".repeat(5_000));
    for wrong in [
        "/survey",
        "/survey?token=",
        "/survey?token=a.b&score=3",
        "/survey?token=%00",
        &long,
        "/survey?token=a&token=b",
    ] {
        let browser = Browser::at(&scene, wrong);
        for (status, page) in [browser.look().await, browser.send(&[("score", "3")]).await] {
            assert_eq!(status, 404, "{wrong}");
            assert!(page.contains("This link does not work"), "{page}");
        }
    }
    let browser = Browser::at(&scene, &path);
    let db = scene.world.server().desk().db().admin();
    let rename = async |sql: &str| db.execute_unprepared(sql).await.unwrap();
    rename("ALTER TABLE rating RENAME TO elsewhere").await;
    for (status, page) in [browser.look().await, browser.send(&[("score", "3")]).await] {
        assert_eq!(status, 503);
        assert!(page.contains("not available right now"), "{page}");
    }
    rename("ALTER TABLE elsewhere RENAME TO rating").await;
    assert_eq!(browser.look().await.0, 200);
    scene.world.clock.advance(TimeDelta::days(30));
    for (status, page) in [browser.look().await, browser.send(&[("score", "3")]).await] {
        assert_eq!(status, 410);
        assert!(page.contains("The time for this is over"), "{page}");
    }
    assert_eq!(scene.seen(&scene.people.alice).await, Value::Null);
}

on_both!(
    the_link_of_a_mail_leads_to_a_form_that_stores,
    what_is_missing_is_said_and_what_was_written_stays,
    links_that_lead_nowhere_say_so,
);
