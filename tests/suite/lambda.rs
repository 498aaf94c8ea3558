//! The jobs as Lambda functions, by the real protocol.

use chrono::TimeDelta;
use deskwire_tests::{
    Backend, World,
    lambda::{Emulator, Function, RuntimeApi},
    postgres_or_skip, roles, tools_or_skip,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::job_once::{files, open_tickets, sla_state, total, upload};

const JOB: &str = "sla-escalation";
const SWEEP: &str = "upload-sweep";

/// A world, an emulator and a function, unless something for them is missing.
async fn started() -> Option<(World, Emulator, Function)> {
    started_with(JOB).await
}

/// The same for the job `name`.
pub async fn started_with(name: &str) -> Option<(World, Emulator, Function)> {
    let tools = tools_or_skip()?;
    postgres_or_skip()?;
    let world = World::start(Backend::Postgres).await;
    let emulator = Emulator::start(tools).await;
    let function = Function::start(name, world.config(), &emulator.api(name));
    Some((world, emulator, function))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_schedule_fires_what_is_due() {
    let Some((world, emulator, mut function)) = started().await else {
        return;
    };
    // The test's clock stands in the past, the job goes by the database's: all is long due.
    let tickets = open_tickets(&world, 3).await;
    let report = emulator.invoke(JOB).await.unwrap();
    assert_eq!(report["outcome"], "DONE", "{report:#}");
    let per_ticket = total(&report) / 3;
    assert!(per_ticket > 0, "{report:#}");
    for fired in report["fired"].as_array().unwrap() {
        assert_eq!(fired["count"].as_u64().unwrap() % 3, 0, "{report:#}");
    }
    assert!(
        report["lagSeconds"].as_i64().unwrap() > 86_400,
        "{report:#}"
    );
    assert_eq!(report["left"], 0);
    for ticket in &tickets {
        assert_eq!(sla_state(&world, ticket).await, "BREACHED");
    }
    alarms_watch(&function.line().await).await;

    // Delivered again: nothing is left to do.
    let again = emulator.invoke(JOB).await.unwrap();
    assert_eq!((&again["outcome"], total(&again)), (&json!("DONE"), 0));

    // Two at once share the work.
    open_tickets(&world, 8).await;
    let _second = Function::start(JOB, world.config(), &emulator.api(JOB));
    let both = join_all([emulator.invoke(JOB), emulator.invoke(JOB)]).await;
    let fired: u64 = both
        .iter()
        .map(|report| total(report.as_ref().unwrap()))
        .sum();
    assert_eq!(fired, 8 * per_ticket, "{both:#?}");
}

/// The alarms of the template look at numbers that the function's log line really has.
pub async fn alarms_watch(line: &str) {
    let line: Value = serde_json::from_str(line).unwrap();
    let described = &line["_aws"]["CloudWatchMetrics"][0];
    let Some(tools) = tools_or_skip() else { return };
    let template = tools.template().await;
    let alarms: Vec<_> = roles::of_kind(template, "AWS::CloudWatch::Alarm")
        .filter(|(_, alarm)| alarm["Namespace"] == described["Namespace"])
        .filter(|(_, alarm)| alarm["Dimensions"][0]["Value"] == line["Job"])
        .collect();
    assert!(alarms.len() >= 2, "{alarms:#?}");
    for (name, alarm) in alarms {
        let dimensions = alarm["Dimensions"].as_array().unwrap();
        let names: Vec<_> = dimensions.iter().map(|pair| &pair["Name"]).collect();
        assert_eq!(json!([names]), described["Dimensions"], "{name}");
        for pair in dimensions {
            assert_eq!(
                line[pair["Name"].as_str().unwrap()],
                pair["Value"],
                "{name}"
            );
        }
        let metric = alarm["MetricName"].as_str().unwrap();
        let mut metrics = described["Metrics"].as_array().unwrap().iter();
        assert!(metrics.any(|given| given["Name"] == metric), "{name}");
        assert!(line[metric].is_number(), "{name}");
    }
}

/// The function answers with an error, and serves the next event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_breaks_off_is_an_error_and_no_number() {
    let Some((world, emulator, mut function)) = started().await else {
        return;
    };
    open_tickets(&world, 1).await;
    emulator.invoke(JOB).await.unwrap();
    function.line().await;
    let db = world.server().desk().db().admin();
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let run = async |sql: String| {
        sea_orm::ConnectionTrait::execute_unprepared(db, &sql)
            .await
            .unwrap();
    };
    run(rename("timer", "no_timer")).await;
    let error = emulator.invoke(JOB).await.unwrap_err();
    assert!(
        error.contains("JobFailed") && error.contains("FAILED"),
        "{error}"
    );
    // Zeros would look like all is well.
    let line = function.line().await;
    assert!(
        line.contains("Failed") && !line.contains("LagSeconds"),
        "{line}"
    );
    run(rename("no_timer", "timer")).await;
    assert_eq!(emulator.invoke(JOB).await.unwrap()["outcome"], "DONE");
    assert!(function.runs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_schedule_sweeps_uploads() {
    let Some((world, emulator, mut function)) = started_with(SWEEP).await else {
        return;
    };
    upload(&world, "never completed", false).await;
    upload(&world, "never attached", true).await;
    let report = emulator.invoke(SWEEP).await.unwrap();
    assert_eq!(report["outcome"], "DONE", "{report:#}");
    assert_eq!(
        (&report["expired"], &report["deleted"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(files(world.config()), [""; 0].map(std::path::PathBuf::from));
    alarms_watch(&function.line().await).await;
    // Nothing to do is well, too.
    let again = emulator.invoke(SWEEP).await.unwrap();
    assert_eq!(
        (&again["outcome"], &again["deleted"]),
        (&json!("DONE"), &json!(0))
    );
    alarms_watch(&function.line().await).await;

    // One file that cannot be deleted: the run failed, and knows what is left.
    upload(&world, "never completed", false).await;
    let file = files(world.config()).pop().unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let error = emulator.invoke(SWEEP).await.unwrap_err();
    assert!(
        error.contains("JobFailed") && error.contains("FAILED"),
        "{error}"
    );
    let line = function.line().await;
    assert!(
        line.contains("\"Failed\":1.0") && line.contains("\"Left\":1.0"),
        "{line}"
    );
    // One that breaks off does not know it, and says nothing of it.
    let quarantine = file.parent().unwrap();
    std::fs::remove_dir_all(quarantine).unwrap();
    std::fs::write(quarantine, "not a folder").unwrap();
    let error = emulator.invoke(SWEEP).await.unwrap_err();
    assert!(error.contains("JobFailed"), "{error}");
    let line = function.line().await;
    assert!(line.contains("Deleted") && !line.contains("Left"), "{line}");
    std::fs::remove_file(quarantine).unwrap();
    std::fs::create_dir(quarantine).unwrap();
    assert_eq!(emulator.invoke(SWEEP).await.unwrap()["deleted"], 1);
    assert!(function.runs());
}

/// More is due than fits in the time of an invocation: the next ones go on where it ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_in_the_time_limit_is_left_for_the_next() {
    if postgres_or_skip().is_none() {
        return;
    }
    let world = World::start(Backend::Postgres).await;
    let api = RuntimeApi::start().await;
    let _function = Function::start(JOB, world.config(), api.address());
    open_tickets(&world, 1).await;
    let per_ticket = total(&api.invoke(TimeDelta::minutes(1)).await.unwrap());

    // A job takes 200 tickets at a time.
    open_tickets(&world, 210).await;
    // Late already: it says so at once.
    let late = api.invoke(TimeDelta::seconds(-1)).await.unwrap();
    assert_eq!((&late["outcome"], total(&late)), (&json!("OUT_OF_TIME"), 0));
    assert!(late["left"].as_u64().unwrap() >= 210, "{late:#}");
    // Half of the time is for working, less than the first 200 take.
    let mut fired = 0;
    let mut runs = Vec::new();
    while runs.last().is_none_or(|run: &Value| run["left"] != 0) {
        assert!(runs.len() < 100, "{runs:#?}");
        let run = api.invoke(TimeDelta::milliseconds(100)).await.unwrap();
        let outcome = if run["left"] == 0 {
            "DONE"
        } else {
            "OUT_OF_TIME"
        };
        assert_eq!(run["outcome"], outcome, "{run:#}");
        fired += total(&run);
        runs.push(run);
    }
    assert!(runs.len() > 1, "{runs:#?}");
    assert_eq!(fired, 210 * per_ticket, "{runs:#?}");
}
