//! Tickets.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    lifecycle::settable,
    page::Key,
    query::{ActivityKey, MessageKey, ThreadPage, format_number},
    sla::is_unattended,
};
use entity::{TimerKind, ticket, timer};

use super::{
    Activity, ActivityConnection, ActivityTotals, Attachment, Category, Environment, Message,
    MessageConnection, MessageTotals, SlaStatus, Subject, Team, TicketRating, User, seconds,
};
use crate::{
    connection::page_args,
    context::signed_in,
    enums::{
        EscalationTarget, MessageOrder, Priority, SensitiveKind, SlaState, TicketAction,
        TicketSource, TicketStatus,
    },
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    loader::{
        AttachmentsKey, CategoryKey, LinksKey, PersonKey, SubjectKey, TeamKey, ThreadKey,
        TicketKey, TimersKey,
    },
};

/// A customer's problem.
#[derive(Clone, Debug)]
pub(crate) struct Ticket(pub(crate) Arc<ticket::Model>);

/// Something of the host product that a ticket is about.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ContextLink {
    /// Its kind in the host product's words (order, bid, merchant ...).
    kind: String,
    /// Its id over there.
    external_id: String,
}

/// A row that the database guarantees is not there.
fn missing() -> async_graphql::Error {
    to_graphql(&domain::Error::internal(
        "a row that a foreign key guarantees is missing",
    ))
}

impl Ticket {
    /// The timers, the last cycle of each kind or all of them; none for customers.
    async fn timers(&self, ctx: &Context<'_>, latest: bool) -> Result<Arc<Vec<timer::Model>>> {
        let (asked, actor) = signed_in(ctx)?;
        if !actor.is_staff() {
            return Ok(Arc::default());
        }
        let ticket = self.0.id;
        let key = TimersKey { ticket, latest };
        let rows = asked.loaders.load_one(key).await.or_graphql()?;
        Ok(rows.unwrap_or_default())
    }

    /// The time that a cycle of RESOLUTION took, in counted seconds.
    async fn resolution(
        &self,
        ctx: &Context<'_>,
        which: impl FnOnce(&[&timer::Model]) -> Option<timer::Model>,
    ) -> Result<Option<i32>> {
        let rows = self.timers(ctx, false).await?;
        let cycles = rows.iter().filter(|row| row.kind == TimerKind::Resolution);
        let done: Vec<_> = cycles.filter(|row| row.stopped_at.is_some()).collect();
        let Some(row) = which(&done) else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        Ok(Some(seconds(asked.desk.counted(&row).await.or_graphql()?)))
    }
}

/// A customer's problem, from the first word to the last. Fields that are for staff only are null
/// for customers.
#[Object]
impl Ticket {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Ticket(self.0.id).encode()
    }

    /// The number that people use: SUP-00001.
    async fn number(&self) -> String {
        format_number(self.0.number)
    }

    /// What it is about, in one line.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The problem in the customer's words.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Where it is in its life.
    async fn status(&self) -> TicketStatus {
        self.0.status.into()
    }

    /// How urgent it is.
    async fn priority(&self) -> Priority {
        self.0.priority.into()
    }

    /// What it is about.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category> {
        let (asked, _) = signed_in(ctx)?;
        let row = asked
            .loaders
            .load_one(CategoryKey(self.0.category_id))
            .await
            .or_graphql()?;
        row.map(Category).ok_or_else(missing)
    }

    /// What it is about beside its category, from a configurable list; the first is the primary one.
    async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<Subject>> {
        let (asked, _) = signed_in(ctx)?;
        let keys = self.0.subjects.0.iter().copied().map(SubjectKey);
        let rows = asked.loaders.load_many(keys.clone()).await.or_graphql()?;
        let in_order = keys.map(|key| rows.get(&key).cloned().map(Subject).ok_or_else(missing));
        in_order.collect()
    }

    /// How it came in.
    async fn source(&self) -> TicketSource {
        self.0.source.into()
    }

    /// The customer whose problem it is.
    async fn requester(&self, ctx: &Context<'_>) -> Result<User> {
        let (asked, _) = signed_in(ctx)?;
        let row = asked
            .loaders
            .load_one(PersonKey(self.0.requester_id))
            .await
            .or_graphql()?;
        row.map(User).ok_or_else(missing)
    }

    /// The customer's address when the ticket was opened.
    async fn requester_email(&self) -> Option<&str> {
        self.0.requester_email.as_deref()
    }

    /// The one accountable member of staff; null while nobody has taken it.
    async fn assignee(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::named(ctx, self.0.assignee_id).await
    }

    /// Who else works on it. Staff only.
    async fn co_assignees(&self, ctx: &Context<'_>) -> Result<Option<Vec<User>>> {
        let (asked, actor) = signed_in(ctx)?;
        if !actor.is_staff() {
            return Ok(None);
        }
        let keys = self.0.co_assignees.0.iter().copied().map(PersonKey);
        let people = asked.loaders.load_many(keys).await.or_graphql()?;
        let in_order = self
            .0
            .co_assignees
            .0
            .iter()
            .filter_map(|&id| people.get(&PersonKey(id)));
        Ok(Some(in_order.cloned().map(User).collect()))
    }

    /// The team that it was handed to. Staff only.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        let (asked, actor) = signed_in(ctx)?;
        let Some(id) = self.0.team_id.filter(|_| actor.is_staff()) else {
            return Ok(None);
        };
        Ok(asked
            .loaders
            .load_one(TeamKey(id))
            .await
            .or_graphql()?
            .map(Team))
    }

    /// Tags, in lower case, sorted. Staff only.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Option<&[String]>> {
        let (_, actor) = signed_in(ctx)?;
        Ok(actor.is_staff().then_some(&self.0.tags.0))
    }

    /// How it was resolved.
    async fn resolution_notes(&self) -> Option<&str> {
        self.0.resolution_notes.as_deref()
    }

    /// The customer's surroundings when the problem showed.
    async fn environment(&self) -> Option<Environment> {
        let value = self.0.environment.clone()?;
        serde_json::from_value(value).ok()
    }

    /// What of the host product it is about, in the order in which it was given.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<ContextLink>> {
        let (asked, _) = signed_in(ctx)?;
        let links = asked
            .loaders
            .load_one(LinksKey(self.0.id))
            .await
            .or_graphql()?;
        let link = |row: entity::context_link::Model| ContextLink {
            kind: row.kind,
            external_id: row.external_id,
        };
        Ok(links.unwrap_or_default().into_iter().map(link).collect())
    }

    /// The files that came with it when it was opened, in order; those of messages are there.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        Attachment::on(ctx, AttachmentsKey::Ticket(self.0.id)).await
    }

    /// How satisfied its customer is; null as long as they have not said.
    async fn rating(&self, ctx: &Context<'_>) -> Result<Option<TicketRating>> {
        TicketRating::of(ctx, self.0.id).await
    }

    /// Whether something in its texts, its messages and notes, the names of files on them, or its rating was
    /// masked before it was stored. Staff only.
    async fn sensitive(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let (_, actor) = signed_in(ctx)?;
        Ok(actor.is_staff().then_some(!self.0.sensitive.0.is_empty()))
    }

    /// What was masked, each kind once: not the values, which are nowhere kept. Staff only.
    async fn sensitive_kinds(&self, ctx: &Context<'_>) -> Result<Option<Vec<SensitiveKind>>> {
        let (_, actor) = signed_in(ctx)?;
        let kinds = self.0.sensitive.0.iter().copied().map(Into::into);
        Ok(actor.is_staff().then(|| kinds.collect()))
    }

    /// The closed ticket that this one continues.
    async fn follow_up_of(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(id) = self.0.follow_up_of_id else {
            return Ok(None);
        };
        let (asked, _) = signed_in(ctx)?;
        Ok(asked
            .loaders
            .load_one(TicketKey(id))
            .await
            .or_graphql()?
            .map(Ticket))
    }

    /// Grows with every change but internal notes and ratings; give it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its version last grew.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When staff first answered in public.
    async fn first_response_at(&self) -> Option<DateTime<Utc>> {
        self.0.first_response_at
    }

    /// When it was resolved; null again after it is reopened.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.resolved_at
    }

    /// When it was closed; null again after it is reopened.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// How it stands with each of its targets, in the order FIRST_RESPONSE, NEXT_RESPONSE,
    /// RESOLUTION; metrics without a target are left out. Staff only: empty for customers.
    async fn sla(&self, ctx: &Context<'_>) -> Result<Vec<SlaStatus>> {
        let rows = self.timers(ctx, true).await?;
        Ok(rows.iter().filter_map(SlaStatus::of).collect())
    }

    /// All cycles of each metric, also those that are over, the first one first. Staff only: empty
    /// for customers.
    async fn sla_history(&self, ctx: &Context<'_>) -> Result<Vec<SlaStatus>> {
        let rows = self.timers(ctx, false).await?;
        Ok(rows.iter().filter_map(SlaStatus::of).collect())
    }

    /// How it stands with its targets, all in all: BREACHED if any metric is, else RUNNING, PAUSED
    /// or MET, whichever of these comes first; null without targets. Staff only.
    async fn sla_state(&self, ctx: &Context<'_>) -> Result<Option<SlaState>> {
        let (_, actor) = signed_in(ctx)?;
        let state = self.0.sla_state.filter(|_| actor.is_staff());
        Ok(state.map(Into::into))
    }

    /// The next due time of a running clock, past if it is overdue; null if no clock runs. Staff
    /// only.
    async fn sla_due_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let (_, actor) = signed_in(ctx)?;
        let due = Some(self.0.sla_due_at).filter(|due| *due != ticket::NEVER);
        Ok(due.filter(|_| actor.is_staff()))
    }

    /// The counted time from its creation until it was first resolved; null if it never was. Staff
    /// only.
    async fn first_resolution_seconds(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        self.resolution(ctx, |done| done.first().map(|row| (*row).clone()))
            .await
    }

    /// The counted time from its creation until it was last resolved, without the time that it
    /// spent resolved; null if it never was. Staff only.
    async fn total_resolution_seconds(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        self.resolution(ctx, |done| done.last().map(|row| (*row).clone()))
            .await
    }

    /// Whether it was escalated. Staff only.
    async fn escalated(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let (_, actor) = signed_in(ctx)?;
        Ok(actor.is_staff().then_some(self.0.escalated))
    }

    /// When it was last escalated. Staff only.
    async fn escalated_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let (_, actor) = signed_in(ctx)?;
        Ok(self.0.escalated_at.filter(|_| actor.is_staff()))
    }

    /// The support tier that it was escalated to. Staff only.
    async fn escalation_tier(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        let (_, actor) = signed_in(ctx)?;
        let tier = self.0.escalation_tier.filter(|_| actor.is_staff());
        Ok(tier.map(Into::into))
    }

    /// Whom it was escalated to. Staff only.
    async fn escalation_target(&self, ctx: &Context<'_>) -> Result<Option<EscalationTarget>> {
        let (_, actor) = signed_in(ctx)?;
        let target = self.0.escalation_target.filter(|_| actor.is_staff());
        Ok(target.map(Into::into))
    }

    /// Whether staff have not touched it for longer than the policy allows. Staff only.
    async fn unattended(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let (_, actor) = signed_in(ctx)?;
        if !actor.is_staff() {
            return Ok(None);
        }
        let rows = self.timers(ctx, true).await?;
        Ok(Some(rows.iter().any(is_unattended)))
    }

    /// Whether its assignee is away. Staff only.
    async fn assignee_away(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let (_, actor) = signed_in(ctx)?;
        Ok(actor.is_staff().then_some(self.0.assignee_away))
    }

    /// The thread: public replies and, for staff, internal notes.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "The order.", default_with = "Some(MessageOrder::NewestFirst)")]
        order: Option<MessageOrder>,
    ) -> Result<MessageConnection> {
        let (asked, _) = signed_in(ctx)?;
        let newest_first = order != Some(MessageOrder::OldestFirst);
        let page = ThreadPage::new(&page_args(first, after, last, before), newest_first);
        let key = ThreadKey {
            ticket: self.0.id,
            page: Arc::new(page.or_graphql()?),
        };
        let thread = asked.loaders.load_one(key).await.or_graphql()?;
        let thread = thread.map(|thread| (*thread).clone());
        let thread = thread.unwrap_or(domain::page::Page {
            items: Vec::new(),
            has_next: false,
            has_previous: false,
        });
        let totals = MessageTotals(self.0.id);
        Ok(MessageConnection::new(
            thread,
            totals,
            |row| MessageKey::from(row).encode(),
            Message,
        ))
    }

    /// What happened, newest first. Customers see what is public.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 25 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Begin behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> Result<ActivityConnection> {
        let (asked, actor) = signed_in(ctx)?;
        let args = page_args(first, after, last, before);
        let page = asked
            .desk
            .activity(actor, self.0.id, &args)
            .await
            .or_graphql()?;
        let totals = ActivityTotals(self.0.id);
        Ok(ActivityConnection::new(
            page,
            totals,
            |row| ActivityKey::from(row).encode(),
            Activity,
        ))
    }

    /// The statuses that `setTicketStatus` can set from here. Staff only.
    async fn next_statuses(&self, ctx: &Context<'_>) -> Result<Option<Vec<TicketStatus>>> {
        let (_, actor) = signed_in(ctx)?;
        let next = settable(self.0.status).iter().copied().map(Into::into);
        Ok(actor.is_staff().then(|| next.collect()))
    }

    /// What the viewer can do with the ticket as it is now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<TicketAction>> {
        let (asked, actor) = signed_in(ctx)?;
        // Nobody else can rate it, whether it is rated or not.
        let own = self.0.requester_id == actor.id;
        let rated = own && TicketRating::of(ctx, self.0.id).await?.is_some();
        let actions = asked.desk.possible_actions(actor, &self.0, rated);
        Ok(actions.into_iter().map(Into::into).collect())
    }
}
