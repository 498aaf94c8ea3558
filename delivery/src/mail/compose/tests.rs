use chrono::TimeZone;
use entity::NotificationKind;
use mail_parser::{Address as Parsed, HeaderValue, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::{
    FailureKind,
    mail::{sample, templates::Templates},
};

/// A mail like those that are sent.
pub(in crate::mail) fn mail() -> Mail {
    let letter = sample::full(NotificationKind::StaffReplied, false);
    Mail {
        from: "Deskwire Support <support@desk.example>".parse().unwrap(),
        to_name: Some("Ada".to_owned()),
        to: "ada@example.com".to_owned(),
        reply_to: Some("reply+1@desk.example".to_owned()),
        date: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap(),
        message_id: "delivery-1@desk.example".to_owned(),
        in_reply_to: vec!["<a@b.example>".to_owned()],
        references: vec!["<z@b.example>".to_owned(), "a@b.example".to_owned()],
        unsubscribe_url: Some("https://desk.example/unsubscribe?token=1".to_owned()),
        ticket: Some("SUP-00001".to_owned()),
        content: Templates::load(None).unwrap().render(&letter).unwrap(),
    }
}

/// The same, ready to be sent.
pub(in crate::mail) fn composed() -> Composed {
    compose(&mail()).unwrap()
}

/// The names of the headers, in their order, as simple programs see them: a line that does not begin
/// with a blank begins a header.
fn header_names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head}");
    let lines = head.split("\r\n").filter(|line| !line.starts_with(' '));
    lines
        .map(|line| line.split_once(':').unwrap().0.to_owned())
        .collect()
}

const HEADERS: [&str; 15] = [
    "From",
    "To",
    "Date",
    "MIME-Version",
    "Subject",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "X-Deskwire-Ticket",
    "Content-Type",
];

#[test]
fn a_mail_says_what_it_is() {
    let composed = composed();
    let bytes = composed.bytes();
    let mut names = header_names(bytes);
    let mut wanted = HEADERS.map(str::to_owned).to_vec();
    names.sort();
    wanted.sort();
    assert_eq!(names, wanted);
    let parsed = MessageParser::default().parse(bytes).unwrap();
    let from = parsed.from().and_then(Parsed::first).unwrap();
    assert_eq!(from.name(), Some("Deskwire Support"));
    assert_eq!(from.address(), Some("support@desk.example"));
    let raw = |name| parsed.header_raw(name).unwrap().trim().to_owned();
    assert_eq!(raw("Date"), "Mon, 02 Mar 2026 09:00:00 +0000");
    assert_eq!(raw("Message-ID"), "<delivery-1@desk.example>");
    assert_eq!(raw("In-Reply-To"), "<a@b.example>");
    assert_eq!(raw("References"), "<z@b.example>\r\n <a@b.example>");
    assert_eq!(raw("Auto-Submitted"), "auto-generated");
    assert_eq!(
        raw("List-Unsubscribe"),
        "<https://desk.example/unsubscribe?token=1>"
    );
    assert_eq!(raw("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(
        parsed.subject(),
        Some("[SUP-00001] Re: The printer is on fire")
    );
    let content = mail().content;
    let body = |part: Option<std::borrow::Cow<'_, str>>| part.unwrap().replace("\r\n", "\n");
    assert_eq!(
        body(parsed.body_text(0)).trim_end(),
        content.text.trim_end()
    );
    assert_eq!(
        body(parsed.body_html(0)).trim_end(),
        content.html.trim_end()
    );
}

#[test]
fn pictures_come_with_the_html() {
    let letter = sample::full(NotificationKind::WeeklyReport, true);
    let content = Templates::load(None).unwrap().render(&letter).unwrap();
    let report = Mail { content, ..mail() };
    let composed = compose(&report).unwrap();
    assert_eq!(compose(&report), Ok(composed.clone()));
    let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
    let kinds: Vec<_> = parsed
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "image/png"
        ]
    );
    let html = parsed.body_html(0).unwrap();
    let pictures = parsed
        .parts
        .iter()
        .filter(|part| part.is_content_type("image", "png"));
    for (part, image) in pictures.zip(&report.content.images) {
        assert_eq!(part.content_id(), Some(image.cid.as_str()));
        assert!(html.contains(&format!("src=\"cid:{}\"", image.cid)));
        assert_eq!(part.contents(), image.png);
        let name = format!("{}.png", image.name);
        assert_eq!(part.attachment_name(), Some(name.as_str()));
    }
    // Lines are as long as mail has them.
    let lines = composed.bytes().split(|byte| *byte == b'\n');
    assert!(lines.map(<[u8]>::len).max() <= Some(998));
}

#[test]
fn a_second_attempt_has_the_same_bytes() {
    assert_eq!(compose(&mail()), compose(&mail()));
    let mut other = mail();
    other.message_id = "delivery-2@desk.example".to_owned();
    assert_ne!(composed().bytes, compose(&other).unwrap().bytes);
}

#[test]
fn addresses_that_are_none_are_refused() {
    for bad in [
        "",
        "ada",
        "ada@",
        "@b.c",
        "a b@c.d",
        "a@b@c",
        "a@b.c\r\nBcc: d@e.f",
        "<a@b.c>",
        "a@b.c, d@e.f",
    ] {
        let mut mail = mail();
        mail.to = bad.to_owned();
        let failure = compose(&mail).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{bad}");
        assert!(!failure.text.contains(['\r', '\n']), "{failure}");
    }
    for bad in ["x", "a@b\r\nX: y", "<a@b> <c@d>", "é@b"] {
        let mut mail = mail();
        mail.message_id = bad.to_owned();
        assert!(compose(&mail).is_err(), "{bad}");
    }
    let mut mail = mail();
    mail.unsubscribe_url = Some("https://a/\r\nX: y".to_owned());
    assert!(compose(&mail).is_err());
}

#[test]
fn hosts_are_spelled_as_the_name_system_has_them() {
    let mut mail = mail();
    mail.to = "ada@münchen.example".to_owned();
    let composed = compose(&mail).unwrap();
    assert_eq!(composed.to.to_string(), "ada@xn--mnchen-3ya.example");
    assert!(composed.bytes.is_ascii());
    mail.to = "дмитрий@example.com".to_owned();
    assert!(!compose(&mail).unwrap().bytes.is_ascii());
}

#[test]
fn a_subject_of_two_megabytes_is_cut() {
    let mut mail = mail();
    for subject in [
        "a".repeat(2 << 20),
        "👋🏽 ".repeat(250_000),
        "\r\n".repeat(1 << 20),
    ] {
        mail.content.subject = subject;
        let composed = compose(&mail).unwrap();
        assert!(composed.bytes.len() < 10_000);
    }
}

#[test]
fn long_conversations_keep_their_first_and_their_latest() {
    let mut mail = mail();
    mail.references = (0..500).map(|n| format!("<{n}@a.example>")).collect();
    let composed = compose(&mail).unwrap();
    let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
    let HeaderValue::TextList(ids) = parsed.references() else {
        panic!("no list");
    };
    assert_eq!(ids.len(), 20);
    assert_eq!(
        (ids[0].as_ref(), ids[1].as_ref()),
        ("0@a.example", "481@a.example")
    );
}

#[test]
fn no_year_is_too_far() {
    let mut mail = mail();
    for date in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        mail.date = date;
        compose(&mail).unwrap();
    }
}

/// Any text, often with what is dangerous in a header.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<char>().prop_map(String::from),
        3 => "[a-zA-Z .,]{1,30}",
        1 => prop_oneof![
            Just("\r\n".to_owned()),
            Just("\n".to_owned()),
            Just("\0".to_owned()),
            Just("\"".to_owned()),
            Just("\\".to_owned()),
            Just("=?utf-8?B?w6k=?=".to_owned()),
            Just("\r\nBcc: eve@example.com\r\n\r\n".to_owned()),
            Just("<eve@example.com>, ".to_owned()),
            Just("👨‍👩‍👧‍👦".to_owned()),
            Just("שלום".to_owned()),
            Just("\u{2028}".to_owned()),
        ],
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_that_people_write_adds_a_header_or_gets_lost(
        name in text(),
        sender in text(),
        subject in text(),
        ticket in text(),
        body in text(),
        reference in text(),
    ) {
        let mut mail = mail();
        mail.to_name = Some(name.clone());
        if let Ok(from) = format!("{sender} <support@desk.example>").parse() {
            mail.from = from;
        }
        mail.content.subject.clone_from(&subject);
        mail.content.text.clone_from(&body);
        mail.content.html.clone_from(&body);
        mail.ticket = Some(ticket);
        mail.references = vec![reference, "<a@b.example>".to_owned()];
        let composed = compose(&mail).unwrap();
        let mut names = header_names(composed.bytes());
        let mut wanted = HEADERS.map(str::to_owned).to_vec();
        names.sort();
        wanted.sort();
        prop_assert_eq!(names, wanted);
        prop_assert!(composed.bytes.is_ascii());
        let longest = composed.bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
        prop_assert!(longest <= Some(999));

        let parsed = MessageParser::default().parse(composed.bytes()).unwrap();
        let to = parsed.to().unwrap();
        prop_assert_eq!(to.iter().count(), 1);
        prop_assert_eq!(to.first().unwrap().address(), Some("ada@example.com"));
        let name = one_line(&name, 200);
        prop_assert_eq!(to.first().unwrap().name().unwrap_or_default(), name);
        let subject = one_line(&subject, MAX_SUBJECT);
        prop_assert_eq!(parsed.subject().unwrap_or_default(), subject);
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        let text = parsed.body_text(0).unwrap_or_default();
        let (text, body) = (lines(&text), lines(&body));
        prop_assert_eq!(text.trim_end(), body.trim_end());
        prop_assert_eq!(compose(&mail).unwrap().bytes, composed.bytes);
    }
}
