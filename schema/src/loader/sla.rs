//! Timers, policies, calendars, and who is away.

use std::{collections::HashMap, sync::Arc};

use entity::{CalendarId, SlaPolicyId, TicketId, UserId, absence, calendar, sla_policy, timer};

use super::Loader;

/// The timers of a ticket: the last cycle of each kind, or all cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TimersKey {
    pub(crate) ticket: TicketId,
    pub(crate) latest: bool,
}

impl async_graphql::dataloader::Loader<TimersKey> for Loader {
    type Value = Arc<Vec<timer::Model>>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[TimersKey],
    ) -> Result<HashMap<TimersKey, Self::Value>, Self::Error> {
        let mut timers: HashMap<_, Vec<_>> = keys.iter().map(|&key| (key, Vec::new())).collect();
        for latest in [true, false] {
            let ids = keys.iter().filter(|key| key.latest == latest);
            let ids: Vec<_> = ids.map(|key| key.ticket).collect();
            if ids.is_empty() {
                continue;
            }
            for row in self.desk.timers(self.actor()?, &ids, latest).await? {
                let ticket = row.ticket_id;
                timers
                    .entry(TimersKey { ticket, latest })
                    .or_default()
                    .push(row);
            }
        }
        Ok(timers
            .into_iter()
            .map(|(key, rows)| (key, Arc::new(rows)))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SlaPolicyKey(pub(crate) SlaPolicyId);

impl async_graphql::dataloader::Loader<SlaPolicyKey> for Loader {
    type Value = Arc<sla_policy::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[SlaPolicyKey],
    ) -> Result<HashMap<SlaPolicyKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.sla_policies_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (SlaPolicyKey(row.id), Arc::new(row)))
            .collect())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CalendarKey(pub(crate) CalendarId);

impl async_graphql::dataloader::Loader<CalendarKey> for Loader {
    type Value = Arc<calendar::Model>;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[CalendarKey],
    ) -> Result<HashMap<CalendarKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.calendars_by_id(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (CalendarKey(row.id), Arc::new(row)))
            .collect())
    }
}

/// When somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AbsenceKey(pub(crate) UserId);

impl async_graphql::dataloader::Loader<AbsenceKey> for Loader {
    type Value = absence::Model;
    type Error = Arc<domain::Error>;

    async fn load(
        &self,
        keys: &[AbsenceKey],
    ) -> Result<HashMap<AbsenceKey, Self::Value>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = self.desk.absences(self.actor()?, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (AbsenceKey(row.user_id), row))
            .collect())
    }
}
