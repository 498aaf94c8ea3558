//! Samples for quality review, how far they are, and the reviews of their tickets.

use std::{collections::HashMap, sync::Arc};

use domain::review::SampleWork;
use entity::{ReviewSampleId, TicketId, review, review_sample};

use super::Loader;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReviewSampleKey(pub(crate) ReviewSampleId);

impl async_graphql::dataloader::Loader<ReviewSampleKey> for Loader {
    type Value = Arc<review_sample::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[ReviewSampleKey],
    ) -> Result<HashMap<ReviewSampleKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.review_samples_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ReviewSampleKey(row.id), Arc::new(row)))
            .collect())
    }
}

/// The tickets and scores of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SampleWorkKey(pub(crate) ReviewSampleId);

impl async_graphql::dataloader::Loader<SampleWorkKey> for Loader {
    type Value = Arc<SampleWork>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[SampleWorkKey],
    ) -> Result<HashMap<SampleWorkKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = self.desk.sample_work(self.actor()?, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, work)| (SampleWorkKey(id), Arc::new(work)))
            .collect())
    }
}

/// The reviews of a ticket of a sample, as far as the asker may see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReviewsKey {
    pub(crate) sample: ReviewSampleId,
    pub(crate) ticket: TicketId,
}

impl async_graphql::dataloader::Loader<ReviewsKey> for Loader {
    type Value = Arc<Vec<review::Model>>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[ReviewsKey],
    ) -> Result<HashMap<ReviewsKey, Self::Value>, Self::Error> {
        let of: Vec<_> = keys.iter().map(|key| (key.sample, key.ticket)).collect();
        let mut reviews: HashMap<_, Vec<_>> = keys.iter().map(|&key| (key, Vec::new())).collect();
        for row in self.desk.reviews(self.actor()?, &of).await? {
            let (sample, ticket) = (row.sample_id, row.ticket_id);
            let key = ReviewsKey { sample, ticket };
            reviews.entry(key).or_default().push(row);
        }
        Ok(reviews
            .into_iter()
            .map(|(key, rows)| (key, Arc::new(rows)))
            .collect())
    }
}
