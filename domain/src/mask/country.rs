//! How long the IBANs of each country are.

/// Characters of an IBAN and the countries (ISO 3166-1) that have as many: SWIFT's IBAN registry
/// (ISO 13616), and after it the countries that use IBANs without being in it.
const LENGTHS: &[(usize, &str)] = &[
    (15, "NO"),
    (16, "BE"),
    (18, "DK FI FK FO GL NL SD"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU MN XK"),
    (21, "CH HR LI LV"),
    (22, "BG BH CR DE GB GE IE ME RS VA"),
    (23, "AE GI IL IQ OM SO TL"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "BI DJ FR GR IT MC MR SM"),
    (28, "AL AZ BY CY DO GT HN HU LB NI PL SV"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU YE"),
    (31, "MT SC"),
    (32, "LC"),
    (33, "RU"),
    (25, "AO CV GW MZ"),
    (26, "DZ IR"),
    (27, "CF CG CM GA GQ KM MG TD"),
    (28, "BF BJ CI MA ML NE SN TG"),
];

/// How many characters the IBANs of a country have, whose code is given in capital letters.
pub(super) fn length(country: [u8; 2]) -> Option<usize> {
    (LENGTHS.iter())
        .find(|(_, codes)| codes.split(' ').any(|code| code.as_bytes() == country))
        .map(|(length, _)| *length)
}

#[cfg(test)]
pub(super) fn all() -> Vec<(&'static str, usize)> {
    (LENGTHS.iter())
        .flat_map(|(length, codes)| codes.split(' ').map(|code| (code, *length)))
        .collect()
}
