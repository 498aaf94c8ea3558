//! Operation 10: replies are written, and every subscriber of the queue is told of each.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    database::Copy,
    http::Http,
    load::{Dice, Operation},
    operation::Reply,
    options::Options,
    say,
    server::Server,
    sockets::Sockets,
    statements::{calls, count, counted},
};

/// What so many subscribers cost.
#[derive(Clone, Debug)]
pub(crate) struct FanOut {
    pub(crate) sockets: usize,
    pub(crate) events: usize,
    /// Messages that reached clients, per second.
    pub(crate) per_second: f64,
    /// Messages per second of the server's processor time, writing of the replies included.
    pub(crate) per_cpu_second: f64,
    /// Statements per event, the reply's own included.
    pub(crate) statements: f64,
    /// From sending the reply until the last subscriber knew, one event at a time.
    pub(crate) alone: f64,
}

/// Measures with a few subscribers, with more and with all.
pub(crate) async fn measure(server: &Server, copy: &mut Copy, options: &Options) -> Vec<FanOut> {
    let reply = Reply::new(server, &mut copy.sql).await;
    let mut sockets = Sockets::new(server.address());
    let mut steps = vec![100, 1_000, options.sockets];
    steps.retain(|&step| step <= options.sockets);
    steps.dedup();
    // Dice that nobody threw before: a key that was used would be answered again and write nothing.
    let (mut results, mut dice) = (Vec::new(), Dice::new(u64::MAX));
    // How many messages each socket must have got, by when it was opened.
    let mut told = Vec::new();
    for step in steps {
        say(&format!("10: opening {step} sockets"));
        sockets.grow(step).await;
        told.resize(step, 0_u64);
        // Few subscribers need more events for the processor time to be more than noise.
        let events = (options.events * options.sockets / step).min(1_000);
        let result = fan_out(server, copy, &reply, &mut sockets, events, &mut dice).await;
        say(&format!(
            "  {:.0} messages per second, {:.0} per second of processor time",
            result.per_second, result.per_cpu_second
        ));
        for told in &mut told {
            *told += (events + ALONE) as u64;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(
            sockets.counts(),
            told,
            "a socket missed something, or got it twice"
        );
        results.push(result);
    }
    for sample in sockets.close().await {
        check_order(&sample);
    }
    results
}

/// Events that are sent one at a time.
const ALONE: usize = 5;

async fn fan_out(
    server: &Server,
    copy: &mut Copy,
    reply: &Reply,
    sockets: &mut Sockets,
    events: usize,
    dice: &mut Dice,
) -> FanOut {
    let mut http = Http::connect(server.address());
    let mut send = |count: usize| {
        let mut request = Vec::new();
        for _ in 0..count {
            request.clear();
            let asked = reply.request(0, dice, &mut request);
            let body = http.ask(&request).unwrap();
            reply.check(asked, body).unwrap();
        }
    };
    let subscribers = sockets.len() as u64;
    let mut waits = Vec::new();
    for _ in 0..ALONE {
        let (before, sent) = (sockets.total(), Instant::now());
        tokio::task::block_in_place(|| send(1));
        let last = sockets.wait_for(before + subscribers).await;
        waits.push(last.duration_since(sent).as_secs_f64() * 1e3);
    }
    waits.sort_unstable_by(f64::total_cmp);
    count(&mut copy.sql, true).await;
    let (before, cpu, began) = (sockets.total(), server.cpu_seconds(), Instant::now());
    tokio::task::block_in_place(|| send(events));
    let messages = events as u64 * subscribers;
    let last = sockets.wait_for(before + messages).await;
    let cpu = server.cpu_seconds() - cpu;
    let statements = calls(&counted(&mut copy.sql).await);
    count(&mut copy.sql, false).await;
    FanOut {
        sockets: sockets.len(),
        events,
        per_second: messages as f64 / last.duration_since(began).as_secs_f64(),
        per_cpu_second: messages as f64 / cpu,
        statements: statements / events as f64,
        alone: waits[waits.len() / 2],
    }
}

/// Positions ascend, and no message carries an error.
fn check_order(messages: &[Vec<u8>]) {
    let mut last = (0, 0);
    for message in messages {
        let message: Value = serde_json::from_slice(message).unwrap();
        if message["type"] != "next" {
            continue;
        }
        assert!(message["payload"].get("errors").is_none(), "{message:#}");
        let event = &message["payload"]["data"]["queue"];
        assert_eq!(event["kind"], "CHANGED", "{message:#}");
        assert_ne!(event["ticket"], json!(null));
        let position = domain::Position::decode(event["position"].as_str().unwrap()).unwrap();
        let position = (position.xid, position.seq);
        assert!(position > last, "{position:?} after {last:?}");
        last = position;
    }
}
