//! The mails of the weekly report. They tell of no event: who made the report wrote them down with it.

use entity::{Channel, MailMode, NotificationKind, Role, Timestamp, UserId, delivery, user};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use super::{
    briefing::{Brief, Briefing, skip},
    outbox::{Outbox, unsent},
    preference::preferences_of,
};
use crate::{
    Actor, Error, Result,
    permission::{Action, permit},
    sla::store::ROWS,
    stats::WeeklyReport,
};

/// Writes down a mail about the report of `week` for each supervisor who wants it and has an address.
pub(crate) async fn mail_report(
    tx: &DatabaseTransaction,
    week: &str,
    now: Timestamp,
) -> Result<()> {
    let supervisors = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Supervisor))
        .order_by_asc(user::Column::Id)
        .all(tx)
        .await?;
    let has_address =
        |person: &user::Model| person.email.as_ref().is_some_and(|text| !text.is_empty());
    let people: Vec<UserId> = supervisors
        .iter()
        .filter(|person| has_address(person))
        .map(|person| person.id)
        .collect();
    let wishes = preferences_of(tx, &people).await?;
    let wanted = people.into_iter().filter(|person| {
        let wishes = wishes.get(person).cloned().unwrap_or_default();
        wishes.of(NotificationKind::WeeklyReport).mail != MailMode::Off
    });
    let mails: Vec<_> = wanted.map(|person| mail(week, person, now)).collect();
    for some in mails.chunks(ROWS) {
        delivery::Entity::insert_many(some.to_vec())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn mail(week: &str, person: UserId, now: Timestamp) -> delivery::ActiveModel {
    delivery::ActiveModel {
        dedupe_key: Set(format!("report:{week}:user:{person}")),
        channel: Set(Channel::Mail),
        kind: Set(Some(NotificationKind::WeeklyReport)),
        user_id: Set(Some(person)),
        lane: Set(format!("report:{person}")),
        ..unsent(now)
    }
}

/// The week that a mail tells of.
fn week_of(row: &delivery::Model) -> Option<&str> {
    let key = row.dedupe_key.strip_prefix("report:")?;
    key.split_once(':').map(|(week, _)| week)
}

impl Outbox {
    /// What the mail `row` about a weekly report tells `recipient`.
    pub(super) async fn report(
        &self,
        row: &delivery::Model,
        recipient: Option<user::Model>,
        address: String,
    ) -> Result<Brief> {
        let Some(person) = recipient else {
            return Ok(skip("There is nobody to get this report any more."));
        };
        let actor = Actor {
            id: person.id,
            role: person.role,
        };
        if permit(actor, Action::ManageStats).is_err() {
            return Ok(skip("The recipient may not see reports any more."));
        }
        let week = week_of(row).ok_or_else(|| Error::internal("a report without its week"))?;
        let found = entity::weekly_report::Entity::find_by_id(week).one(self.db.read());
        let Some(found) = found.await? else {
            return Ok(skip("The report is not on record any more."));
        };
        Ok(Brief::Send(Box::new(Briefing {
            address,
            recipient: Some(person),
            kind: NotificationKind::WeeklyReport,
            story: None,
            actor: None,
            entries: Vec::new(),
            report: Some(WeeklyReport::stored(found)?),
            previous: None,
            asked_at: None,
        })))
    }
}
