//! Processor time, as the kernel counts it. On a shared machine it says more than the clock does:
//! a process that waits for a processor does not use it.

use std::fs;

/// The kernel's `USER_HZ`, which is 100 wherever Linux runs.
const TICKS_PER_SECOND: f64 = 100.0;

struct Stat {
    parent: u32,
    /// Ticks of the process, in the kernel too.
    own: f64,
    /// Ticks of its children that have ended.
    of_ended: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; the fields are counted from behind it.
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        of_ended: ticks(13)? + ticks(14)?,
    })
}

/// Seconds of a process.
pub(crate) fn of_process(pid: u32) -> f64 {
    stat(pid).map_or(0.0, |stat| stat.own) / TICKS_PER_SECOND
}

/// Seconds of a process and of all its children, those that have ended included.
pub(crate) fn of_family(pid: u32) -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children = ids.filter_map(stat).filter(|stat| stat.parent == pid);
    let children: f64 = children.map(|stat| stat.own).sum();
    let parent = stat(pid).map_or(0.0, |stat| stat.own + stat.of_ended);
    (children + parent) / TICKS_PER_SECOND
}
