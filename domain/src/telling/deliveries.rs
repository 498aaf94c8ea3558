//! What is to be sent and what became of it, as staff see it; and the endpoints.

use std::collections::HashMap;

use entity::{
    Channel, DeliveryState, EventKind, TicketId, WebhookId, delivery, event, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select, Value,
    sea_query::ArrayType,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::webhook::endpoints;
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
    query::count,
};

/// Which deliveries. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In one of these states; an empty list restricts nothing.
    pub states: Vec<DeliveryState>,
    /// By this way.
    pub channel: Option<Channel>,
    /// About this ticket.
    pub ticket: Option<TicketId>,
    /// To this endpoint.
    pub endpoint: Option<WebhookId>,
    /// Whether they may have arrived more than once.
    pub ambiguous: Option<bool>,
}

/// The sort key of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryKey(i64);

impl Key for DeliveryKey {
    const TAG: &'static str = "delivery";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&delivery::Model> for DeliveryKey {
    fn from(row: &delivery::Model) -> Self {
        Self(row.id)
    }
}

/// The sort key of endpoints: their ids grow with time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointKey(Uuid);

impl Key for EndpointKey {
    const TAG: &'static str = "endpoint";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&webhook_endpoint::Model> for EndpointKey {
    fn from(row: &webhook_endpoint::Model) -> Self {
        Self(row.id.0)
    }
}

fn list(filter: &DeliveryFilter) -> Select<delivery::Entity> {
    use delivery::Column;
    let DeliveryFilter {
        states,
        channel,
        ticket,
        endpoint,
        ambiguous,
    } = filter;
    let rows = delivery::Entity::find();
    let rows = match states[..] {
        [] => rows,
        // Said like this, an index gives them in their order.
        [state] => rows.filter(Column::State.eq(state)),
        _ => rows.filter(Column::State.is_in(states.iter().copied())),
    };
    rows.apply_if(*channel, |rows, channel| {
        rows.filter(Column::Channel.eq(channel))
    })
    .apply_if(*ticket, |rows, id| rows.filter(Column::TicketId.eq(id)))
    .apply_if(*endpoint, |rows, id| rows.filter(Column::EndpointId.eq(id)))
    .apply_if(*ambiguous, |rows, yes| {
        rows.filter(Column::Ambiguous.eq(yes))
    })
}

impl Desk {
    /// A page of the deliveries that pass `filter`, newest first.
    ///
    /// # Errors
    /// `Forbidden` for whom it is not, `BadInput` for bad page arguments, `Unavailable` when the
    /// database does not answer; so for everything below.
    pub async fn deliveries(
        &self,
        actor: Actor,
        filter: &DeliveryFilter,
        page: &PageArgs,
    ) -> Result<Page<delivery::Model>> {
        permit(actor, Action::ViewDeliveries)?;
        let window = page.window::<DeliveryKey>()?;
        let columns = [delivery::Column::Id];
        window
            .fetch(self.db.read(), list(filter), &columns, false)
            .await
    }

    /// How many deliveries pass `filter`.
    pub async fn deliveries_total(&self, actor: Actor, filter: &DeliveryFilter) -> Result<i64> {
        permit(actor, Action::ViewDeliveries)?;
        count(list(filter).count(self.db.read()).await?)
    }

    /// Deliveries by number, in no order.
    pub async fn deliveries_by_id(
        &self,
        actor: Actor,
        ids: &[i64],
    ) -> Result<Vec<delivery::Model>> {
        permit(actor, Action::ViewDeliveries)?;
        let ids = ids.iter().map(|&id| Value::from(id));
        let wanted = among(
            self.db.backend(),
            delivery::Column::Id,
            ArrayType::BigInt,
            ids,
        );
        let rows = delivery::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }

    /// The kinds of events by their numbers, for deliveries that tell of them.
    pub async fn event_kinds(
        &self,
        actor: Actor,
        numbers: &[i64],
    ) -> Result<HashMap<i64, EventKind>> {
        permit(actor, Action::ViewDeliveries)?;
        let numbers = numbers.iter().map(|&number| Value::from(number));
        let wanted = among(
            self.db.backend(),
            event::Column::Seq,
            ArrayType::BigInt,
            numbers,
        );
        let kinds: Vec<(i64, EventKind)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Seq, event::Column::Kind])
            .filter(wanted)
            .into_tuple()
            .all(self.db.read())
            .await?;
        Ok(kinds.into_iter().collect())
    }

    /// A page of the endpoints, oldest first.
    pub async fn webhook_endpoints(
        &self,
        actor: Actor,
        page: &PageArgs,
    ) -> Result<Page<webhook_endpoint::Model>> {
        permit(actor, Action::ManageWebhooks)?;
        let window = page.window::<EndpointKey>()?;
        let columns = [webhook_endpoint::Column::Id];
        window
            .fetch(self.db.read(), endpoints(), &columns, true)
            .await
    }

    /// How many endpoints there are.
    pub async fn webhook_endpoints_total(&self, actor: Actor) -> Result<i64> {
        permit(actor, Action::ManageWebhooks)?;
        count(endpoints().count(self.db.read()).await?)
    }

    /// Endpoints by id, deleted ones too, in no order.
    pub async fn webhook_endpoints_by_id(
        &self,
        actor: Actor,
        ids: &[WebhookId],
    ) -> Result<Vec<webhook_endpoint::Model>> {
        permit(actor, Action::ManageWebhooks)?;
        let ids = ids.iter().map(|id| Value::from(id.0));
        let wanted = among(
            self.db.backend(),
            webhook_endpoint::Column::Id,
            ArrayType::Uuid,
            ids,
        );
        let rows = webhook_endpoint::Entity::find().filter(wanted);
        Ok(rows.all(self.db.read()).await?)
    }

    /// The newest secret of an endpoint; `None` if it is not there any more.
    pub async fn webhook_secret(&self, actor: Actor, id: WebhookId) -> Result<Option<String>> {
        let rows = self.webhook_endpoints_by_id(actor, &[id]).await?;
        let secrets = rows.into_iter().flat_map(|row| row.secrets.0);
        Ok(secrets.map(|secret| secret.value).next())
    }
}
