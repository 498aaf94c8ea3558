//! Numbers for CloudWatch, as a log line in its embedded metric format.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The namespace of all metrics.
const NAMESPACE: &str = "Deskwire";

/// A number to watch: its name, its unit at CloudWatch, its value.
#[expect(
    clippy::cast_precision_loss,
    reason = "CloudWatch takes floating point numbers"
)]
pub fn metric(
    name: &'static str,
    unit: &'static str,
    value: u64,
) -> (&'static str, &'static str, f64) {
    (name, unit, value as f64)
}

/// The log line from which CloudWatch takes `metrics` of the job `name`; `now` is the time since
/// 1970.
pub(crate) fn embedded(name: &str, metrics: &[(&str, &str, f64)], now: Duration) -> Value {
    let definitions: Vec<_> = metrics
        .iter()
        .map(|(name, unit, _)| json!({ "Name": name, "Unit": unit }))
        .collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Job"]],
                "Metrics": definitions,
            }],
        }),
    );
    line.insert("Job".to_owned(), json!(name));
    for (name, _, value) in metrics {
        line.insert((*name).to_owned(), json!(value));
    }
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_is_named_and_given() {
        let line = embedded("job", &[("Lag", "Seconds", 7.0)], Duration::from_secs(3));
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            described["Metrics"],
            json!([{ "Name": "Lag", "Unit": "Seconds" }])
        );
        assert_eq!(described["Dimensions"], json!([["Job"]]));
        assert_eq!(line["_aws"]["Timestamp"], 3_000);
        assert_eq!((&line["Lag"], &line["Job"]), (&json!(7.0), &json!("job")));
    }
}
