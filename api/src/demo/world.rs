//! Everything that is fixed before the first ticket is told.

use std::sync::Arc;

use domain::{Error, Result, sla::Rulebook};
use entity::{CategoryId, SubjectId, Timestamp, category, subject, ticket};

use super::{
    DemoOptions,
    calendar::Calendar,
    dice::{Dice, Series},
    people::{Customer, Known, People, Staff},
    texts::{Case, Kind, Texts},
};

/// How often each category's problems come up.
const SHARES: [(&str, f64); 8] = [
    ("getting_started", 10.0),
    ("buying", 22.0),
    ("selling", 15.0),
    ("payments", 18.0),
    ("account", 12.0),
    ("dispute", 9.0),
    ("bug", 10.0),
    ("other", 4.0),
];

/// When the development customer opened tickets, as parts of the year's tickets.
const DEV_TICKETS: [f64; 12] = [
    0.03, 0.12, 0.24, 0.37, 0.49, 0.58, 0.67, 0.76, 0.85, 0.92, 0.965, 0.99,
];

/// The desk with its people, its year and its words.
#[derive(Debug)]
pub(super) struct World {
    pub(super) texts: Texts,
    pub(super) calendar: Calendar,
    pub(super) people: People,
    pub(super) seed: u64,
    pub(super) tickets: u64,
    /// The number of the first ticket.
    pub(super) first_number: i64,
    /// By which timers run.
    pub(super) rules: Arc<Rulebook>,
    categories: Vec<(String, CategoryId)>,
    subjects: Vec<(String, SubjectId)>,
    /// For each kind of customer the problems that they have, and how often.
    problems: Vec<(Kind, Vec<(usize, f64)>)>,
    /// The tickets of the development customer.
    dev_tickets: Vec<u64>,
}

impl World {
    /// Sets the scene.
    ///
    /// # Errors
    /// `BadInput` if the database has no category.
    pub(super) fn new(
        options: &DemoOptions,
        categories: &[category::Model],
        subjects: &[subject::Model],
        known: &Known,
        first_number: i64,
        rules: Arc<Rulebook>,
    ) -> Result<Self> {
        let texts = Texts::load()?;
        let codes = categories.iter().map(|row| (row.code.clone(), row.id));
        let mut categories: Vec<_> = codes.collect();
        categories.sort_unstable();
        if categories.is_empty() {
            return Err(Error::BadInput(
                "There is no category, so demo tickets would have none. Run `deskwire migrate`, \
                 which brings the shipped ones."
                    .to_owned(),
            ));
        }
        let codes = subjects.iter().map(|row| (row.code.clone(), row.id));
        let subjects = codes.collect();
        let tickets = options.tickets;
        let calendar = Calendar::new(options.until, &mut Dice::new(options.seed, Series::Rhythm));
        let customers = usize::try_from((tickets / 20).clamp(300, 50_000)).unwrap_or(300);
        let people = People::new(&texts, &calendar, options.seed, customers, known);
        let problems = problems(&texts, &categories);
        let mut dev_tickets: Vec<_> = DEV_TICKETS
            .iter()
            .map(|part| (part * tickets as f64) as u64)
            .collect();
        dev_tickets.dedup();
        Ok(Self {
            texts,
            calendar,
            people,
            seed: options.seed,
            tickets,
            first_number,
            rules,
            categories,
            subjects,
            problems,
            dev_tickets,
        })
    }

    /// When the ticket with this index was opened: later ones later.
    pub(super) fn opened_at(&self, index: u64, dice: &mut Dice) -> Timestamp {
        let part = (index as f64 + dice.fraction()) / self.tickets.max(1) as f64;
        // Nothing happens in the last seconds, whatever the rounding.
        self.calendar
            .moment(part)
            .min(self.calendar.until - chrono::TimeDelta::seconds(2))
    }

    /// Who opens the ticket with this index at `at`; somebody with a login if it must be.
    pub(super) fn requester(
        &self,
        index: u64,
        at: Timestamp,
        with_login: bool,
        dice: &mut Dice,
    ) -> Option<&Customer> {
        if self.dev_tickets.binary_search(&index).is_ok()
            && let Some(customer) = &self.people.dev_customer
        {
            return Some(customer);
        }
        let customers = &self.people.customers;
        let known = customers.partition_point(|customer| customer.since <= at);
        let mut place = dice.below(known);
        if dice.chance(35.0) {
            // Some write all the time.
            place -= place % 9;
        }
        let from_there_back = customers.get(..=place)?.iter().rev();
        from_there_back
            .into_iter()
            .find(|customer| customer.login || !with_login)
    }

    /// A problem that `kind` of customer has.
    pub(super) fn problem(&self, kind: Kind, dice: &mut Dice) -> Option<&Case> {
        let (_, problems) = self.problems.iter().find(|(of, _)| *of == kind)?;
        let place = dice.weighted(problems, problems.first()?.0);
        self.texts.cases.get(place)
    }

    /// The category of a case. Categories that an operator added get some of the other problems.
    pub(super) fn category(&self, case: &Case, dice: &mut Dice) -> Option<CategoryId> {
        let shipped = |code: &str| SHARES.iter().any(|(known, _)| *known == code);
        if case.category == "other" {
            let open = self
                .categories
                .iter()
                .filter(|(code, _)| code == "other" || !shipped(code));
            let open: Vec<_> = open.collect();
            return dice.pick(&open).map(|(_, id)| *id);
        }
        self.category_by_code(case.category)
    }

    /// The category with this code.
    pub(super) fn category_by_code(&self, code: &str) -> Option<CategoryId> {
        self.categories
            .iter()
            .find(|(known, _)| known == code)
            .map(|(_, id)| *id)
    }

    /// What a case is about, some tickets more than others; and what its customer took it to be about,
    /// which is not always so. Subjects that an operator took out are left out.
    pub(super) fn subjects(&self, case: &Case, index: u64) -> (ticket::Subjects, ticket::Subjects) {
        let mut dice = Dice::new(self.seed, Series::Subjects(index));
        let most = if dice.chance(35.0) { 2 } else { 1 };
        let about = case.about.iter().take(most);
        let about = ticket::Subjects(
            about
                .filter_map(|code| self.subject_by_code(code))
                .collect(),
        );
        let unsure = dice.chance(12.0);
        let inquiry = self.subject_by_code("general_inquiry").filter(|_| unsure);
        let taken = inquiry.map_or_else(|| about.clone(), |id| ticket::Subjects(vec![id]));
        (about, taken)
    }

    fn subject_by_code(&self, code: &str) -> Option<SubjectId> {
        let row = self.subjects.iter().find(|(known, _)| known == code);
        row.map(|(_, id)| *id)
    }

    /// A member of staff by place.
    pub(super) fn staff(&self, place: usize) -> Result<&Staff> {
        let staff = self.people.staff.get(place);
        staff.ok_or_else(|| Error::internal("demo data: nobody is on the desk"))
    }
}

fn problems(texts: &Texts, categories: &[(String, CategoryId)]) -> Vec<(Kind, Vec<(usize, f64)>)> {
    let kinds = [
        Kind::Lead,
        Kind::Buyer,
        Kind::Seller,
        Kind::Restaurant,
        Kind::Driver,
    ];
    let there = |code: &str| categories.iter().any(|(known, _)| known == code);
    let of_kind = |kind: Kind| {
        let cases = texts.cases.iter().enumerate();
        let mine = cases.filter(|(_, case)| case.who.contains(&kind));
        // An operator may have taken categories out; "other" texts go into what is left.
        let mine = mine.filter(|(_, case)| there(case.category) || case.category == "other");
        mine.map(|(place, case)| {
            let share = SHARES.iter().find(|(code, _)| *code == case.category);
            let alike = texts
                .cases
                .iter()
                .filter(|other| other.category == case.category && other.who.contains(&kind));
            (
                place,
                share.map_or(1.0, |(_, share)| *share) / alike.count() as f64,
            )
        })
        .collect()
    };
    kinds
        .into_iter()
        .map(|kind| (kind, of_kind(kind)))
        .collect()
}
