//! What came out: a table to read, and JSON to compare.

use std::{fmt::Write, path::Path};

use serde_json::{Value, json};

use crate::{
    fanout::FanOut,
    figures::Figures,
    idle::Idle,
    operation::About,
    relay::Relayed,
    rounds::{Outcome, Side},
    sweep::Sweep,
};

/// One operation on a desk of one size.
pub(crate) struct Row {
    pub(crate) about: &'static About,
    pub(crate) tickets: u64,
    pub(crate) outcome: Outcome,
    /// Statements per request on 1 and on 64 connections.
    pub(crate) statements: (f64, f64),
    /// Which statements, on 1 connection.
    pub(crate) which: Vec<Value>,
}

/// Everything of a run.
pub(crate) struct Report {
    pub(crate) machine: Value,
    /// What the ratios are against.
    pub(crate) against: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) fanout: Vec<FanOut>,
    pub(crate) idle: Option<Idle>,
    pub(crate) sweeps: Vec<Sweep>,
    pub(crate) relayed: Option<Relayed>,
    pub(crate) figures: Vec<Figures>,
}

/// The most that the largest desk's p50 may be of the smallest desk's.
const FLAT: f64 = 1.3;
/// Messages per second of processor time.
const FAN_OUT: f64 = 100_000.0;
/// Statements of operation 4.
const STATEMENTS: f64 = 3.0;

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}

impl Row {
    fn p50(&self) -> (f64, f64) {
        (
            self.outcome.latencies.quantile(0.5),
            self.outcome.alone.quantile(0.5),
        )
    }
}

impl Report {
    /// The table.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let _infallible = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "\n{}",
            serde_json::to_string_pretty(&self.machine).unwrap()
        )?;
        if !self.rows.is_empty() {
            self.write_rows(out)?;
            self.write_growth(out)?;
        }
        for figures in &self.figures {
            writeln!(
                out,
                "\n8 statistics of {} tickets: a dashboard of a year in {:.1} ms, by plain SQL in {:.0} ms: \
                 {:.0} times, aim 200; quantiles off by at most {:.2} %; {} events worked out at {:.0} a \
                 second, {} sums",
                figures.tickets,
                figures.dashboard_ms(),
                figures.sql_ms(),
                figures.sql_ms() / figures.dashboard_ms(),
                figures.error * 100.0,
                figures.events,
                figures.events_per_second(),
                figures.buckets,
            )?;
        }
        if let [few, .., many] = self.figures.as_slice() {
            let growth = many.dashboard_ms() / few.dashboard_ms();
            writeln!(
                out,
                "   {} tickets against {}: {growth:.2} times the time, aim {FLAT}: {}",
                many.tickets,
                few.tickets,
                verdict(growth <= FLAT),
            )?;
        }
        for sweep in &self.sweeps {
            writeln!(
                out,
                "\n11 SLA sweep with {} running timers: 1,000 due ones fired in {:.0} ms, {:.0} a second; \
                 500 due ones found in {:.2} ms by {} ({} pages); their policy changed in {:.1} s",
                sweep.running,
                sweep.median() * 1_000.0,
                sweep.per_second(),
                sweep.claim_ms,
                sweep.claim_by,
                sweep.claim_pages,
                sweep.edit.as_secs_f64(),
            )?;
        }
        if let [few, many] = self.sweeps.as_slice() {
            let growth = many.median() / few.median();
            writeln!(
                out,
                "   {} running timers against {}: {growth:.2} times the time, aim {FLAT}: {}; \
                 500 found within 5 ms: {}",
                many.running,
                few.running,
                verdict(growth <= FLAT),
                verdict(many.claim_ms <= 5.0),
            )?;
        }
        if let Some(relayed) = &self.relayed {
            let (ours, bare, share) = relayed.per_second();
            writeln!(
                out,
                "\n12 {} events published to Kafka: {ours:.0} a second, a bare producer {bare:.0}, share {share:.2}; \
                 from the request of a change to its answer {:.2} ms, to a subscriber of the same server {:.2} ms, \
                 of another server {:.2} ms",
                relayed.events, relayed.answer_ms, relayed.same_ms, relayed.other_ms,
            )?;
        }
        for fanout in &self.fanout {
            write!(
                out,
                "\n10 fan-out of {} events to {} sockets: {:.0} messages/s, {:.0} per CPU second \
                 ({:.1} us each), {:.1} statements per event, {:.0} ms until the last one knows of \
                 a single event",
                fanout.events,
                fanout.sockets,
                fanout.per_second,
                fanout.per_cpu_second,
                1e6 / fanout.per_cpu_second,
                fanout.statements,
                fanout.alone
            )?;
        }
        if let Some(all) = self.fanout.last() {
            let aim = verdict(all.per_cpu_second >= FAN_OUT);
            writeln!(out, "\n   aim: {FAN_OUT:.0} per CPU second: {aim}")?;
        }
        if let Some(idle) = &self.idle {
            writeln!(
                out,
                "\n{} idle sockets: {:.1} kB each, {:.1} % of a core; p50 of operation 1: {:.2} ms \
                 without, {:.2} ms with them",
                idle.sockets,
                idle.bytes / 1024.0,
                idle.cpu * 100.0,
                idle.before,
                idle.with
            )?;
        }
        Ok(())
    }

    fn write_rows(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "\n{:<34} {:>8} {:>8} {:>8}  {:<18} {:>12}  {:>7} {:>7} {:>7}  {:>11}  {:>19}",
            "operation",
            "tickets",
            "other/s",
            "ours/s",
            "ratio",
            "aim",
            "p50 ms",
            "p99 ms",
            "p50 x1",
            "statements",
            "CPU ms"
        )?;
        for row in &self.rows {
            let Outcome {
                ratio, ours, other, ..
            } = row.outcome;
            let (many, alone) = row.p50();
            writeln!(
                out,
                "{:<2} {:<31} {:>8} {:>8.0} {:>8.0}  {:.2} ({:.2} to {:.2}) {:>4} {:>7}  {many:>7.2} \
                 {:>7.2} {alone:>7.2}  {:>5.1} {:>5.1}  {:>5.2} +{:>5.2} :{:>5.2}",
                row.about.number,
                row.about.name,
                row.tickets,
                other.per_second.median,
                ours.per_second.median,
                ratio.median,
                ratio.min,
                ratio.max,
                row.about.aim,
                verdict(ratio.median >= row.about.aim),
                row.outcome.latencies.quantile(0.99),
                row.statements.0,
                row.statements.1,
                ours.server_cpu.median,
                ours.database_cpu.median,
                other.server_cpu.median + other.database_cpu.median,
            )?;
        }
        writeln!(
            out,
            "other: {}. p50 x1: on one connection. statements: per request on 1 and on 64 \
             connections, BEGIN and COMMIT counted. CPU: of our server + of the database, per \
             request, : the other side's.",
            self.against
        )?;
        let threads = self.rows.iter().filter(|row| row.about.number == "4");
        for row in threads {
            let most = row.statements.0.max(row.statements.1);
            let aim = verdict(most <= STATEMENTS + 0.1);
            writeln!(
                out,
                "4  at {} tickets: at most 3 statements: {aim}",
                row.tickets
            )?;
        }
        Ok(())
    }

    fn write_growth(&self, out: &mut String) -> std::fmt::Result {
        for (name, from, to, many, alone) in self.growth() {
            writeln!(
                out,
                "growth of {name}, {from} to {to} tickets: p50 x {many:.2}, on one connection x \
                 {alone:.2} (aim {FLAT}: {})",
                verdict(many <= FLAT)
            )?;
        }
        Ok(())
    }

    /// p50 on the largest desk over p50 on the smallest.
    fn growth(&self) -> Vec<(&'static str, u64, u64, f64, f64)> {
        let mut growth = Vec::new();
        for small in &self.rows {
            let same = |row: &&Row| row.about.number == small.about.number;
            let first = self.rows.iter().find(same);
            let large = self.rows.iter().rfind(same);
            if let (Some(first), Some(large)) = (first, large)
                && first.tickets == small.tickets
                && large.tickets > small.tickets
            {
                let ((many, alone), (many_then, alone_then)) = (small.p50(), large.p50());
                let name = small.about.name;
                let (from, to) = (small.tickets, large.tickets);
                growth.push((name, from, to, many_then / many, alone_then / alone));
            }
        }
        growth
    }

    /// Writes everything as JSON.
    pub(crate) fn save(&self, file: &Path) {
        let side = |side: Side| {
            json!({
                "per_second": side.per_second.json(), "server_cpu_ms": side.server_cpu.json(),
                "database_cpu_ms": side.database_cpu.json(),
            })
        };
        let row = |row: &Row| {
            let (many, alone) = row.p50();
            json!({
                "operation": row.about.number, "name": row.about.name, "tickets": row.tickets,
                "aim": row.about.aim, "ratio": row.outcome.ratio.json(),
                "ours": side(row.outcome.ours), "other": side(row.outcome.other),
                "p50_ms": many, "p99_ms": row.outcome.latencies.quantile(0.99),
                "p50_ms_one_connection": alone,
                "statements": { "connections_1": row.statements.0, "connections_64": row.statements.1,
                                "which": row.which },
            })
        };
        let fanout = |fanout: &FanOut| {
            json!({
                "sockets": fanout.sockets, "events": fanout.events,
                "per_second": fanout.per_second, "per_cpu_second": fanout.per_cpu_second,
                "statements_per_event": fanout.statements, "single_event_ms": fanout.alone,
            })
        };
        let idle = |idle: &Idle| {
            json!({
                "sockets": idle.sockets, "bytes_per_socket": idle.bytes, "cpu": idle.cpu,
                "queue_p50_ms_before": idle.before, "queue_p50_ms_with": idle.with,
            })
        };
        let report = json!({
            "machine": self.machine, "against": self.against,
            "operations": self.rows.iter().map(row).collect::<Vec<_>>(),
            "fan_out": self.fanout.iter().map(fanout).collect::<Vec<_>>(),
            "idle": self.idle.as_ref().map(idle),
            "relay": self.relayed.as_ref().map(Relayed::json),
            "statistics": self.figures.iter().map(Figures::json).collect::<Vec<_>>(),
            "sla_sweeps": self.sweeps.iter().map(Sweep::json).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&report).unwrap();
        std::fs::write(file, text).unwrap();
    }
}
