//! Queries while others write: a query's position is never ahead of its rows.

use std::collections::BTreeMap;

use deskwire_tests::Client;
use domain::Position;
use serde_json::{Value, json};

use super::{pace::Pace, story::Told};
use crate::common::text;

/// How often a scene is looked at for each reader.
const TIMES: usize = 3;
/// How many looks go into one request: they are answered together, so each of them has to wait
/// for others between its statement and its answer.
const LOOKS: usize = 8;

/// The queue at one moment.
#[derive(Debug)]
pub struct Glance {
    position: Position,
    /// Tickets and their versions.
    rows: BTreeMap<String, i64>,
}

impl Glance {
    pub async fn take(client: &Client, filter: &Value) -> Vec<Self> {
        let looks = (0..LOOKS).map(|look| {
            format!(
                "q{look}: queue(filter: $filter, first: 100) {{ position nodes {{ id version }} }}"
            )
        });
        let looks: String = looks.collect();
        let query = format!("query($filter: QueueFilter) {{ {looks} }}");
        let data = client.get(&query, json!({ "filter": filter })).await;
        data.as_object().unwrap().values().map(Self::of).collect()
    }

    fn of(queue: &Value) -> Self {
        let rows = queue["nodes"].as_array().unwrap().iter();
        let rows = rows.map(|row| (text(row, "/id"), row["version"].as_i64().unwrap()));
        Self {
            position: Position::decode(&text(queue, "/position")).unwrap(),
            rows: rows.collect(),
        }
    }

    /// Looks again and again while the writers do `steps` things.
    pub async fn often(client: Client, filter: &Value, pace: &Pace, steps: usize) -> Vec<Self> {
        let mut glances = Vec::new();
        for time in 1..=TIMES {
            pace.reached(steps * time / (TIMES + 1)).await;
            glances.extend(Self::take(&client, filter).await);
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
