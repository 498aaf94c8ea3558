//! Statistics as tables.

use async_graphql::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::stats::{Duration, Figures, Mark, Promise};
use entity::TicketStatus;

use super::{
    answer::{StatsAge, StatsPeakHour},
    figures::StatsPeriod,
    group::StatsGroup,
    spike::StatsSpike,
};
use crate::{context::Asked, error::OrGraphql, table::Table};

/// The most rows of a table of groups.
pub(crate) const MOST_ROWS: usize = 5_000;

/// The names of the columns that figures take.
const COLUMNS: [&str; 50] = [
    "created",
    "resolved",
    "reopened",
    "escalated",
    "backlog",
    "firstResolved",
    "firstContactResolved",
    "met",
    "breached",
    "compliance",
    "firstResponseMet",
    "firstResponseBreached",
    "firstResponseCompliance",
    "nextResponseMet",
    "nextResponseBreached",
    "nextResponseCompliance",
    "resolutionMet",
    "resolutionBreached",
    "resolutionCompliance",
    "firstResponses",
    "firstResponseAverageSeconds",
    "firstResponseMedianSeconds",
    "firstResponseP90Seconds",
    "nextResponses",
    "nextResponseAverageSeconds",
    "nextResponseMedianSeconds",
    "nextResponseP90Seconds",
    "firstResolutionAverageSeconds",
    "firstResolutionMedianSeconds",
    "firstResolutionP90Seconds",
    "lastResolved",
    "totalResolutionAverageSeconds",
    "totalResolutionMedianSeconds",
    "totalResolutionP90Seconds",
    "openAverageSeconds",
    "inProgressAverageSeconds",
    "waitingOnUserAverageSeconds",
    "resolvedAverageSeconds",
    "closedAverageSeconds",
    "reopenedRate",
    "escalatedRate",
    "firstContactRate",
    "rated",
    "satisfactionAverage",
    "score1",
    "score2",
    "score3",
    "score4",
    "score5",
    "ticketsPer100ActiveUsers",
];

/// The cells of figures, in the order of the columns.
fn cells(figures: &Figures) -> Vec<String> {
    let count = |mark| figures.count(mark).to_string();
    let mut cells = vec![
        count(Mark::Created),
        count(Mark::Resolved),
        count(Mark::Reopened),
        count(Mark::Escalated),
        figures
            .backlog
            .map(|backlog| backlog.to_string())
            .unwrap_or_default(),
        count(Mark::FirstResolved),
        count(Mark::FirstContact),
    ];
    let promises = [None].into_iter().chain(Promise::ALL.map(Some));
    for promise in promises {
        let (met, breached) = figures.promises(promise);
        cells.extend([met.to_string(), breached.to_string()]);
        cells.push(number(figures.compliance(promise)));
    }
    for duration in Duration::ALL {
        let found = figures.duration(duration);
        // How many first resolutions there are stands in a column of its own.
        if duration != Duration::FirstResolution {
            cells.push(found.count.to_string());
        }
        cells.extend([found.average, found.median, found.p90].map(number));
    }
    cells.extend(
        TicketStatus::ALL
            .iter()
            .map(|status| number(figures.status(*status).1)),
    );
    cells.extend(
        [
            figures.reopened_rate(),
            figures.escalated_rate(),
            figures.first_contact_rate(),
        ]
        .map(number),
    );
    cells.extend([count(Mark::Rated), number(figures.satisfaction())]);
    cells.extend(figures.tally.scores().map(|times| times.to_string()));
    cells.push(number(figures.tickets_per_100_active_users()));
    cells
}

/// A number as it is; empty if there is none.
fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A row for each stretch of time.
pub(super) fn of_periods(periods: &[StatsPeriod]) -> Result<String> {
    let columns = [["from", "to"].as_slice(), &COLUMNS].concat();
    let mut table = Table::new(&columns).or_graphql()?;
    for StatsPeriod { from, to, figures } in periods {
        let mut row = vec![time(*from), time(*to)];
        row.extend(cells(&figures.figures));
        table.row(&row).or_graphql()?;
    }
    table.text().or_graphql()
}

/// A row for each group, for the first [`MOST_ROWS`].
pub(super) async fn of_groups(groups: &[StatsGroup], asked: &Asked) -> Result<String> {
    let columns = [["key", "name"].as_slice(), &COLUMNS].concat();
    let mut table = Table::new(&columns).or_graphql()?;
    for group in groups.iter().take(MOST_ROWS) {
        let (key, name) = group.value.labels(asked).await?;
        let mut row = vec![key, name];
        row.extend(cells(&group.figures.figures));
        table.row(&row).or_graphql()?;
    }
    table.text().or_graphql()
}

/// A row for each age.
pub(super) fn of_ages(ages: &[StatsAge]) -> domain::Result<String> {
    let mut table = Table::new(&["fromSeconds", "toSeconds", "tickets"])?;
    for age in ages {
        let to = age.to_seconds.map(|to| to.to_string()).unwrap_or_default();
        table.row(&[age.from_seconds.to_string(), to, age.tickets.to_string()])?;
    }
    table.text()
}

/// A row for each hour of each weekday.
pub(super) fn of_peak_hours(peak_hours: &[StatsPeakHour]) -> domain::Result<String> {
    let mut table = Table::new(&["weekday", "hour", "created", "perWeek"])?;
    for peak in peak_hours {
        let StatsPeakHour {
            weekday,
            hour,
            created,
            per_week,
        } = peak;
        let weekday = async_graphql::resolver_utils::enum_value(*weekday).to_string();
        let (hour, created) = (hour.to_string(), created.to_string());
        table.row(&[weekday, hour, created, per_week.to_string()])?;
    }
    table.text()
}

/// A row for each category or merchant that differs from its own past.
pub(super) async fn of_spikes(spikes: &[StatsSpike], asked: &Asked) -> Result<String> {
    let columns = [
        "dimension",
        "key",
        "name",
        "direction",
        "created",
        "expected",
        "ratio",
        "pValue",
    ];
    let mut table = Table::new(&columns).or_graphql()?;
    for found in spikes {
        let (key, name) = found.value.labels(asked).await?;
        let dimension = async_graphql::resolver_utils::enum_value(found.dimension).to_string();
        let way = async_graphql::resolver_utils::enum_value(found.way()).to_string();
        let spike = &found.spike;
        let row = [
            dimension,
            key,
            name,
            way,
            spike.now.to_string(),
            spike.expected.to_string(),
            spike.ratio.to_string(),
            spike.p_value.to_string(),
        ];
        table.row(&row).or_graphql()?;
    }
    table.text().or_graphql()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_as_many_cells_as_there_are_columns() {
        assert_eq!(cells(&Figures::default()).len(), COLUMNS.len());
    }
}
