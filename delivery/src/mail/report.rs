//! What templates see of a weekly report: numbers in words, and charts.

use chrono::{Datelike, NaiveDate};
use domain::stats::{
    WeeklyAge, WeeklyDay, WeeklyDirection, WeeklyFigure, WeeklyFigureName, WeeklyGroup,
    WeeklyReport,
};
use serde::Serialize;

use super::{
    chart::{Chart, SIZE, Series},
    compose::Image,
    line::{MAX_NAME, one_line},
    view::time,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What stands where there is no number.
const NOTHING: &str = "–";

/// The width at which charts are shown, in pixels of CSS: that of the text.
const SHOWN_WIDTH: u32 = 544;

/// The weekly report in a template (docs/mail.md).
#[derive(Serialize)]
pub(super) struct ReportView {
    week: String,
    span: String,
    time_zone: String,
    made_at: String,
    opened: String,
    resolved: String,
    highlights: Vec<FigureView>,
    figures: Vec<FigureView>,
    days: Vec<DayView>,
    groups: Vec<GroupsView>,
    peak_hour: Option<String>,
    peak_hour_opened: Option<String>,
    ages: Vec<AgeView>,
    spikes: Vec<SpikeView>,
    charts: ChartsView,
}

#[derive(Clone, Serialize)]
struct FigureView {
    name: WeeklyFigureName,
    label: &'static str,
    value: String,
    previous: String,
    target: Option<String>,
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct DayView {
    day: String,
    opened: String,
    resolved: String,
}

#[derive(Serialize)]
struct GroupsView {
    title: &'static str,
    rows: Vec<GroupView>,
}

#[derive(Serialize)]
struct GroupView {
    name: String,
    opened: String,
    opened_before: String,
    resolved: String,
    resolved_before: String,
    first_response: String,
    compliance: String,
}

#[derive(Serialize)]
struct AgeView {
    age: String,
    tickets: String,
}

#[derive(Serialize)]
struct SpikeView {
    name: String,
    opened: String,
    expected: String,
    ratio: String,
}

#[derive(Serialize)]
struct ChartsView {
    days: ChartView,
    ages: ChartView,
}

#[derive(Serialize)]
struct ChartView {
    cid: String,
    alt: String,
    width: u32,
    height: u32,
}

/// The figures with which a report begins.
const HIGHLIGHTS: [WeeklyFigureName; 6] = [
    WeeklyFigureName::Created,
    WeeklyFigureName::Resolved,
    WeeklyFigureName::Backlog,
    WeeklyFigureName::FirstResponseMedian,
    WeeklyFigureName::Compliance,
    WeeklyFigureName::Satisfaction,
];

impl ReportView {
    /// What the templates see of `report`.
    pub(super) fn of(report: &WeeklyReport) -> Self {
        let figures: Vec<_> = report.figures.iter().map(figure).collect();
        let value = |name| {
            let found = figures.iter().find(|figure| figure.name == name);
            found.map_or_else(|| NOTHING.to_owned(), |figure| figure.value.clone())
        };
        let is_highlight = |figure: &&FigureView| HIGHLIGHTS.contains(&figure.name);
        let mut highlights: Vec<_> = figures.iter().filter(is_highlight).cloned().collect();
        highlights.sort_by_key(|figure| HIGHLIGHTS.iter().position(|name| *name == figure.name));
        let groups = [
            ("Categories", &report.categories),
            ("Teams", &report.teams),
            ("Agents", &report.agents),
        ];
        let groups = groups.into_iter().filter(|(_, rows)| !rows.is_empty());
        let groups = groups.map(|(title, rows)| GroupsView {
            title,
            rows: rows.iter().map(group).collect(),
        });
        let [days, ages] = charts(report);
        Self {
            week: report.week.clone(),
            span: span(&report.days),
            time_zone: report.time_zone.clone(),
            made_at: time(report.created_at),
            opened: value(WeeklyFigureName::Created),
            resolved: value(WeeklyFigureName::Resolved),
            highlights,
            groups: groups.collect(),
            days: report.days.iter().map(day).collect(),
            peak_hour: report
                .peak_hour
                .map(|peak| hour_of_week(peak.weekday, peak.hour)),
            peak_hour_opened: report.peak_hour.map(|peak| whole(peak.created)),
            ages: report.backlog_by_age.iter().map(age).collect(),
            spikes: report
                .spikes
                .iter()
                .map(|spike| SpikeView {
                    name: one_line(&spike.name, MAX_NAME),
                    opened: whole(spike.now),
                    expected: format!("{:.1}", spike.expected),
                    ratio: format!("{:.1}", spike.ratio),
                })
                .collect(),
            charts: ChartsView {
                days: days.view(),
                ages: ages.view(),
            },
            // Of what there was nothing in either week, there is nothing to say.
            figures: figures
                .into_iter()
                .filter(|figure| figure.value != NOTHING || figure.previous != NOTHING)
                .collect(),
        }
    }
}

/// The pictures that `html` shows of `report`. One that cannot be drawn is left out: what it shows
/// stands in its alternative text, and in tables.
pub(super) fn images(report: &WeeklyReport, html: &str) -> Vec<Image> {
    let shown = charts(report).into_iter();
    let shown = shown.filter(|drawing| html.contains(&format!("cid:{}", drawing.cid)));
    let image = |drawing: Drawing| {
        let png = drawing.chart.png();
        if png.is_none() {
            tracing::warn!(chart = drawing.cid, "a chart cannot be drawn");
        }
        Some(Image {
            name: drawing.name.to_owned(),
            cid: drawing.cid,
            png: png?,
        })
    };
    shown.filter_map(image).collect()
}

/// A chart with what is said about it.
struct Drawing {
    name: &'static str,
    cid: String,
    alt: String,
    chart: Chart,
}

impl Drawing {
    fn view(&self) -> ChartView {
        ChartView {
            cid: self.cid.clone(),
            alt: self.alt.clone(),
            width: SHOWN_WIDTH,
            height: SHOWN_WIDTH * SIZE.1 / SIZE.0,
        }
    }
}

/// The charts of a report: tickets per day, and the backlog by age.
fn charts(report: &WeeklyReport) -> [Drawing; 2] {
    let drawing = |name: &'static str, alt: String, chart| Drawing {
        name,
        cid: format!("{name}.{}@weekly-report.deskwire", report.week),
        alt,
        chart,
    };
    let days = report.days.iter();
    let said: Vec<_> = days
        .clone()
        .map(|day| {
            let (opened, resolved) = (whole(day.created), whole(day.resolved));
            format!(
                "{}: {opened} opened, {resolved} resolved",
                short_day(&day.day)
            )
        })
        .collect();
    let per_day = Chart {
        labels: days.clone().map(|day| short_day(&day.day)).collect(),
        series: vec![
            Series {
                name: "Opened",
                values: days.clone().map(|day| day.created).collect(),
            },
            Series {
                name: "Resolved",
                values: days.map(|day| day.resolved).collect(),
            },
        ],
    };
    let ages = report.backlog_by_age.iter();
    let by_age: Vec<_> = ages
        .clone()
        .map(|age| format!("{}: {}", age_of(age), whole(age.tickets)))
        .collect();
    let backlog = Chart {
        labels: ages.clone().map(age_of).collect(),
        series: vec![Series {
            name: "In work",
            values: ages.map(|age| age.tickets).collect(),
        }],
    };
    [
        drawing(
            "tickets-per-day",
            format!("Tickets per day. {}.", said.join("; ")),
            per_day,
        ),
        drawing(
            "backlog-by-age",
            format!("Tickets in work by age. {}.", by_age.join("; ")),
            backlog,
        ),
    ]
}

fn figure(figure: &WeeklyFigure) -> FigureView {
    let (label, unit) = words(figure.name);
    let shown =
        |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), |value| unit.write(value));
    let target = figure.target.zip(figure.direction);
    FigureView {
        name: figure.name,
        label,
        value: shown(figure.value),
        previous: shown(figure.previous),
        target: target.map(|(target, direction)| {
            let side = match direction {
                WeeklyDirection::Above => "above",
                WeeklyDirection::Below => "below",
            };
            format!("{side} {}", unit.write(target))
        }),
        verdict: figure
            .is_met
            .map(|is_met| if is_met { "met" } else { "missed" }),
    }
}

/// How a figure is called, and what it counts.
const fn words(name: WeeklyFigureName) -> (&'static str, Unit) {
    match name {
        WeeklyFigureName::Created => ("Tickets opened", Unit::Whole),
        WeeklyFigureName::Resolved => ("Tickets resolved", Unit::Whole),
        WeeklyFigureName::Reopened => ("Tickets reopened", Unit::Whole),
        WeeklyFigureName::Escalated => ("Tickets escalated", Unit::Whole),
        WeeklyFigureName::Backlog => ("In work at the end", Unit::Whole),
        WeeklyFigureName::Compliance => ("Promises kept", Unit::Share),
        WeeklyFigureName::FirstResponseMedian => ("First response, median", Unit::Seconds),
        WeeklyFigureName::FirstResponseAverage => ("First response, average", Unit::Seconds),
        WeeklyFigureName::FirstResponseP90 => ("First response, 9 of 10 within", Unit::Seconds),
        WeeklyFigureName::FirstResolutionMedian => ("First resolution, median", Unit::Seconds),
        WeeklyFigureName::FirstResolutionAverage => ("First resolution, average", Unit::Seconds),
        WeeklyFigureName::FirstResolutionP90 => ("First resolution, 9 of 10 within", Unit::Seconds),
        WeeklyFigureName::Satisfaction => ("Satisfaction, 1 to 5", Unit::Tenths),
        WeeklyFigureName::Rated => ("Ratings", Unit::Whole),
        WeeklyFigureName::FirstContactRate => ("Resolved on first contact", Unit::Share),
        WeeklyFigureName::ReopenedRate => ("Reopened, of those resolved", Unit::Share),
        WeeklyFigureName::EscalatedRate => ("Escalated, of those opened", Unit::Share),
        WeeklyFigureName::TicketsPer100ActiveUsers => {
            ("Tickets per 100 active users", Unit::Tenths)
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy)]
enum Unit {
    Whole,
    Seconds,
    Share,
    Tenths,
}

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Self::Whole => whole(rounded(value)),
            Self::Seconds => duration(rounded(value)),
            Self::Share => format!("{} %", tenths(value * 100.0)),
            Self::Tenths => tenths(value),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds and tickets are far fewer"
)]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

/// One digit behind the point, if it is not 0.
fn tenths(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A number as people write it: `12,345`.
fn whole(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration in its two largest units: `3 h 20 min`.
fn duration(seconds: i64) -> String {
    let two = |large: i64, unit: &str, small: i64, smaller: &str| {
        if small == 0 {
            format!("{large} {unit}")
        } else {
            format!("{large} {unit} {small} {smaller}")
        }
    };
    if seconds < MINUTE {
        return format!("{seconds} s");
    }
    // Rounded before it is taken apart, so that there are no 60 minutes.
    let minutes = (seconds + MINUTE / 2) / MINUTE;
    if minutes < 60 {
        return format!("{minutes} min");
    }
    if minutes < 24 * 60 {
        return two(minutes / 60, "h", minutes % 60, "min");
    }
    let hours = (seconds + HOUR / 2) / HOUR;
    two(hours / 24, "d", hours % 24, "h")
}

fn day(day: &WeeklyDay) -> DayView {
    DayView {
        day: short_day(&day.day),
        opened: whole(day.created),
        resolved: whole(day.resolved),
    }
}

/// `Mon 9` for `2026-03-09`.
fn short_day(day: &str) -> String {
    let date = day.parse::<NaiveDate>();
    date.map_or_else(|_| day.to_owned(), |date| date.format("%a %-d").to_string())
}

/// `9–15 March 2026` for a week's days.
fn span(days: &[WeeklyDay]) -> String {
    let date = |day: Option<&WeeklyDay>| day?.day.parse::<NaiveDate>().ok();
    let Some((first, last)) = date(days.first()).zip(date(days.last())) else {
        return NOTHING.to_owned();
    };
    let begin = if first.year() != last.year() {
        first.format("%-d %B %Y – ")
    } else if first.month() != last.month() {
        first.format("%-d %B – ")
    } else {
        first.format("%-d–")
    };
    format!("{begin}{}", last.format("%-d %B %Y"))
}

fn group(group: &WeeklyGroup) -> GroupView {
    let or_nothing = |unit: Unit, value: Option<f64>| {
        value.map_or_else(|| NOTHING.to_owned(), |value| unit.write(value))
    };
    GroupView {
        name: one_line(&group.name, MAX_NAME),
        opened: whole(group.created),
        opened_before: whole(group.created_before),
        resolved: whole(group.resolved),
        resolved_before: whole(group.resolved_before),
        first_response: or_nothing(Unit::Seconds, group.first_response_median_seconds),
        compliance: or_nothing(Unit::Share, group.compliance),
    }
}

fn age(age: &WeeklyAge) -> AgeView {
    AgeView {
        age: age_of(age),
        tickets: whole(age.tickets),
    }
}

/// `1–3 days`.
fn age_of(age: &WeeklyAge) -> String {
    let from = age.from_seconds / DAY;
    match age.to_seconds.map(|seconds| seconds / DAY) {
        Some(to) if from == 0 => format!("under {to} day{}", if to == 1 { "" } else { "s" }),
        Some(to) => format!("{from}–{to} days"),
        None => format!("over {from} days"),
    }
}

/// `Tuesday, 9:00–10:00`.
fn hour_of_week(weekday: i8, hour: i8) -> String {
    let names = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let name = usize::try_from(weekday).ok();
    let name = name
        .and_then(|weekday| names.get(weekday))
        .unwrap_or(&NOTHING);
    format!("{name}, {hour}:00–{}:00", i16::from(hour) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sample;

    #[test]
    fn durations_have_two_units() {
        let known = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_569, "59 min"),
            (3_570, "1 h"),
            (12_000, "3 h 20 min"),
            (86_369, "23 h 59 min"),
            (86_370, "1 d"),
            (172_800, "2 d"),
            (190_000, "2 d 5 h"),
        ];
        for (seconds, text) in known {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_rounded() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(whole(-1_234), "−1,234");
        assert_eq!(Unit::Share.write(0.9), "90 %");
        assert_eq!(Unit::Share.write(0.9346), "93.5 %");
        assert_eq!(Unit::Tenths.write(4.25), "4.2");
    }

    #[test]
    fn spans_name_what_differs() {
        let span_of = |first: &str, last: &str| {
            let day = |day: &str| WeeklyDay {
                day: day.to_owned(),
                created: 0,
                resolved: 0,
            };
            span(&[day(first), day(last)])
        };
        assert_eq!(span_of("2026-03-09", "2026-03-15"), "9–15 March 2026");
        assert_eq!(
            span_of("2026-03-30", "2026-04-05"),
            "30 March – 5 April 2026"
        );
        assert_eq!(
            span_of("2026-12-28", "2027-01-03"),
            "28 December 2026 – 3 January 2027"
        );
        assert_eq!(span(&[]), "–");
    }

    #[test]
    fn pictures_are_drawn_for_those_that_are_shown() {
        let report = sample::report(true);
        let view = ReportView::of(&report);
        let html = format!("<img src=\"cid:{}\">", view.charts.ages.cid);
        let found = images(&report, &html);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].cid, view.charts.ages.cid);
        let png = tiny_skia::Pixmap::decode_png(&found[0].png).unwrap();
        assert_eq!((png.width(), png.height()), SIZE);
        assert!(images(&report, "").is_empty());
    }

    #[test]
    fn what_a_chart_shows_is_said() {
        let view = ReportView::of(&sample::report(true));
        let alt = &view.charts.days.alt;
        for day in &view.days {
            let said = format!(
                "{}: {} opened, {} resolved",
                day.day, day.opened, day.resolved
            );
            assert!(alt.contains(&said), "{alt}");
        }
        let alt = &view.charts.ages.alt;
        for age in &view.ages {
            assert!(
                alt.contains(&format!("{}: {}", age.age, age.tickets)),
                "{alt}"
            );
        }
    }
}
