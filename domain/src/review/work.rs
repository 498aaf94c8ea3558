//! How far a sample is, and what its scores say, as one viewer may know it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{ReviewSampleId, TicketId, UserId, review, review_item};
use sea_orm::{
    EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{ArrayType, Expr},
};
use serde::{Deserialize, Serialize};

use super::agreement::Agreement;
use crate::{
    Actor, Desk, Result,
    db::among,
    page::{Key, Page, PageArgs},
    permission::{Action, permit},
};

/// A figure that tells of fewer tickets than this which the viewer has not scored yet could give
/// their scores away.
const CROWD: usize = 3;

/// A sample's tickets and scores, for one viewer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleWork {
    /// By position.
    items: Vec<Item>,
    scores: Vec<Score>,
    /// What the viewer has scored.
    mine: HashSet<TicketId>,
}

/// A ticket of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The ticket.
    pub ticket: TicketId,
    /// Its place, from 1.
    pub position: i32,
    /// Who was accountable for it when it was drawn.
    pub agent: Option<UserId>,
    /// Whether it is the viewer's own work, which they cannot review.
    pub own: bool,
}

/// A score of a ticket, whoever gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Score {
    ticket: TicketId,
    score: i16,
}

/// How the work of one member of staff was scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgentScores {
    /// Who was accountable for the tickets.
    pub agent: UserId,
    /// How many scores there are.
    pub reviews: usize,
    /// Their mean; `None` if it would give scores away.
    pub mean: Option<f64>,
}

/// The sort key of a sample's tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemKey(i32);

impl Key for ItemKey {
    const TAG: &'static str = "review-item";
    fn values(&self) -> Vec<Value> {
        vec![self.0.into()]
    }
}

impl From<&Item> for ItemKey {
    fn from(item: &Item) -> Self {
        Self(item.position)
    }
}

impl SampleWork {
    /// How many tickets the sample has.
    pub fn size(&self) -> usize {
        self.items.len()
    }

    /// How many of its tickets somebody scored.
    pub fn reviewed(&self) -> usize {
        let tickets = self.scores.iter().map(|score| score.ticket);
        tickets.collect::<HashSet<_>>().len()
    }

    /// How many of its tickets the viewer scored.
    pub fn reviewed_by_viewer(&self) -> usize {
        self.mine.len()
    }

    /// Whether the viewer has not scored this ticket yet, and so does not see how others did.
    pub fn is_blind(&self, ticket: TicketId) -> bool {
        !self.mine.contains(&ticket)
    }

    /// A ticket of the sample.
    pub fn item(&self, ticket: TicketId) -> Option<Item> {
        self.items
            .iter()
            .find(|item| item.ticket == ticket)
            .copied()
    }

    /// Who is accountable for its tickets.
    pub fn agents(&self) -> HashSet<UserId> {
        self.items.iter().filter_map(|item| item.agent).collect()
    }

    fn list(&self, only_open: bool) -> impl DoubleEndedIterator<Item = &Item> {
        let is_open = |item: &Item| self.is_blind(item.ticket) && !item.own;
        self.items
            .iter()
            .filter(move |item| !only_open || is_open(item))
    }

    /// A page of its tickets by position; with `only_open`, of those that the viewer has yet to score.
    /// A sample is small: all of it is in memory.
    ///
    /// # Errors
    /// `BadInput` for bad page arguments.
    pub fn page(&self, only_open: bool, args: &PageArgs) -> Result<Page<Item>> {
        let window = args.window::<ItemKey>()?;
        let after = window.after.as_ref().map_or(i32::MIN, |key| key.0);
        let before = window.before.as_ref().map_or(i32::MAX, |key| key.0);
        let within = |item: &&Item| after < item.position && item.position < before;
        let items = self.list(only_open).filter(within).copied();
        // One to spare, which says that there are more.
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX) + 1;
        Ok(window.page(if window.from_end {
            items.rev().take(limit).collect()
        } else {
            items.take(limit).collect()
        }))
    }

    /// How many tickets [`Self::page`] lists.
    pub fn total(&self, only_open: bool) -> usize {
        self.list(only_open).count()
    }

    /// Whether a figure of `scores` would tell the viewer how others scored what they have yet to score
    /// themselves: it is of one or two such tickets.
    fn gives_away<'a>(&self, scores: impl IntoIterator<Item = &'a Score>) -> bool {
        let tickets = scores.into_iter().map(|score| score.ticket);
        let hidden: HashSet<_> = tickets.filter(|&ticket| self.is_blind(ticket)).collect();
        (1..CROWD).contains(&hidden.len())
    }

    fn mean<'a>(&self, scores: impl IntoIterator<Item = &'a Score> + Clone) -> Option<f64> {
        if self.gives_away(scores.clone()) {
            return None;
        }
        let (mut total, mut count) = (0.0, 0.0);
        for score in scores {
            total += f64::from(score.score);
            count += 1.0;
        }
        (count > 0.0).then(|| total / count)
    }

    /// The mean of all scores; `None` if there are none, or it would give some away.
    pub fn average(&self) -> Option<f64> {
        self.mean(&self.scores)
    }

    /// The scores by who was accountable for the tickets, most scores first.
    pub fn by_agent(&self) -> Vec<AgentScores> {
        let agents: HashMap<_, _> = self
            .items
            .iter()
            .map(|item| (item.ticket, item.agent))
            .collect();
        let mut scores: BTreeMap<UserId, Vec<&Score>> = BTreeMap::new();
        for score in &self.scores {
            if let Some(agent) = agents.get(&score.ticket).copied().flatten() {
                scores.entry(agent).or_default().push(score);
            }
        }
        let mut all: Vec<_> = scores
            .into_iter()
            .map(|(agent, scores)| AgentScores {
                agent,
                reviews: scores.len(),
                mean: self.mean(scores.iter().copied()),
            })
            .collect();
        all.sort_by_key(|scores| std::cmp::Reverse(scores.reviews));
        all
    }

    /// How far the reviewers agree; `None` if that would give scores away.
    pub fn agreement(&self) -> Option<Agreement> {
        let mut items: BTreeMap<TicketId, Vec<&Score>> = BTreeMap::new();
        for score in &self.scores {
            items.entry(score.ticket).or_default().push(score);
        }
        items.retain(|_, scores| scores.len() > 1);
        if self.gives_away(items.values().flatten().copied()) {
            return None;
        }
        let items: Vec<Vec<i16>> = items
            .into_values()
            .map(|scores| scores.into_iter().map(|score| score.score).collect())
            .collect();
        Some(Agreement::of(&items))
    }
}

impl Desk {
    /// The tickets and scores of `samples`, as far as `actor` may know of them.
    ///
    /// # Errors
    /// `Forbidden` for whom it is not, `Unavailable` when the database does not answer.
    pub async fn sample_work(
        &self,
        actor: Actor,
        samples: &[ReviewSampleId],
    ) -> Result<HashMap<ReviewSampleId, SampleWork>> {
        permit(actor, Action::ManageReviews)?;
        let db = self.db.read();
        let backend = self.db.backend();
        let ids = || samples.iter().map(|id| Value::from(id.0));
        let now = "(SELECT ticket.assignee_id FROM ticket WHERE ticket.id = review_item.ticket_id)";
        let items = review_item::Entity::find()
            .filter(among(
                backend,
                review_item::Column::SampleId,
                ArrayType::Uuid,
                ids(),
            ))
            .order_by_asc(review_item::Column::Position)
            .select_only()
            .columns([
                review_item::Column::SampleId,
                review_item::Column::TicketId,
                review_item::Column::Position,
                review_item::Column::AssigneeId,
            ])
            .column_as(Expr::cust(now), "now")
            .into_tuple::<(
                ReviewSampleId,
                TicketId,
                i32,
                Option<UserId>,
                Option<UserId>,
            )>()
            .all(db)
            .await?;
        let scores = review::Entity::find()
            .filter(among(
                backend,
                review::Column::SampleId,
                ArrayType::Uuid,
                ids(),
            ))
            .select_only()
            .columns([
                review::Column::SampleId,
                review::Column::TicketId,
                review::Column::ReviewerId,
                review::Column::Score,
            ])
            .into_tuple::<(ReviewSampleId, TicketId, UserId, i16)>()
            .all(db)
            .await?;
        let mut work: HashMap<ReviewSampleId, SampleWork> = HashMap::new();
        for (sample, ticket, position, agent, now) in items {
            work.entry(sample).or_default().items.push(Item {
                ticket,
                position,
                agent,
                own: [agent, now].contains(&Some(actor.id)),
            });
        }
        for (sample, ticket, reviewer, score) in scores {
            let work = work.entry(sample).or_default();
            work.scores.push(Score { ticket, score });
            if reviewer == actor.id {
                work.mine.insert(ticket);
            }
        }
        Ok(work)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ticket(number: u128) -> TicketId {
        TicketId(Uuid::from_u128(number))
    }

    fn agent(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    /// Tickets of two agents in turn, their scores, and those that the viewer scored.
    fn work(scores: &[&[i16]], mine: &[u128]) -> SampleWork {
        let numbered = || (0_u128..).zip(scores);
        SampleWork {
            items: numbered()
                .map(|(number, _)| Item {
                    ticket: ticket(number),
                    position: i32::try_from(number).unwrap() + 1,
                    agent: Some(agent(number % 2)),
                    own: false,
                })
                .collect(),
            scores: numbered()
                .flat_map(|(number, scores)| {
                    scores.iter().map(move |&score| Score {
                        ticket: ticket(number),
                        score,
                    })
                })
                .collect(),
            mine: mine.iter().map(|&number| ticket(number)).collect(),
        }
    }

    #[test]
    fn figures_do_not_give_away_what_is_not_scored_yet() {
        let scores: [&[i16]; 4] = [&[1, 2], &[4], &[5, 5], &[3, 3]];
        // Who scored everything sees everything, who scored nothing the whole only.
        for mine in [vec![0, 1, 2, 3], vec![]] {
            let mine = mine.as_slice();
            let work = work(&scores, mine);
            assert_eq!(work.average(), Some(23.0 / 7.0));
            assert_eq!(work.agreement().map(|found| found.items), Some(3));
        }
        let all = work(&scores, &[0, 1, 2, 3]).by_agent();
        assert_eq!((all[0].reviews, all[0].mean), (4, Some(13.0 / 4.0)));
        assert_eq!((all[1].reviews, all[1].mean), (3, Some(10.0 / 3.0)));
        // Each agent has two tickets: too few to hide the scores of one.
        let none = work(&scores, &[]).by_agent();
        assert_eq!((none[0].reviews, none[0].mean), (4, None));
        // One ticket is left that the viewer could work out from a mean; and a pair.
        let work = work(&scores, &[0, 1, 2]);
        assert_eq!((work.average(), work.agreement()), (None, None));
        let by = work.by_agent();
        assert_eq!((by[0].mean, by[1].mean), (Some(13.0 / 4.0), None));
        // A ticket with one score is in no pair, so the agreement does not tell of it.
        let alone: [&[i16]; 3] = [&[1, 2], &[2, 2], &[4]];
        let work = super::tests::work(&alone, &[0, 1]);
        assert_eq!(work.average(), None);
        assert_eq!(work.agreement().map(|found| found.items), Some(2));
    }

    #[test]
    fn pages_go_by_position() {
        let mut work = work(&[&[1], &[], &[], &[], &[5]], &[0]);
        work.items[3].own = true;
        let positions = |page: Page<Item>| {
            let positions: Vec<_> = page.items.iter().map(|item| item.position).collect();
            (positions, page.has_previous, page.has_next)
        };
        let args = |first, last, after: Option<i32>, before: Option<i32>| PageArgs {
            first,
            last,
            after: after.map(|position| ItemKey(position).encode()),
            before: before.map(|position| ItemKey(position).encode()),
        };
        let page = |only_open, args: PageArgs| positions(work.page(only_open, &args).unwrap());
        assert_eq!(
            page(false, args(Some(2), None, None, None)),
            (vec![1, 2], false, true)
        );
        assert_eq!(
            page(false, args(Some(3), None, Some(2), None)),
            (vec![3, 4, 5], true, false)
        );
        assert_eq!(
            page(false, args(None, Some(2), None, Some(4))),
            (vec![2, 3], true, true)
        );
        assert_eq!(
            page(true, args(Some(9), None, None, None)),
            (vec![2, 3, 5], false, false)
        );
        assert_eq!(
            (work.total(false), work.total(true), work.reviewed()),
            (5, 3, 2)
        );
    }
}
