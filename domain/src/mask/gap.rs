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
/// digit or is written for a dash, zero-width characters, line breaks and emoji included, but for the signs that make a number
/// an amount.
pub(super) fn separates(c: char) -> bool {
    (!c.is_alphanumeric() || looks_like_a_dash(c)) && !is_amount_sign(c)
}

/// Letters that are written for a dash or an apostrophe: the long vowel of Japanese, the tatweel of
/// Arabic, a vowel of Korean, the Chinese "one".
fn looks_like_a_dash(c: char) -> bool {
    matches!(
        c,
        '\u{30FC}' | '\u{FF70}' | '\u{640}' | '\u{3161}' | '\u{4E00}' | '\u{2BC}'
    )
}

/// Currency signs and percent.
fn is_amount_sign(c: char) -> bool {
    matches!(c, '%' | '$' | '¢'..='¥' | '\u{20A0}'..='\u{20CF}' | '٪' | '﷼' | '＄' | '￠' | '￡' | '￥' | '￦')
}

/// Whether a character takes no room: nobody sees that it stands between two digits. The frame of a
/// keycap emoji stands on its digit.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{20E3}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Whether a character is one that people put into a number to make it easy to read: a blank within
/// a line, a dash, a dot or a low line. A comma, a colon and a slash stand between numbers as well.
pub(super) fn is_light(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    ) || is_dash(c)
        || looks_like_a_dash(c)
        || matches!(c, '.' | '_' | '·' | BULLET)
}

/// Dashes of every kind.
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '~' | '\u{58A}' | '\u{5BE}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2053}'
                | '\u{2212}'
                | '\u{2E3A}'
                | '\u{2E3B}'
                | '\u{301C}'
                | '\u{3030}'
                | '\u{30A0}'
                | '\u{FE58}'
                | '\u{FE63}'
                | '\u{FF0D}'
                | '\u{FF5E}'
    )
}
