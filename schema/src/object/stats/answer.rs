//! What the statistics answer.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error,
    stats::{AgeGroup, Answer, Dimension, Interval, PeakHour},
};

use super::{
    enums::{StatsInterval, StatsTable},
    figures::{StatsFigures, StatsPeriod},
    group::StatsGroup,
    sheet,
    spike::StatsSpike,
};
use crate::{
    context::signed_in,
    enums::Weekday,
    error::{OrGraphql, to_graphql},
    object::seconds,
};

/// How many groups there are if nobody says how many.
pub(crate) const DEFAULT_GROUPS: i32 = 50;
/// The most groups that can be asked for.
const MOST_GROUPS: usize = 200;

/// What the statistics answer, at one moment.
#[derive(Debug)]
pub(crate) struct Stats {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    time_zone: String,
    as_of: DateTime<Utc>,
    pub(super) totals: StatsPeriod,
    previous: Option<StatsPeriod>,
    series: Vec<(Interval, Vec<StatsPeriod>)>,
    pub(crate) groups: Vec<StatsGroup>,
    pub(super) ages: Vec<StatsAge>,
    pub(super) peak_hours: Vec<StatsPeakHour>,
    pub(crate) spikes: Vec<StatsSpike>,
}

/// Tickets in work of some age.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct StatsAge {
    /// They were opened at least so many seconds ago.
    pub(super) from_seconds: i32,
    /// They were opened less than so many seconds ago; null for the oldest.
    pub(super) to_seconds: Option<i32>,
    /// How many there are.
    pub(super) tickets: i64,
}

/// Tickets opened in an hour of a weekday.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct StatsPeakHour {
    /// The weekday in the time zone.
    pub(super) weekday: Weekday,
    /// The hour on the wall, 0 to 23: 14 is from 14:00 to 15:00.
    pub(super) hour: i32,
    /// How many tickets were opened in it, on all days of this weekday together.
    pub(super) created: i64,
    /// `created`, divided by the number of days of this weekday that the time touches; 0 if it
    /// touches none.
    pub(super) per_week: f64,
}

impl Stats {
    /// The answer to a question by `dimension`.
    pub(crate) fn of(answer: Answer, dimension: Option<Dimension>) -> Self {
        let Answer {
            from,
            to,
            time_zone,
            as_of,
            targets,
            totals,
            previous,
            series,
            groups,
            ages,
            peak_hours,
            unusual,
        } = answer;
        let period = |entry| StatsPeriod::of(entry, targets);
        let series = series.into_iter().map(|series| {
            let entries = series.entries.into_iter().map(period).collect();
            (series.interval, entries)
        });
        let dimension = dimension.unwrap_or(Dimension::All);
        let group = |group| StatsGroup::of(group, dimension, targets);
        let figures = StatsFigures {
            figures: totals,
            targets,
        };
        Self {
            from,
            to,
            time_zone,
            as_of,
            totals: StatsPeriod { from, to, figures },
            previous: previous.map(period),
            series: series.collect(),
            groups: groups.into_iter().map(group).collect(),
            ages: ages.into_iter().map(StatsAge::of).collect(),
            peak_hours: peak_hours
                .into_iter()
                .filter_map(StatsPeakHour::of)
                .collect(),
            spikes: unusual.into_iter().filter_map(StatsSpike::of).collect(),
        }
    }

    /// The series of an interval, which look-ahead has found.
    pub(super) fn stretches(&self, interval: Interval) -> Result<&[StatsPeriod]> {
        let found = self.series.iter().find(|(known, _)| *known == interval);
        let found = found.ok_or_else(|| {
            let message = "a series was not looked ahead at";
            to_graphql(&Error::internal(message))
        })?;
        Ok(&found.1)
    }
}

impl StatsAge {
    fn of(group: AgeGroup) -> Self {
        let AgeGroup {
            from_seconds,
            to_seconds,
            tickets,
        } = group;
        Self {
            from_seconds: seconds(from_seconds),
            to_seconds: to_seconds.map(seconds),
            tickets,
        }
    }
}

impl StatsPeakHour {
    fn of(peak: PeakHour) -> Option<Self> {
        let PeakHour {
            weekday,
            hour,
            created,
            days,
        } = peak;
        #[expect(clippy::cast_precision_loss, reason = "numbers of far less than 2^52")]
        let per_week = created as f64 / days.max(1) as f64;
        Some(Self {
            weekday: *Weekday::ALL.get(usize::try_from(weekday).ok()?)?,
            hour: hour.into(),
            created,
            per_week,
        })
    }
}

/// What happened on tickets in some time, at one moment of the desk: all parts of it agree with each
/// other. What is not selected is not worked out.
#[Object]
impl Stats {
    /// What happened at this time or later is counted.
    async fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// What happened before this time is counted.
    async fn to(&self) -> DateTime<Utc> {
        self.to
    }

    /// The time zone in which days, weeks, months and hours begin.
    async fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// Everything that happened before this time is in the figures.
    async fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    /// The figures of the whole time.
    async fn totals(&self) -> &StatsFigures {
        &self.totals.figures
    }

    /// The same time before: as many local days if it begins and ends at local midnights, else as
    /// many seconds.
    async fn previous(&self) -> Option<&StatsPeriod> {
        self.previous.as_ref()
    }

    /// The time in stretches one after the other, at most 1,500, those without any tickets too.
    async fn series(
        &self,
        #[graphql(desc = "How long they are.")] by: StatsInterval,
    ) -> Result<&[StatsPeriod]> {
        self.stretches(by.into())
    }

    /// The time by the values of `groupBy`, those with the most tickets opened first; empty without
    /// `groupBy`. A value is there if something happened to its tickets in the time, in the time
    /// before if `previous` is selected, or if some are in work if `backlog` is.
    async fn groups(
        &self,
        #[graphql(desc = "How many, 1 to 200.", default_with = "Some(DEFAULT_GROUPS)")]
        first: Option<i32>,
    ) -> Result<&[StatsGroup]> {
        let first = usize::try_from(first.unwrap_or(DEFAULT_GROUPS)).unwrap_or(0);
        if !(1..=MOST_GROUPS).contains(&first) {
            return Err(to_graphql(&Error::BadInput(format!(
                "`first` must be from 1 to {MOST_GROUPS}. To see more groups, ask for them as a \
                 table, or for fewer with a filter."
            ))));
        }
        Ok(self.groups.get(..first).unwrap_or(&self.groups))
    }

    /// The tickets that are in work now, whatever the time that is asked for, by how long ago they
    /// were opened.
    async fn backlog_by_age(&self) -> &[StatsAge] {
        &self.ages
    }

    /// When tickets were opened: all hours of the week, from Monday on.
    async fn peak_hours(&self) -> &[StatsPeakHour] {
        &self.peak_hours
    }

    /// Categories and merchants that got far more tickets than at the same time of earlier weeks, or far
    /// fewer; the surest first, categories before merchants. Supervisors only.
    async fn spikes(&self) -> &[StatsSpike] {
        &self.spikes
    }

    /// A part of the answer as CSV (RFC 4180, in UTF-8), with a header row. Texts that a spreadsheet
    /// could take for a formula have an apostrophe before them.
    async fn csv(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which part; of the groups the first 5,000.")] table: StatsTable,
        #[graphql(desc = "How long the stretches of SERIES are, which needs it.")] by: Option<
            StatsInterval,
        >,
    ) -> Result<String> {
        let (asked, _) = signed_in(ctx)?;
        match table {
            StatsTable::Totals => sheet::of_periods(std::slice::from_ref(&self.totals)),
            StatsTable::Series => {
                let by = by.ok_or_else(|| {
                    let message = "The table SERIES needs `by`: say how long its stretches are.";
                    to_graphql(&Error::BadInput(message.to_owned()))
                })?;
                sheet::of_periods(self.stretches(by.into())?)
            }
            StatsTable::Groups => sheet::of_groups(&self.groups, asked).await,
            StatsTable::BacklogByAge => sheet::of_ages(&self.ages).or_graphql(),
            StatsTable::Spikes => sheet::of_spikes(&self.spikes, asked).await,
            StatsTable::PeakHours => sheet::of_peak_hours(&self.peak_hours).or_graphql(),
        }
    }
}
