//! Who is asked, when, and by which link.

use chrono::TimeDelta;
use delivery::{Asking, DeliverySettings};
use deskwire_tests::{World, on_both};
use entity::{DeliveryState, NotificationKind, delivery as outbox};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::scene::{Scene, links};
use crate::common::{mails, mails_with};

/// How many mails asked Carla by now.
async fn asked(scene: &Scene) -> usize {
    let all = mails(&scene.world).await;
    all.iter().filter(|mail| !links(mail).is_empty()).count()
}

/// What became of all surveys, with the reason of those that were not sent.
async fn became(scene: &Scene) -> Vec<(DeliveryState, Option<String>)> {
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(NotificationKind::Survey))
        .order_by_asc(outbox::Column::Id);
    let rows = rows
        .all(scene.world.server().desk().db().read())
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| (row.state, row.last_error))
        .collect()
}

fn skipped(why: &str) -> (DeliveryState, Option<String>) {
    (DeliveryState::Skipped, Some(why.to_owned()))
}

const SENT: (DeliveryState, Option<String>) = (DeliveryState::Sent, None);

async fn a_customer_is_asked_once_when_it_is_resolved(world: World) {
    let scene = Scene::resolved(world).await;
    assert_eq!(asked(&scene).await, 1);
    // Closing it later asks nothing more, nor does resolving it again.
    scene.alice("closeTicket").await;
    assert_eq!(asked(&scene).await, 1);
    scene.alice("reopenTicket").await;
    scene.alice("resolveTicket").await;
    assert_eq!(asked(&scene).await, 1);
    assert_eq!(
        became(&scene).await,
        [SENT, skipped("The customer was asked already.")]
    );
}

async fn who_closes_what_was_not_resolved_is_asked_then(world: World) {
    let scene = Scene::resolved(world).await;
    let (carla, before) = (&scene.people.carla, asked(&scene).await);
    let ticket = carla.open_ticket("Never mind").await;
    carla
        .run("closeTicket", json!({ "ticketId": ticket }), "")
        .await;
    assert_eq!(asked(&scene).await, before + 1);
}

/// What has changed until the mail is to be sent is looked at then.
async fn who_needs_not_be_asked_is_not(world: World) {
    let scene = Scene::resolved(world).await;
    scene.alice("reopenTicket").await;
    assert_eq!(asked(&scene).await, 0);
    let at_work = skipped("The ticket is back at work.");
    assert_eq!(became(&scene).await, std::slice::from_ref(&at_work));
    // It was not asked: when it is resolved again, it is time.
    scene.alice("resolveTicket").await;
    assert_eq!(asked(&scene).await, 1);
    assert_eq!(became(&scene).await, [at_work, SENT]);
}

/// That somebody was asked is on record for as long as the ticket.
async fn nobody_is_asked_again_after_a_year(world: World) {
    let scene = Scene::resolved(world).await;
    assert_eq!(asked(&scene).await, 1);
    scene.world.clock.advance(TimeDelta::days(366));
    scene.alice("reopenTicket").await;
    scene.alice("resolveTicket").await;
    assert_eq!(asked(&scene).await, 1);
    let again = skipped("The customer was asked already.");
    assert_eq!(became(&scene).await, [SENT, again]);
    scene.world.clock.advance(TimeDelta::days(31));
    assert_eq!(asked(&scene).await, 1);
    assert_eq!(became(&scene).await, [SENT]);
}

async fn who_has_rated_by_themselves_is_not_asked(world: World) {
    let scene = Scene::resolved(world).await;
    let input = json!({ "ticketId": scene.ticket, "score": 5 });
    scene.people.carla.run("rateTicket", input, "").await;
    assert_eq!(asked(&scene).await, 0);
    assert_eq!(
        became(&scene).await,
        [skipped("The ticket was rated already.")]
    );
    // Nobody is told of the rating.
    let told = scene
        .people
        .alice
        .get("{ notifications { nodes { id } } }", json!({}));
    assert_eq!(told.await["notifications"]["nodes"], json!([]));
}

async fn it_can_be_switched_off(world: World) {
    let scene = Scene::resolved(world).await;
    let all = mails_with(&scene.world, |settings| {
        settings.survey.asking = Asking::Off
    })
    .await;
    assert!(all.iter().all(|mail| links(mail).is_empty()) && all.len() > 1);
    assert_eq!(became(&scene).await, []);
}

/// The host's own page gets what it needs to send the answer.
async fn a_page_of_the_host_gets_token_and_score(world: World) {
    let scene = Scene::resolved(world).await;
    let settings = |settings: &mut DeliverySettings| {
        settings.survey.url = " https://shop.example/how?t={number}#top ".to_owned();
        settings.survey.days = 2;
    };
    let all = mails_with(&scene.world, settings).await;
    let links: Vec<_> = all.iter().flat_map(|mail| links(mail)).collect();
    assert_eq!(links.len(), 5);
    let (page, rest) = links[0].split_once("&token=").unwrap();
    assert_eq!(page, "https://shop.example/how?t=SUP-00001");
    let token = rest.strip_suffix("&score=5#top").unwrap();
    let nobody = scene.world.anonymous();
    let input = json!({ "token": token, "score": 9 });
    scene
        .world
        .clock
        .advance(TimeDelta::days(2) - TimeDelta::seconds(1));
    let code = async || nobody.user_error("rateTicket", input.clone()).await;
    assert_eq!(code().await, "INVALID");
    scene.world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(code().await, "SURVEY_EXPIRED");
}

on_both!(
    a_customer_is_asked_once_when_it_is_resolved,
    who_closes_what_was_not_resolved_is_asked_then,
    who_needs_not_be_asked_is_not,
    nobody_is_asked_again_after_a_year,
    who_has_rated_by_themselves_is_not_asked,
    it_can_be_switched_off,
    a_page_of_the_host_gets_token_and_score,
);
