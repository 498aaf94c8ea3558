//! From which tickets a sample is drawn.

use entity::{
    SlaState, TicketId, TicketStatus, Timestamp, review_sample::Rules, team, ticket, user,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Actor, Error, QueueFilter, Result, UserErrorCode, clock::can_be_kept, query::visible_to,
    text::Check,
};

/// How many entries a list of the rules can have.
const MAX_VALUES: usize = 100;

/// When a ticket was finished: resolved, or closed without that. Each is finished once, so samples
/// of successive times have no ticket in common. In the words of the index.
const FINISHED: &str = "COALESCE(ticket.resolved_at, ticket.closed_at)";

/// Notes what is wrong with `rules`, and gives back the same with each value once.
pub(super) fn clean(rules: &Rules, check: &mut Check) -> Rules {
    let field = |name| ["rules", name];
    for (name, time) in [("from", rules.from), ("to", rules.to)] {
        if !can_be_kept(time) {
            let message = format!("`{name}` must be in the years 1 to 9999.");
            check.fail(UserErrorCode::Invalid, &field(name), message);
        }
    }
    if rules.from >= rules.to {
        let message = "`to` must be after `from`.";
        check.fail(UserErrorCode::Invalid, &field("to"), message);
    }
    for (name, length) in [
        ("categories", rules.categories.len()),
        ("priorities", rules.priorities.len()),
        ("teamIds", rules.teams.len()),
        ("sources", rules.sources.len()),
    ] {
        if length > MAX_VALUES {
            let message =
                format!("`{name}` has {length} entries, at most {MAX_VALUES} are possible.");
            check.fail(UserErrorCode::TooLong, &field(name), message);
        }
    }
    let mut rules = rules.clone();
    rules.categories.sort_unstable();
    rules.categories.dedup();
    rules.priorities.sort_unstable();
    rules.priorities.dedup();
    rules.teams.sort_unstable();
    rules.teams.dedup();
    rules.sources.sort_unstable();
    rules.sources.dedup();
    rules
}

/// Passes if the teams and the person that `rules` name are there.
pub(super) async fn check_references(db: &impl ConnectionTrait, rules: &Rules) -> Result<()> {
    let found = team::Entity::find()
        .filter(team::Column::Id.is_in(rules.teams.iter().copied()))
        .count(db)
        .await?;
    if usize::try_from(found).is_ok_and(|found| found < rules.teams.len()) {
        return Err(Error::not_found("team", &["rules", "teamIds"]));
    }
    if let Some(person) = rules.assignee {
        let known = user::Entity::find_by_id(person).one(db).await?;
        known.ok_or_else(|| Error::not_found("person", &["rules", "assigneeId"]))?;
    }
    Ok(())
}

/// When a ticket was finished.
pub(super) fn finished() -> Expr {
    Expr::cust(FINISHED)
}

/// Whether `rules` are true of a ticket that was finished in their time.
pub(super) fn condition(actor: Actor, rules: &Rules) -> Condition {
    let only = |wanted: bool| wanted.then_some(true);
    let breached = rules.only_breached.then_some(SlaState::Breached);
    let filter = QueueFilter {
        status: vec![TicketStatus::Resolved, TicketStatus::Closed],
        priority: rules.priorities.clone(),
        category: rules.categories.clone(),
        team: rules.teams.clone(),
        source: rules.sources.clone(),
        assignee: rules.assignee,
        // Strata are by assignee: who has none is in none.
        unassigned: rules.per_agent.map(|_| false),
        escalated: only(rules.only_escalated),
        sla_state: breached.into_iter().collect(),
        ..QueueFilter::default()
    };
    let condition = filter.condition(actor.id);
    if rules.exclude_reviewed {
        let known = "EXISTS (SELECT 1 FROM review_item WHERE review_item.ticket_id = ticket.id)";
        condition.add(Expr::cust(known).not())
    } else {
        condition
    }
}

/// The tickets that were finished in the time of `rules`, in that order, behind the one that was the
/// last so far. Nothing else restricts them: so both databases go along the index, and see each once.
pub(super) fn finished_tickets(
    actor: Actor,
    rules: &Rules,
    last: Option<(Timestamp, TicketId)>,
) -> Select<ticket::Entity> {
    visible_to(actor)
        // Plain words, so that the planner can prove that the partial index applies.
        .filter(Expr::cust(format!("{FINISHED} IS NOT NULL")))
        .filter(finished().gte(last.map_or(rules.from, |(time, _)| time)))
        .filter(finished().lt(rules.to))
        .apply_if(last, |rows, (time, id)| {
            let place = Expr::tuple([finished(), ticket::Column::Id.into_expr()]);
            rows.filter(place.gt(Expr::tuple([Expr::val(time), Expr::val(id.0)])))
        })
        .order_by_asc(finished())
        .order_by_asc(ticket::Column::Id)
}
