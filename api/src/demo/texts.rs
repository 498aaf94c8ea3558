//! What people write on a support desk. The words are data, in `texts/*.json`.

use domain::{Error, Result};
use serde::{Deserialize, de::DeserializeOwned};

/// Everything that stories are told with.
#[derive(Debug)]
pub(super) struct Texts {
    /// The problems that people have.
    pub(super) cases: Vec<Case>,
    /// What is said whatever the problem is.
    pub(super) phrases: Phrases,
    /// Where people come from.
    pub(super) regions: Vec<Region>,
    /// What people buy, where, and with which device.
    pub(super) things: Things,
}

/// What a customer is to the host product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Not a customer yet.
    Lead,
    /// Buys things and food.
    Buyer,
    /// Sells things.
    Seller,
    /// Cooks.
    Restaurant,
    /// Delivers.
    Driver,
}

/// How much a problem presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Heat {
    /// It can wait.
    Low,
    /// As most do.
    Normal,
    /// Money or work is at stake.
    High,
    /// Somebody is being robbed.
    Urgent,
}

/// One kind of problem, with what is said about it. `{words}` in braces are filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What it is called here.
    pub(super) name: String,
    /// The code of its category.
    #[serde(skip)]
    pub(super) category: &'static str,
    /// Who has it.
    pub(super) who: Vec<Kind>,
    /// How much it presses.
    pub(super) heat: Heat,
    /// The codes of the subjects that it is about: the primary one, and what some tickets have too.
    pub(super) about: Vec<String>,
    /// Soon said and done.
    #[serde(default)]
    pub(super) short: bool,
    /// The name of the team that knows about it.
    pub(super) team: String,
    /// The kinds of things that it is about.
    pub(super) links: Vec<String>,
    /// Tags that suit it.
    pub(super) tags: Vec<String>,
    /// Subjects; each belongs to the description at the same place.
    pub(super) subjects: Vec<String>,
    /// Descriptions: the variants of the problem.
    pub(super) descriptions: Vec<String>,
    /// What staff ask, and the answer.
    pub(super) asks: Vec<Pair>,
    /// Internal notes.
    pub(super) notes: Vec<Line>,
    /// What staff say meanwhile.
    pub(super) updates: Vec<Line>,
    /// An error as it was shown, and how to make it happen again.
    #[serde(default)]
    pub(super) errors: Vec<Pair>,
    /// How it ends: what the customer is told, and the resolution notes.
    pub(super) ends: Vec<Pair>,
}

/// Two texts that belong together, and the variants of the problem that they suit; all if none is
/// named.
#[derive(Debug, Deserialize)]
pub(super) struct Pair(
    pub(super) String,
    pub(super) String,
    #[serde(default)] pub(super) Vec<usize>,
);

impl Pair {
    /// Whether it suits a variant of the problem.
    pub(super) fn suits(&self, variant: usize) -> bool {
        self.2.is_empty() || self.2.contains(&variant)
    }
}

/// A text, and the variants of the problem that it suits.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// Suits all.
    Any(String),
    /// Suits some.
    For(String, Vec<usize>),
}

impl Line {
    /// The text, if it suits a variant of the problem.
    pub(super) fn suiting(&self, variant: usize) -> Option<&str> {
        match self {
            Self::Any(text) => Some(text),
            Self::For(text, variants) => variants.contains(&variant).then_some(text),
        }
    }
}

/// What is said whatever the problem is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    pub(super) customer_greetings: Vec<String>,
    pub(super) customer_closings: Vec<String>,
    pub(super) staff_greetings: Vec<String>,
    pub(super) staff_again: Vec<String>,
    pub(super) staff_closings: Vec<String>,
    pub(super) by_phone: Vec<String>,
    pub(super) in_person: Vec<String>,
    pub(super) on_behalf: Vec<String>,
    pub(super) adds: Vec<String>,
    pub(super) chases: Vec<String>,
    pub(super) asks: Vec<Pair>,
    pub(super) updates: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) assign_notes: Vec<String>,
    pub(super) not_fixed: Vec<String>,
    pub(super) again_ends: Vec<Pair>,
    pub(super) thanks: Vec<String>,
    pub(super) welcome: Vec<String>,
    pub(super) never_mind: Vec<String>,
    pub(super) follow_ups: Vec<String>,
    pub(super) on_the_phone: Vec<String>,
    pub(super) pleased: Vec<String>,
    pub(super) so_so: Vec<String>,
    pub(super) displeased: Vec<String>,
}

/// Where people come from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    /// How many of 100 people.
    pub(super) share: f64,
    /// How mobile numbers begin.
    pub(super) dial: String,
    /// How sums are written, with `{}` for the number.
    pub(super) money: String,
    /// What one euro is there, roughly.
    pub(super) rate: f64,
    pub(super) first: Vec<String>,
    pub(super) last: Vec<String>,
    pub(super) cities: Vec<String>,
    pub(super) streets: Vec<String>,
}

/// What people buy, where, and with which device.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Things {
    /// Name, and the least and the most that it costs in euros.
    pub(super) items: Vec<(String, usize, usize)>,
    pub(super) merchants: Vec<String>,
    pub(super) carriers: Vec<String>,
    pub(super) banks: Vec<String>,
    pub(super) codes: Vec<String>,
    /// Device and operating system.
    pub(super) phones: Vec<(String, String)>,
    /// Device and operating system.
    pub(super) computers: Vec<(String, String)>,
    pub(super) browsers: Vec<String>,
    pub(super) networks: Vec<String>,
    pub(super) apps: Vec<String>,
    pub(super) months: Vec<String>,
    pub(super) days: Vec<String>,
}

/// The categories' codes with their problems.
const CASES: [(&str, &str); 8] = [
    (
        "getting_started",
        include_str!("texts/getting_started.json"),
    ),
    ("buying", include_str!("texts/buying.json")),
    ("selling", include_str!("texts/selling.json")),
    ("payments", include_str!("texts/payments.json")),
    ("account", include_str!("texts/account.json")),
    ("dispute", include_str!("texts/dispute.json")),
    ("bug", include_str!("texts/bug.json")),
    ("other", include_str!("texts/other.json")),
];

impl Texts {
    /// Reads what is built into the program.
    ///
    /// # Errors
    /// `Internal` if a file is not of the right form; a test reads them all.
    pub(super) fn load() -> Result<Self> {
        let mut cases = Vec::new();
        for (category, json) in CASES {
            let of_category: Vec<Case> = parse(json)?;
            cases.extend(
                of_category
                    .into_iter()
                    .map(|case| Case { category, ..case }),
            );
        }
        Ok(Self {
            cases,
            phrases: parse(include_str!("texts/phrases.json"))?,
            regions: parse(include_str!("texts/regions.json"))?,
            things: parse(include_str!("texts/things.json"))?,
        })
    }
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}
