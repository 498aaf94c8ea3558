//! Security codes of cards: three or four digits beside a word for them, or after a card number and
//! the date until which the card is valid.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    BULLET,
    card::Cards,
    cover::{Span, merged},
    pattern::compiled,
};

/// Words for the code, in the languages in which people write to support desks.
const WORDS: &str = concat!(
    r"(?:\b(?:cvv[12]?|cvc[12]?)|\b(?:cvn2?|cav2|(?P<cid>cid)|csc)\b",
    r"|\bcard[ -]?(?:(?:verification|security|validation)[ -]?(?:code|value)|code)s?\b",
    r"|\bcard verification(?: number)?\b|\bsecurity[ -]?(?:code|number)s?\b",
    r"|\b(?:karten)?pr(?:ü|ue)f(?:ziffern?|nummer|zahl|code)\b|\bsicherheits(?:code|nummer)\b",
    r"|\bcryptogramme(?: visuel)?\b|\bcode de s[ée]curit[ée]\b",
    r"|\bcode de v[ée]rification de la carte\b|\bc[óo]digo de seguridad\b",
    r"|\bc[óo]digo de seguran[çc]a\b|\bcodice di sicurezza\b|\b(?:be)?veiligingscode\b",
    r"|\bveiligheidscode\b|\bs[äa]kerhetskod(?:en)?\b|\bsikker?hets?koden?\b|\bsikkerhedskoden?\b",
    r"|\bturvakoodi\b|\bkod (?:zabezpieczający|bezpieczeństwa)\b|\bbezpečnostní kód\b",
    r"|\bbiztonsági kód\b|\bgüvenlik kodu\b|\bкод безопасности\b|رمز الأمان|رمز الامان|كود الأمان",
    r"|رمز التحقق من البطاقة|קוד אבטחה|安全码|安全碼|セキュリティコード|보안 ?코드)",
);

/// Signs and words that say nothing between the word and the code, and one line break at most.
const GLUE: &str = concat!(
    r#"(?:[ \t\xA0:=#*_\-–—>()\[\]"'`,;|/~+،：]|"#,
    r"\b(?:is|was|are|as|it|its|the|my|your|a|of|on|for|from|at|this|that|card|credit|debit|back|",
    r"side|number|code|no|nr|num|here|three|four|[34][ -]digits?|digits?|",
    r"ist|lautet|der|die|das|meiner?|auf|rückseite|karte|von|für|nummer|",
    r"est|le|la|de|du|mon|ma|au|dos|carte|numéro|es|el|mi|del|tarjeta|número|",
    r"é|o|do|da|meu|cartão|è|il|mio|della|carta|numero|jest|to|هو|رقم|للبطاقة|بطاقتي)\b\.?)*",
);

/// What may stand between the code and the word after it.
const IS: &str =
    r"(?:[(\[=]|(?:is|as|ist|est|es|é|è) (?:(?:the|my|der|die|le|mon|el|mi|o|meu|il) )?)?";

/// Words before digits that are no code, although a word for it follows.
const NO_CODE_AFTER: &[&str] = &[
    "error",
    "status",
    "http",
    "returned",
    "returns",
    "response",
    "got",
    "fehler",
    "ending",
    "ends",
    "in",
    "with",
    "endet",
    "auf",
    "order",
    "ticket",
    "number",
    "eur",
    "usd",
    "code",
    "last",
    "visa",
    "mastercard",
    "amex",
    "card",
    "karte",
];

/// A word for the code, then the code.
static AFTER_WORD: LazyLock<Regex> =
    LazyLock::new(|| compiled(&format!(r"(?i){WORDS}{GLUE}\r?\n?{GLUE}(?P<code>\d{{3,}})")));

/// The code, then a word for it.
static BEFORE_WORD: LazyLock<Regex> =
    LazyLock::new(|| compiled(&format!(r"(?i)(?P<code>\d{{3,4}}) ?{IS}{WORDS}")));

/// What follows a card number: the date until which it is valid, then the code.
static AFTER_DATE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"(?i)\A[\s,;:|/()*-]{0,6}(?:(?:exp\w*|valid\w*|gültig|bis|thru|until|till|date|fin)[\s.:]{0,3}){0,3}",
        r"(?:0?[1-9]|1[0-2])\s?[/.|-]?\s?(?:20)?\d\d[\s,;:|/()*-]{1,6}(?P<code>\d+)",
    ))
});

/// How far from a card's last digit the code is looked for, in bytes.
const NEAR: usize = 90;

/// The codes to hide, all their digits.
pub(super) fn find(text: &str, cards: &Cards) -> Vec<Span> {
    let mut codes = Vec::new();
    let taken = merged(cards.numbers.clone());
    for (pattern, before_word) in [(&*AFTER_WORD, false), (&*BEFORE_WORD, true)] {
        for found in pattern.captures_iter(text) {
            // "cid" is also what programs call a customer.
            if found.name("cid").is_some() && taken.is_empty() {
                continue;
            }
            let Some(code) = found.name("code").map(|code| code.range()) else {
                continue;
            };
            let fits = ends_well(text, &code) && !overlaps(&taken, &code);
            if fits && (!before_word || tells_the_code(text, &code)) {
                codes.push(code);
            }
        }
    }
    for card in &cards.numbers {
        let after = text.get(card.end..).unwrap_or_default();
        let near = after
            .get(..after.floor_char_boundary(NEAR))
            .unwrap_or_default();
        if let Some(found) = (AFTER_DATE.captures(near)).and_then(|found| found.name("code")) {
            let code = card.end + found.start()..card.end + found.end();
            if ends_well(text, &code) {
                codes.push(code);
            }
        }
    }
    codes
}

/// Whether digits have a code's length and do not go on as an amount, a date or a longer number.
fn ends_well(text: &str, code: &Span) -> bool {
    let digits = text.get(code.clone()).unwrap_or_default().chars().count();
    let mut after = text.get(code.end..).unwrap_or_default().chars();
    (3..=4).contains(&digits) && !goes_on(after.next(), after.next())
}

/// Whether a number goes on with a sign, `next` being what is beyond it.
fn goes_on(sign: Option<char>, next: Option<char>) -> bool {
    match sign {
        Some('.' | ',' | '-' | '/' | ':') => next.is_some_and(char::is_numeric),
        Some(c) => c.is_alphanumeric() || "_%€$£".contains(c),
        None => false,
    }
}

/// Whether digits before a word for the code can be it: they are neither what stays of something
/// masked nor the end of a longer number nor a year.
fn tells_the_code(text: &str, code: &Span) -> bool {
    let digits = text.get(code.clone()).unwrap_or_default();
    let before = text.get(..code.start).unwrap_or_default();
    let mut signs = before.chars().rev();
    let begins = !goes_on(signs.next(), signs.next());
    let last = (before.chars().rev()).find(|c| !c.is_whitespace());
    let is_year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let word = before
        .trim_end()
        .rsplit(|c: char| !c.is_alphanumeric())
        .next();
    let word = word.unwrap_or_default().to_lowercase();
    begins
        && !is_year
        && !last.is_some_and(|c| c == BULLET || c == '*' || c.is_numeric())
        && !NO_CODE_AFTER.contains(&word.as_str())
}

fn overlaps(taken: &[Span], code: &Span) -> bool {
    let past = taken.partition_point(|span| span.end <= code.start);
    taken.get(past).is_some_and(|span| span.start < code.end)
}
