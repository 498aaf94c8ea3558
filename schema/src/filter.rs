//! The queue's filter as clients give it.

use async_graphql::{ID, InputObject, Result};
use chrono::{DateTime, Utc};
use domain::{clock::can_be_kept, text::check_wanted};

use crate::{
    context::Asked,
    enums::{Priority, SlaState, TicketSource, TicketStatus},
    error::{OrGraphql, to_graphql},
    id::GlobalId,
};

/// How many entries a list of the filter can have.
const MAX_ENTRIES: usize = 100;

/// Which tickets of the queue. Everything that is given must hold. A list means "any of these"; an
/// empty list restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct QueueFilter {
    /// Statuses.
    pub status: Option<Vec<TicketStatus>>,
    /// Priorities.
    pub priority: Option<Vec<Priority>>,
    /// Categories, by their codes.
    pub category: Option<Vec<String>>,
    /// Subjects, by their codes; the primary one counts like the others.
    pub subject: Option<Vec<String>>,
    /// Teams, by their ids.
    pub team: Option<Vec<ID>>,
    /// Tags.
    pub tag: Option<Vec<String>>,
    /// Sources.
    pub source: Option<Vec<TicketSource>>,
    /// The accountable assignee.
    pub assignee_id: Option<ID>,
    /// True: without an assignee. False: with one.
    pub unassigned: Option<bool>,
    /// True: assigned or co-assigned to the viewer. False: neither.
    pub mine: Option<bool>,
    /// True: escalated. False: not escalated.
    pub escalated: Option<bool>,
    /// How tickets stand with their targets, all in all: BREACHED if any metric is, else RUNNING,
    /// PAUSED or MET, whichever of these comes first.
    pub sla_state: Option<Vec<SlaState>>,
    /// True: touched by nobody for longer than the policy allows. False: not so.
    pub unattended: Option<bool>,
    /// True: with an assignee who is away. False: not so.
    pub assignee_away: Option<bool>,
    /// Opened at this time or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Opened before this time.
    pub created_before: Option<DateTime<Utc>>,
}

impl QueueFilter {
    /// The filter as the domain takes it.
    ///
    /// # Errors
    /// BAD_INPUT for what names nothing: it is a mistake in the program, not an empty queue.
    pub(crate) async fn parse(filter: Option<Self>, asked: &Asked) -> Result<domain::QueueFilter> {
        let Self {
            status,
            priority,
            category,
            subject,
            team,
            tag,
            source,
            assignee_id,
            unassigned,
            mine,
            escalated,
            sla_state,
            unattended,
            assignee_away,
            created_after,
            created_before,
        } = filter.unwrap_or_default();
        let refuse = |message: String| to_graphql(&domain::Error::BadInput(message));
        let bad = |field: &str| {
            refuse(format!(
                "`{field}` in the filter is not an id of the right kind."
            ))
        };
        let team = team.unwrap_or_default();
        let (category, tags) = (category.unwrap_or_default(), tag.unwrap_or_default());
        let subject = subject.unwrap_or_default();
        for (field, length) in [
            ("team", team.len()),
            ("category", category.len()),
            ("subject", subject.len()),
            ("tag", tags.len()),
        ] {
            if length > MAX_ENTRIES {
                let limit = format!("at most {MAX_ENTRIES} are possible.");
                return Err(refuse(format!(
                    "`{field}` in the filter has {length} entries, {limit}"
                )));
            }
        }
        for (field, words) in [
            ("category", &category),
            ("subject", &subject),
            ("tag", &tags),
        ] {
            for word in words {
                check_wanted(word, field).or_graphql()?;
            }
        }
        for (field, time) in [
            ("createdAfter", created_after),
            ("createdBefore", created_before),
        ] {
            if time.is_some_and(|time| !can_be_kept(time)) {
                return Err(refuse(format!(
                    "`{field}` in the filter must be in the years 1 to 9999."
                )));
            }
        }
        let team = team
            .iter()
            .map(|id| GlobalId::team(id).ok_or_else(|| bad("team")));
        let assignee = assignee_id.map(|id| GlobalId::user(&id).ok_or_else(|| bad("assigneeId")));
        Ok(domain::QueueFilter {
            status: status
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            priority: priority
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            category: asked.desk.category_ids(&category).await.or_graphql()?,
            subject: asked.desk.subject_ids(&subject).await.or_graphql()?,
            team: team.collect::<Result<_>>()?,
            tag: tags
                .into_iter()
                .map(|tag| tag.trim().to_lowercase())
                .collect(),
            source: source
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            assignee: assignee.transpose()?,
            unassigned,
            mine,
            escalated,
            sla_state: sla_state
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            unattended,
            assignee_away,
            created_after,
            created_before,
        })
    }
}
