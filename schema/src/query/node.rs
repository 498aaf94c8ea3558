//! Relay's object identification.

use async_graphql::{Context, ID, Object, Result};
use domain::{
    Actor,
    permission::{Action, permit},
};
use std::sync::Arc;

use crate::{
    context::{Asked, signed_in},
    error::{OrGraphql, to_graphql},
    id::GlobalId,
    loader::{
        AttachmentKey, CalendarKey, CategoryKey, DeliveryKey, MessageKey, NotificationKey,
        PersonKey, ReviewSampleKey, SlaPolicyKey, SubjectKey, TeamKey, TicketKey,
        WebhookEndpointKey,
    },
    object::{
        Attachment, Calendar, Category, Delivery, Message, Node, Notification, ReviewSample,
        SlaPolicy, Subject, Team, Ticket, User, WebhookEndpoint,
    },
    prime::{Wanted, prime},
    prime_delivery::{WantedOfDeliveries, prime_deliveries},
    prime_notification::{WantedOfNotifications, prime_notifications},
    prime_review::{WantedOfSamples, prime_samples},
};

/// How many ids one request can name.
const MAX_NODES: usize = 100;

#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Something by its global id; null if it is not there for you.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id.")] id: ID,
    ) -> Result<Option<Node>> {
        let (asked, actor) = signed_in(ctx)?;
        let found = load(asked, actor, &[GlobalId::decode(&id)], ctx).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// Several things by their global ids, in the order of the ids; null for what is not there for
    /// you. At most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let (asked, actor) = signed_in(ctx)?;
        if ids.len() > MAX_NODES {
            let message = format!(
                "`ids` has {} entries, at most {MAX_NODES} are possible.",
                ids.len()
            );
            return Err(to_graphql(&domain::Error::BadInput(message)));
        }
        let ids: Vec<_> = ids.iter().map(GlobalId::decode).collect();
        load(asked, actor, &ids, ctx).await
    }
}

async fn load(
    asked: &Asked,
    actor: Actor,
    ids: &[Option<GlobalId>],
    ctx: &Context<'_>,
) -> Result<Vec<Option<Node>>> {
    let wanted = Wanted::of_ticket(&ctx.look_ahead());
    let loaders = &asked.loaders;
    macro_rules! keys {
        ($kind:ident, $key:ident) => {
            ids.iter().flatten().filter_map(|id| match id {
                GlobalId::$kind(id) => Some($key(*id)),
                _ => None,
            })
        };
    }
    let tickets = loaders
        .load_many(keys!(Ticket, TicketKey))
        .await
        .or_graphql()?;
    let messages = loaders
        .load_many(keys!(Message, MessageKey))
        .await
        .or_graphql()?;
    let attachments = keys!(Attachment, AttachmentKey);
    let attachments = loaders.load_many(attachments).await.or_graphql()?;
    let categories = loaders
        .load_many(keys!(Category, CategoryKey))
        .await
        .or_graphql()?;
    let subjects = keys!(Subject, SubjectKey);
    let subjects = loaders.load_many(subjects).await.or_graphql()?;
    // People and teams can be looked up by staff; anybody can look up themselves.
    let staff = actor.is_staff();
    let people = keys!(User, PersonKey).filter(|key| staff || key.0 == actor.id);
    let people = loaders.load_many(people).await.or_graphql()?;
    let teams = keys!(Team, TeamKey).filter(|_| staff);
    let teams = loaders.load_many(teams).await.or_graphql()?;
    let calendars = keys!(Calendar, CalendarKey).filter(|_| staff);
    let calendars = loaders.load_many(calendars).await.or_graphql()?;
    let policies = keys!(SlaPolicy, SlaPolicyKey).filter(|_| staff);
    let policies = loaders.load_many(policies).await.or_graphql()?;
    let notifications = keys!(Notification, NotificationKey);
    let notifications = loaders.load_many(notifications).await.or_graphql()?;
    let deliveries = keys!(Delivery, DeliveryKey).filter(|_| staff);
    let deliveries = loaders.load_many(deliveries).await.or_graphql()?;
    let may = permit(actor, Action::ManageWebhooks).is_ok();
    let endpoints = keys!(WebhookEndpoint, WebhookEndpointKey).filter(|_| may);
    let endpoints = loaders.load_many(endpoints).await.or_graphql()?;
    let may = permit(actor, Action::ManageReviews).is_ok();
    let samples = keys!(ReviewSample, ReviewSampleKey).filter(|_| may);
    let samples = loaders.load_many(samples).await.or_graphql()?;
    let rows: Vec<_> = tickets.values().cloned().collect();
    prime(asked, &rows, &wanted).await.or_graphql()?;
    let rows: Vec<_> = notifications.values().cloned().collect();
    let wanted = WantedOfNotifications::of_notification(&ctx.look_ahead());
    let primed = prime_notifications(asked, &rows, &wanted).await;
    primed.or_graphql()?;
    let rows: Vec<_> = deliveries.values().cloned().collect();
    let wanted = WantedOfDeliveries::of_delivery(&ctx.look_ahead());
    prime_deliveries(asked, &rows, &wanted).await.or_graphql()?;
    let rows: Vec<_> = samples.values().cloned().collect();
    let wanted = WantedOfSamples::of_sample(&ctx.look_ahead());
    prime_samples(asked, &rows, &wanted).await.or_graphql()?;
    let node = |id: &Option<GlobalId>| {
        Some(match (*id)? {
            GlobalId::Ticket(id) => Node::Ticket(Ticket(Arc::clone(tickets.get(&TicketKey(id))?))),
            GlobalId::User(id) => Node::User(User(Arc::clone(people.get(&PersonKey(id))?))),
            GlobalId::Message(id) => {
                Node::Message(Message((**messages.get(&MessageKey(id))?).clone()))
            }
            GlobalId::Attachment(id) => {
                Node::Attachment(Attachment(Arc::clone(attachments.get(&AttachmentKey(id))?)))
            }
            // It becomes an attachment; before that only its announcer knows of it.
            GlobalId::Upload(_) => return None,
            GlobalId::Category(id) => {
                Node::Category(Category(Arc::clone(categories.get(&CategoryKey(id))?)))
            }
            GlobalId::Subject(id) => {
                Node::Subject(Subject(Arc::clone(subjects.get(&SubjectKey(id))?)))
            }
            GlobalId::Team(id) => Node::Team(Team(Arc::clone(teams.get(&TeamKey(id))?))),
            GlobalId::Calendar(id) => {
                Node::Calendar(Calendar(Arc::clone(calendars.get(&CalendarKey(id))?)))
            }
            GlobalId::SlaPolicy(id) => {
                Node::SlaPolicy(SlaPolicy(Arc::clone(policies.get(&SlaPolicyKey(id))?)))
            }
            GlobalId::Notification(id) => {
                let row = notifications.get(&NotificationKey(id))?;
                Node::Notification(Notification(Arc::clone(row)))
            }
            GlobalId::Delivery(id) => {
                Node::Delivery(Delivery(Arc::clone(deliveries.get(&DeliveryKey(id))?)))
            }
            GlobalId::WebhookEndpoint(id) => {
                let row = endpoints.get(&WebhookEndpointKey(id))?;
                Node::WebhookEndpoint(WebhookEndpoint(Arc::clone(row)))
            }
            GlobalId::ReviewSample(id) => {
                let row = samples.get(&ReviewSampleKey(id))?;
                Node::ReviewSample(ReviewSample(Arc::clone(row)))
            }
        })
    };
    Ok(ids.iter().map(node).collect())
}
