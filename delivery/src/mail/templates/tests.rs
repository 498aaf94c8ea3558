use std::fs;

use entity::NotificationKind;

use super::*;
use crate::mail::letter::Entry;

fn built_in() -> Templates {
    Templates::load(None).unwrap()
}

/// A folder with one template.
fn folder(name: &str, source: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), source).unwrap();
    folder
}

#[test]
fn every_kind_has_words_for_everybody() {
    let templates = built_in();
    for letter in sample::letters() {
        let rendered = templates.render(&letter).unwrap();
        let kind = letter.kind;
        for part in [&rendered.subject, &rendered.text, &rendered.html] {
            assert!(
                !part.contains("{{") && !part.contains("{%"),
                "{kind:?} {part}"
            );
            assert!(
                !part.contains(" none") && !part.contains(">none"),
                "{kind:?} {part}"
            );
        }
        assert!(!rendered.subject.is_empty(), "{kind:?}");
        let url = "http://localhost:8080/tickets/SUP-00001";
        let has_url = kind != NotificationKind::WeeklyReport;
        assert_eq!(rendered.text.contains(url), has_url, "{}", rendered.text);
        assert!(
            !rendered.text.contains("\n\n\n"),
            "{kind:?} {}",
            rendered.text
        );
        let prefixed = rendered.subject.starts_with("[SUP-00001] ");
        assert_eq!(prefixed, letter.ticket.is_some(), "{kind:?}");
        let unsubscribe = letter.unsubscribe_url.is_some();
        assert_eq!(rendered.text.contains("/unsubscribe?token"), unsubscribe);
        assert_eq!(rendered.html.contains("No more mails"), unsubscribe);
    }
}

#[test]
fn html_loads_nothing_and_runs_nothing() {
    for letter in sample::letters() {
        let rendered = built_in().render(&letter).unwrap();
        // Pictures come with the mail.
        let shown = rendered.html.matches("<img src=\"cid:").count();
        assert_eq!(shown, rendered.images.len(), "{:?}", letter.kind);
        let html = rendered.html.replace("<img src=\"cid:", "");
        for bad in [
            "<img", "<script", "<link", "src=", "url(", "@import", "<iframe", "<form",
        ] {
            assert!(!html.contains(bad), "{:?} {bad}", letter.kind);
        }
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    }
}

#[test]
fn html_is_escaped_and_text_is_not() {
    let evil = "</bdi><script>alert('1')</script> & \"é\" שלום";
    for kind in NotificationKind::ALL {
        let mut letter = sample::full(*kind, false);
        letter.reader.name = Some(evil.to_owned());
        letter.actor = Some(evil.to_owned());
        letter.message = Some(evil.to_owned());
        letter.product = evil.to_owned();
        if let Some(ticket) = &mut letter.ticket {
            ticket.subject = evil.to_owned();
            ticket.url = format!("http://localhost/?x=\"><script>{evil}");
        }
        if let Some(report) = &mut letter.report {
            for group in [
                &mut report.categories,
                &mut report.teams,
                &mut report.agents,
            ] {
                group[0].name = evil.to_owned();
            }
            report.spikes[0].name = evil.to_owned();
        }
        for entry in &mut letter.entries {
            entry.subject = evil.to_owned();
            entry.actor = Some(evil.to_owned());
        }
        let rendered = built_in().render(&letter).unwrap();
        assert!(!rendered.html.contains("<script"), "{kind:?}");
        assert!(rendered.html.contains("&lt;script&gt;alert("), "{kind:?}");
        assert!(rendered.html.contains("שלום"), "{kind:?}");
        assert!(rendered.text.contains(evil), "{kind:?}");
        if letter.ticket.is_some() {
            assert!(
                rendered
                    .subject
                    .contains("<script>alert('1')</script> & \"é\"")
            );
        }
    }
}

#[test]
fn messages_keep_their_lines_and_know_their_direction() {
    let mut letter = sample::full(NotificationKind::StaffReplied, false);
    letter.message = Some("one\r\n\r\n  two\u{0}\nשלום".to_owned());
    let rendered = built_in().render(&letter).unwrap();
    assert!(
        rendered
            .text
            .contains("Bob answered:\n\none\n\n  two\nשלום\n\nTo answer,")
    );
    assert!(rendered.html.contains("<div dir=\"auto\""));
    assert!(rendered.html.contains(">one\n\n  two\nשלום</div>"));
}

#[test]
fn what_is_very_long_is_cut() {
    let mut letter = sample::full(NotificationKind::StaffReplied, false);
    letter.message = Some("wörd ".repeat(400_000));
    if let Some(ticket) = &mut letter.ticket {
        ticket.subject = "é\u{301} ".repeat(700_000);
    }
    let rendered = built_in().render(&letter).unwrap();
    assert_eq!(rendered.subject.chars().count(), 200);
    assert!(rendered.text.len() < 40_000 && rendered.html.len() < 40_000);
    let link = "The rest is here: http://localhost:8080/tickets/SUP-00001]";
    assert!(rendered.text.contains(link));
    assert!(rendered.html.contains("Read the rest</a>"));
}

#[test]
fn subjects_are_one_line() {
    let mut letter = sample::full(NotificationKind::TicketOpened, true);
    if let Some(ticket) = &mut letter.ticket {
        ticket.subject = "a\r\nBcc: x@y.z\u{2028}b\u{202E}c\0".to_owned();
    }
    let rendered = built_in().render(&letter).unwrap();
    assert_eq!(rendered.subject, "[SUP-00001] New: a Bcc: x@y.z bc");
}

#[test]
fn who_resolved_may_be_told_within_how_many_days() {
    let mut letter = sample::full(NotificationKind::TicketResolved, false);
    assert!(
        built_in()
            .render(&letter)
            .unwrap()
            .text
            .contains("within 14 days.")
    );
    letter.reopen_days = 1;
    assert!(
        built_in()
            .render(&letter)
            .unwrap()
            .html
            .contains("within 1 day.")
    );
}

#[test]
fn surveys_have_a_link_for_each_score() {
    let letter = sample::full(NotificationKind::Survey, false);
    let text = built_in().render(&letter).unwrap().text;
    for score in 1..=5 {
        assert!(
            text.contains(&format!("?token=sample&score={score}\n")),
            "{text}"
        );
    }
}

#[test]
fn digests_are_by_ticket() {
    let mut letter = sample::full(NotificationKind::Digest, true);
    let rendered = built_in().render(&letter).unwrap();
    assert_eq!(rendered.subject, "3 pieces of news on 2 tickets");
    assert_eq!(
        rendered
            .text
            .matches("SUP-00001, The printer is on fire")
            .count(),
        1
    );
    let entry = Entry {
        at: chrono::DateTime::UNIX_EPOCH,
        ..letter.entries[0].clone()
    };
    letter.entries = vec![entry; 5_000];
    let rendered = built_in().render(&letter).unwrap();
    assert!(rendered.text.contains("And 4800 more."));
    assert_eq!(rendered.html.matches("<li>").count(), 200);
}

#[test]
fn reports_say_every_number_in_both_forms() {
    let letter = sample::full(NotificationKind::WeeklyReport, true);
    let rendered = built_in().render(&letter).unwrap();
    assert_eq!(rendered.subject, "Week 2026-W11: 44 opened, 41 resolved");
    for said in [
        "9–15 March 2026",
        "2 h 5 min",
        "below 12 h",
        "above 90 %",
        "93.5 %",
        "2 d 5 h",
        "7.3 %",
        "below 5 %",
        "3.4",
        "Tue 10",
        "3–7 days",
        "First line",
        "2.4 times as many",
        "Tuesday, 9:00–10:00: 5.",
    ] {
        assert!(rendered.text.contains(said), "{said}: {}", rendered.text);
        assert!(rendered.html.contains(said), "{said}: {}", rendered.html);
    }
    assert!(rendered.text.contains("- Tue 10: 14 opened, 11 resolved\n"));
    let line =
        "- First resolution, median: 2 d 5 h, the week before 1 d 20 h; target below 2 d, missed\n";
    assert!(rendered.text.contains(line), "{}", rendered.text);
    assert_eq!(rendered.images.len(), 2);
    // Of a week in which nothing happened there is little to say.
    let letter = sample::scant(NotificationKind::WeeklyReport, true);
    let rendered = built_in().render(&letter).unwrap();
    assert!(!rendered.text.contains("Satisfaction") && !rendered.text.contains("CATEGORIES"));
    assert!(rendered.text.contains("- Mon 9: 0 opened, 0 resolved\n"));
    assert_eq!(rendered.images.len(), 2);
}

#[test]
fn operators_have_reports_with_pictures_of_their_choice() {
    let source = "{{ report.week }} <img src=\"cid:{{ report.charts.ages.cid }}\">";
    let place = folder("weekly-report.html", source);
    let templates = Templates::load(Some(place.path())).unwrap();
    let letter = sample::full(NotificationKind::WeeklyReport, true);
    let rendered = templates.render(&letter).unwrap();
    assert!(rendered.html.starts_with("2026-W11 <img"));
    assert_eq!(rendered.images.len(), 1);
    assert_eq!(rendered.images[0].name, "backlog-by-age");
}

#[test]
fn operators_replace_single_files() {
    let place = folder("survey.subject.txt", "Stars for {{ ticket.number }}?\n");
    fs::write(
        place.path().join("layout.txt"),
        "{% block content %}{% endblock %}{% include '_end.txt' %}",
    )
    .unwrap();
    fs::write(place.path().join("_end.txt"), "Bye, {{ product }}").unwrap();
    fs::write(place.path().join("README.md"), "{{ no template }}").unwrap();
    let templates = Templates::load(Some(place.path())).unwrap();
    let letter = sample::full(NotificationKind::Survey, false);
    let rendered = templates.render(&letter).unwrap();
    assert_eq!(rendered.subject, "[SUP-00001] Stars for SUP-00001?");
    assert!(rendered.text.starts_with("How did we do") && rendered.text.ends_with("Bye, Support"));
    assert!(rendered.html.contains("Hello <bdi>Ada</bdi>"));
}

#[test]
fn what_is_wrong_with_a_template_is_said_at_the_start() {
    let cases = [
        (
            "survey.txt",
            "line one\n{{ ticket.nubmer }}",
            "survey.txt cannot be used, line 2: undefined value",
        ),
        (
            "survey.txt",
            "{% if %}",
            "survey.txt cannot be used, line 1: syntax error",
        ),
        (
            "survey.html",
            "{% include '_none.html' %}",
            "survey.html cannot be used, line 1: template not found",
        ),
        (
            "survey.txt",
            "\n\nHello {{ reader.name }}",
            "survey.txt cannot be used, line 3: undefined value. this may be missing",
        ),
        (
            "layout.html",
            "\n{{ x }}",
            "layout.html cannot be used, line 2",
        ),
        (
            "_ticket.txt",
            "{{ y }}",
            "_ticket.txt cannot be used, line 1",
        ),
        (
            "sruvey.txt",
            "Hello",
            "There is no mail template sruvey.txt",
        ),
    ];
    for (name, source, wanted) in cases {
        let place = folder(name, source);
        let problem = Templates::load(Some(place.path())).unwrap_err().to_string();
        assert!(problem.contains(wanted), "{problem}");
        let path = place.path().join(name);
        assert!(problem.contains(path.to_str().unwrap()), "{problem}");
    }
    let problem = Templates::load(Some(Path::new("/no/such/folder"))).unwrap_err();
    assert!(problem.to_string().contains("DESKWIRE_MAIL_TEMPLATES"));
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("survey.txt"), b"\xff").unwrap();
    let problem = Templates::load(Some(place.path())).unwrap_err();
    assert!(problem.to_string().contains("survey.txt"), "{problem}");
}

#[test]
fn a_letter_that_lacks_what_its_kind_has_is_refused() {
    let mut letter = sample::full(NotificationKind::SlaBreach, true);
    letter.promise = None;
    let failure = built_in().render(&letter).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.text.contains("sla-breach"), "{failure}");
}
