//! What happens on a ticket, beat by beat, before anybody knows when.

use entity::TicketStatus;

use super::{
    dice::Dice,
    texts::{Case, Line, Pair, Phrases},
};

/// One thing that somebody does. Texts are still to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat<'a> {
    /// Staff sort the ticket: team, tags, sometimes priority, category, subjects, subject.
    Triage,
    /// Somebody gets the ticket.
    Take,
    /// Somebody else gets it.
    HandOver,
    /// Others are asked to help.
    Helpers,
    /// A public reply of staff.
    Staff(&'a str),
    /// Waiting for the customer.
    Wait,
    /// A reply of the customer.
    Customer(&'a str),
    /// What the customer said on the phone, as a note; work goes on.
    Told(&'a str),
    /// An internal note.
    Note(&'a str),
    /// Solved, with notes on how.
    Resolve(&'a str),
    /// The customer closes.
    CloseByCustomer,
    /// Staff close.
    CloseByStaff,
}

/// How many of 100 tickets have how many messages, from 1; those that wait untouched have fewer.
const LENGTHS: [(usize, f64); 10] = [
    (1, 3.0),
    (2, 8.0),
    (3, 12.0),
    (4, 15.0),
    (5, 16.0),
    (6, 14.0),
    (7, 12.0),
    (8, 9.0),
    (9, 6.0),
    (10, 5.0),
];

/// Texts in any order, each once: what suits the problem first, then what always does.
struct Deck<'a, T: ?Sized>(Vec<&'a T>);

impl<'a, T: ?Sized> Deck<'a, T> {
    fn new(special: Vec<&'a T>, common: Vec<&'a T>, dice: &mut Dice) -> Self {
        let mut special = special;
        let mut all = common;
        dice.shuffle(&mut special);
        dice.shuffle(&mut all);
        all.extend(special);
        Self(all)
    }

    fn draw(&mut self) -> Option<&'a T> {
        self.0.pop()
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Writes the beats of one ticket.
pub(super) struct Plot<'a> {
    case: &'a Case,
    phrases: &'a Phrases,
    /// Which variant of the problem it is.
    variant: usize,
    /// Whether the customer can answer in writing.
    writes: bool,
    asks: Deck<'a, Pair>,
    notes: Deck<'a, str>,
    updates: Deck<'a, str>,
    chases: Deck<'a, str>,
    adds: Deck<'a, str>,
    beats: Vec<Beat<'a>>,
}

impl<'a> Plot<'a> {
    /// Begins with nothing.
    pub(super) fn new(
        case: &'a Case,
        phrases: &'a Phrases,
        variant: usize,
        writes: bool,
        dice: &mut Dice,
    ) -> Self {
        let suiting = |lines: &'a [Line]| lines.iter().filter_map(|line| line.suiting(variant));
        let asks = case
            .asks
            .iter()
            .filter(|pair| pair.suits(variant))
            .collect();
        // A word of thanks needs no screenshot.
        let common = if case.short {
            Vec::new()
        } else {
            phrases.asks.iter().collect()
        };
        Self {
            case,
            phrases,
            variant,
            writes,
            asks: Deck::new(asks, common, dice),
            notes: Deck::new(suiting(&case.notes).collect(), strs(&phrases.notes), dice),
            updates: Deck::new(
                suiting(&case.updates).collect(),
                strs(&phrases.updates),
                dice,
            ),
            chases: Deck::new(Vec::new(), strs(&phrases.chases), dice),
            adds: Deck::new(Vec::new(), strs(&phrases.adds), dice),
            beats: Vec::with_capacity(24),
        }
    }

    /// All that happens until the ticket is in `fate`. `taken`: somebody has it from the start.
    /// `old`: it came in some days ago.
    pub(super) fn write(
        mut self,
        fate: TicketStatus,
        taken: bool,
        old: bool,
        dice: &mut Dice,
    ) -> Vec<Beat<'a>> {
        let mut length = dice.weighted(&LENGTHS, 5);
        if self.case.short {
            length = length.min(3);
        }
        if fate == TicketStatus::Open {
            self.in_queue(old, dice);
            return self.beats;
        }
        self.beginning(taken, dice);
        match fate {
            TicketStatus::Open => {}
            TicketStatus::InProgress => self.in_work(length, old, dice),
            TicketStatus::WaitingOnUser => {
                let rest = self.long_ask(length - 1, old, dice);
                self.middle(rest, dice);
                let ask = self.asks.draw().map(|ask| ask.0.as_str());
                let ask = ask.unwrap_or_else(|| dice.word(&self.phrases.updates));
                self.beats.extend([Beat::Staff(ask), Beat::Wait]);
            }
            TicketStatus::Resolved => {
                if length >= 5 && !self.case.short && dice.chance(12.0) {
                    self.resolved_at_second_try(length, dice);
                } else {
                    let rest = self.long_ask(length - 1, old, dice);
                    self.middle(rest, dice);
                    self.solve(dice);
                }
            }
            TicketStatus::Closed => self.closed(length, dice),
        }
        self.beats
    }

    /// Nobody has it yet. What is old was not simply left: somebody asked, and the customer took
    /// their time.
    fn in_queue(&mut self, old: bool, dice: &mut Dice) {
        if old && dice.chance(90.0) {
            if dice.chance(60.0) {
                self.beats.push(Beat::Triage);
            }
            if self.long_ask(2, old, dice) == 0 {
                return;
            }
        }
        self.untouched(dice);
    }

    fn untouched(&mut self, dice: &mut Dice) {
        let length = dice.weighted(&[(0, 52.0), (1, 28.0), (2, 14.0), (3, 6.0)], 0);
        let triage = dice.chance(35.0);
        if triage {
            self.beats.push(Beat::Triage);
        }
        for _ in 0..length {
            let beat = match dice.below(10) {
                0..4 => self.adds.draw().map(Beat::Customer),
                4..6 => self.chases.draw().map(Beat::Customer),
                6..9 => Some(Beat::Note(dice.word(&self.phrases.assign_notes))),
                _ => self.asks.draw().map(|ask| Beat::Staff(&ask.0)),
            };
            let repeated = beat.is_some_and(|beat| self.beats.contains(&beat));
            self.beats.extend(beat.filter(|_| !repeated));
        }
    }

    fn beginning(&mut self, taken: bool, dice: &mut Dice) {
        let triage = dice.chance(72.0);
        let first = dice.chance(45.0);
        if triage && first {
            self.beats.push(Beat::Triage);
        }
        if !taken {
            self.beats.push(Beat::Take);
        }
        if triage && !first {
            self.beats.push(Beat::Triage);
        }
        if dice.chance(22.0) {
            self.beats.push(Beat::Helpers);
        }
    }

    fn in_work(&mut self, length: usize, old: bool, dice: &mut Dice) {
        if length >= 4 && !self.case.short && dice.chance(10.0) {
            let rest = self.long_ask(length - 3, old, dice);
            self.middle(rest, dice);
            self.solve(dice);
            self.not_fixed(dice);
            let update = self.updates.draw().map(Beat::Staff);
            self.beats.extend(update);
        } else if old || dice.chance(90.0) {
            let rest = self.long_ask(length, old, dice);
            self.middle(rest, dice);
        }
    }

    fn resolved_at_second_try(&mut self, length: usize, dice: &mut Dice) {
        self.middle(length.saturating_sub(3), dice);
        self.solve(dice);
        self.not_fixed(dice);
        self.solve_again(dice);
    }

    fn closed(&mut self, length: usize, dice: &mut Dice) {
        let roll = dice.below(100);
        let long = length >= 3;
        if roll < 4 && self.writes && !self.case.short {
            self.middle((length - 1).min(3), dice);
            let phrases = self.phrases;
            self.beats
                .push(Beat::Customer(dice.word(&phrases.never_mind)));
            self.beats.push(Beat::CloseByCustomer);
        } else if roll < 11 && long && !self.case.short {
            self.resolved_at_second_try(length, dice);
            self.close(dice);
        } else if roll < 13 && long && self.writes && !self.case.short {
            self.middle(length - 3, dice);
            self.solve(dice);
            self.close(dice);
            self.not_fixed(dice);
            self.solve_again(dice);
            self.close(dice);
        } else if roll < 22 && long && self.writes {
            self.middle(length - 3, dice);
            let notes = self.solve(dice);
            let phrases = self.phrases;
            self.beats.push(Beat::Customer(dice.word(&phrases.thanks)));
            self.beats.push(Beat::Staff(dice.word(&phrases.welcome)));
            self.beats
                .extend([Beat::Resolve(notes), Beat::CloseByStaff]);
        } else {
            self.middle(length - 1, dice);
            self.solve(dice);
            self.close(dice);
        }
    }

    /// What makes a ticket old: waiting for the customer, while the clocks stand still. How many
    /// messages of `length` are left is returned.
    fn long_ask(&mut self, length: usize, old: bool, dice: &mut Dice) -> usize {
        if !old || length < 2 || dice.chance(4.0) {
            return length;
        }
        let Some(ask) = self.asks.draw() else {
            return length;
        };
        self.beats.extend([Beat::Staff(&ask.0), Beat::Wait]);
        self.by_customer(&ask.1);
        length - 2
    }

    /// To and fro: as many messages as `length` says, as far as there is something to say.
    fn middle(&mut self, length: usize, dice: &mut Dice) {
        let mut rest = length;
        let mut vain = 0;
        while rest > 0 && vain < 12 {
            let before = self.beats.len();
            match dice.below(20) {
                0..10 if rest >= 2 => {
                    if let Some(ask) = self.asks.draw() {
                        self.beats.push(Beat::Staff(&ask.0));
                        if dice.chance(90.0) {
                            self.beats.push(Beat::Wait);
                        }
                        self.by_customer(&ask.1);
                        rest -= 2;
                    }
                }
                10..14 => {
                    let note = self.notes.draw().map(Beat::Note);
                    rest -= usize::from(note.is_some());
                    self.beats.extend(note);
                }
                14..17 => {
                    let update = self.updates.draw().map(Beat::Staff);
                    rest -= usize::from(update.is_some());
                    self.beats.extend(update);
                }
                17..19 if rest >= 2 && !self.case.short => {
                    if let (Some(chase), Some(update)) = (self.chases.draw(), self.updates.draw()) {
                        self.by_customer(chase);
                        self.beats.push(Beat::Staff(update));
                        rest -= 2;
                    }
                }
                19 if !self.case.short => {
                    if let Some(add) = self.adds.draw() {
                        self.by_customer(add);
                        rest -= 1;
                    }
                }
                _ => {}
            }
            if self.beats.len() == before {
                vain += 1;
            }
            if dice.chance(1.5) {
                self.beats.push(Beat::HandOver);
            }
        }
    }

    fn by_customer(&mut self, text: &'a str) {
        self.beats.push(if self.writes {
            Beat::Customer(text)
        } else {
            Beat::Told(text)
        });
    }

    /// The solution is told and noted. The notes are returned.
    fn solve(&mut self, dice: &mut Dice) -> &'a str {
        let ends: Vec<_> = self
            .case
            .ends
            .iter()
            .filter(|end| end.suits(self.variant))
            .collect();
        let ends = if ends.is_empty() {
            self.case.ends.iter().collect()
        } else {
            ends
        };
        let (told, noted) = dice.pick(&ends).map_or(("", ""), |end| (&*end.0, &*end.1));
        self.beats.extend([Beat::Staff(told), Beat::Resolve(noted)]);
        noted
    }

    fn not_fixed(&mut self, dice: &mut Dice) {
        let text = dice.word(&self.phrases.not_fixed);
        self.by_customer(text);
    }

    fn solve_again(&mut self, dice: &mut Dice) {
        if let Some(end) = dice.pick(&self.phrases.again_ends) {
            self.beats
                .extend([Beat::Staff(&end.0), Beat::Resolve(&end.1)]);
        }
    }

    fn close(&mut self, dice: &mut Dice) {
        let customer = self.writes && dice.chance(45.0);
        self.beats.push(if customer {
            Beat::CloseByCustomer
        } else {
            Beat::CloseByStaff
        });
    }
}
