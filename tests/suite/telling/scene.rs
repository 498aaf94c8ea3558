//! A desk with all that it tells things to.

use std::path::Path;

use delivery::{Deliverer, DeliverySettings, Report, Secret};
use deskwire_tests::{Backend, World, eventually};
use entity::{
    DeliveryState, EventKind, WebhookId, delivery as outbox, event, follower, webhook_endpoint,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};
use uuid::Uuid;

use super::{
    hooks::Hooks,
    kafka::Kafka,
    post::{Door, Post},
};

/// The address of the admin team.
pub const ADMIN: &str = "admin@desk.example";

/// A desk and its surroundings.
pub struct Scene {
    pub world: World,
    pub post: Post,
    pub door: Door,
    pub hooks: Hooks,
    pub kafka: Kafka,
}

impl Scene {
    /// A desk that delivers nothing by itself, with the machine's time.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(
        backend: Backend,
        change: impl FnOnce(&mut deskwire_api::Config),
    ) -> Self {
        let post = Post::default();
        let (door, hooks, kafka) = (post.door().await, Hooks::start().await, Kafka::start());
        let world = World::start_with(backend, |config| {
            config.delivery.mail.mail = door.url().as_str().into();
            config.delivery.kafka = kafka.settings();
            config.delivery.webhooks_allow_private = true;
            config.delivery.admin_mail = vec![ADMIN.to_owned()];
            change(config);
        })
        .await;
        Self {
            world,
            post,
            door,
            hooks,
            kafka,
        }
    }

    /// A worker with the settings of the desk.
    pub async fn deliverer(&self) -> Deliverer {
        self.deliverer_with(|_| {}).await
    }

    /// A worker with other settings.
    pub async fn deliverer_with(&self, change: impl FnOnce(&mut DeliverySettings)) -> Deliverer {
        let mut settings = self.world.config().delivery.clone();
        change(&mut settings);
        let desk = self.world.server().desk();
        let folder: &Path = &self.world.config().data_dir;
        Deliverer::open(
            desk.db().clone(),
            desk.clock().clone(),
            &settings,
            folder,
            14,
        )
        .await
        .unwrap()
    }

    /// An endpoint of another system.
    pub async fn endpoint(&self, receiver: &str, kinds: &[EventKind]) -> WebhookId {
        let now = self.world.clock.now();
        let secret = Secret::generate(&mut rand::rng());
        let row = webhook_endpoint::Model {
            id: Uuid::new_v4().into(),
            url: self.hooks.url(receiver),
            description: receiver.to_owned(),
            kinds: webhook_endpoint::EventKinds(kinds.to_vec()),
            secrets: webhook_endpoint::Secrets(vec![webhook_endpoint::Secret {
                value: secret.reveal(),
                until: None,
            }]),
            enabled: true,
            disabled_because: None,
            failures: 0,
            failing_since: None,
            paused_until: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let id = row.id;
        row.into_active_model().insert(self.db()).await.unwrap();
        id
    }

    pub fn db(&self) -> &sea_orm::DatabaseConnection {
        self.world.server().desk().db().admin()
    }

    /// The outbox, in the order in which it was planned.
    pub async fn outbox(&self) -> Vec<outbox::Model> {
        let rows = outbox::Entity::find().order_by_asc(outbox::Column::Id);
        rows.all(self.db()).await.unwrap()
    }

    /// The rows of the outbox that are in `state`.
    pub async fn in_state(&self, state: DeliveryState) -> Vec<outbox::Model> {
        let mut rows = self.outbox().await;
        rows.retain(|row| row.state == state);
        rows
    }

    /// The log, in order.
    pub async fn log(&self) -> Vec<event::Model> {
        let rows = event::Entity::find()
            .order_by_asc(event::Column::Xid)
            .order_by_asc(event::Column::Seq);
        rows.all(self.db()).await.unwrap()
    }

    /// The numbers of all events, in the order of the log.
    pub async fn events(&self) -> Vec<i64> {
        self.log().await.iter().map(|event| event.seq).collect()
    }

    /// Whether both followers of the log are at its end.
    pub async fn is_followed(&self) -> bool {
        let Some(last) = self.log().await.pop() else {
            return true;
        };
        let rows = follower::Entity::find().all(self.db()).await.unwrap();
        assert_eq!(rows.len(), 2);
        rows.iter()
            .all(|row| (row.xid, row.seq) >= (last.xid, last.seq))
    }

    /// Delivers until the log is followed to its end and nothing is due; gives back the reports. On
    /// PostgreSQL what other tests do in the same cluster can hold the log up for a moment.
    pub async fn deliver(&self, deliverer: &Deliverer) -> Vec<Report> {
        let reports = std::sync::Mutex::new(Vec::new());
        eventually("everything is delivered", async || {
            let report = deliverer.run(None).await;
            let left = report.left;
            reports.lock().unwrap().push(report);
            left == 0 && self.is_followed().await
        })
        .await;
        reports.into_inner().unwrap()
    }
}
