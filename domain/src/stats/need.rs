//! What a part of an answer needs of what is kept. Needs are known before anything is read, so that what
//! several parts need is read at once.

use super::{
    cover::{Cover, Edge},
    dimension::Dimension,
    fact::Marks,
    read::View,
    zone::Level,
};
use crate::db::Columns;

/// A stretch of time, from and to before in microseconds since 1970. `None`: from the beginning.
pub(super) type Period = (Option<i64>, i64);

/// What a part of an answer needs of what is kept.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// The stretches of time, in order, none of which overlap.
    pub(super) periods: Vec<Period>,
    /// By what they are broken down.
    pub(super) group: Option<Dimension>,
    /// What counts of single facts.
    pub(super) marks: Marks,
    /// From what it is answered.
    pub(super) origin: Origin,
}

/// From what a need is answered.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// From sums, and from facts where a stretch begins or ends within a quarter of an hour.
    Sums(Sums),
    /// From facts alone, since sums are never crossed.
    Facts,
}

/// Sums of a dimension.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// The dimension.
    pub(super) dimension: Dimension,
    /// Of which keys; all if it is `None`.
    pub(super) keys: Option<Vec<String>>,
    /// What of them.
    pub(super) columns: Columns,
    /// Those that make up each stretch of time.
    pub(super) covers: Vec<Cover>,
}

impl Need {
    /// What tells about `periods`, broken down by `group`, of the tickets that `view` is about.
    pub(super) fn new(
        view: &View<'_>,
        periods: Vec<Period>,
        group: Option<Dimension>,
        columns: Columns,
        marks: Marks,
    ) -> Self {
        Self::up_to(view, periods, group, columns, marks, Level::Month)
    }

    /// The same, of no longer sums than those of `longest`.
    pub(super) fn up_to(
        view: &View<'_>,
        periods: Vec<Period>,
        group: Option<Dimension>,
        columns: Columns,
        marks: Marks,
        longest: Level,
    ) -> Self {
        let origin = match dimension(view, group) {
            None => Origin::Facts,
            Some((dimension, keys)) => {
                let cover = |(from, to): &Period| Cover::of(&view.state, *from, *to, longest);
                Origin::Sums(Sums {
                    dimension,
                    keys,
                    columns,
                    covers: periods.iter().map(cover).collect(),
                })
            }
        };
        Self {
            periods,
            group,
            marks,
            origin,
        }
    }

    /// Whether sums tell; if not, single facts are gone through.
    pub(super) fn is_summed_up(&self) -> bool {
        matches!(self.origin, Origin::Sums(_))
    }

    /// The single facts that are gone through: the place of the stretch of time, and which.
    pub(super) fn edges(&self) -> impl Iterator<Item = (usize, Edge)> {
        let (covers, periods) = match &self.origin {
            Origin::Sums(sums) => (sums.covers.as_slice(), [].as_slice()),
            Origin::Facts => ([].as_slice(), self.periods.as_slice()),
        };
        let edges = covers.iter().map(|cover| cover.edges.iter().copied());
        let edges = edges.enumerate();
        let edges = edges.flat_map(|(place, edges)| edges.map(move |edge| (place, edge)));
        let whole = periods.iter().map(|(from, to)| Edge {
            from: from.unwrap_or(i64::MIN),
            to: *to,
            times: 1,
        });
        edges.chain(whole.enumerate())
    }

    /// The stretch in which a time lies.
    pub(super) fn period(&self, at: i64) -> Option<usize> {
        let behind = self.periods.partition_point(|(_, to)| *to <= at);
        let (from, _) = self.periods.get(behind)?;
        from.is_none_or(|from| from <= at).then_some(behind)
    }
}

/// The dimension whose sums answer a question by `group`, and the keys that are asked for. `None`
/// where sums do not tell.
fn dimension(
    view: &View<'_>,
    group: Option<Dimension>,
) -> Option<(Dimension, Option<Vec<String>>)> {
    match (group, view.restrictions.as_slice()) {
        // It has one key, which is empty.
        (None, []) => Some((Dimension::All, Some(vec![String::new()]))),
        (None, [(dimension, keys)]) if keys.len() == 1 || !dimension.is_many() => {
            Some((*dimension, Some(keys.clone())))
        }
        (Some(group), []) => Some((group, None)),
        (Some(group), [(dimension, keys)]) if group == *dimension && !group.is_many() => {
            Some((group, Some(keys.clone())))
        }
        _ => None,
    }
}
