//! Counted time: the calendar's open time that is not paused. Everything here is pure and in whole
//! seconds since 1970.

use entity::timer::Pause;

use super::calendar::{Calendar, Kind, Spans};

/// How far ahead a due time is looked for: what does not come within 50 years never comes. (Rules
/// by which that could happen are refused when they are made.)
const HORIZON: i64 = 50 * 366 * 86_400;

/// What a stretch of a clock's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentKind {
    /// It counts.
    Counted,
    /// The clock is paused, whatever the calendar says.
    Paused,
    /// Outside of the open hours.
    ClosedHours,
    /// A holiday.
    Holiday,
}

/// A stretch of a clock's time, from `from` to before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// When it begins.
    pub from: i64,
    /// When the next one begins.
    pub to: i64,
    /// What it is.
    pub kind: SegmentKind,
}

/// A clock: when it started and stood still, and the hours that count.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    calendar: &'a Calendar,
    start: i64,
    pauses: &'a [Pause],
}

impl<'a> Clock<'a> {
    /// A clock that started at `start`; `pauses` are in order and do not overlap.
    pub fn new(calendar: &'a Calendar, start: i64, pauses: &'a [Pause]) -> Self {
        Self {
            calendar,
            start,
            pauses,
        }
    }

    /// Its stretches from the start on, without end unless a pause has none. Neighbours differ in
    /// kind.
    fn segments(self) -> Segments<'a> {
        Segments {
            clock: self,
            spans: self.calendar.spans(self.start),
            at: self.start,
            pauses: self.pauses.iter(),
            pause: None,
            ahead: None,
        }
    }

    /// Its stretches up to `end`.
    pub fn until(self, end: i64) -> impl Iterator<Item = Segment> {
        self.segments()
            .take_while(move |segment| segment.from < end)
            .map(move |segment| Segment {
                to: segment.to.min(end),
                ..segment
            })
    }

    /// The time counted up to `end`, in seconds.
    pub fn counted(self, end: i64) -> i64 {
        let counted = self
            .until(end)
            .filter(|segment| segment.kind == SegmentKind::Counted);
        counted.map(|segment| segment.to - segment.from).sum()
    }

    /// The first instant at which `seconds` have been counted: the start for none or less. `None`
    /// if that never comes, as with a pause that lasts.
    pub fn reaches(self, seconds: i64) -> Option<i64> {
        if seconds <= 0 {
            return Some(self.start);
        }
        let mut left = seconds;
        for segment in self.segments() {
            if segment.kind == SegmentKind::Counted {
                let length = segment.to - segment.from;
                if left <= length {
                    return Some(segment.from + left);
                }
                left -= length;
            }
            if segment.from.saturating_sub(self.start) > HORIZON {
                return None;
            }
        }
        None
    }
}

struct Segments<'a> {
    clock: Clock<'a>,
    spans: Spans<'a>,
    at: i64,
    pauses: std::slice::Iter<'a, Pause>,
    /// The pause that `at` is in or before.
    pause: Option<(i64, i64)>,
    /// The stretch that is not yet known to end.
    ahead: Option<Segment>,
}

impl Segments<'_> {
    /// The next piece, which may be of the same kind as the one before.
    fn piece(&mut self) -> Option<Segment> {
        // What is over, and what is empty: a span that it cut in two could not go on.
        while self.pause.is_none_or(|(from, to)| to <= from.max(self.at)) {
            match self.pauses.next() {
                Some(pause) => self.pause = Some((pause.from, pause.to.unwrap_or(i64::MAX))),
                None => {
                    self.pause = Some((i64::MAX, i64::MAX));
                    break;
                }
            }
        }
        let (pause_from, pause_to) = self.pause.unwrap_or((i64::MAX, i64::MAX));
        if self.at == i64::MAX {
            return None;
        }
        if pause_from <= self.at && pause_to > self.at {
            let from = std::mem::replace(&mut self.at, pause_to);
            self.spans = self.clock.calendar.spans(pause_to);
            let kind = SegmentKind::Paused;
            let to = pause_to;
            return Some(Segment { from, to, kind });
        }
        let span = self.spans.next()?;
        let kind = match span.kind {
            Kind::Open => SegmentKind::Counted,
            Kind::Closed => SegmentKind::ClosedHours,
            Kind::Holiday => SegmentKind::Holiday,
        };
        let from = std::mem::replace(&mut self.at, span.to.min(pause_from));
        let to = self.at;
        Some(Segment { from, to, kind })
    }
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        loop {
            let Some(piece) = self.piece() else {
                return self.ahead.take();
            };
            match &mut self.ahead {
                // Within a year at least: a stretch that never ends must not be joined for ever.
                Some(ahead) if ahead.kind == piece.kind && ahead.to - ahead.from < 31_622_400 => {
                    ahead.to = piece.to;
                }
                Some(_) => return self.ahead.replace(piece),
                None => self.ahead = Some(piece),
            }
        }
    }
}
