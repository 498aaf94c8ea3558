//! Masking, case by case and at random.

mod cards;
mod cases;
mod ibans;
mod rates;
mod reference;
mod settings;
mod texts;

use std::sync::LazyLock;

use entity::SensitiveKind;

use super::{Masked, Masking};

/// What every detector makes of a text.
fn masked(text: &str) -> Masked {
    static ALL: LazyLock<Masking> = LazyLock::new(Masking::all);
    ALL.mask(text)
}

const CARD: SensitiveKind = SensitiveKind::CardNumber;
const CODE: SensitiveKind = SensitiveKind::SecurityCode;
const IBAN: SensitiveKind = SensitiveKind::Iban;
const SECRET: SensitiveKind = SensitiveKind::Secret;
