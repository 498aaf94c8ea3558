//! Look-ahead for statistics: what has to be worked out, and who is named in it. See
//! [`crate::prime`].

use std::{collections::HashSet, hash::Hash, sync::Arc};

use async_graphql::{InputType, Lookahead, SelectionField, dataloader::Loader as _};
use domain::stats::{Duration, Durations, Entry, Wanted as Parts};
use entity::{TeamId, UserId};

use crate::{
    context::Asked,
    loader::{
        AbsenceKey, CategoryKey, Loader, MembersKey, PersonKey, SubjectKey, TeamKey, TicketKey,
    },
    object::{DEFAULT_GROUPS, GroupValue, MOST_ROWS, StatsGroup, StatsInterval, StatsTable},
    prime::{Wanted, nodes, prime},
};

/// What a selection asks of statistics.
#[derive(Debug, Default)]
pub(crate) struct WantedOfStats {
    /// What has to be worked out.
    pub(crate) parts: Parts,
    /// How many groups are named.
    groups: usize,
    members: bool,
    absences: bool,
}

impl WantedOfStats {
    /// What `stats` asks.
    pub(crate) fn of_stats(stats: &Lookahead<'_>) -> Self {
        let has = |name: &str| stats.field(name).exists();
        let (groups, series) = (stats.field("groups"), stats.field("series"));
        let figures = [
            stats.field("totals"),
            stats.field("previous").field("figures"),
            series.field("figures"),
            groups.field("figures"),
            groups.field("previous"),
        ];
        let any = |wanted: &dyn Fn(&Lookahead<'_>) -> bool| figures.iter().any(wanted);
        let mut wanted = Self {
            parts: Parts {
                of_totals: distributions(&[
                    stats.field("totals"),
                    stats.field("previous").field("figures"),
                ]),
                of_series: distributions(&[series.field("figures")]),
                of_groups: distributions(&[groups.field("figures"), groups.field("previous")]),
                backlog: any(&|figures| figures.field("backlog").exists()),
                previous: has("previous"),
                groups: groups.exists(),
                previous_groups: groups.field("previous").exists(),
                ages: has("backlogByAge"),
                peak_hours: has("peakHours"),
                spikes: has("spikes"),
                active: any(&|figures| figures.field("ticketsPer100ActiveUsers").exists()),
                ..Parts::default()
            },
            groups: 0,
            members: groups.field("team").field("members").exists(),
            absences: groups.field("agent").field("away").exists(),
        };
        for field in series.selection_fields() {
            wanted.add_series(argument(&field, "by"));
        }
        for field in groups.selection_fields() {
            let first = argument::<i32>(&field, "first").unwrap_or(DEFAULT_GROUPS);
            // One that is out of range is reported by the field itself.
            let first = usize::try_from(first).unwrap_or(0).min(MOST_ROWS);
            wanted.groups = wanted.groups.max(first);
        }
        for field in stats.field("csv").selection_fields() {
            wanted.add_table(argument(&field, "table"), argument(&field, "by"));
        }
        wanted.parts.most_groups = Some(wanted.groups.max(1));
        wanted
    }

    fn add_series(&mut self, by: Option<StatsInterval>) {
        if let Some(by) = by.map(Into::into)
            && !self.parts.series.contains(&by)
        {
            self.parts.series.push(by);
        }
    }

    fn add_table(&mut self, table: Option<StatsTable>, by: Option<StatsInterval>) {
        match table {
            // Tables of figures have all of them.
            Some(StatsTable::Totals) => self.parts.of_totals = Durations::ALL,
            Some(StatsTable::Series) => {
                self.parts.of_series = Durations::ALL;
                self.add_series(by);
            }
            Some(StatsTable::Groups) => {
                self.parts.of_groups = Durations::ALL;
                self.parts.groups = true;
                self.groups = MOST_ROWS;
            }
            Some(StatsTable::BacklogByAge) => {
                self.parts.ages = true;
                return;
            }
            Some(StatsTable::PeakHours) => {
                self.parts.peak_hours = true;
                return;
            }
            Some(StatsTable::Spikes) => {
                self.parts.spikes = true;
                return;
            }
            None => return,
        }
        self.parts.backlog = true;
        self.parts.active = true;
    }
}

/// The distributions that some figures are asked for. Whether a target is met is told by the median.
fn distributions(figures: &[Lookahead<'_>]) -> Durations {
    let mut wanted = Durations::default();
    for duration in Duration::ALL {
        let name = match duration {
            Duration::FirstResponse => "firstResponseTime",
            Duration::NextResponse => "nextResponseTime",
            Duration::FirstResolution => "firstResolutionTime",
            Duration::TotalResolution => "totalResolutionTime",
        };
        let of_it = |name_of_part: &str| {
            figures
                .iter()
                .any(|figures| figures.field(name).field(name_of_part).exists())
        };
        if ["medianSeconds", "p90Seconds", "target"]
            .into_iter()
            .any(of_it)
        {
            wanted.set(duration);
        }
    }
    wanted
}

/// An argument of a field; arguments that are wrong are reported by the field itself.
fn argument<T: InputType>(field: &SelectionField<'_>, name: &str) -> Option<T> {
    let arguments = field.arguments().ok()?;
    let (_, value) = arguments.into_iter().find(|(known, _)| known == name)?;
    T::parse(Some(value)).ok()
}

/// Fetches what the first groups that `wanted` asks for are named after.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime_groups(
    asked: &Asked,
    groups: &[StatsGroup],
    wanted: &WantedOfStats,
) -> Result<(), Arc<domain::Error>> {
    let (mut categories, mut teams) = (HashSet::new(), HashSet::<TeamId>::new());
    let (mut agents, mut subjects) = (HashSet::<UserId>::new(), HashSet::new());
    for group in groups.iter().take(wanted.groups) {
        match group.value {
            GroupValue::Category(id) => {
                categories.insert(CategoryKey(id));
            }
            GroupValue::Subject(id) => {
                subjects.insert(SubjectKey(id));
            }
            GroupValue::Team(id) => {
                teams.insert(id);
            }
            GroupValue::Agent(id) => {
                agents.insert(id);
            }
            GroupValue::None
            | GroupValue::Priority(_)
            | GroupValue::Source(_)
            | GroupValue::Merchant(_) => {}
        }
    }
    if wanted.members && !teams.is_empty() {
        let keys: Vec<_> = teams.iter().copied().map(MembersKey).collect();
        let members = asked.loaders.loader().load(&keys).await?;
        agents.extend(members.values().flatten());
        asked.loaders.feed_many(members).await;
    }
    if wanted.absences {
        feed(asked, agents.iter().copied().map(AbsenceKey)).await?;
    }
    feed(asked, categories).await?;
    feed(asked, subjects).await?;
    feed(asked, teams.into_iter().map(TeamKey)).await?;
    feed(asked, agents.into_iter().map(PersonKey)).await
}

/// What a selection asks of entries.
#[derive(Debug, Default)]
pub(crate) struct WantedOfEntries {
    ticket: bool,
    of_ticket: Wanted,
    agent: bool,
    absences: bool,
}

impl WantedOfEntries {
    /// What the connection `list` asks of its entries.
    pub(crate) fn of_connection(list: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        for node in nodes(list) {
            wanted.ticket |= node.field("ticket").exists();
            wanted.of_ticket.add(&node.field("ticket"));
            wanted.agent |= node.field("agent").exists();
            wanted.absences |= node.field("agent").field("away").exists();
        }
        wanted
    }
}

/// Fetches what `wanted` asks of `entries` and feeds it to the loaders.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime_entries(
    asked: &Asked,
    entries: &[Entry],
    wanted: &WantedOfEntries,
) -> Result<(), Arc<domain::Error>> {
    let tickets: HashSet<_> = entries.iter().map(|entry| entry.ticket).collect();
    if wanted.ticket && !tickets.is_empty() {
        let keys: Vec<_> = tickets.into_iter().map(TicketKey).collect();
        let tickets = asked.loaders.loader().load(&keys).await?;
        let found: Vec<_> = tickets.values().cloned().collect();
        asked.loaders.feed_many(tickets).await;
        prime(asked, &found, &wanted.of_ticket).await?;
    }
    let agents: HashSet<UserId> = entries.iter().filter_map(|entry| entry.agent).collect();
    if wanted.absences {
        feed(asked, agents.iter().copied().map(AbsenceKey)).await?;
    }
    if wanted.agent {
        feed(asked, agents.into_iter().map(PersonKey)).await?;
    }
    Ok(())
}

/// Fetches what `keys` name, if there are any, and feeds it to the loaders.
async fn feed<K>(asked: &Asked, keys: impl IntoIterator<Item = K>) -> Result<(), Arc<domain::Error>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Loader: async_graphql::dataloader::Loader<K, Error = Arc<domain::Error>>,
{
    let keys: Vec<K> = keys.into_iter().collect();
    if !keys.is_empty() {
        let found = asked.loaders.loader().load(&keys).await?;
        asked.loaders.feed_many(found).await;
    }
    Ok(())
}
