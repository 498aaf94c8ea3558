//! A desk with all that it tells things to.

use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    hash::Hash,
    path::Path,
};

use delivery::{Deliverer, DeliverySettings, Report, Secret};
use deskwire_tests::{Backend, World, eventually, telling};
use entity::{
    DeliveryState, EventKind, WebhookId, delivery as outbox, event, follower, user,
    webhook_endpoint,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::{
    hooks::Hooks,
    kafka::Kafka,
    post::{Arrived, Door, Post},
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

    /// Changes the account of the person who is called `name`.
    pub async fn person(&self, name: &str, change: impl FnOnce(&mut user::ActiveModel)) {
        let found = user::Entity::find().filter(user::Column::Name.eq(name));
        let found = found.one(self.db()).await.unwrap().unwrap();
        let mut found = found.into_active_model();
        change(&mut found);
        found.update(self.db()).await.unwrap();
    }

    /// Plans all that is in the log now.
    pub async fn plan(&self) {
        let rules = self.world.config().delivery.rules().unwrap();
        telling::plan_all(self.world.server().desk(), rules).await;
    }

    /// The mails that came to `address`.
    pub fn mails_to(&self, address: &str) -> Vec<Arrived> {
        let mut mails = self.post.mails();
        mails.retain(|mail| mail.to == [address]);
        mails
    }

    /// Fails unless each mail came once, to each person and about each ticket in order.
    pub fn each_mail_came_once(&self) {
        let mails = self.post.mails();
        let ids: HashSet<_> = mails.iter().map(Arrived::delivery).collect();
        assert_eq!(ids.len(), mails.len());
        in_order(mails.iter().map(|mail| {
            let about = (mail.to.clone(), mail.header("X-Deskwire-Ticket"));
            (about, mail.delivery())
        }));
    }

    /// What `GET /metrics` says of a channel's lag.
    pub async fn lag(&self, channel: &str) -> i64 {
        let address = self.world.server().metrics_address().unwrap();
        let http = self.world.anonymous();
        let page = http.http().get(format!("http://{address}/metrics")).send();
        let page = page.await.unwrap().text().await.unwrap();
        let name = format!("deskwire_outbox_lag_seconds{{channel=\"{channel}\"}} ");
        let found = page.lines().find_map(|line| line.strip_prefix(&name));
        found.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
    }

    /// Delivers until the log is followed to its end and nothing more can be done; gives back the
    /// reports. On PostgreSQL what other tests do in the same cluster can hold the log up for a moment.
    pub async fn deliver(&self, deliverer: &Deliverer) -> Vec<Report> {
        let reports = std::sync::Mutex::new(Vec::new());
        eventually("everything is delivered", async || {
            let report = deliverer.run(None).await;
            let idle = !report.did_something();
            reports.lock().unwrap().push(report);
            idle && self.is_followed().await
        })
        .await;
        reports.into_inner().unwrap()
    }
}

/// Fails unless the numbers under each key grow.
pub fn in_order<K: Eq + Hash + Debug>(rows: impl Iterator<Item = (K, i64)>) {
    let mut last = HashMap::new();
    for (key, number) in rows {
        let shown = format!("{key:?}");
        if let Some(before) = last.insert(key, number) {
            assert!(before < number, "{shown}: {number} came after {before}");
        }
    }
}
