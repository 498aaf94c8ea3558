//! Statistics (requirements M1 to M3): what happened on tickets is worked out from the event log as
//! facts, summed up by time and by what tickets are counted under, and asked from these sums.
//! docs/stats.md says in one sentence each what the figures are.

mod aggregator;
mod answer;
mod apart;
mod ask;
mod cover;
mod dimension;
mod entries;
mod fact;
mod figures;
mod filter;
mod history;
mod keep;
mod need;
mod question;
mod read;
mod rebuild;
mod report;
mod roll;
mod settings;
mod sketch;
mod source;
pub mod spike;
mod state;
mod stock;
mod sum;
mod tail;
mod tally;
mod targets;
mod unusual;
mod weekly;
mod zone;

pub use aggregator::Aggregator;
pub use answer::{AgeGroup, Answer, Group, PeakHour, Series, SeriesEntry};
pub use dimension::{Dimension, MERCHANT, id_key, priority_key};
pub use entries::{Entries, Entry, EntryKey};
pub use fact::{Fact, Mark, Marks, Traits};
pub use figures::{ActiveShare, DurationFigures, Figures, Promise};
pub use filter::StatsFilter;
pub use history::{Happening, Verdict, facts};
pub use question::{Interval, MOST_PERIODS, StatsQuestion, Wanted};
pub use read::MOST_FACTS;
pub use rebuild::Progress;
pub use report::StatsReport;
pub use settings::SetStatsSettings;
pub use sketch::{RELATIVE_ERROR, Sketch};
pub use tally::{Duration, Durations, Hours, Tally};
pub use targets::{StatsSettings, Targets};
pub use unusual::Unusual;
pub use weekly::{
    WEEKLY_FORMAT, WeeklyAge, WeeklyDay, WeeklyDirection, WeeklyFigure, WeeklyFigureName,
    WeeklyGroup, WeeklyPeakHour, WeeklyReport, WeeklyReportKey, WeeklyReports, WeeklySpike,
    WeeklySpikeKind,
};
pub use zone::Zone;
