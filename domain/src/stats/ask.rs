//! Asking the statistics.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::{Role, Timestamp};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{AgeGroup, Answer, Group, PeakHour, Series, SeriesEntry},
    cover::Cover,
    dimension::Dimension,
    fact::{Mark, Marks},
    figures::{ActiveShare, Figures},
    filter::{StatsFilter, matches},
    question::{StatsQuestion, before, check_time, period, periods},
    read::{Period, View},
    state::State,
    tail::Tail,
    tally::{Hours, Tally},
    targets::StatsSettings,
    unusual::spikes_allowed,
    zone::{Level, Zone, begin_of, quarter_of},
};
use crate::{
    Actor, Desk, Error, Result,
    active::{active_days, day_of},
    db::{Columns, read_buckets},
    permission::{Action, permit},
};

const DAY: i64 = 86_400;

/// The limits of the age groups, in seconds.
const AGES: [i64; 5] = [0, DAY, 3 * DAY, 7 * DAY, 30 * DAY];

impl Desk {
    /// Answers a question about what happened: agents about themselves, supervisors about everybody.
    /// All parts of the answer are of the same moment.
    ///
    /// # Errors
    /// `Forbidden` for customers, and for agents who ask about others; `BadInput` for a time that
    /// makes no sense, or for too much at once; `Unavailable` when the database does not answer, and
    /// while everything is worked out anew.
    pub async fn stats(&self, actor: Actor, question: &StatsQuestion) -> Result<Answer> {
        let filter = allowed(actor, &question.filter)?;
        check_time(question.from, question.to)?;
        if question.wanted.spikes {
            spikes_allowed(actor)?;
        }
        let named = question.zone()?;
        let now = self.clock.now();
        let tx = self.db.begin_reading().await?;
        let answer = answer(&tx, question, filter, named, now).await?;
        // It wrote nothing: there is nothing to commit.
        tx.rollback().await?;
        Ok(answer)
    }
}

/// Answers a question about the tickets that `filter` leaves, as `tx` sees them. Days are those of
/// `zone`, or else of the desk's.
///
/// # Errors
/// As [`Desk::stats`], for whoever asks.
pub(super) async fn answer(
    tx: &DatabaseTransaction,
    question: &StatsQuestion,
    filter: StatsFilter,
    zone: Option<Zone>,
    now: Timestamp,
) -> Result<Answer> {
    let state = State::load_whole(tx).await?;
    let settings = StatsSettings::load(tx).await?;
    let view = View {
        tx,
        tail: Tail::load(tx, &state).await?,
        state,
        restrictions: filter.restrictions(),
        filter,
    };
    let asking = Asking {
        view: &view,
        question,
        zone: zone.unwrap_or_else(|| settings.zone.clone()),
        now,
    };
    let (totals, previous) = asking.totals().await?;
    Ok(Answer {
        from: question.from,
        to: question.to,
        time_zone: asking.zone.name().to_owned(),
        as_of: view.tail.missing_since.unwrap_or(now),
        targets: settings.targets,
        series: asking.all_series().await?,
        groups: asking.groups().await?,
        ages: asking.ages().await?,
        peak_hours: asking.peak_hours().await?,
        unusual: asking.unusual().await?,
        totals,
        previous,
    })
}

/// The filter, with what `actor` may see.
///
/// # Errors
/// `Forbidden` for who may see nothing of it.
pub(super) fn allowed(actor: Actor, filter: &StatsFilter) -> Result<StatsFilter> {
    permit(actor, Action::ViewStats)?;
    let mut filter = filter.clone();
    if actor.role == Role::Agent {
        if filter.agent.iter().any(|agent| *agent != actor.id) {
            return Err(Error::Forbidden(
                "Your role (agent) may see your own figures only. Leave `agent` out of the filter, \
                 or ask a supervisor."
                    .to_owned(),
            ));
        }
        filter.agent = vec![actor.id];
    }
    Ok(filter)
}

/// A question as it is being answered.
pub(super) struct Asking<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) question: &'a StatsQuestion,
    pub(super) zone: Zone,
    pub(super) now: Timestamp,
}

impl Asking<'_> {
    /// How many tickets were in work at `time`, by the values of `group`.
    async fn backlogs(
        &self,
        time: Timestamp,
        group: Option<Dimension>,
    ) -> Result<HashMap<String, i64>> {
        let (time, numbers) = (time.timestamp_micros(), Columns::Numbers);
        let moves = Marks::of(&[Mark::Entered, Mark::Left]);
        let mut backlogs: HashMap<String, i64> = HashMap::new();
        if self.view.dimension(group).is_some() {
            let since_ever = [(None, time)];
            let tallies = self.view.tallies(&since_ever, group, numbers, moves);
            for ((_, key), tally) in tallies.await? {
                *backlogs.entry(key).or_default() += more(&tally);
            }
            return Ok(backlogs);
        }
        // Without sums for it, backwards from now: what is in work is little.
        let end = far_ahead(self.now.timestamp_micros()).max(time);
        let in_work = Marks::of(&[Mark::InWork]);
        let ever = [(None, end)];
        let now = self.view.tallies(&ever, group, numbers, in_work);
        for ((_, key), tally) in now.await? {
            *backlogs.entry(key).or_default() += tally.count(Mark::InWork);
        }
        let since = [(Some(time), end)];
        let since = self.view.tallies(&since, group, numbers, moves);
        for ((_, key), tally) in since.await? {
            *backlogs.entry(key).or_default() -= more(&tally);
        }
        Ok(backlogs)
    }

    pub(super) fn whole(&self) -> (Timestamp, Timestamp) {
        (self.question.from, self.question.to)
    }

    fn before(&self) -> (Timestamp, Timestamp) {
        before(&self.zone, self.question.from, self.question.to)
    }

    /// The figures of the whole time, and of the time before.
    async fn totals(&self) -> Result<(Figures, Option<SeriesEntry>)> {
        let mut spans = vec![self.whole()];
        if self.question.wanted.previous {
            spans.insert(0, self.before());
        }
        let mut entries = self.entries(&spans).await?;
        if self.question.wanted.active && self.view.restrictions.is_empty() {
            for entry in &mut entries {
                entry.figures.active = Some(self.active(entry.from, entry.to).await?);
            }
        }
        let totals = entries.pop().map(|entry| entry.figures);
        Ok((totals.unwrap_or_default(), entries.pop()))
    }

    /// Tickets opened on, and active users of, the UTC days whose noon lies in this time.
    async fn active(&self, from: Timestamp, to: Timestamp) -> Result<ActiveShare> {
        let half = TimeDelta::hours(12);
        let noon_from = |time: Timestamp| day_of(time + half - TimeDelta::microseconds(1));
        let (first, last) = (noon_from(from), noon_from(to) - 1);
        let days = active_days(self.view.tx, self.now, first, last).await?;
        let midnight = |day: i32| i64::from(day) * DAY * 1_000_000;
        let mut spans: Vec<Period> = Vec::new();
        let mut users = 0;
        for day in &days {
            users += i64::from(day.users);
            match spans.last_mut().filter(|span| span.1 == midnight(day.day)) {
                Some(span) => span.1 = midnight(day.day + 1),
                None => spans.push((Some(midnight(day.day)), midnight(day.day + 1))),
            }
        }
        let marks = Marks::of(&[Mark::Created]);
        let tallies = self.view.tallies(&spans, None, Columns::Numbers, marks);
        let tallies = tallies.await?;
        Ok(ActiveShare {
            created: tallies
                .values()
                .map(|tally| tally.count(Mark::Created))
                .sum(),
            users,
        })
    }

    /// Figures of `spans`, which follow one another without a gap.
    async fn entries(&self, spans: &[(Timestamp, Timestamp)]) -> Result<Vec<SeriesEntry>> {
        let asked: Vec<Period> = spans.iter().copied().map(period).collect();
        let columns = if self.question.wanted.quantiles {
            Columns::All
        } else {
            Columns::Numbers
        };
        let tallies = self.view.tallies(&asked, None, columns, Marks::ALL);
        let mut tallies = tallies.await?;
        let mut backlog = match spans.first().filter(|_| self.question.wanted.backlog) {
            Some((from, _)) => Some(self.backlogs(*from, None).await?.into_values().sum()),
            None => None,
        };
        let entry = |(place, (from, to)): (usize, &(Timestamp, Timestamp))| {
            let tally = tallies.remove(&(place, String::new())).unwrap_or_default();
            if let Some(backlog) = &mut backlog {
                *backlog += more(&tally);
            }
            let figures = Figures {
                backlog,
                ..Figures::of(tally)
            };
            SeriesEntry {
                from: *from,
                to: *to,
                figures,
            }
        };
        Ok(spans.iter().enumerate().map(entry).collect())
    }

    async fn all_series(&self) -> Result<Vec<Series>> {
        let mut all = Vec::new();
        for &interval in &self.question.wanted.series {
            let spans = periods(&self.zone, interval, self.question.from, self.question.to)?;
            all.push(Series {
                interval,
                entries: self.entries(&spans).await?,
            });
        }
        Ok(all)
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        let wanted = &self.question.wanted;
        let (true, Some(dimension)) = (wanted.groups, self.question.group_by) else {
            return Ok(Vec::new());
        };
        let mut spans = vec![self.whole()];
        if wanted.previous_groups {
            spans.insert(0, self.before());
        }
        let asked: Vec<Period> = spans.into_iter().map(period).collect();
        let last = asked.len() - 1;
        let group = Some(dimension);
        // Distributions are read for those that are shown, since there may be very many. Facts have
        // them with them.
        let some = wanted.quantiles && self.view.dimension(group).is_some();
        let (all, numbers) = (Marks::ALL, Columns::Numbers);
        let tallies = self.view.tallies(&asked, group, numbers, all).await?;
        let mut groups: HashMap<String, Group> = HashMap::new();
        let empty = |key: String| Group {
            key,
            figures: Figures::default(),
            previous: wanted.previous_groups.then(Figures::default),
        };
        for ((place, key), tally) in tallies {
            let group = groups.entry(key.clone()).or_insert_with(|| empty(key));
            if place == last {
                group.figures.tally = tally;
            } else {
                group.previous = Some(Figures::of(tally));
            }
        }
        if wanted.backlog {
            let backlogs = self.backlogs(self.question.to, group).await?;
            // A backlog may be of old tickets alone, to which nothing happened in the time.
            for (key, _) in backlogs.iter().filter(|(_, backlog)| **backlog != 0) {
                groups
                    .entry(key.clone())
                    .or_insert_with(|| empty(key.clone()));
            }
            for group in groups.values_mut() {
                let backlog = backlogs.get(&group.key).copied();
                group.figures.backlog = Some(backlog.unwrap_or(0));
            }
        }
        // What was counted under another value before may have left nothing behind.
        let mut groups: Vec<_> = groups.into_values().filter(Group::has_something).collect();
        let created = |group: &Group| group.figures.count(Mark::Created);
        groups.sort_by(|a, b| created(b).cmp(&created(a)).then_with(|| a.key.cmp(&b.key)));
        groups.truncate(wanted.most_groups.unwrap_or(usize::MAX));
        if some {
            let keys: Vec<_> = groups.iter().map(|group| group.key.clone()).collect();
            let mut tallies = self.view.tallies_of(&asked, dimension, &keys).await?;
            for group in &mut groups {
                if let Some(tally) = tallies.remove(&(last, group.key.clone())) {
                    group.figures.tally = tally;
                }
                if let Some(before) = &mut group.previous
                    && let Some(tally) = tallies.remove(&(0, group.key.clone()))
                {
                    before.tally = tally;
                }
            }
        }
        Ok(groups)
    }

    /// The tickets in work now, by how long ago they were opened.
    async fn ages(&self) -> Result<Vec<AgeGroup>> {
        if !self.question.wanted.ages {
            return Ok(Vec::new());
        }
        let now = self.now.timestamp_micros();
        // What was opened at this very moment counts too; so does what a clock that is ahead opened.
        let ends = AGES.map(|age| {
            if age == 0 {
                i64::MAX
            } else {
                now - age * 1_000_000 + 1
            }
        });
        let mut spans: Vec<Period> = Vec::new();
        let mut from = None;
        for end in ends.into_iter().rev() {
            spans.push((from, end.min(far_ahead(now))));
            from = Some(end);
        }
        let in_work = Marks::of(&[Mark::InWork]);
        let tallies = self.view.tallies(&spans, None, Columns::Numbers, in_work);
        let tallies = tallies.await?;
        let groups = AGES.iter().enumerate().map(|(place, age)| {
            let tally = tallies.get(&(AGES.len() - 1 - place, String::new()));
            AgeGroup {
                from_seconds: *age,
                to_seconds: AGES.get(place + 1).copied(),
                tickets: tally.map_or(0, |tally| tally.count(Mark::InWork)),
            }
        });
        Ok(groups.collect())
    }

    /// When tickets come in, by weekday and hour on the wall.
    async fn peak_hours(&self) -> Result<Vec<PeakHour>> {
        if !self.question.wanted.peak_hours {
            return Ok(Vec::new());
        }
        let mut week = [[0_i64; 24]; 7];
        let (from, to) = period(self.whole());
        let (view, created) = (self.view, Marks::of(&[Mark::Created]));
        let add = |week: &mut [[i64; 24]; 7], at: i64, times: i64| {
            let day = self.zone.day_of(quarter_of(at));
            week[weekday(day)][self.zone.hour_of(at)] += times;
        };
        match view.dimension(None) {
            Some((dimension, keys)) => {
                // Days say in which of their hours, if they are days of this zone.
                let same_zone = view.state.zone.name() == self.zone.name();
                let longest = if same_zone {
                    Level::Day
                } else {
                    Level::Quarter
                };
                let cover = Cover::of(&view.state, from, to, longest);
                let runs: Vec<_> = cover
                    .runs
                    .iter()
                    .map(|run| (run.level.number(), run.from, run.to))
                    .collect();
                let number = dimension.number();
                for row in read_buckets(view.tx, number, keys, &runs, Columns::Hours).await? {
                    if row.level == Level::Quarter.number() {
                        let mut tally = Tally::default();
                        tally.add_numbers(&row.numbers)?;
                        add(&mut week, begin_of(row.start), tally.count(Mark::Created));
                        continue;
                    }
                    let mut hours = Hours::default();
                    hours.add_encoded(&row.hours)?;
                    let day = weekday(view.state.zone.day_of(row.start));
                    for (sum, more) in week[day].iter_mut().zip(hours.0) {
                        *sum += more;
                    }
                }
                for (fact, _) in view.facts(&cover.edges, created).await? {
                    if fact.marks.has(Mark::Created) {
                        add(&mut week, fact.at, 1);
                    }
                }
            }
            None => {
                let span = (from.unwrap_or(i64::MIN), to);
                for (fact, _) in view.facts(&[span], created).await? {
                    if fact.marks.has(Mark::Created) {
                        add(&mut week, fact.at, 1);
                    }
                }
            }
        }
        for (times, fact, traits) in &view.tail.changes {
            let is_within = from.is_none_or(|from| from <= fact.at) && fact.at < to;
            if is_within
                && fact.marks.has(Mark::Created)
                && matches(&view.restrictions, fact, traits)
            {
                add(&mut week, fact.at, *times);
            }
        }
        let days = self.zone.weekdays(self.question.from, self.question.to);
        let hours =
            (0_i8..)
                .zip(week.into_iter().zip(days))
                .flat_map(|(weekday, (hours, days))| {
                    (0_i8..).zip(hours).map(move |(hour, created)| PeakHour {
                        weekday,
                        hour,
                        created,
                        days,
                    })
                });
        Ok(hours.collect())
    }
}

/// How many more tickets are in work at the end of a stretch of time than at its beginning.
fn more(tally: &Tally) -> i64 {
    tally.count(Mark::Entered) - tally.count(Mark::Left)
}

fn weekday(day: jiff::civil::Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// Later than anything that happened, in microseconds since 1970.
fn far_ahead(now: i64) -> i64 {
    now.saturating_add(400 * DAY * 1_000_000)
}
