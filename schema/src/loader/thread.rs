//! Pages of threads, how long threads are, and single messages.

use std::{collections::HashMap, sync::Arc};

use domain::{page::Page, query::ThreadPage};
use entity::{MessageId, TicketId, message};

use super::Loader;

/// A page of one ticket's thread. Keys with the same page are loaded together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ThreadKey {
    pub(crate) ticket: TicketId,
    pub(crate) page: Arc<ThreadPage>,
}

impl async_graphql::dataloader::Loader<ThreadKey> for Loader {
    type Value = Arc<Page<message::Model>>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[ThreadKey],
    ) -> Result<HashMap<ThreadKey, Self::Value>, Self::Error> {
        let mut by_page: HashMap<&Arc<ThreadPage>, Vec<TicketId>> = HashMap::new();
        for key in keys {
            by_page.entry(&key.page).or_default().push(key.ticket);
        }
        let mut pages = HashMap::new();
        for (page, tickets) in by_page {
            let threads = self.desk.threads(self.actor()?, &tickets, page).await?;
            pages.extend(threads.into_iter().map(|(ticket, thread)| {
                (
                    ThreadKey {
                        ticket,
                        page: Arc::clone(page),
                    },
                    Arc::new(thread),
                )
            }));
        }
        Ok(pages)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ThreadTotalKey(pub(crate) TicketId);

impl async_graphql::dataloader::Loader<ThreadTotalKey> for Loader {
    type Value = i64;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[ThreadTotalKey],
    ) -> Result<HashMap<ThreadTotalKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let totals = self.desk.thread_totals(self.actor()?, &ids).await?;
        Ok(totals
            .into_iter()
            .map(|(id, total)| (ThreadTotalKey(id), total))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MessageKey(pub(crate) MessageId);

impl async_graphql::dataloader::Loader<MessageKey> for Loader {
    type Value = Arc<message::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[MessageKey],
    ) -> Result<HashMap<MessageKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.messages(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (MessageKey(row.id), Arc::new(row)))
            .collect())
    }
}
