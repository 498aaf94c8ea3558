//! Look-ahead for deliveries: see [`crate::prime`].

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Lookahead, dataloader::Loader as _};
use domain::permission::{Action, permit};
use entity::delivery;

use crate::{
    context::Asked,
    loader::{EventKindKey, PersonKey, TicketKey, WebhookEndpointKey},
    prime::{Wanted, nodes, prime},
};

/// What a selection asks of deliveries.
#[derive(Debug, Default)]
pub(crate) struct WantedOfDeliveries {
    ticket: bool,
    of_ticket: Wanted,
    recipient: bool,
    event_type: bool,
    endpoint: bool,
}

impl WantedOfDeliveries {
    /// What the connection `list` asks of its deliveries.
    pub(crate) fn of_connection(list: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        for node in nodes(list) {
            wanted.add(&node);
        }
        wanted
    }

    /// What `delivery` asks.
    pub(crate) fn of_delivery(delivery: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        wanted.add(delivery);
        wanted
    }

    fn add(&mut self, delivery: &Lookahead<'_>) {
        let has = |name: &str| delivery.field(name).exists();
        self.ticket |= has("ticket");
        self.of_ticket.add(&delivery.field("ticket"));
        self.recipient |= has("recipient");
        self.event_type |= has("eventType");
        self.endpoint |= has("endpoint");
    }
}

/// Fetches what `wanted` asks of `deliveries` and feeds it to the loaders.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime_deliveries(
    asked: &Asked,
    deliveries: &[Arc<delivery::Model>],
    wanted: &WantedOfDeliveries,
) -> Result<(), Arc<domain::Error>> {
    let loaders = &asked.loaders;
    let rows = deliveries.iter();
    macro_rules! feed {
        ($wanted:expr, $key:ident, $id:expr) => {
            async {
                let ids = rows.clone().filter_map($id);
                let keys: HashSet<_> = ids.filter(|_| $wanted).map($key).collect();
                let keys: Vec<_> = keys.into_iter().collect();
                if keys.is_empty() {
                    return Ok(());
                }
                loaders.feed_many(loaders.loader().load(&keys).await?).await;
                Ok::<_, Arc<domain::Error>>(())
            }
        };
    }
    let may = |actor| permit(actor, Action::ManageWebhooks).is_ok();
    let endpoint = wanted.endpoint && asked.actor.is_some_and(may);
    let is_webhook = |row: &&Arc<delivery::Model>| row.channel == entity::Channel::Webhook;
    let tickets = async {
        let keys: HashSet<_> = rows.clone().filter_map(|row| row.ticket_id).collect();
        if wanted.ticket && !keys.is_empty() {
            let keys: Vec<_> = keys.into_iter().map(TicketKey).collect();
            let tickets = loaders.loader().load(&keys).await?;
            let found: Vec<_> = tickets.values().cloned().collect();
            loaders.feed_many(tickets).await;
            prime(asked, &found, &wanted.of_ticket).await?;
        }
        Ok(())
    };
    tokio::try_join!(
        tickets,
        feed!(wanted.recipient, PersonKey, |row| row.user_id),
        feed!(wanted.event_type, EventKindKey, |row| {
            row.event_seq.filter(|_| is_webhook(&row))
        }),
        feed!(endpoint, WebhookEndpointKey, |row| row.endpoint_id),
    )?;
    Ok(())
}
