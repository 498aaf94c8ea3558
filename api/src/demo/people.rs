//! Who is on the desk and on the other side of it.

use chrono::TimeDelta;
use domain::{Actor, search_text};
use entity::{ContactStage, Role, TeamId, Timestamp, UserId, team, team_member, user};

use super::{
    calendar::Calendar,
    dice::{Dice, Series},
    names::{Taken, mobile},
    texts::{Kind, Texts},
};

/// The issuer of demo people's tokens: nobody can sign in as one of them.
pub(super) const ISSUER: &str = "deskwire-demo";
/// The issuer of the development identities.
pub(super) const DEV_ISSUER: &str = "deskwire-dev";
/// The subject of the development customer.
const DEV_CUSTOMER: &str = "customer";

const TEAMS: [&str; 4] = ["First line", "Payments", "Marketplace", "Technical"];

/// Issuer, subject, name, role and teams (by place) of a member of staff.
type StaffRow = (
    &'static str,
    &'static str,
    &'static str,
    Role,
    &'static [usize],
);

#[rustfmt::skip]
const STAFF: [StaffRow; 15] = [
    (ISSUER, "nadia-petrova", "Nadia Petrova", Role::Supervisor, &[0, 1]),
    (ISSUER, "marcus-bell", "Marcus Bell", Role::Supervisor, &[2, 3]),
    (ISSUER, "aylin-demir", "Aylin Demir", Role::Agent, &[0]),
    (ISSUER, "jonas-keller", "Jonas Keller", Role::Agent, &[0, 2]),
    (ISSUER, "priya-raman", "Priya Raman", Role::Agent, &[1]),
    (ISSUER, "tom-okafor", "Tom Okafor", Role::Agent, &[3]),
    (ISSUER, "sara-lindqvist", "Sara Lindqvist", Role::Agent, &[2]),
    (ISSUER, "diego-ramos", "Diego Ramos", Role::Agent, &[0]),
    (ISSUER, "mei-tanaka", "Mei Tanaka", Role::Agent, &[3]),
    (ISSUER, "louise-marchand", "Louise Marchand", Role::Agent, &[1, 2]),
    (ISSUER, "piotr-zawada", "Piotr Zawada", Role::Agent, &[2]),
    (ISSUER, "hannah-weiss", "Hannah Weiss", Role::Agent, &[0, 3]),
    (DEV_ISSUER, "agent", "Arno Agent", Role::Agent, &[0, 3]),
    (DEV_ISSUER, "agent2", "Bea Agent", Role::Agent, &[1, 2]),
    (DEV_ISSUER, "supervisor", "Sena Supervisor", Role::Supervisor, &[2, 3]),
];

/// A customer, as far as stories need to know them.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) id: UserId,
    pub(super) first: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) region: usize,
    pub(super) kind: Kind,
    /// Can open tickets without help.
    pub(super) login: bool,
    /// The shop or restaurant that is theirs.
    pub(super) merchant: Option<usize>,
    /// The tier of their account.
    pub(super) tier: Option<String>,
    pub(super) since: Timestamp,
}

impl Customer {
    /// Whether they can be reached, and answer, in writing.
    pub(super) fn writes(&self) -> bool {
        self.login || self.email.is_some()
    }
}

/// A member of staff.
#[derive(Clone, Debug)]
pub(super) struct Staff {
    pub(super) actor: Actor,
    pub(super) first: String,
}

/// A team, with the places of its members in [`People::staff`], as often as they are to be drawn.
#[derive(Clone, Debug)]
pub(super) struct Team {
    pub(super) id: TeamId,
    pub(super) name: &'static str,
    pub(super) members: Vec<usize>,
}

/// Everybody, and the rows that are still to be written for them.
#[derive(Debug)]
pub(super) struct People {
    /// In the order in which they came.
    pub(super) customers: Vec<Customer>,
    /// The development customer.
    pub(super) dev_customer: Option<Customer>,
    pub(super) staff: Vec<Staff>,
    pub(super) teams: Vec<Team>,
    pub(super) new_users: Vec<user::Model>,
    pub(super) new_teams: Vec<team::Model>,
    pub(super) new_members: Vec<team_member::Model>,
}

/// Who and what is in the database before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The development identities among the people.
    pub(super) people: Vec<user::Model>,
    pub(super) teams: Vec<team::Model>,
    pub(super) members: Vec<team_member::Model>,
}

impl People {
    /// Makes up `count` customers, the staff and the teams, and takes those who are there already.
    pub(super) fn new(
        texts: &Texts,
        calendar: &Calendar,
        seed: u64,
        count: usize,
        known: &Known,
    ) -> Self {
        let mut people = Self {
            customers: Vec::with_capacity(count),
            dev_customer: None,
            staff: Vec::with_capacity(STAFF.len()),
            teams: Vec::with_capacity(TEAMS.len()),
            new_users: Vec::with_capacity(count + STAFF.len() + 1),
            new_teams: Vec::new(),
            new_members: Vec::new(),
        };
        let mut dice = Dice::new(seed, Series::Staff);
        people.add_teams(calendar, known, &mut dice);
        people.add_staff(calendar, known, &mut dice);
        people.add_dev_customer(calendar, known, &mut dice);
        let mut dice = Dice::new(seed, Series::Customers);
        people.add_customers(texts, calendar, count, &mut dice);
        people
    }

    fn add_teams(&mut self, calendar: &Calendar, known: &Known, dice: &mut Dice) {
        for name in TEAMS {
            let created_at = calendar.start - TimeDelta::days(400) + dice.about(3_600.0);
            let new = team::Model {
                id: dice.id(created_at),
                name: name.to_owned(),
                created_at,
            };
            let id = match known.teams.iter().find(|team| team.name == name) {
                Some(team) => team.id,
                None => {
                    let id = new.id;
                    self.new_teams.push(new);
                    id
                }
            };
            self.teams.push(Team {
                id,
                name,
                members: Vec::new(),
            });
        }
    }

    fn add_staff(&mut self, calendar: &Calendar, known: &Known, dice: &mut Dice) {
        for (issuer, subject, name, role, teams) in STAFF {
            let created_at =
                calendar.start - TimeDelta::days(20 + dice.below(370) as i64) + dice.about(9_000.0);
            let mut row = blank(dice.id(created_at), name, role, created_at);
            row.issuer = Some(issuer.to_owned());
            row.subject = Some(subject.to_owned());
            let first = first_of(name);
            row.email = Some(if issuer == DEV_ISSUER {
                format!("{}@example.com", first.to_lowercase())
            } else {
                format!("{}@example.org", subject.replace('-', "."))
            });
            row.search_text = search_text(&row.name, row.email.as_deref(), None);
            let actor = match known_dev(known, &row) {
                Some(there) => Actor {
                    id: there.id,
                    role: there.role,
                },
                None => {
                    let actor = Actor { id: row.id, role };
                    self.new_users.push(row);
                    actor
                }
            };
            if !domain::is_staff(actor.role) {
                continue;
            }
            for &place in teams {
                let Some(team) = self.teams.get_mut(place) else {
                    continue;
                };
                // A supervisor takes half as many tickets.
                let share = if actor.role == Role::Supervisor { 1 } else { 2 };
                team.members
                    .extend(std::iter::repeat_n(self.staff.len(), share));
                let member = team_member::Model {
                    team_id: team.id,
                    user_id: actor.id,
                };
                if !known.members.contains(&member) {
                    self.new_members.push(member);
                }
            }
            self.staff.push(Staff { actor, first });
        }
    }

    fn add_dev_customer(&mut self, calendar: &Calendar, known: &Known, dice: &mut Dice) {
        let created_at = calendar.start - TimeDelta::days(30) + dice.about(9_000.0);
        let mut row = blank(
            dice.id(created_at),
            "Cleo Customer",
            Role::Customer,
            created_at,
        );
        row.issuer = Some(DEV_ISSUER.to_owned());
        row.subject = Some(DEV_CUSTOMER.to_owned());
        row.email = Some("cleo@example.com".to_owned());
        row.stage = Some(ContactStage::Customer);
        row.kind = Some("buyer".to_owned());
        row.tier = Some("plus".to_owned());
        row.signed_up_at = Some(created_at);
        row.search_text = search_text(&row.name, row.email.as_deref(), None);
        let there = known_dev(known, &row);
        let person = there.unwrap_or(&row);
        if person.role == Role::Customer {
            self.dev_customer = Some(Customer {
                id: person.id,
                first: first_of(&person.name),
                name: person.name.clone(),
                email: person.email.clone(),
                region: 0,
                kind: Kind::Buyer,
                login: true,
                merchant: None,
                tier: person.tier.clone(),
                since: created_at,
            });
        }
        if there.is_none() {
            self.new_users.push(row);
        }
    }

    fn add_customers(&mut self, texts: &Texts, calendar: &Calendar, count: usize, dice: &mut Dice) {
        let mut taken = Taken::default();
        let regions: Vec<_> = texts
            .regions
            .iter()
            .enumerate()
            .map(|(place, region)| (place, region.share))
            .collect();
        // Most were there before the first ticket.
        let old = count * 3 / 5;
        for place in 0..count {
            let since = if place < old {
                let back = 1.0 - (place as f64 + dice.fraction()) / old as f64;
                calendar.start - TimeDelta::microseconds((back * 700.0 * 86_400e6) as i64)
            } else {
                let part = (place - old) as f64 + dice.fraction();
                calendar.moment(part / (count - old) as f64)
            };
            let region = dice.weighted(&regions, 0);
            let Some(from) = texts.regions.get(region) else {
                continue;
            };
            let (first, last) = (dice.word(&from.first), dice.word(&from.last));
            let name = format!("{first} {last}");
            let kind = dice.weighted(&KINDS, Kind::Buyer);
            let lead = kind == Kind::Lead;
            // The first one can always open a ticket.
            let login = dice.chance(if lead { 60.0 } else { 88.0 }) || place == 0;
            let id = dice.id(since);
            let mut row = blank(id, &name, Role::Customer, since);
            if login {
                row.issuer = Some(ISSUER.to_owned());
                row.subject = Some(taken.subject(&name));
            }
            row.stage = Some(if lead {
                ContactStage::Lead
            } else {
                ContactStage::Customer
            });
            row.kind = kind_name(kind).map(str::to_owned);
            if login || dice.chance(65.0) {
                row.email = Some(taken.email(first, last, dice));
            }
            if !login || dice.chance(70.0) {
                row.mobile = Some(mobile(&from.dial, dice));
            }
            if !lead && kind != Kind::Driver {
                row.tier = Some(dice.weighted(&TIERS, "standard").to_owned());
            }
            if !lead && (login || dice.chance(50.0)) {
                row.signed_up_at = Some(since - dice.about(86_400.0));
            }
            row.search_text = search_text(&name, row.email.as_deref(), row.mobile.as_deref());
            let has_shop = matches!(kind, Kind::Seller | Kind::Restaurant);
            self.customers.push(Customer {
                id,
                first: first.to_owned(),
                name,
                email: row.email.clone(),
                region,
                kind,
                login,
                merchant: has_shop.then(|| dice.below(texts.things.merchants.len())),
                tier: row.tier.clone(),
                since,
            });
            self.new_users.push(row);
        }
    }
}

const KINDS: [(Kind, f64); 5] = [
    (Kind::Lead, 8.0),
    (Kind::Buyer, 58.0),
    (Kind::Seller, 15.0),
    (Kind::Restaurant, 9.0),
    (Kind::Driver, 10.0),
];

const TIERS: [(&str, f64); 3] = [("standard", 68.0), ("plus", 23.0), ("premium", 9.0)];

fn kind_name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Lead => None,
        Kind::Buyer => Some("buyer"),
        Kind::Seller => Some("seller"),
        Kind::Restaurant => Some("restaurant"),
        Kind::Driver => Some("driver"),
    }
}

fn blank(id: UserId, name: &str, role: Role, created_at: Timestamp) -> user::Model {
    user::Model {
        id,
        issuer: None,
        subject: None,
        role,
        stage: None,
        kind: None,
        name: name.to_owned(),
        email: None,
        mobile: None,
        tier: None,
        signed_up_at: None,
        search_text: String::new(),
        created_at,
        updated_at: created_at,
    }
}

fn known_dev<'a>(known: &'a Known, wanted: &user::Model) -> Option<&'a user::Model> {
    let login = |row: &&user::Model| row.issuer == wanted.issuer && row.subject == wanted.subject;
    known.people.iter().find(login)
}

fn first_of(name: &str) -> String {
    name.split(' ').next().unwrap_or(name).to_owned()
}
