//! Opening tickets.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::{
    Screened,
    command::{CreateTicket, Link},
};

use super::{
    run::{CreateTicketPayload, outcome},
    upload::uploads,
};
use crate::{
    context::signed_in,
    enums::{Priority, TicketSource},
    id::GlobalId,
    object::EnvironmentInput,
};

#[derive(Default)]
pub(crate) struct CreateMutation;

/// What a new ticket says.
#[derive(InputObject)]
pub(crate) struct CreateTicketInput {
    /// What it is about, in one line of at most 200 characters.
    subject: String,
    /// The problem, at most 20,000 characters.
    description: String,
    /// The category's code; `other` if it is left out.
    category: Option<String>,
    /// The codes of its subjects, at most 5, each once; the first is the primary one.
    subjects: Option<Vec<String>>,
    /// How urgent it is.
    #[graphql(default_with = "Some(Priority::Medium)")]
    priority: Option<Priority>,
    /// How it came in.
    #[graphql(default_with = "Some(TicketSource::App)")]
    source: Option<TicketSource>,
    /// Whose ticket it is, if staff open it on behalf of a customer. It is then assigned to who
    /// opened it.
    requester_id: Option<ID>,
    /// What of the host product it is about, at most 20.
    links: Option<Vec<ContextLinkInput>>,
    /// The customer's surroundings.
    environment: Option<EnvironmentInput>,
    /// Tags, at most 20 of at most 50 characters. Staff only.
    tags: Option<Vec<String>>,
    /// Completed uploads of yours, at most 20, in order.
    attachment_ids: Option<Vec<ID>>,
    /// A key of your choice, a UUID for example: a request that is repeated with the same key and
    /// the same input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// Something of the host product.
#[derive(InputObject)]
pub(crate) struct ContextLinkInput {
    /// Its kind in the host product's words (order, bid, merchant ...), at most 50 characters.
    kind: String,
    /// Its id over there, at most 200 characters.
    external_id: String,
}

#[Object]
impl CreateMutation {
    /// Opens a ticket: for yourself or, as staff, on behalf of a customer.
    async fn create_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the ticket says.")] input: CreateTicketInput,
    ) -> Result<CreateTicketPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let CreateTicketInput {
            subject,
            description,
            category,
            subjects,
            priority,
            source,
            requester_id,
            links,
            environment,
            tags,
            attachment_ids,
            idempotency_key,
        } = input;
        let nobody = uuid::Uuid::nil().into();
        let link = |ContextLinkInput { kind, external_id }| Link { kind, external_id };
        let environment = environment
            .map(serde_json::to_value)
            .and_then(|value| match value {
                Ok(serde_json::Value::Object(fields)) if !fields.is_empty() => Some(fields),
                _ => None,
            });
        let masking = asked.desk.masking();
        let command = CreateTicket {
            subject: asked.screen(&subject),
            description: asked.screen(&description),
            category,
            subjects: subjects.unwrap_or_default(),
            // A variable that is left out arrives as null.
            priority: priority.unwrap_or(Priority::Medium).into(),
            source: source.unwrap_or(TicketSource::App).into(),
            requester: requester_id.map(|id| GlobalId::user(&id).unwrap_or(nobody)),
            links: links.unwrap_or_default().into_iter().map(link).collect(),
            environment: environment.map(|fields| Screened::object(masking, fields)),
            tags: Screened::list(masking, &tags.unwrap_or_default()),
            attachments: uploads(attachment_ids),
            idempotency_key,
        };
        let result = asked.desk.execute(actor, command).await;
        Ok(outcome(ctx, result).await?.into())
    }
}
