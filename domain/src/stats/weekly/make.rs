//! Working out a report.

use std::{cmp::Reverse, collections::HashMap};

use entity::{CategoryId, TeamId, Timestamp, UserId, category, team, user};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    WeeklyReports,
    figure::WeeklyFigure,
    report::{
        WEEKLY_FORMAT, WeeklyAge, WeeklyDay, WeeklyGroup, WeeklyPeakHour, WeeklyReport,
        WeeklySpike, WeeklySpikeKind,
    },
    week::Week,
};
use crate::{
    Result,
    stats::{
        answer::{Answer, Group, PeakHour, SeriesEntry},
        ask::answer,
        dimension::Dimension,
        fact::Mark,
        figures::Figures,
        filter::StatsFilter,
        question::{Interval, StatsQuestion, Wanted},
        tally::{Duration, Durations},
        unusual::Unusual,
        zone::{Zone, quarter_of},
    },
};

/// How many groups of each kind a report has.
const MOST_GROUPS: usize = 5;

impl WeeklyReports {
    /// The report of `week`, as it is at `now`. `None` if not all that happened in the week is in the
    /// statistics yet.
    pub(super) async fn work_out(
        &self,
        week: &Week,
        zone: &Zone,
        now: Timestamp,
    ) -> Result<Option<WeeklyReport>> {
        let tx = self.db.begin_reading().await?;
        let ask = async |group_by, wanted| {
            let question = StatsQuestion {
                from: week.from,
                to: week.to,
                zone: None,
                filter: StatsFilter::default(),
                group_by: Some(group_by),
                wanted,
            };
            let everything = StatsFilter::default();
            Box::pin(answer(&tx, &question, everything, Some(zone.clone()), now)).await
        };
        let mut first_response = Durations::default();
        first_response.set(Duration::FirstResponse);
        let groups = Wanted {
            of_groups: first_response,
            groups: true,
            previous_groups: true,
            ..Wanted::default()
        };
        let all = Wanted {
            of_totals: Durations::ALL,
            backlog: true,
            previous: true,
            series: vec![Interval::Day],
            ages: true,
            peak_hours: true,
            spikes: true,
            active: true,
            ..groups.clone()
        };
        let whole = ask(Dimension::Category, all).await?;
        let teams = ask(Dimension::Team, groups.clone()).await?;
        let agents = ask(Dimension::Agent, groups).await?;
        if whole.as_of < week.to {
            return Ok(None);
        }
        let report = WeeklyReport {
            format: WEEKLY_FORMAT,
            week: week.name.clone(),
            from: week.from,
            to: week.to,
            time_zone: zone.name().to_owned(),
            created_at: now,
            figures: figures(&whole),
            days: days(&whole, zone),
            categories: largest(&tx, &whole.groups, Dimension::Category).await?,
            teams: largest(&tx, &teams.groups, Dimension::Team).await?,
            agents: largest(&tx, &agents.groups, Dimension::Agent).await?,
            peak_hour: peak_hour(&whole.peak_hours),
            backlog_by_age: ages(&whole),
            spikes: spikes(&tx, &whole).await?,
        };
        // It wrote nothing: there is nothing to commit.
        tx.rollback().await?;
        Ok(Some(report))
    }
}

fn figures(answer: &Answer) -> Vec<WeeklyFigure> {
    let before = answer.previous.as_ref().map(|entry| &entry.figures);
    WeeklyFigure::all(&answer.totals, before, &answer.targets)
}

fn days(answer: &Answer, zone: &Zone) -> Vec<WeeklyDay> {
    let day = |entry: &SeriesEntry| WeeklyDay {
        day: zone
            .day_of(quarter_of(entry.from.timestamp_micros()))
            .to_string(),
        created: entry.figures.count(Mark::Created),
        resolved: entry.figures.count(Mark::Resolved),
    };
    let series = answer.series.iter().flat_map(|series| &series.entries);
    series.map(day).collect()
}

fn ages(answer: &Answer) -> Vec<WeeklyAge> {
    let ages = answer.ages.iter().map(|age| WeeklyAge {
        from_seconds: age.from_seconds,
        to_seconds: age.to_seconds,
        tickets: age.tickets,
    });
    ages.collect()
}

/// The first of the hours in which the most tickets were opened.
fn peak_hour(hours: &[PeakHour]) -> Option<WeeklyPeakHour> {
    let some = hours.iter().filter(|hour| hour.created > 0);
    let peak = some.min_by_key(|hour| (Reverse(hour.created), hour.weekday, hour.hour))?;
    Some(WeeklyPeakHour {
        weekday: peak.weekday,
        hour: peak.hour,
        created: peak.created,
    })
}

/// The groups with the most to tell, by name: agents by what they resolved, since tickets are opened
/// before they are assigned, and all others by what was opened. What belongs to none is left out.
async fn largest(
    db: &impl ConnectionTrait,
    groups: &[Group],
    dimension: Dimension,
) -> Result<Vec<WeeklyGroup>> {
    let some = |group: &&Group| {
        let figures = &group.figures;
        let happened = figures.count(Mark::Created) + figures.count(Mark::Resolved);
        !group.key.is_empty() && happened > 0
    };
    let mut largest: Vec<&Group> = groups.iter().filter(some).collect();
    largest.sort_by_key(|group| {
        let count = |mark| Reverse(group.figures.count(mark));
        let (created, resolved) = (count(Mark::Created), count(Mark::Resolved));
        let order = if dimension == Dimension::Agent {
            (resolved, created)
        } else {
            (created, resolved)
        };
        (order, group.key.clone())
    });
    largest.truncate(MOST_GROUPS);
    let ids: Vec<Uuid> = largest
        .iter()
        .filter_map(|group| group.key.parse().ok())
        .collect();
    let names = names(db, dimension, &ids).await?;
    let named = largest.into_iter().map(|group| {
        let name = group.key.parse().ok().and_then(|id| names.get(&id));
        weekly(group, name.unwrap_or(&group.key))
    });
    Ok(named.collect())
}

fn weekly(group: &Group, name: &str) -> WeeklyGroup {
    let before = |mark| {
        let previous = group.previous.as_ref();
        previous.map_or(0, |figures: &Figures| figures.count(mark))
    };
    WeeklyGroup {
        name: name.to_owned(),
        created: group.figures.count(Mark::Created),
        created_before: before(Mark::Created),
        resolved: group.figures.count(Mark::Resolved),
        resolved_before: before(Mark::Resolved),
        first_response_median_seconds: group.figures.duration(Duration::FirstResponse).median,
        compliance: group.figures.compliance(None),
    }
}

/// What differs from its own past, by name.
async fn spikes(db: &impl ConnectionTrait, answer: &Answer) -> Result<Vec<WeeklySpike>> {
    let keys = answer.unusual.iter().map(|unusual| &unusual.spike.key);
    let ids: Vec<Uuid> = keys.filter_map(|key| key.parse().ok()).collect();
    let names = names(db, Dimension::Category, &ids).await?;
    let spike = |unusual: &Unusual| {
        let spike = &unusual.spike;
        let category = spike.key.parse().ok().and_then(|id| names.get(&id));
        let is_category = unusual.dimension == Dimension::Category;
        let (kind, name) = match category.filter(|_| is_category) {
            Some(name) => (WeeklySpikeKind::Category, name),
            None if is_category => (WeeklySpikeKind::Category, &spike.key),
            None => (WeeklySpikeKind::Merchant, &spike.key),
        };
        WeeklySpike {
            kind,
            name: name.clone(),
            now: i64::try_from(spike.now).unwrap_or(i64::MAX),
            expected: spike.expected,
            ratio: spike.ratio,
        }
    };
    Ok(answer.unusual.iter().map(spike).collect())
}

/// What the values of a dimension are called now.
async fn names(
    db: &impl ConnectionTrait,
    dimension: Dimension,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>> {
    let ids = ids.iter().copied();
    Ok(match dimension {
        Dimension::Category => {
            let wanted = category::Column::Id.is_in(ids.map(CategoryId));
            let rows = category::Entity::find().filter(wanted).all(db).await?;
            rows.into_iter().map(|row| (row.id.0, row.name)).collect()
        }
        Dimension::Team => {
            let wanted = team::Column::Id.is_in(ids.map(TeamId));
            let rows = team::Entity::find().filter(wanted).all(db).await?;
            rows.into_iter().map(|row| (row.id.0, row.name)).collect()
        }
        Dimension::Agent => {
            let wanted = user::Column::Id.is_in(ids.map(UserId));
            let rows = user::Entity::find().filter(wanted).all(db).await?;
            rows.into_iter().map(|row| (row.id.0, row.name)).collect()
        }
        Dimension::All
        | Dimension::Subject
        | Dimension::Priority
        | Dimension::Source
        | Dimension::Merchant => HashMap::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_busiest_hours_is_the_peak() {
        let hour = |weekday, hour, created| PeakHour {
            weekday,
            hour,
            created,
            days: 1,
        };
        let hours = [
            hour(0, 9, 2),
            hour(1, 8, 5),
            hour(1, 7, 5),
            hour(6, 0, 5),
            hour(6, 1, 0),
        ];
        let peak = peak_hour(&hours).unwrap();
        assert_eq!((peak.weekday, peak.hour, peak.created), (1, 7, 5));
        assert_eq!(peak_hour(&[hour(0, 0, 0)]), None);
    }
}
