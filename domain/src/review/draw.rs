//! Which tickets a sample takes. Nothing here depends on anything but the seed and the tickets.
//!
//! Each ticket gets a number that is as good as random, the SHA-256 of the seed and its id, and the
//! tickets with the smallest numbers are taken. So each set of tickets of a size is as likely as any
//! other, no ticket is taken twice, the same seed and the same tickets give the same sample in
//! whatever order they come, and only what may yet be taken is kept in memory.

use std::collections::{BinaryHeap, HashMap};

use entity::{TicketId, UserId};
use sha2::{Digest, Sha256};

/// A draw that goes on: tickets are offered to it one by one.
#[derive(Debug)]
pub struct Draw {
    seed: i64,
    size: usize,
    per_agent: Option<usize>,
    offered: u64,
    /// The tickets with the smallest numbers so far: all together, or of each agent.
    kept: HashMap<Option<UserId>, BinaryHeap<Lot>>,
}

/// A ticket with its number, by which lots are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lot {
    number: u128,
    ticket: TicketId,
    agent: Option<UserId>,
}

/// The number of a ticket: the first 16 bytes of the SHA-256 of the seed (8 bytes, the most
/// significant first) and the 16 bytes of the id.
pub fn number(seed: i64, ticket: TicketId) -> u128 {
    let hash = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(ticket.0.as_bytes())
        .finalize();
    let first = hash.iter().take(16);
    first.fold(0, |number, &byte| number << 8 | u128::from(byte))
}

impl Draw {
    /// A draw of at most `size` tickets; with `per_agent`, of at most so many of each agent, and
    /// of tickets that have an agent only.
    pub fn new(seed: i64, size: usize, per_agent: Option<usize>) -> Self {
        Self {
            seed,
            size,
            per_agent,
            offered: 0,
            kept: HashMap::new(),
        }
    }

    /// Takes notice of a ticket and who is accountable for it.
    pub fn offer(&mut self, ticket: TicketId, agent: Option<UserId>) {
        if self.per_agent.is_some() && agent.is_none() {
            return;
        }
        self.offered += 1;
        let stratum = agent.filter(|_| self.per_agent.is_some());
        let most = self.per_agent.unwrap_or(self.size).min(self.size);
        let lot = Lot {
            number: number(self.seed, ticket),
            ticket,
            agent,
        };
        let kept = self.kept.entry(stratum).or_default();
        if kept.len() < most {
            kept.push(lot);
        } else if let Some(mut largest) = kept.peek_mut()
            && lot < *largest
        {
            *largest = lot;
        }
    }

    /// How many tickets were offered.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// The tickets that were drawn, with their agents, in random order. If there are more than are
    /// wanted, each agent's first goes before any agent's second, and so on.
    pub fn finish(self) -> Vec<(TicketId, Option<UserId>)> {
        let strata = self.kept.into_values().map(BinaryHeap::into_sorted_vec);
        let mut lots: Vec<(usize, Lot)> = strata
            .flat_map(|lots| lots.into_iter().enumerate())
            .collect();
        lots.sort_unstable();
        lots.truncate(self.size);
        let mut lots: Vec<Lot> = lots.into_iter().map(|(_, lot)| lot).collect();
        lots.sort_unstable();
        lots.into_iter()
            .map(|lot| (lot.ticket, lot.agent))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    /// Ids as they are made: one after the other, and much alike.
    fn ticket(number: usize) -> TicketId {
        TicketId(Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0000 + number as u128,
        ))
    }

    fn agent(number: usize) -> UserId {
        UserId(Uuid::from_u128(7 + number as u128))
    }

    fn draw(
        seed: i64,
        size: usize,
        per_agent: Option<usize>,
        tickets: impl IntoIterator<Item = (TicketId, Option<UserId>)>,
    ) -> Vec<(TicketId, Option<UserId>)> {
        let mut draw = Draw::new(seed, size, per_agent);
        for (ticket, agent) in tickets {
            draw.offer(ticket, agent);
        }
        draw.finish()
    }

    /// Pearson's statistic of counts that should all be `expected`.
    fn chi_square(counts: impl Iterator<Item = u32>, expected: f64) -> f64 {
        counts
            .map(|count| (f64::from(count) - expected).powi(2) / expected)
            .sum()
    }

    const TICKETS: usize = 20;
    const SIZE: usize = 5;
    const DRAWS: u32 = 4_000;
    /// What chi-square with 19 degrees of freedom exceeds once in a thousand times.
    const LIMIT: f64 = 43.82;

    /// The statistic of how often each of 20 tickets is taken in 4,000 draws of 5. Draws are without
    /// replacement, so the counts vary less than independent ones: by (N - n) / (N - 1).
    fn bias(mut take: impl FnMut(i64) -> Vec<TicketId>) -> f64 {
        let mut counts = [0_u32; TICKETS];
        for seed in 0..DRAWS {
            let taken = take(seed.into());
            assert_eq!(taken.iter().collect::<HashSet<_>>().len(), SIZE);
            for id in taken {
                counts[(0..TICKETS)
                    .position(|number| ticket(number) == id)
                    .unwrap()] += 1;
            }
        }
        let expected = f64::from(DRAWS) * SIZE as f64 / TICKETS as f64;
        let fewer = (TICKETS - SIZE) as f64 / (TICKETS - 1) as f64;
        chi_square(counts.into_iter(), expected) / fewer
    }

    fn ids(drawn: Vec<(TicketId, Option<UserId>)>) -> Vec<TicketId> {
        drawn.into_iter().map(|(ticket, _)| ticket).collect()
    }

    #[test]
    fn each_ticket_is_as_likely_as_any_other() {
        let all = || (0..TICKETS).map(|number| (ticket(number), None));
        let found = bias(|seed| ids(draw(seed, SIZE, None, all())));
        assert!(found < LIMIT, "{found}");
        // Neither too even to be random: once in a thousand times it is less than this.
        assert!(found > 5.41, "{found}");
        // The measure would tell: here the first ticket has a seventh less of a chance.
        let unfair = bias(|seed| {
            let mut taken = ids(draw(seed, SIZE, None, all()));
            if seed % 7 == 0
                && let Some(place) = taken.iter().position(|id| *id == ticket(0))
            {
                let other = (1..TICKETS).map(ticket).find(|id| !taken.contains(id));
                taken[place] = other.unwrap();
            }
            taken
        });
        assert!(unfair > LIMIT, "{unfair}");
    }

    #[test]
    fn each_pair_and_each_place_are_as_likely_as_any_other() {
        let (mut pairs, mut firsts) = (HashMap::new(), HashMap::new());
        for seed in 0..DRAWS {
            let all = (0..TICKETS).map(|number| (ticket(number), None));
            let mut taken = ids(draw(seed.into(), SIZE, None, all));
            *firsts.entry(taken[0]).or_insert(0_u32) += 1;
            taken.sort_unstable();
            for (place, one) in taken.iter().enumerate() {
                for other in &taken[place + 1..] {
                    *pairs.entry((*one, *other)).or_insert(0_u32) += 1;
                }
            }
        }
        let found = chi_square(firsts.values().copied(), f64::from(DRAWS) / TICKETS as f64);
        assert!(firsts.len() == TICKETS && found < LIMIT, "{found}");
        // 190 pairs at 210.5 each; once in a thousand times chi-square with 189 degrees exceeds 255.
        let expected =
            f64::from(DRAWS) * (SIZE * (SIZE - 1)) as f64 / (TICKETS * (TICKETS - 1)) as f64;
        let found = chi_square(pairs.values().copied(), expected);
        assert!(pairs.len() == 190 && found < 255.0, "{found}");
    }

    #[test]
    fn a_stratum_is_drawn_as_evenly() {
        // The tickets of one agent among those of two others.
        let others = || (100..160).map(|number| (ticket(number), Some(agent(number % 2))));
        let of_one = || (0..TICKETS).map(|number| (ticket(number), Some(agent(9))));
        let found = bias(|seed| {
            let drawn = draw(seed, 500, Some(SIZE), others().chain(of_one()));
            assert_eq!(drawn.len(), 3 * SIZE);
            let own = drawn.into_iter().filter(|(_, of)| *of == Some(agent(9)));
            ids(own.collect())
        });
        assert!(found < LIMIT, "{found}");
    }

    #[test]
    fn a_number_can_be_worked_out_by_anybody() {
        // printf '%016x%s' 42 01900000000070008000000000000000 | xxd -r -p | sha256sum
        let text = format!("{:032x}", number(42, ticket(0)));
        assert_eq!(text, "3920fc1cd7846878ae3345dd7e712486");
        assert_ne!(number(43, ticket(0)), number(42, ticket(0)));
        assert_ne!(number(-42, ticket(0)), number(42, ticket(0)));
    }

    #[test]
    fn who_has_no_agent_is_in_no_stratum() {
        let tickets = [(ticket(1), None), (ticket(2), Some(agent(1)))];
        let mut draw = Draw::new(1, 10, Some(5));
        for (ticket, agent) in tickets {
            draw.offer(ticket, agent);
        }
        assert_eq!(draw.offered(), 1);
        assert_eq!(draw.finish(), [(ticket(2), Some(agent(1)))]);
        let mut draw = Draw::new(1, 10, None);
        for (ticket, agent) in tickets {
            draw.offer(ticket, agent);
        }
        assert_eq!((draw.offered(), draw.finish().len()), (2, 2));
    }

    proptest! {
        /// The heap takes what sorting everything would take, in whatever order tickets come.
        #[test]
        fn it_takes_the_smallest_numbers(
            seed: i64,
            size in 1_usize..40,
            numbers in prop::collection::hash_set(0_usize..200, 0..80),
        ) {
            let mut wanted: Vec<_> = numbers.iter().map(|&number| ticket(number)).collect();
            wanted.sort_by_key(|&id| number(seed, id));
            wanted.truncate(size);
            let mut sorted: Vec<_> = numbers.into_iter().collect();
            let by_chance = sorted.iter().map(|&number| (ticket(number), None));
            let by_chance = ids(draw(seed, size, None, by_chance));
            sorted.sort_unstable();
            let in_order = sorted.into_iter().map(|number| (ticket(number), None));
            prop_assert_eq!(&by_chance, &wanted);
            prop_assert_eq!(ids(draw(seed, size, None, in_order)), wanted);
        }

        /// Of each agent at most so many, and fewer only where there are no more or the sample is
        /// full; then no agent has two more than another who has more to give.
        #[test]
        fn strata_are_even(
            seed: i64,
            size in 1_usize..60,
            per_agent in 1_usize..10,
            agents in prop::collection::vec(0_usize..8, 0..80),
        ) {
            let tickets = agents.iter().enumerate();
            let tickets = tickets.map(|(number, &of)| (ticket(number), Some(agent(of))));
            let drawn = draw(seed, size, Some(per_agent), tickets);
            let has = |of: usize| agents.iter().filter(|&&known| known == of).count();
            let took = |of: usize| drawn.iter().filter(|(_, by)| *by == Some(agent(of))).count();
            let possible = |of: usize| has(of).min(per_agent);
            let all: usize = (0..8).map(possible).sum();
            prop_assert_eq!(drawn.len(), all.min(size));
            for one in 0..8 {
                prop_assert!(took(one) <= possible(one));
                for other in 0..8 {
                    prop_assert!(took(other) == possible(other) || took(one) <= took(other) + 1);
                }
            }
        }
    }
}
