//! What a mail tells, looked up when it is sent: as its recipient may see it then.

use std::collections::HashMap;

use entity::{
    DeliveryState, MailMode, NotificationKind, TicketId, TicketStatus, Timestamp, UserId,
    Visibility, delivery, rating, ticket, user,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value, sea_query::ArrayType,
};

use super::{
    outbox::Outbox,
    preference::{Preferences, is_for_staff, preferences_of},
    relay::{self, Published},
};
use crate::{
    Actor, Error, Result, actor::is_staff, db::among, query::visible_to, rating::is_ratable,
    stats::WeeklyReport,
};

/// How many news one digest takes at most.
const MOST_ENTRIES: u64 = 2_000;

/// What a mail is made of.
#[derive(Clone, Debug)]
pub struct Briefing {
    /// Where it goes.
    pub address: String,
    /// The person who gets it; `None` for an address of the admin team.
    pub recipient: Option<user::Model>,
    /// What it says.
    pub kind: NotificationKind,
    /// The event that it tells of; `None` for a digest and a weekly report.
    pub story: Option<Published>,
    /// The name of who did it; `None` for the system.
    pub actor: Option<String>,
    /// The news in a digest, oldest first.
    pub entries: Vec<Entry>,
    /// The weekly report, in a mail of that kind.
    pub report: Option<WeeklyReport>,
    /// The mail about the same ticket that the recipient got before this one.
    pub previous: Option<i64>,
    /// From when on a survey can be answered: now; `None` for all else.
    pub asked_at: Option<Timestamp>,
}

/// One piece of news in a digest.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it says.
    pub kind: NotificationKind,
    /// The event.
    pub story: Published,
    /// The name of who did it; `None` for the system.
    pub actor: Option<String>,
}

/// What to do with a mail that is due.
#[derive(Clone, Debug)]
pub enum Brief {
    /// Send this.
    Send(Box<Briefing>),
    /// Send nothing, for this reason.
    Skip(String),
}

impl Outbox {
    /// What the mail `row` tells, as its recipient may see it now.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer; `Internal` for an event that this version
    /// cannot read.
    pub async fn brief(&self, row: &delivery::Model) -> Result<Brief> {
        let Some(kind) = row.kind else {
            return Err(Error::internal("a mail says nothing"));
        };
        let recipient = match row.user_id {
            Some(id) => user::Entity::find_by_id(id).one(self.db.read()).await?,
            None => None,
        };
        let address = match &recipient {
            Some(person) => person.email.clone(),
            None => row.address.clone(),
        };
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(skip("There is no address any more."));
        };
        let mut wishes = Preferences::default();
        if let Some(person) = &recipient {
            if is_for_staff(kind) && !is_staff(person.role) {
                return Ok(skip("The recipient is no longer staff."));
            }
            let preferences = preferences_of(self.db.read(), &[person.id]).await?;
            wishes = preferences.get(&person.id).cloned().unwrap_or_default();
            if wishes.of(kind).mail == MailMode::Off {
                return Ok(skip(
                    "The recipient does not want this kind of mail any more.",
                ));
            }
        }
        if kind == NotificationKind::Digest {
            return self.digest(row, recipient, &wishes, address).await;
        }
        if kind == NotificationKind::WeeklyReport {
            return self.report(row, recipient, address).await;
        }
        let Some(story) = self.story(row).await? else {
            return Ok(skip("What it tells of is not on record any more."));
        };
        if let Some(person) = &recipient {
            let visible = self.visible(person, &[story.event.ticket_id]).await?;
            let hidden = !is_staff(person.role) && story.event.visibility != Visibility::Public;
            if visible.is_empty() || hidden {
                return Ok(skip("The recipient may not see the ticket any more."));
            }
            if kind == NotificationKind::Survey
                && let Some(why) = self.needs_no_answer(row, story.event.ticket_id).await?
            {
                return Ok(skip(why));
            }
        }
        let asked_at = if kind == NotificationKind::Survey {
            Some(self.now().await?)
        } else {
            None
        };
        let names = self.names(story.event.actor_id.into_iter()).await?;
        let actor = story.event.actor_id.and_then(|id| names.get(&id).cloned());
        Ok(Brief::Send(Box::new(Briefing {
            address,
            recipient,
            kind,
            story: Some(story),
            actor,
            entries: Vec::new(),
            report: None,
            previous: self.previous(row).await?,
            asked_at,
        })))
    }

    async fn digest(
        &self,
        row: &delivery::Model,
        recipient: Option<user::Model>,
        wishes: &Preferences,
        address: String,
    ) -> Result<Brief> {
        let Some(person) = recipient else {
            return Ok(skip("There is nobody to get this digest any more."));
        };
        let rows = delivery::Entity::find()
            .filter(delivery::Column::BundleId.eq(row.id))
            .order_by_asc(delivery::Column::Id)
            .limit(MOST_ENTRIES);
        let rows = rows.all(self.db.read()).await?;
        let tickets: Vec<TicketId> = rows.iter().filter_map(|row| row.ticket_id).collect();
        let visible = self.visible(&person, &tickets).await?;
        let events: Vec<i64> = rows.iter().filter_map(|row| row.event_seq).collect();
        let stories = relay::some(&self.db, &events).await?;
        let mut entries = Vec::new();
        for row in &rows {
            let Some((kind, seq)) = row.kind.zip(row.event_seq) else {
                continue;
            };
            if wishes.of(kind).mail == MailMode::Off {
                continue;
            }
            let story = stories.get(&seq).cloned();
            let Some(story) = story.filter(|story| visible.contains(&story.event.ticket_id)) else {
                continue;
            };
            entries.push(Entry {
                kind,
                story,
                actor: None,
            });
        }
        if entries.is_empty() {
            return Ok(skip(
                "The recipient may not see, or does not want, any of it any more.",
            ));
        }
        let actors = entries
            .iter()
            .filter_map(|entry| entry.story.event.actor_id);
        let names = self.names(actors).await?;
        for entry in &mut entries {
            let actor = entry.story.event.actor_id;
            entry.actor = actor.and_then(|id| names.get(&id).cloned());
        }
        Ok(Brief::Send(Box::new(Briefing {
            address,
            recipient: Some(person),
            kind: NotificationKind::Digest,
            story: None,
            actor: None,
            entries,
            report: None,
            previous: None,
            asked_at: None,
        })))
    }

    /// Why the recipient of the survey `row` is not asked now, if that is so. Nobody is asked twice about
    /// one ticket.
    async fn needs_no_answer(
        &self,
        row: &delivery::Model,
        ticket: TicketId,
    ) -> Result<Option<&'static str>> {
        let db = self.db.read();
        if rating::Entity::find_by_id(ticket).one(db).await?.is_some() {
            return Ok(Some("The ticket was rated already."));
        }
        let status = ticket::Entity::find_by_id(ticket)
            .select_only()
            .column(ticket::Column::Status)
            .into_tuple::<TicketStatus>();
        if !status.one(db).await?.is_some_and(is_ratable) {
            return Ok(Some("The ticket is back at work."));
        }
        let asked = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .filter(delivery::Column::Lane.eq(row.lane.as_str()))
            .filter(delivery::Column::Kind.eq(NotificationKind::Survey))
            .filter(delivery::Column::State.eq(DeliveryState::Sent))
            .into_tuple::<i64>();
        let asked = asked.one(db).await?.is_some();
        Ok(asked.then_some("The customer was asked already."))
    }

    /// Those of `tickets` that `person` may see.
    async fn visible(&self, person: &user::Model, tickets: &[TicketId]) -> Result<Vec<TicketId>> {
        let actor = Actor {
            id: person.id,
            role: person.role,
        };
        let ids = tickets.iter().map(|id| Value::from(id.0));
        let column = entity::ticket::Column::Id;
        let wanted = among(self.db.backend(), column, ArrayType::Uuid, ids);
        let ids = visible_to(actor)
            .select_only()
            .column(column)
            .filter(wanted)
            .into_tuple();
        Ok(ids.all(self.db.read()).await?)
    }

    async fn names(&self, people: impl Iterator<Item = UserId>) -> Result<HashMap<UserId, String>> {
        let ids: Vec<_> = people.map(|id| Value::from(id.0)).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted = among(self.db.backend(), user::Column::Id, ArrayType::Uuid, ids);
        let names = user::Entity::find()
            .select_only()
            .columns([user::Column::Id, user::Column::Name])
            .filter(wanted)
            .into_tuple::<(UserId, String)>();
        Ok(names.all(self.db.read()).await?.into_iter().collect())
    }

    async fn previous(&self, row: &delivery::Model) -> Result<Option<i64>> {
        let earlier = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::Id)
            .filter(delivery::Column::Lane.eq(row.lane.as_str()))
            .filter(delivery::Column::Id.lt(row.id))
            .filter(delivery::Column::State.eq(DeliveryState::Sent))
            .order_by_desc(delivery::Column::Id)
            .limit(1)
            .into_tuple::<i64>();
        Ok(earlier.one(self.db.read()).await?)
    }

    /// The event that a delivery tells of; `None` if it is not on record any more, and for a digest or a weekly report.
    ///
    /// # Errors
    /// As [`Self::brief`].
    pub async fn story(&self, row: &delivery::Model) -> Result<Option<Published>> {
        match row.event_seq {
            Some(seq) => Ok(relay::some(&self.db, &[seq]).await?.remove(&seq)),
            None => Ok(None),
        }
    }
}

pub(super) fn skip(why: &str) -> Brief {
    Brief::Skip(why.to_owned())
}
