//! The ranges of numbers that card issuers have, and how long the numbers in each are.
//!
//! After ISO/IEC 7812 and what the schemes publish. Ranges of local schemes that lie in a wider
//! range with the same lengths (Elo, Verve, mada, Dankort and others) have no entry of their own.

use std::ops::RangeInclusive;

/// The shortest card number, in digits.
pub(super) const SHORTEST: usize = 13;
/// The longest card number, in digits.
pub(super) const LONGEST: usize = 19;

/// Numbers that begin alike.
pub(super) struct Issuer {
    /// The first and the last of the first six digits.
    pub(super) first: RangeInclusive<u32>,
    /// How many digits the numbers have.
    pub(super) lengths: &'static [usize],
}

const ANY: &[usize] = &[13, 14, 15, 16, 17, 18, 19];
const FROM_14: &[usize] = &[14, 15, 16, 17, 18, 19];
const FROM_16: &[usize] = &[16, 17, 18, 19];

const fn issuer(first: RangeInclusive<u32>, lengths: &'static [usize]) -> Issuer {
    Issuer { first, lengths }
}

/// Every range that counts. A number may lie in two of them.
pub(super) const ISSUERS: &[Issuer] = &[
    // Visa
    issuer(400_000..=499_999, &[13, 16, 19]),
    // Mastercard
    issuer(510_000..=559_999, &[16]),
    issuer(222_100..=272_099, &[16]),
    // American Express
    issuer(340_000..=349_999, &[15]),
    issuer(370_000..=379_999, &[15]),
    // Discover
    issuer(601_100..=601_199, FROM_16),
    issuer(622_126..=622_925, FROM_16),
    issuer(644_000..=659_999, FROM_16),
    // Diners Club
    issuer(300_000..=305_999, FROM_14),
    issuer(309_500..=309_599, FROM_14),
    issuer(360_000..=369_999, FROM_14),
    issuer(380_000..=399_999, FROM_14),
    // JCB, and RuPay together with it
    issuer(352_800..=358_999, FROM_16),
    // UnionPay
    issuer(620_000..=629_999, FROM_16),
    issuer(810_000..=817_199, FROM_16),
    // Maestro, and with it local schemes from Elo to Troy
    issuer(500_000..=509_999, ANY),
    issuer(560_000..=699_999, ANY),
    // Mir, BORICA
    issuer(220_000..=220_599, FROM_16),
    // RuPay
    issuer(508_000..=508_999, &[16]),
    issuer(600_000..=609_999, &[16]),
    issuer(810_000..=829_999, &[16]),
    issuer(353_000..=353_999, &[16]),
    issuer(356_000..=356_999, &[16]),
    // Troy, mada, NAPAS, Uzcard, Humo
    issuer(979_200..=979_299, &[16]),
    issuer(968_200..=968_299, &[16]),
    issuer(970_400..=970_499, &[16, 19]),
    issuer(860_000..=860_099, &[16]),
    issuer(986_000..=986_099, &[16]),
];

/// Whether an issuer has numbers of `length` digits that begin with the six digits `first`.
pub(super) fn has(first: u32, length: usize) -> bool {
    (ISSUERS.iter()).any(|issuer| issuer.first.contains(&first) && issuer.lengths.contains(&length))
}
