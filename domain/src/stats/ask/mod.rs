//! Asking the statistics.

mod active;
mod ages;
mod backlog;
mod groups;
mod peak_hours;
mod stretches;

use entity::{Role, Timestamp};
use sea_orm::DatabaseTransaction;

use self::{
    active::Active, ages::Ages, groups::Groups, peak_hours::PeakHours, stretches::Stretches,
};
use super::{
    answer::{Answer, Series},
    filter::StatsFilter,
    need::Need,
    question::{Interval, StatsQuestion, before, check_time, periods},
    read::View,
    state::State,
    stock::Stock,
    tail::Tail,
    targets::StatsSettings,
    unusual::spikes_allowed,
    zone::Zone,
};
use crate::{
    Actor, Desk, Error, Result,
    permission::{Action, permit},
};

const DAY: i64 = 86_400;

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
        answer(&tx, question, filter, named, now).await
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
    let parts = asking.parts().await?;
    let stock = Stock::read(&view, &parts.needs()).await?;
    let mut totals = parts.totals.answer(&stock)?;
    for (entry, active) in totals.iter_mut().zip(&parts.active) {
        entry.figures.active = Some(active.answer(&stock)?);
    }
    let series = parts.series.iter().map(|(interval, series)| {
        Ok(Series {
            interval: *interval,
            entries: series.answer(&stock)?,
        })
    });
    let ages = parts.ages.as_ref().map(|ages| ages.answer(&stock));
    let hours = parts.peak_hours.as_ref();
    let hours = hours.map(|hours| hours.answer(&asking, &stock));
    let groups = match &parts.groups {
        Some(groups) => groups.answer(&asking, &stock).await?,
        None => Vec::new(),
    };
    let whole = totals.pop().map(|entry| entry.figures);
    Ok(Answer {
        from: question.from,
        to: question.to,
        time_zone: asking.zone.name().to_owned(),
        as_of: view.tail.missing_since.unwrap_or(now),
        targets: settings.targets,
        totals: whole.unwrap_or_default(),
        previous: totals.pop(),
        series: series.collect::<Result<_>>()?,
        groups,
        ages: ages.transpose()?.unwrap_or_default(),
        peak_hours: hours.transpose()?.unwrap_or_default(),
        unusual: asking.unusual().await?,
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
    pub(super) fn whole(&self) -> (Timestamp, Timestamp) {
        (self.question.from, self.question.to)
    }

    fn before(&self) -> (Timestamp, Timestamp) {
        before(&self.zone, self.question.from, self.question.to)
    }

    /// The figures of the whole time, behind those of the time before if they are wanted.
    fn totals(&self) -> Stretches {
        let before = self.question.wanted.previous.then(|| self.before());
        let spans = before.into_iter().chain([self.whole()]);
        let sketches = self.question.wanted.of_totals;
        Stretches::new(self, spans.collect(), sketches)
    }

    fn series(&self) -> Result<Vec<(Interval, Stretches)>> {
        let intervals = self.question.wanted.series.iter();
        let series = intervals.map(|&interval| {
            let spans = periods(&self.zone, interval, self.question.from, self.question.to)?;
            let sketches = self.question.wanted.of_series;
            Ok((interval, Stretches::new(self, spans, sketches)))
        });
        series.collect()
    }

    fn groups(&self) -> Option<Groups> {
        let dimension = self.question.group_by;
        let dimension = dimension.filter(|_| self.question.wanted.groups)?;
        Some(Groups::new(self, dimension))
    }

    /// Active users of the whole time, behind those of the time before: of all tickets only, since
    /// users are active on the whole desk.
    async fn active(&self) -> Result<Vec<Active>> {
        let wanted = &self.question.wanted;
        let mut all = Vec::new();
        if wanted.active && self.view.restrictions.is_empty() {
            let before = wanted.previous.then(|| self.before());
            for (from, to) in before.into_iter().chain([self.whole()]) {
                all.push(Active::new(self, from, to).await?);
            }
        }
        Ok(all)
    }

    /// Everything that is wanted.
    async fn parts(&self) -> Result<Parts> {
        let wanted = &self.question.wanted;
        Ok(Parts {
            totals: self.totals(),
            series: self.series()?,
            groups: self.groups(),
            ages: wanted.ages.then(|| Ages::new(self)),
            peak_hours: wanted.peak_hours.then(|| PeakHours::new(self)),
            active: self.active().await?,
        })
    }
}

/// The parts of an answer. All say what they need before anything is read.
struct Parts {
    totals: Stretches,
    series: Vec<(Interval, Stretches)>,
    groups: Option<Groups>,
    ages: Option<Ages>,
    peak_hours: Option<PeakHours>,
    active: Vec<Active>,
}

impl Parts {
    fn needs(&self) -> Vec<&Need> {
        let mut needs = self.totals.needs();
        needs.extend(self.series.iter().flat_map(|(_, series)| series.needs()));
        needs.extend(self.groups.iter().flat_map(Groups::needs));
        needs.extend(self.ages.iter().flat_map(Ages::needs));
        needs.extend(self.peak_hours.iter().flat_map(PeakHours::needs));
        needs.extend(self.active.iter().flat_map(Active::needs));
        needs
    }
}

/// Later than anything that happened, in microseconds since 1970.
fn far_ahead(now: i64) -> i64 {
    now.saturating_add(400 * DAY * 1_000_000)
}
