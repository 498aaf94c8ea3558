//! The weekly report.

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::stats;

use crate::enums::{Weekday, WeeklyDirection, WeeklyFigureName, WeeklySpikeKind};

/// What happened in a week.
#[derive(Clone, Debug)]
pub(crate) struct WeeklyReport(pub(crate) stats::WeeklyReport);

/// A figure of a weekly report, with what it was in the week before and what was aimed at.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklyFigure {
    /// What it is about.
    name: WeeklyFigureName,
    /// What it is: a number, seconds, or a share from 0 to 1. Null: there was nothing of it.
    value: Option<f64>,
    /// What it was in the week before.
    previous: Option<f64>,
    /// What was aimed at when the report was made; null if it has no target.
    target: Option<f64>,
    /// On which side of the target it is to be; null if it has none.
    direction: Option<WeeklyDirection>,
    /// Whether the target is met; null if there is none, or no value.
    is_met: Option<bool>,
}

/// A day of a weekly report.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklyDay {
    /// The day, in the report's time zone, as YYYY-MM-DD.
    day: String,
    /// Tickets opened.
    created: i64,
    /// How often tickets became RESOLVED.
    resolved: i64,
}

/// The tickets of a category, a team or an agent in a weekly report.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklyGroup {
    /// What it was called when the report was made.
    name: String,
    /// Tickets opened.
    created: i64,
    /// Tickets opened in the week before.
    created_before: i64,
    /// How often tickets became RESOLVED.
    resolved: i64,
    /// How often they did in the week before.
    resolved_before: i64,
    /// The median time to the first response; null if there was none.
    first_response_median_seconds: Option<f64>,
    /// The share of promises that were kept, 0 to 1; null if none ended.
    compliance: Option<f64>,
}

/// The hour of a week in which the most tickets were opened.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklyPeakHour {
    /// The weekday.
    weekday: Weekday,
    /// The hour on the wall, 0 to 23.
    hour: i32,
    /// Tickets opened in it.
    created: i64,
}

/// Tickets in work of some age in a weekly report.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklyAge {
    /// At least so many seconds old.
    from_seconds: i64,
    /// And less than that; null for the oldest.
    to_seconds: Option<i64>,
    /// How many.
    tickets: i64,
}

/// Something of which there was far more, or far less, than usual in a week.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct WeeklySpike {
    /// What it is.
    kind: WeeklySpikeKind,
    /// What it was called when the report was made; a merchant by the host product's id.
    name: String,
    /// Tickets opened in the week.
    now: i64,
    /// How many were to be expected.
    expected: f64,
    /// How many times as many there were.
    ratio: f64,
}

/// What happened in a week: made once when it was over, and kept as it was made. Names, targets and
/// figures do not change any more. Only supervisors see reports.
#[Object]
impl WeeklyReport {
    /// The ISO week, such as 2026-W11.
    async fn week(&self) -> &str {
        &self.0.week
    }

    /// When the week began.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from
    }

    /// When it ended.
    async fn to(&self) -> DateTime<Utc> {
        self.0.to
    }

    /// The time zone of its days, an IANA name.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// When the report was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The figures of the week, each once.
    async fn figures(&self) -> Vec<WeeklyFigure> {
        let figure = |figure: &stats::WeeklyFigure| WeeklyFigure {
            name: figure.name.into(),
            value: figure.value,
            previous: figure.previous,
            target: figure.target,
            direction: figure.direction.map(Into::into),
            is_met: figure.is_met,
        };
        self.0.figures.iter().map(figure).collect()
    }

    /// Its seven days.
    async fn days(&self) -> Vec<WeeklyDay> {
        let day = |day: &stats::WeeklyDay| WeeklyDay {
            day: day.day.clone(),
            created: day.created,
            resolved: day.resolved,
        };
        self.0.days.iter().map(day).collect()
    }

    /// The five categories with the most tickets opened.
    async fn categories(&self) -> Vec<WeeklyGroup> {
        groups(&self.0.categories)
    }

    /// The five teams with the most tickets opened.
    async fn teams(&self) -> Vec<WeeklyGroup> {
        groups(&self.0.teams)
    }

    /// The five agents with the most tickets resolved.
    async fn agents(&self) -> Vec<WeeklyGroup> {
        groups(&self.0.agents)
    }

    /// The hour of the week in which the most tickets were opened; null if none was.
    async fn peak_hour(&self) -> Option<WeeklyPeakHour> {
        let peak = self.0.peak_hour?;
        Some(WeeklyPeakHour {
            weekday: Weekday::ALL
                .into_iter()
                .nth(usize::try_from(peak.weekday).ok()?)?,
            hour: peak.hour.into(),
            created: peak.created,
        })
    }

    /// The tickets in work when the report was made, by how long ago they were opened.
    async fn backlog_by_age(&self) -> Vec<WeeklyAge> {
        let age = |age: &stats::WeeklyAge| WeeklyAge {
            from_seconds: age.from_seconds,
            to_seconds: age.to_seconds,
            tickets: age.tickets,
        };
        self.0.backlog_by_age.iter().map(age).collect()
    }

    /// Categories and merchants that differed from their own past.
    async fn spikes(&self) -> Vec<WeeklySpike> {
        let spike = |spike: &stats::WeeklySpike| WeeklySpike {
            kind: spike.kind.into(),
            name: spike.name.clone(),
            now: spike.now,
            expected: spike.expected,
            ratio: spike.ratio,
        };
        self.0.spikes.iter().map(spike).collect()
    }
}

fn groups(rows: &[stats::WeeklyGroup]) -> Vec<WeeklyGroup> {
    let group = |row: &stats::WeeklyGroup| WeeklyGroup {
        name: row.name.clone(),
        created: row.created,
        created_before: row.created_before,
        resolved: row.resolved,
        resolved_before: row.resolved_before,
        first_response_median_seconds: row.first_response_median_seconds,
        compliance: row.compliance,
    };
    rows.iter().map(group).collect()
}
