//! The activity feed.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::EventData;
use entity::{EventKind, SubjectId, TicketId, UserId, event};

use super::{ActivityRating, Attachment, Message, User};
use crate::{
    context::signed_in,
    enums::{ActivityKind, Role, TimerKind},
    error::OrGraphql,
    loader::{AttachmentsKey, CategoryKey, MessageKey, PersonKey, SubjectKey, TeamKey},
};

/// Something that happened on a ticket.
#[derive(Clone, Debug)]
pub(crate) struct Activity(pub(crate) event::Model);

/// What changed, in words that people read.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Change {
    /// The field of `Ticket` that changed.
    field: String,
    /// Its value before; null if it had none.
    before: Option<String>,
    /// Its value after; null if it has none.
    after: Option<String>,
}

/// A deadline that was reached.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ActivityDeadline {
    /// What fell due.
    kind: TimerKind,
    /// Which run of it it was.
    cycle: i32,
    /// The level that was reached, such as `80%`; `100%` is the due time.
    level: String,
    /// When it was reached, which may be before it was noticed.
    due_at: DateTime<Utc>,
    /// The name of the policy that applied.
    policy_name: String,
}

impl Activity {
    /// What the event holds.
    fn data(&self) -> Result<EventData> {
        let data = serde_json::from_value(self.0.data.clone());
        data.map_err(domain::Error::internal).or_graphql()
    }
}

/// Something that happened on a ticket: who did what, and when. Entries never change.
#[Object]
impl Activity {
    /// What happened.
    async fn kind(&self) -> ActivityKind {
        self.0.kind.into()
    }

    /// When it happened.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who did it; null for the desk itself.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.actor_id).await
    }

    /// What the actor was then.
    async fn actor_role(&self) -> Role {
        self.0.actor_role.into()
    }

    /// The message that was written, for the kinds that write one.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let Some(id) = self.0.message_id else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        let message = asked.loaders.load_one(MessageKey(id)).await.or_graphql()?;
        Ok(message.map(|message| Message((*message).clone())))
    }

    /// The files that were attached: to the message, or to the ticket when it was opened.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        let key = match self.0.message_id {
            Some(id) => AttachmentsKey::Message(id),
            None if self.0.kind == EventKind::TicketCreated => {
                AttachmentsKey::Ticket(self.0.ticket_id)
            }
            None => return Ok(Vec::new()),
        };
        Attachment::on(ctx, key).await
    }

    /// What the customer said, for the kind that tells of it.
    async fn rating(&self) -> Result<Option<ActivityRating>> {
        Ok(self.data()?.rating.map(Into::into))
    }

    /// The deadline that was reached, for the kinds that tell of one. Staff only.
    async fn deadline(&self, ctx: &Context<'_>) -> Result<Option<ActivityDeadline>> {
        let (_, actor) = signed_in(ctx)?;
        let note = self.data()?.sla.filter(|_| actor.is_staff());
        Ok(note.map(|note| ActivityDeadline {
            kind: note.kind.into(),
            cycle: note.cycle,
            level: note.level,
            due_at: note.due_at,
            policy_name: note.policy,
        }))
    }

    /// What changed. Team, tags and co-assignees are shown to staff only.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<Change>> {
        let (asked, actor) = signed_in(ctx)?;
        let data = self.data()?;
        let mut changes = Vec::new();
        let mut change = |field: &str, before: Option<String>, after: Option<String>| {
            if before != after {
                changes.push(Change {
                    field: field.to_owned(),
                    before,
                    after,
                });
            }
        };
        if let Some((before, after)) = data.subject {
            change("subject", Some(before), Some(after));
        }
        let (Some(before), after) = (data.before, data.after) else {
            return Ok(changes);
        };
        let text = |text: &str| Some(text.to_owned());
        let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(", "));
        change(
            "status",
            text(before.status.as_str()),
            text(after.status.as_str()),
        );
        change(
            "priority",
            text(before.priority.as_str()),
            text(after.priority.as_str()),
        );
        let loaders = &asked.loaders;
        if before.category != after.category {
            let keys = [before.category, after.category].map(CategoryKey);
            let names = loaders.load_many(keys).await.or_graphql()?;
            let name = |id| names.get(&CategoryKey(id)).map(|row| row.name.clone());
            change("category", name(before.category), name(after.category));
        }
        if before.subjects != after.subjects {
            let keys = before.subjects.iter().chain(&after.subjects);
            let keys: Vec<_> = keys.copied().map(SubjectKey).collect();
            let rows = loaders.load_many(keys).await.or_graphql()?;
            let names = |ids: &[SubjectId]| {
                let rows = ids.iter().filter_map(|&id| rows.get(&SubjectKey(id)));
                list(rows.map(|row| row.name.clone()).collect())
            };
            change("subjects", names(&before.subjects), names(&after.subjects));
        }
        let mut people = Vec::new();
        if before.assignee != after.assignee || before.co_assignees != after.co_assignees {
            for facets in [&before, &after] {
                people.extend(facets.assignee.map(PersonKey));
                people.extend(facets.co_assignees.iter().copied().map(PersonKey));
            }
        }
        let people = loaders.load_many(people).await.or_graphql()?;
        let name = |id| people.get(&PersonKey(id)).map(|row| row.name.clone());
        change(
            "assignee",
            before.assignee.and_then(name),
            after.assignee.and_then(name),
        );
        if actor.is_staff() {
            let names = |ids: &[UserId]| list(ids.iter().copied().filter_map(name).collect());
            change(
                "coAssignees",
                names(&before.co_assignees),
                names(&after.co_assignees),
            );
            if before.team != after.team {
                let keys = before.team.into_iter().chain(after.team).map(TeamKey);
                let teams = loaders
                    .load_many(keys.collect::<Vec<_>>())
                    .await
                    .or_graphql()?;
                let name = |id| teams.get(&TeamKey(id)).map(|row| row.name.clone());
                change(
                    "team",
                    before.team.and_then(name),
                    after.team.and_then(name),
                );
            }
            change("tags", list(before.tags.clone()), list(after.tags.clone()));
            for (field, before, after) in [
                ("escalated", before.escalated, after.escalated),
                ("unattended", before.unattended, after.unattended),
                ("assigneeAway", before.assignee_away, after.assignee_away),
                ("sensitive", before.sensitive, after.sensitive),
            ] {
                change(field, Some(before.to_string()), Some(after.to_string()));
            }
        }
        Ok(changes)
    }
}

/// What an activity feed has beside its page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActivityTotals(pub(crate) TicketId);

/// What an activity feed has beside its page.
#[Object]
impl ActivityTotals {
    /// How many entries of the feed the viewer can see.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (asked, actor) = signed_in(ctx)?;
        asked.desk.activity_total(actor, self.0).await.or_graphql()
    }
}

crate::connection::connection!(
    ActivityConnection of ActivityEdge, Activity, ActivityTotals, "what happened on a ticket"
);
