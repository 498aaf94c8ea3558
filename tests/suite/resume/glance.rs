//! Queries while others write: a query's position is never ahead of its rows.

use std::collections::BTreeMap;

use deskwire_tests::Client;
use domain::Position;
use serde_json::{Value, json};

use super::{pace::Pace, story::Told};
use crate::common::text;

const LOOK: &str = "query($filter: QueueFilter) {
    queue(filter: $filter, first: 100) { position nodes { id version } } }";
/// How often a scene is looked at for each reader.
const TIMES: usize = 6;

/// The queue at one moment.
#[derive(Debug)]
pub struct Glance {
    position: Position,
    /// Tickets and their versions.
    rows: BTreeMap<String, i64>,
}

impl Glance {
    pub async fn take(client: &Client, filter: &Value) -> Self {
        let data = client.get(LOOK, json!({ "filter": filter })).await;
        let rows = data["queue"]["nodes"].as_array().unwrap().iter();
        let rows = rows.map(|row| (text(row, "/id"), row["version"].as_i64().unwrap()));
        Self {
            position: Position::decode(&text(&data, "/queue/position")).unwrap(),
            rows: rows.collect(),
        }
    }

    /// Looks again and again while the writers do `steps` things.
    pub async fn often(client: Client, filter: &Value, pace: &Pace, steps: usize) -> Vec<Self> {
        let mut glances = Vec::new();
        for time in 1..=TIMES {
            pace.reached(steps * time / (TIMES + 1)).await;
            glances.push(Self::take(&client, filter).await);
        }
        glances
    }

    /// What the story does not tell after this glance has not changed since.
    pub fn check(&self, story: &[Told], now: &Self) {
        let changed = |id: &str| {
            let mut after = story.iter().filter(|told| told.0 > self.position);
            after.any(|(_, _, ticket)| ticket == id)
        };
        for id in self.rows.keys().chain(now.rows.keys()) {
            let (then, now) = (self.rows.get(id), now.rows.get(id));
            assert!(
                then == now || changed(id),
                "{id} had version {then:?} and has {now:?}, and nothing tells of it after {:?}",
                self.position
            );
        }
    }
}
