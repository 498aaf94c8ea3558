//! Whether a policy is sound.

use entity::{
    EscalationAction, Priority, SlaPolicyId, TimerKind, Timestamp, calendar, category,
    sla_policy::{self, At, Conditions, Step, Steps, Target, Targets},
    team,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::PolicyRules;
use crate::{
    Error, Result, UserErrorCode,
    sla::{
        calendar::Calendar,
        clock::Clock,
        levels,
        store::{live_calendars, live_policies},
        target,
    },
    text::{Check, MAX_WORD},
};

/// How many policies there can be.
const MAX_POLICIES: u64 = 100;
/// How many steps a policy can have.
const MAX_STEPS: usize = 60;
/// How many values a condition can name.
const MAX_VALUES: usize = 100;
/// The longest target, in seconds: ten years.
const MAX_SECONDS: i64 = 10 * 366 * 86_400;
/// How far ahead a deadline may lie: five years.
const REACH: i64 = 5 * 366 * 86_400;

/// The row that a policy would have, if it is sound.
pub(crate) async fn draft(
    db: &impl sea_orm::ConnectionTrait,
    id: Option<SlaPolicyId>,
    rules: &PolicyRules,
    now: Timestamp,
    clock: &crate::Clock,
) -> Result<sla_policy::Model> {
    let mut check = Check::default();
    let name = check.line(&rules.name, &["name"], MAX_WORD);
    check_targets(&rules.targets, &mut check);
    check_steps(&rules.steps, &mut check);
    let conditions = clean_conditions(&rules.conditions, &mut check);
    for (field, seconds) in [
        ("unattendedAfterSeconds", rules.unattended_seconds),
        ("followUpAfterSeconds", rules.follow_up_seconds),
        ("closeAfterSeconds", rules.close_seconds),
    ] {
        if let Some(seconds) = seconds {
            check_seconds(seconds, &[field], &mut check);
        }
    }
    if let (Some(ask), Some(close)) = (rules.follow_up_seconds, rules.close_seconds)
        && close <= ask
    {
        check.fail(
            UserErrorCode::Invalid,
            &["closeAfterSeconds"],
            "The ticket would close before its customer is asked again. Close it later than \
             `followUpAfterSeconds`, or leave that out.",
        );
    }
    check.finish()?;

    let known = match id {
        None => {
            if live_policies().count(db).await? >= MAX_POLICIES {
                let message = format!("There can be at most {MAX_POLICIES} policies.");
                return Err(Error::user(UserErrorCode::TooLong, &[], message));
            }
            None
        }
        Some(id) => {
            let row = live_policies()
                .filter(sla_policy::Column::Id.eq(id))
                .one(db)
                .await?;
            Some(row.ok_or_else(|| Error::not_found("SLA policy", &["id"]))?)
        }
    };
    let catch_all = known.as_ref().is_some_and(|row| row.catch_all);
    if catch_all && conditions != Conditions::default() {
        return Err(Error::user(
            UserErrorCode::Invalid,
            &["conditions"],
            "This policy is for every ticket that no other one is for, so it can have no \
             conditions. Make another policy for some tickets.",
        ));
    }
    let namesake = live_policies().filter(sla_policy::Column::Name.eq(name.as_str()));
    if namesake
        .one(db)
        .await?
        .is_some_and(|row| Some(row.id) != id)
    {
        return Err(taken());
    }
    check_references(db, &conditions, &rules.steps).await?;
    let position = match &known {
        Some(row) => row.position,
        None => next_position(db).await?,
    };
    let row = sla_policy::Model {
        id: id.unwrap_or_else(|| clock.new_id()),
        name,
        position,
        catch_all,
        conditions,
        calendar_id: rules.calendar,
        targets: Targets(rules.targets.clone()),
        steps: Steps(rules.steps.clone()),
        unattended_seconds: rules.unattended_seconds,
        follow_up_seconds: rules.follow_up_seconds,
        close_seconds: rules.close_seconds,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let calendar = live_calendars()
        .filter(calendar::Column::Id.eq(rules.calendar))
        .one(db)
        .await?;
    let calendar = calendar.ok_or_else(|| Error::not_found("calendar", &["calendarId"]))?;
    check_reach(&row, &Calendar::try_from(&calendar)?, now, "targets")?;
    Ok(row)
}

async fn next_position(db: &impl sea_orm::ConnectionTrait) -> Result<i32> {
    let last = live_policies()
        .filter(sla_policy::Column::CatchAll.eq(false))
        .order_by_desc(sla_policy::Column::Position)
        .one(db)
        .await?;
    Ok(last.map_or(1, |row| row.position + 1))
}

async fn check_references(
    db: &impl sea_orm::ConnectionTrait,
    conditions: &Conditions,
    steps: &[Step],
) -> Result<()> {
    let Conditions {
        categories, teams, ..
    } = conditions;
    let found = category::Entity::find()
        .filter(category::Column::Id.is_in(categories.iter().copied()))
        .count(db)
        .await?;
    if usize::try_from(found).is_ok_and(|found| found < categories.len()) {
        return Err(Error::not_found("category", &["conditions", "categories"]));
    }
    let handed = steps.iter().filter_map(|step| step.team);
    for (field, mut ids) in [
        (&["conditions", "teamIds"], teams.clone()),
        (&["steps", "teamId"], handed.collect()),
    ] {
        ids.sort_unstable();
        ids.dedup();
        let found = team::Entity::find()
            .filter(team::Column::Id.is_in(ids.iter().copied()))
            .count(db)
            .await?;
        if usize::try_from(found).is_ok_and(|found| found < ids.len()) {
            return Err(Error::not_found("team", field));
        }
    }
    Ok(())
}

fn check_seconds(seconds: i64, field: &[&str], check: &mut Check) {
    let name = field.last().copied().unwrap_or_default();
    if seconds <= 0 {
        let message = format!("`{name}` must be more than 0. Leave it out for no limit.");
        check.fail(UserErrorCode::Invalid, field, message);
    } else if seconds > MAX_SECONDS {
        let message = format!("`{name}` is more than ten years. Leave it out for no limit.");
        check.fail(UserErrorCode::Invalid, field, message);
    }
}

fn check_targets(targets: &[Target], check: &mut Check) {
    for (place, target) in targets.iter().enumerate() {
        let number = place.to_string();
        let name = match target.kind {
            TimerKind::FirstResponse => "firstResponseSeconds",
            TimerKind::NextResponse => "nextResponseSeconds",
            TimerKind::Resolution => "resolutionSeconds",
            TimerKind::Unattended | TimerKind::FollowUp | TimerKind::AutoClose => "kind",
        };
        check_seconds(target.seconds, &["targets", name], check);
        let same = |other: &Target| (other.kind, other.priority) == (target.kind, target.priority);
        if targets[..place].iter().any(same) {
            let priority = target.priority.as_str();
            let message = format!("There are two targets for {priority}. Leave one out.");
            check.fail(UserErrorCode::Invalid, &["targets", &number], message);
        }
    }
}

fn check_steps(steps: &[Step], check: &mut Check) {
    if steps.len() > MAX_STEPS {
        let message = format!("A policy has at most {MAX_STEPS} steps.");
        check.fail(UserErrorCode::TooLong, &["steps"], message);
    }
    for (place, step) in steps.iter().enumerate() {
        let place = place.to_string();
        let mut fail = |field: &str, message: &str| {
            check.fail(UserErrorCode::Invalid, &["steps", &place, field], message);
        };
        match step.at {
            At::Percent(0..=1_000) => {}
            At::Percent(_) => fail("atPercent", "`atPercent` must be from 0 to 1000."),
            At::Offset(seconds) if i64::from(seconds).abs() <= 366 * 86_400 => {}
            At::Offset(_) => fail("offsetSeconds", "`offsetSeconds` must be within a year."),
        }
        let hands = step.action == EscalationAction::HandToTeam;
        if hands != step.team.is_some() {
            let message = "A step that hands to a team needs `teamId`, and no other has one.";
            fail("teamId", message);
        }
        let escalates = step.action == EscalationAction::Escalate;
        if !escalates && (step.tier.is_some() || step.target.is_some()) {
            fail("tier", "Only a step that escalates has `tier` or `target`.");
        }
        if step.tier.is_some_and(|tier| !(1..=9).contains(&tier)) {
            fail("tier", "`tier` must be from 1 to 9.");
        }
    }
}

/// The conditions with each value once.
fn clean_conditions(conditions: &Conditions, check: &mut Check) -> Conditions {
    fn once<T: Clone + PartialEq>(values: &[T]) -> Vec<T> {
        let mut all: Vec<T> = Vec::with_capacity(values.len());
        for value in values {
            if !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }
    let Conditions {
        categories,
        tiers,
        teams,
        sources,
        priorities,
    } = conditions;
    for (field, length) in [
        ("categories", categories.len()),
        ("tiers", tiers.len()),
        ("teamIds", teams.len()),
        ("sources", sources.len()),
        ("priorities", priorities.len()),
    ] {
        if length > MAX_VALUES {
            let message =
                format!("`{field}` has {length} entries, at most {MAX_VALUES} are possible.");
            check.fail(UserErrorCode::TooLong, &["conditions", field], message);
            return conditions.clone();
        }
    }
    let tier = |tier: &String| check.line(tier, &["conditions", "tiers"], 50);
    let tiers: Vec<_> = tiers.iter().map(tier).collect();
    Conditions {
        categories: once(categories),
        tiers: once(&tiers),
        teams: once(teams),
        sources: once(sources),
        priorities: once(priorities),
    }
}

/// Passes if everything that `policy` measures by `calendar` falls due within five years.
pub(crate) fn check_reach(
    policy: &sla_policy::Model,
    calendar: &Calendar,
    now: Timestamp,
    field: &str,
) -> Result<()> {
    let start = now.timestamp();
    let clock = Clock::new(calendar, start, &[]);
    let in_reach = |seconds: i64| {
        let reached = clock.reaches(seconds);
        reached.is_some_and(|at| at - start <= REACH)
    };
    let mut longest = policy.unattended_seconds.unwrap_or(0);
    for kind in TimerKind::SLA {
        for &priority in Priority::ALL {
            if let Some(target) = target(policy, kind, priority) {
                let levels = levels(policy, kind, priority, target);
                let last = levels.iter().map(|level| level.seconds).max();
                longest = longest.max(last.unwrap_or(0));
            }
        }
    }
    if in_reach(longest) {
        return Ok(());
    }
    let message = format!(
        "With these open hours, the longest time that \"{}\" allows would be over only in more than \
         five years. Shorten it, or open longer.",
        policy.name
    );
    Err(Error::user(UserErrorCode::Invalid, &[field], message))
}

pub(super) fn taken() -> Error {
    let message = "There is an SLA policy with this name already. Choose another name.";
    Error::user(UserErrorCode::Taken, &["name"], message)
}
