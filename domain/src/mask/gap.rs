//! What may stand between the digits of one number.

use super::BULLET;

/// How many characters may stand between two neighbouring digits of one number: enough for
/// `** - **` and for blanks around a dash.
pub(super) const MAX_GAP: usize = 8;

/// A stretch between two digits that is being read.
#[derive(Default)]
pub(super) struct Gap {
    length: usize,
    bullets: usize,
    broken: bool,
}

impl Gap {
    /// Reads one more character that is no digit.
    pub(super) fn push(&mut self, c: char) {
        self.length += 1;
        self.bullets += usize::from(c == BULLET);
        self.broken |= !separates(c);
    }

    /// Whether what stands on both sides is one number. Two bullets in it are something masked: no
    /// detector masks a single character.
    pub(super) fn joins(&self) -> bool {
        !self.broken && self.length <= MAX_GAP && self.bullets <= 1
    }
}

/// Whether a character can stand between the digits of one number: whatever is no letter and no
/// digit, zero-width characters, line breaks and emoji included, but for the signs that make a number
/// an amount.
pub(super) fn separates(c: char) -> bool {
    !c.is_alphanumeric() && !is_amount_sign(c)
}

/// Currency signs and percent.
fn is_amount_sign(c: char) -> bool {
    matches!(c, '%' | '$' | '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '٪' | '﷼' | '＄' | '￠' | '￡' | '￥' | '￦')
}
