//! Look-ahead for samples for quality review: see [`crate::prime`].

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Lookahead, SelectionField, Value, dataloader::Loader as _};
use domain::{page::PageArgs, review::Item};
use entity::{ReviewSampleId, UserId, review_sample};

use crate::{
    context::Asked,
    loader::{CategoryKey, PersonKey, ReviewsKey, SampleWorkKey, TeamKey, TicketKey},
    prime::{Wanted, nodes, page_arg, prime},
};

/// What a selection asks of samples.
#[derive(Debug, Default)]
pub(crate) struct WantedOfSamples {
    creator: bool,
    assignee: bool,
    categories: bool,
    teams: bool,
    work: bool,
    agents: bool,
    pages: Vec<(PageArgs, bool)>,
    item_agents: bool,
    ticket: bool,
    of_ticket: Wanted,
    reviews: bool,
    reviewers: bool,
}

impl WantedOfSamples {
    /// What the connection `list` asks of its samples.
    pub(crate) fn of_connection(list: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        for node in nodes(list) {
            wanted.add(&node);
        }
        wanted
    }

    /// What `sample` asks.
    pub(crate) fn of_sample(sample: &Lookahead<'_>) -> Self {
        let mut wanted = Self::default();
        wanted.add(sample);
        wanted
    }

    fn add(&mut self, sample: &Lookahead<'_>) {
        let has = |name: &str| sample.field(name).exists();
        self.creator |= has("createdBy");
        let rules = sample.field("rules");
        self.assignee |= rules.field("assignee").exists();
        self.categories |= rules.field("categories").exists();
        self.teams |= rules.field("teams").exists();
        let figures = [
            "items",
            "progress",
            "agreement",
            "averageScore",
            "scoresByAgent",
        ];
        self.work |= figures.into_iter().any(has);
        self.agents |= sample.field("scoresByAgent").field("agent").exists();
        let items = sample.field("items");
        // Arguments that are wrong are reported by the field itself.
        self.pages
            .extend(items.selection_fields().iter().filter_map(item_page));
        for item in nodes(&items) {
            self.item_agents |= item.field("agent").exists();
            self.ticket |= item.field("ticket").exists();
            self.of_ticket.add(&item.field("ticket"));
            self.reviews |= item.field("reviews").exists();
            self.reviewers |= item.field("reviews").field("reviewer").exists();
        }
    }
}

fn item_page(field: &SelectionField<'_>) -> Option<(PageArgs, bool)> {
    let (mut args, mut only_open) = (PageArgs::default(), false);
    for (name, value) in field.arguments().ok()? {
        if name == "onlyOpen" {
            only_open = value == Value::Boolean(true);
        } else {
            page_arg(&mut args, &name, &value);
        }
    }
    Some((args, only_open))
}

/// Fetches what `wanted` asks of `samples` and feeds it to the loaders.
///
/// # Errors
/// What the domain answers, `Unavailable` for one.
pub(crate) async fn prime_samples(
    asked: &Asked,
    samples: &[Arc<review_sample::Model>],
    wanted: &WantedOfSamples,
) -> Result<(), Arc<domain::Error>> {
    if samples.is_empty() {
        return Ok(());
    }
    let loaders = &asked.loaders;
    let mut people: HashSet<UserId> = HashSet::new();
    people.extend(
        samples
            .iter()
            .filter(|_| wanted.creator)
            .map(|row| row.created_by),
    );
    let assignees = samples.iter().filter(|_| wanted.assignee);
    people.extend(assignees.filter_map(|row| row.rules.assignee));

    macro_rules! feed {
        ($wanted:expr, $key:ident, $ids:expr) => {
            let keys: HashSet<_> = $ids.filter(|_| $wanted).map($key).collect();
            let keys: Vec<_> = keys.into_iter().collect();
            if !keys.is_empty() {
                loaders.feed_many(loaders.loader().load(&keys).await?).await;
            }
        };
    }
    let rules = || samples.iter().map(|row| &row.rules);
    let categories = rules().flat_map(|rules| rules.categories.iter().copied());
    feed!(wanted.categories, CategoryKey, categories);
    let teams = rules().flat_map(|rules| rules.teams.iter().copied());
    feed!(wanted.teams, TeamKey, teams);

    if wanted.work {
        let keys: Vec<_> = samples.iter().map(|row| SampleWorkKey(row.id)).collect();
        let work = loaders.loader().load(&keys).await?;
        let agents = work.values().filter(|_| wanted.agents);
        people.extend(agents.flat_map(|work| work.agents()));
        let mut items: HashMap<(ReviewSampleId, _), Item> = HashMap::new();
        for (SampleWorkKey(sample), work) in &work {
            for (args, only_open) in &wanted.pages {
                let page = work.page(*only_open, args).ok();
                let found = page.into_iter().flat_map(|page| page.items);
                items.extend(found.map(|item| ((*sample, item.ticket), item)));
            }
        }
        loaders.feed_many(work).await;
        people.extend(
            items
                .values()
                .filter(|_| wanted.item_agents)
                .filter_map(|item| item.agent),
        );
        people.extend(of_items(asked, &items, wanted).await?);
    }
    feed!(true, PersonKey, people.into_iter());
    Ok(())
}

/// Feeds what is asked of the tickets on the pages, and gives back the people who reviewed them.
async fn of_items(
    asked: &Asked,
    items: &HashMap<(ReviewSampleId, entity::TicketId), Item>,
    wanted: &WantedOfSamples,
) -> Result<HashSet<UserId>, Arc<domain::Error>> {
    let loaders = &asked.loaders;
    let mut reviewers = HashSet::new();
    if items.is_empty() {
        return Ok(reviewers);
    }
    if wanted.ticket {
        let keys: HashSet<_> = items.keys().map(|(_, ticket)| TicketKey(*ticket)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let tickets = loaders.loader().load(&keys).await?;
        let found: Vec<_> = tickets.values().cloned().collect();
        loaders.feed_many(tickets).await;
        prime(asked, &found, &wanted.of_ticket).await?;
    }
    if wanted.reviews {
        let keys = items.keys();
        let keys = keys.map(|&(sample, ticket)| ReviewsKey { sample, ticket });
        let keys: Vec<_> = keys.collect();
        let reviews = loaders.loader().load(&keys).await?;
        let rows = reviews.values().flat_map(|rows| rows.iter());
        reviewers.extend(rows.filter(|_| wanted.reviewers).map(|row| row.reviewer_id));
        loaders.feed_many(reviews).await;
    }
    Ok(reviewers)
}
