//! How tickets stand in the end.

use entity::TicketStatus;

use super::dice::Dice;

/// Statuses in the end, by how far into the year's tickets one is: what is old is mostly closed,
/// what is new mostly not. Together 8, 12, 8, 6 and 66 of 100: not many are resolved, since those
/// close themselves after a week.
const FATES: [(f64, [f64; 5]); 5] = [
    (0.50, [0.1, 0.9, 1.0, 0.4, 97.6]),
    (0.75, [3.0, 16.0, 12.0, 10.0, 59.0]),
    (0.90, [14.5, 33.0, 24.0, 13.0, 15.5]),
    (0.97, [42.3, 29.4, 10.7, 14.6, 3.0]),
    (1.00, [68.0, 18.0, 5.0, 6.0, 3.0]),
];

/// The status in which a ticket is in the end; `part` says how new it is, from 0 to 1.
pub(super) fn fate(part: f64, dice: &mut Dice) -> TicketStatus {
    let shares = FATES
        .iter()
        .find(|(until, _)| part < *until)
        .map_or(FATES[4].1, |(_, s)| *s);
    let all: Vec<_> = TicketStatus::ALL.iter().copied().zip(shares).collect();
    dice.weighted(&all, TicketStatus::Closed)
}
