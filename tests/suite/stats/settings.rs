//! What is aimed at, whether it is met, and who says so.

use deskwire_tests::{World, on_both};
use serde_json::{Value, json};

use super::scene::{BEFORE, DURING, Job, Scene};
use crate::common::{keyed, text};

const SETTINGS: &str = "settings { timeZone targets { firstResponseMedianSeconds
    resolutionMedianSeconds compliance satisfaction reopened escalated ticketsPer100ActiveUsers } }";

const TARGETS: &str = "totals {
    firstResponseTime { target { ...T } } firstResolutionTime { target { ...T } }
    nextResponseTime { target { ...T } } totalResolutionTime { target { ...T } }
    compliance { target { ...T } } resolution: compliance(metric: RESOLUTION) { target { ...T } }
    satisfaction { target { ...T } } reopenedRate { target { ...T } }
    escalatedRate { target { ...T } } firstContactRate { target { ...T } }
    ticketsPer100ActiveUsers { target { ...T } } }";

/// The targets of a time: value, direction and whether it is met, by figure.
async fn targets(scene: &Scene, time: &str) -> Value {
    let query = format!(
        "{{ stats({time}) {{ {TARGETS} }} }} fragment T on StatsTarget {{ value direction isMet }}"
    );
    let found = scene.desk.people.susan.get(&query, json!({})).await;
    let totals = found["stats"]["totals"].as_object().unwrap().clone();
    let target = |(name, figure): (String, Value)| {
        let target = &figure["target"];
        let words = json!([target["value"], target["direction"], target["isMet"]]);
        (name, if target.is_null() { Value::Null } else { words })
    };
    Value::Object(totals.into_iter().map(target).collect())
}

async fn shipped_targets(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    assert_eq!(
        targets(&scene, DURING).await,
        json!({
            // 10 minutes and 6 hours.
            "firstResponseTime": [43_200.0, "BELOW", true],
            "firstResolutionTime": [172_800.0, "BELOW", true],
            "nextResponseTime": null,
            "totalResolutionTime": null,
            // 8 of 11, 4 of 6.
            "compliance": [0.9, "ABOVE", false],
            "resolution": [0.9, "ABOVE", false],
            // 3.5
            "satisfaction": [4.0, "ABOVE", false],
            "reopenedRate": [0.05, "BELOW", true],
            // 1 of 9
            "escalatedRate": [0.2, "BELOW", true],
            "firstContactRate": null,
            "ticketsPer100ActiveUsers": [5.0, "BELOW", null],
        })
    );
    let found = targets(&scene, BEFORE).await;
    // Half of the resolutions did not last, two of three were escalated, nobody gave a score.
    assert_eq!(found["reopenedRate"], json!([0.05, "BELOW", false]));
    assert_eq!(found["escalatedRate"], json!([0.2, "BELOW", false]));
    assert_eq!(found["satisfaction"], json!([4.0, "ABOVE", null]));
    assert_eq!(found["resolution"], json!([0.9, "ABOVE", true]));
}

async fn supervisors_set_them(world: World) {
    let scene = Scene::play(world, Job::Between).await;
    let susan = &scene.desk.people.susan;
    let asked = susan
        .get(&format!("{{ statsSettings {{ {} }} }}", inner()), json!({}))
        .await;
    let shipped = json!({ "timeZone": "UTC", "targets": { "firstResponseMedianSeconds": 43_200.0,
        "resolutionMedianSeconds": 172_800.0, "compliance": 0.9, "satisfaction": 4.0,
        "reopened": 0.05, "escalated": 0.2, "ticketsPer100ActiveUsers": 5.0 } });
    assert_eq!(asked["statsSettings"], shipped);
    // All targets at once; a zone by any spelling; what is left out stays.
    let wanted = json!({ "firstResponseMedianSeconds": 600, "compliance": 0.7, "satisfaction": 3 });
    let input = json!({ "targets": wanted });
    let payload = susan.run("updateStatsSettings", input, SETTINGS).await;
    let changed = json!({ "firstResponseMedianSeconds": 600.0, "resolutionMedianSeconds": null,
        "compliance": 0.7, "satisfaction": 3.0, "reopened": null, "escalated": null,
        "ticketsPer100ActiveUsers": null });
    assert_eq!(
        payload["settings"],
        json!({ "timeZone": "UTC", "targets": changed })
    );
    let input = keyed(json!({ "timeZone": " europe/berlin " }), "a key");
    let payload = susan
        .run("updateStatsSettings", input.clone(), SETTINGS)
        .await;
    let settings = json!({ "timeZone": "Europe/Berlin", "targets": changed });
    assert_eq!(payload["settings"], settings);
    let found = targets(&scene, DURING).await;
    assert_eq!(found["compliance"], json!([0.7, "ABOVE", true]));
    assert_eq!(found["resolution"], json!([0.7, "ABOVE", false]));
    assert_eq!(found["satisfaction"], json!([3.0, "ABOVE", true]));
    assert_eq!(found["reopenedRate"], json!(null));
    // Done once by one key; nothing at all is no mistake.
    let back = json!({ "timeZone": "UTC" });
    susan.run("updateStatsSettings", back, "").await;
    let payload = susan.run("updateStatsSettings", input, SETTINGS).await;
    assert_eq!(payload["settings"]["timeZone"], "UTC");
    let payload = susan.run("updateStatsSettings", json!({}), SETTINGS).await;
    assert_eq!(payload["settings"]["targets"], changed);
}

/// The selection of the settings alone.
fn inner() -> &'static str {
    let (_, inner) = SETTINGS.split_once('{').unwrap();
    inner.rsplit_once('}').unwrap().0
}

async fn mistakes(world: World) {
    let scene = Scene::empty(world, Job::Never).await;
    let susan = &scene.desk.people.susan;
    for (input, field) in [
        (json!({ "timeZone": "Mars/Olympus" }), json!(["timeZone"])),
        (json!({ "timeZone": "" }), json!(["timeZone"])),
        (
            json!({ "targets": { "compliance": 1.01 } }),
            json!(["targets", "compliance"]),
        ),
        (
            json!({ "targets": { "satisfaction": -1 } }),
            json!(["targets", "satisfaction"]),
        ),
        (
            json!({ "targets": { "reopened": 2 } }),
            json!(["targets", "reopened"]),
        ),
        (
            json!({ "timeZone": "Europe/Berlin", "targets": { "firstResponseMedianSeconds": 1e300 } }),
            json!(["targets", "firstResponseMedianSeconds"]),
        ),
        (
            json!({ "targets": { "ticketsPer100ActiveUsers": -0.1 } }),
            json!(["targets", "ticketsPer100ActiveUsers"]),
        ),
    ] {
        let payload = susan
            .attempt("updateStatsSettings", input.clone(), SETTINGS)
            .await;
        let error = &payload["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("INVALID"), &field),
            "{input}"
        );
        assert!(text(error, "/message").len() > 20, "{error}");
        assert_eq!(payload["settings"], json!(null));
    }
    let asked = susan.get(
        "{ statsSettings { timeZone targets { compliance } } }",
        json!({}),
    );
    let settings = json!({ "timeZone": "UTC", "targets": { "compliance": 0.9 } });
    assert_eq!(asked.await["statsSettings"], settings);
}

on_both!(shipped_targets, supervisors_set_them, mistakes);
