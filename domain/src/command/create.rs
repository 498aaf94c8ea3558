//! Opening a ticket.

use entity::{
    AttachmentId, Priority, TicketId, TicketSource, TicketStatus, UserId, context_link, ticket,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::{
    Changed, Command, Work,
    subjects::{check_subjects, subjects_by_code},
};
use crate::{
    Error, Result, Screened, UserErrorCode,
    attachment::Place,
    db::next_ticket_number,
    permission::{Action, permit},
    text::{Check, MAX_BODY, MAX_SUBJECT, MAX_WORD, check_wanted},
};

/// The category of a ticket that names none.
const DEFAULT_CATEGORY: &str = "other";

/// Opens a ticket: for oneself, or by staff on behalf of a customer (requirements T1, T2, P5).
#[derive(Clone, Debug, Serialize)]
pub struct CreateTicket {
    /// One line.
    pub subject: Screened,
    /// The problem.
    pub description: Screened,
    /// The category's code; `other` if none is given.
    pub category: Option<String>,
    /// The subjects' codes, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// How it came in.
    pub source: TicketSource,
    /// Whose ticket it is, if staff open it for somebody.
    pub requester: Option<UserId>,
    /// What of the host product it is about.
    pub links: Vec<Link>,
    /// Browser, device and so on: an object of short texts.
    pub environment: Option<Screened<serde_json::Map<String, serde_json::Value>>>,
    /// Tags.
    pub tags: Screened<Vec<String>>,
    /// Checked uploads of who opens it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
    /// The key under which a repetition is recognised.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Something of the host product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its kind in the host product's words.
    pub kind: String,
    /// Its id over there.
    pub external_id: String,
}

impl Command for CreateTicket {
    type Output = Changed;
    const NAME: &'static str = "createTicket";
    const ACTION: Action = Action::OpenTicket;

    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    async fn run(&self, work: &mut Work) -> Result<Changed> {
        let mut check = Check::default();
        let subject = check.line(self.subject.get(), &["subject"], MAX_SUBJECT);
        let description = check.text(self.description.get(), &["description"], MAX_BODY);
        let tags = check.tags(self.tags.get(), &["tags"]);
        if !tags.is_empty() && !work.actor.is_staff() {
            check.fail(
                UserErrorCode::Invalid,
                &["tags"],
                "Tags are set by the support team. Leave `tags` out.",
            );
        }
        check_subjects(&mut check, &self.subjects);
        let links = self.links(&mut check);
        let environment = self.environment.as_ref().map(Screened::get);
        check_environment(&mut check, environment);
        check.finish()?;

        let category = category_by_code(work, self.category.as_deref()).await?;
        let subjects = subjects_by_code(work, &self.subjects).await?;
        let requester = self.requester(work).await?;
        let on_behalf = requester.id != work.actor.id;
        let (number, revision) = next_ticket_number(work.tx()).await?;
        let mut ticket = ticket::Model {
            id: work.clock().new_id(),
            number,
            requester_id: requester.id,
            requester_email: requester.email,
            requester_tier: requester.tier,
            subject,
            description,
            category_id: category,
            priority: self.priority,
            status: TicketStatus::Open,
            source: self.source,
            assignee_id: None,
            co_assignees: ticket::Ids::default(),
            team_id: None,
            tags: ticket::Tags(tags),
            resolution_notes: None,
            environment: environment.cloned().map(serde_json::Value::Object),
            follow_up_of_id: None,
            version: 1,
            created_at: work.now,
            updated_at: work.now,
            first_response_at: None,
            resolved_at: None,
            closed_at: None,
            escalated: false,
            escalated_at: None,
            escalation_tier: None,
            escalation_target: None,
            sla_state: None,
            sla_due_at: ticket::NEVER,
            assignee_away: false,
            sensitive: self.sensitive(),
            subjects,
        };
        if on_behalf {
            // Assigned to who opened it (P5); staff are in touch already, so it counts as
            // responded to (sla.md, "Clocks").
            ticket.assignee_id = Some(work.actor.id);
            ticket.status = TicketStatus::InProgress;
            ticket.first_response_at = Some(work.now);
        }
        let id = ticket.id;
        let names = work.masked_names(&self.attachments).await?;
        ticket.sensitive.add(&names);
        insert(work, ticket, revision, links, (id, &self.attachments)).await?;
        Ok(Changed {
            ticket: id,
            message: None,
        })
    }
}

impl CreateTicket {
    /// What of its texts was masked.
    fn sensitive(&self) -> ticket::Sensitive {
        let mut sensitive = ticket::Sensitive::default();
        sensitive.add(self.subject.found());
        sensitive.add(self.description.found());
        sensitive.add(self.tags.found());
        if let Some(environment) = &self.environment {
            sensitive.add(environment.found());
        }
        sensitive
    }

    fn links(&self, check: &mut Check) -> Vec<Link> {
        check.length(self.links.len(), &["links"]);
        self.links
            .iter()
            .map(|link| Link {
                kind: check.line(&link.kind, &["links", "kind"], 50),
                external_id: check.line(&link.external_id, &["links", "externalId"], MAX_WORD),
            })
            .collect()
    }

    async fn requester(&self, work: &Work) -> Result<entity::user::Model> {
        let id = match self.requester {
            Some(id) if id != work.actor.id => {
                permit(work.actor, Action::OpenOnBehalf)?;
                id
            }
            _ => work.actor.id,
        };
        let person = work.person_behind_gate(id).await?;
        person.ok_or_else(|| Error::not_found("person", &["requesterId"]))
    }
}

/// Writes a new ticket with its tags, subjects, links, attachments, timers and event.
async fn insert(
    work: &mut Work,
    ticket: ticket::Model,
    revision: i64,
    links: Vec<Link>,
    (meant, attachments): (TicketId, &[AttachmentId]),
) -> Result<()> {
    let id = ticket.id;
    work.insert(ticket, revision).await?;
    let place = Place {
        ticket: id,
        meant,
        message: None,
        internal: false,
    };
    work.attach(attachments, place).await?;
    let links: Vec<_> = (0_i32..)
        .zip(links)
        .map(|(position, link)| context_link::ActiveModel {
            ticket_id: Set(id),
            position: Set(position),
            kind: Set(link.kind),
            external_id: Set(link.external_id),
        })
        .collect();
    if !links.is_empty() {
        context_link::Entity::insert_many(links)
            .exec_without_returning(work.tx())
            .await?;
    }
    Ok(())
}

fn check_environment(
    check: &mut Check,
    environment: Option<&serde_json::Map<String, serde_json::Value>>,
) {
    for (name, value) in environment.into_iter().flatten() {
        if let Some(text) = value.as_str() {
            check.optional_text(Some(text), &["environment", name], 5_000);
        }
    }
}

/// The category with `code`, or the default one.
pub(super) async fn category_by_code(
    work: &Work,
    code: Option<&str>,
) -> Result<entity::CategoryId> {
    let code = code.unwrap_or(DEFAULT_CATEGORY);
    let unknown = || {
        Error::user(
            UserErrorCode::Invalid,
            &["category"],
            "There is no category with this code. Ask `categories` for the codes there are.",
        )
    };
    check_wanted(code, "category").map_err(|_| unknown())?;
    let id = work.desk().categories.id(work.tx(), code).await?;
    id.ok_or_else(unknown)
}

/// The ticket that a late reply to a closed one opens (requirement T3).
pub(super) async fn follow_up(
    work: &mut Work,
    closed: &ticket::Model,
    description: String,
    body: &Screened,
    attachments: &[AttachmentId],
) -> Result<TicketId> {
    let requester = work.person_behind_gate(closed.requester_id).await?;
    let (number, revision) = next_ticket_number(work.tx()).await?;
    // The subject is the old one, and so are category and subjects.
    let mut sensitive = closed.sensitive.clone();
    sensitive.add(body.found());
    sensitive.add(&work.masked_names(attachments).await?);
    let ticket = ticket::Model {
        requester_tier: requester.and_then(|person| person.tier),
        id: work.clock().new_id(),
        number,
        description,
        status: TicketStatus::Open,
        assignee_id: None,
        co_assignees: ticket::Ids::default(),
        tags: ticket::Tags::default(),
        resolution_notes: None,
        follow_up_of_id: Some(closed.id),
        version: 1,
        created_at: work.now,
        updated_at: work.now,
        first_response_at: None,
        resolved_at: None,
        closed_at: None,
        escalated: false,
        escalated_at: None,
        escalation_tier: None,
        escalation_target: None,
        assignee_away: false,
        sensitive,
        ..closed.clone()
    };
    let links = context_link::Entity::find()
        .filter(context_link::Column::TicketId.eq(closed.id))
        .order_by_asc(context_link::Column::Position)
        .all(work.tx())
        .await?;
    let links = links
        .into_iter()
        .map(|link| Link {
            kind: link.kind,
            external_id: link.external_id,
        })
        .collect();
    let id = ticket.id;
    insert(work, ticket, revision, links, (closed.id, attachments)).await?;
    Ok(id)
}
