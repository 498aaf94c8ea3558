//! Planning what is to be told, to the end of the log.

use domain::{
    Desk,
    telling::{Planner, Rules},
};
use entity::{event, follower};
use sea_orm::{EntityTrait, QueryOrder};

use crate::eventually;

/// The rules of most tests: there is an admin team.
pub fn rules() -> Rules {
    Rules {
        admin_team: vec!["admin@desk.example".to_owned()],
        survey: true,
        ..Rules::default()
    }
}

/// Plans until everything that is in the log now is planned. On PostgreSQL what other tests do in the
/// same cluster can hold the log up for a moment.
pub async fn plan_all(desk: &Desk, rules: Rules) {
    let planner = Planner::new(desk.db().clone(), desk.clock().clone(), rules);
    eventually("everything is planned", async || {
        while planner
            .step()
            .await
            .unwrap()
            .is_none_or(|done| done.events > 0)
        {}
        is_planned(desk).await
    })
    .await;
}

/// Whether all events are planned.
pub async fn is_planned(desk: &Desk) -> bool {
    let db = desk.db().read();
    let last = event::Entity::find()
        .order_by_desc(event::Column::Xid)
        .order_by_desc(event::Column::Seq)
        .one(db)
        .await
        .unwrap();
    let planner = follower::Entity::find_by_id("PLANNER");
    let planner = planner.one(db).await.unwrap().unwrap();
    last.is_none_or(|last| (planner.xid, planner.seq) >= (last.xid, last.seq))
}
