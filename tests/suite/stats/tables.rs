//! Statistics as CSV.

use std::collections::HashMap;

use deskwire_tests::{World, on_both};
use serde_json::Value;

use super::scene::{DURING, FORMULA, Job, Scene, is_near};

/// A table as rows of cells. A reader of its own, so that it does not agree with the writer by
/// being the same.
fn read(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {
                assert_eq!(characters.next(), Some('\n'), "rows end with CRLF");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            ('\n', false) => panic!("a line feed alone"),
            _ => cell.push(character),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "{text}");
    rows
}

/// The rows of a table by the names of their columns.
fn table(value: &Value) -> Vec<HashMap<String, String>> {
    let mut rows = read(value.as_str().unwrap()).into_iter();
    let columns = rows.next().unwrap();
    let named = |row: Vec<String>| {
        assert_eq!(row.len(), columns.len());
        columns.iter().cloned().zip(row).collect()
    };
    rows.map(named).collect()
}

async fn tables(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    // A name with everything that a table has to quote.
    let input =
        serde_json::json!({ "id": scene.team, "name": "+Returns, \"fast\"", "memberIds": [] });
    scene.desk.people.susan.run("upsertTeam", input, "").await;
    let args = format!("{DURING}, groupBy: TEAM");
    let selection = "totals: csv(table: TOTALS) days: csv(table: SERIES, by: DAY)
        groups: csv(table: GROUPS) ages: csv(table: BACKLOG_BY_AGE) peaks: csv(table: PEAK_HOURS)";
    let found = scene.stats(&args, selection).await;

    let totals = table(&found["totals"]);
    assert_eq!(totals.len(), 1);
    for (column, cell) in [
        ("from", "2026-03-04T00:00:00Z"),
        ("to", "2026-03-06T00:00:00Z"),
        ("created", "9"),
        ("backlog", "6"),
        ("met", "8"),
        ("breached", "3"),
        ("firstResponseCompliance", "0.75"),
        ("nextResponseBreached", "0"),
        ("resolutionMet", "4"),
        ("firstResponses", "2"),
        ("firstResponseAverageSeconds", "3000"),
        ("firstResolutionAverageSeconds", "61650"),
        ("lastResolved", "4"),
        ("openAverageSeconds", "2100"),
        ("closedAverageSeconds", ""),
        ("reopenedRate", "0"),
        ("firstContactRate", "0.5"),
        ("rated", "2"),
        ("satisfactionAverage", "3.5"),
        ("score1", "0"),
        ("score2", "1"),
        ("score5", "1"),
        ("ticketsPer100ActiveUsers", ""),
    ] {
        assert_eq!(totals[0][column], cell, "{column}");
    }
    let median: f64 = totals[0]["firstResolutionMedianSeconds"].parse().unwrap();
    is_near(&median.into(), 21_600.0);

    let days = table(&found["days"]);
    let day = |row: &HashMap<_, String>| (row["from"].clone(), row["created"].clone());
    assert_eq!(
        days.iter().map(day).collect::<Vec<_>>(),
        [
            ("2026-03-04T00:00:00Z".to_owned(), "2".to_owned()),
            ("2026-03-05T00:00:00Z".to_owned(), "7".to_owned())
        ]
    );

    let groups = table(&found["groups"]);
    assert_eq!(groups.len(), 2);
    assert_eq!((&*groups[0]["key"], &*groups[0]["name"]), ("", "(none)"));
    assert_eq!(groups[1]["key"], scene.team);
    assert_eq!(groups[1]["name"], "'+Returns, \"fast\"");
    assert_eq!((&*groups[1]["created"], &*groups[1]["backlog"]), ("2", "0"));
    is_near(
        &groups[1]["firstResponseP90Seconds"]
            .parse::<f64>()
            .unwrap()
            .into(),
        600.0,
    );

    let ages = table(&found["ages"]);
    assert_eq!(ages.len(), 5);
    assert_eq!(
        (&*ages[1]["fromSeconds"], &*ages[1]["tickets"]),
        ("86400", "1")
    );
    assert_eq!(ages[4]["toSeconds"], "");
    let peaks = table(&found["peaks"]);
    assert_eq!(peaks.len(), 7 * 24);
    let thursday = &peaks[3 * 24 + 20];
    assert_eq!(
        (&*thursday["weekday"], &*thursday["hour"]),
        ("THURSDAY", "20")
    );
    assert_eq!((&*thursday["created"], &*thursday["perWeek"]), ("5", "5"));
}

/// Names that come from outside are text in every spreadsheet; each group has its row, named or not.
async fn no_cell_is_a_formula(world: World) {
    let scene = Scene::play(world, Job::Never).await;
    for dimension in ["MERCHANT", "AGENT", "CATEGORY", "SOURCE"] {
        let args = format!("{DURING}, groupBy: {dimension}");
        let found = scene
            .stats(
                &args,
                "csv(table: GROUPS) groups { key name figures { backlog } }",
            )
            .await;
        let rows = table(&found["csv"]);
        let groups = found["groups"].as_array().unwrap();
        assert_eq!(rows.len(), groups.len());
        for (row, group) in rows.iter().zip(groups) {
            for column in ["key", "name"] {
                let wanted = group[column].as_str().unwrap();
                let safe = if wanted == FORMULA {
                    format!("'{FORMULA}")
                } else {
                    wanted.to_owned()
                };
                assert_eq!(row[column], safe);
            }
        }
        let has_formula = rows.iter().any(|row| row["name"].contains(FORMULA));
        assert_eq!(has_formula, dimension == "MERCHANT");
    }
    // Without `groupBy` there are no groups: columns alone.
    let found = scene.stats(DURING, "csv(table: GROUPS)").await;
    assert_eq!(read(found["csv"].as_str().unwrap()).len(), 1);
}

on_both!(tables, no_cell_is_a_formula);
