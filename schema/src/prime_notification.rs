//! Look-ahead for notifications: see [`crate::prime`].

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Lookahead, dataloader::Loader as _};
use entity::notification;

use crate::{
    context::Asked,
    loader::{MessageKey, PersonKey, TicketKey},
    prime::{Wanted, nodes, prime},
};

/// What a selection asks of notifications.
#[derive(Debug, Default)]
pub(crate) struct WantedOfNotifications {
    ticket: bool,
    of_ticket: Wanted,
    actor: bool,
    message: bool,
    author: bool,
}

impl WantedOfNotifications {
    /// What the connection `list` asks of its notifications.
    pub(crate) fn of_connection(list: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        for node in nodes(list) {
            wanted.add(&node);
        }
        wanted
    }

    /// What `notification` asks.
    pub(crate) fn of_notification(notification: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        wanted.add(notification);
        wanted
    }

    fn add(&mut self, notification: &Lookahead<'_>) {
        let has = |name: &str| notification.field(name).exists();
        let text = has("text");
        self.ticket |= has("ticket") || text;
        self.of_ticket.add(&notification.field("ticket"));
        self.actor |= has("actor") || text;
        self.message |= has("message");
        self.author |= notification.field("message").field("author").exists();
    }
}

/// Fetches what `wanted` asks of `notifications` and feeds it to the loaders.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime_notifications(
    asked: &Asked,
    notifications: &[Arc<notification::Model>],
    wanted: &WantedOfNotifications,
) -> Result<(), Arc<domain::Error>> {
    if notifications.is_empty() {
        return Ok(());
    }
    let loaders = &asked.loaders;
    let loader = loaders.loader();
    let rows = notifications.iter();
    let tickets = async {
        if wanted.ticket {
            let keys: HashSet<_> = rows.clone().map(|row| TicketKey(row.ticket_id)).collect();
            let keys: Vec<_> = keys.into_iter().collect();
            let tickets = loader.load(&keys).await?;
            let found: Vec<_> = tickets.values().cloned().collect();
            loaders.feed_many(tickets).await;
            prime(asked, &found, &wanted.of_ticket).await?;
        }
        Ok::<_, Arc<domain::Error>>(())
    };
    let authors = async {
        let keys: HashSet<_> = rows.clone().filter_map(|row| row.message_id).collect();
        if !wanted.message || keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = keys.into_iter().map(MessageKey).collect();
        let messages = loader.load(&keys).await?;
        let authors = messages.values().filter_map(|message| message.author_id);
        let authors = authors.filter(|_| wanted.author).collect();
        loaders.feed_many(messages).await;
        Ok::<_, Arc<domain::Error>>(authors)
    };
    let ((), authors) = tokio::try_join!(tickets, authors)?;
    let actors = rows.filter_map(|row| row.actor_id.filter(|_| wanted.actor));
    let people: HashSet<_> = actors.chain(authors).collect();
    if !people.is_empty() {
        let keys: Vec<_> = people.into_iter().map(PersonKey).collect();
        loaders.feed_many(loader.load(&keys).await?).await;
    }
    Ok(())
}
