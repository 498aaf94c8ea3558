//! Having what failed tried again.

use async_graphql::{
    Context, ID, InputObject, Object, Result, SimpleObject, dataloader::Loader as _,
};
use domain::telling;

use super::run::split;
use crate::{
    context::signed_in,
    error::OrGraphql,
    id::GlobalId,
    loader::DeliveryKey,
    object::{Delivery, UserError},
    prime_delivery::{WantedOfDeliveries, prime_deliveries},
};

#[derive(Default)]
pub(crate) struct DeliveryMutation;

/// Which deliveries to try again.
#[derive(InputObject)]
pub(crate) struct RetryDeliveriesInput {
    /// These, at least 1 and at most 100, in the state DEAD, SKIPPED or PENDING.
    ids: Vec<ID>,
    /// A repeated request with the same key and input is done once and answered alike.
    idempotency_key: Option<String>,
}

/// What `retryDeliveries` answers.
#[derive(SimpleObject)]
pub(crate) struct RetryDeliveriesPayload {
    /// The deliveries as they are now, in the order of the ids; null if something has to be mended.
    deliveries: Option<Vec<Delivery>>,
    /// What has to be mended; empty if it was done. `field` tells which of the ids is at fault.
    user_errors: Vec<UserError>,
}

#[Object]
impl DeliveryMutation {
    /// Has deliveries tried again, all of them or none. Those that failed for good or were skipped
    /// begin anew with no attempts; those that wait for their next attempt are tried at once. What
    /// goes to an endpoint that is switched off waits until it is switched on. Staff only.
    async fn retry_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: RetryDeliveriesInput,
    ) -> Result<RetryDeliveriesPayload> {
        let (asked, actor) = signed_in(ctx)?;
        let RetryDeliveriesInput {
            ids,
            idempotency_key,
        } = input;
        // None has the number 0.
        let number = |id: &ID| GlobalId::delivery(id).unwrap_or_default();
        let ids: Vec<_> = ids.iter().map(number).collect();
        let command = telling::RetryDeliveries {
            ids: ids.clone(),
            idempotency_key,
        };
        let (done, user_errors) = split(asked.desk.execute(actor, command).await)?;
        let deliveries = match done {
            Some(()) => {
                asked.forget();
                let keys: Vec<_> = ids.into_iter().map(DeliveryKey).collect();
                let found = asked.loaders.loader().load(&keys).await.or_graphql()?;
                let rows = keys.iter().filter_map(|key| found.get(key).cloned());
                let rows: Vec<_> = rows.collect();
                let wanted = WantedOfDeliveries::of_delivery(&ctx.look_ahead().field("deliveries"));
                prime_deliveries(asked, &rows, &wanted).await.or_graphql()?;
                Some(rows.into_iter().map(Delivery).collect())
            }
            None => None,
        };
        Ok(RetryDeliveriesPayload {
            deliveries,
            user_errors,
        })
    }
}
