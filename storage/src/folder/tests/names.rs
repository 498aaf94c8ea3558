use mail_parser::{MessageParser, MimeHeaders};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::disposition::disposition;

/// Reads a header as RFC 6266 says; the second part is the name that old programs see.
fn read(header: &str) -> (String, String) {
    let (_, names) = header.split_once("; filename=\"").unwrap();
    let (plain, rest) = names.split_once('"').unwrap();
    let name = match rest.strip_prefix("; filename*=UTF-8''") {
        Some(encoded) => percent_decode_str(encoded)
            .decode_utf8()
            .unwrap()
            .into_owned(),
        None => {
            assert_eq!(rest, "");
            plain.to_owned()
        }
    };
    (name, plain.to_owned())
}

#[test]
fn names_as_they_look() {
    assert_eq!(
        disposition("a b.png", true),
        "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png"
    );
    assert_eq!(disposition("", false), "attachment");
    assert_eq!(
        disposition("K\u{f6}ln 100%.txt", false),
        "attachment; filename=\"K_ln 100_.txt\"; filename*=UTF-8''K%C3%B6ln%20100%25.txt"
    );
    let (name, plain) = read(&disposition("../\u{202e}fdp.\"\\\r\n\0exe", false));
    assert_eq!(name, "../\u{202e}fdp.\"\\\r\n\0exe");
    assert_eq!(plain, "..__fdp._____exe");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_name_survives(
        name in prop_oneof!["\\PC{1,60}", any::<String>(), "[\"\\\\%;=*'/ a\\r\\n\u{202e}\u{e9}]{1,20}"],
        inline in any::<bool>(),
    ) {
        prop_assume!(!name.is_empty());
        let header = disposition(&name, inline);
        prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{}", header);
        let (read, plain) = read(&header);
        prop_assert_eq!(&read, &name);
        prop_assert_eq!(plain.chars().count(), name.chars().count());
        prop_assert!(!plain.contains(['/', '\\', '%']));
    }

    /// A reader that others wrote sees the same.
    #[test]
    fn a_mail_program_reads_the_same_name(name in "[a-zA-Z0-9 \"\\\\%;=*'()\u{e9}\u{4e2d}\u{1f642}._-]{1,40}") {
        let header = disposition(&name, false);
        let mail = format!("Content-Disposition: {header}\r\nContent-Type: text/plain\r\n\r\nx");
        let mail = MessageParser::default().parse(mail.as_bytes()).unwrap();
        let read = mail.parts[0].content_disposition().unwrap();
        prop_assert_eq!(read.ctype(), "attachment");
        let names = read.attributes().unwrap();
        prop_assert!(names.iter().any(|attribute| attribute.value == name), "{}: {:?}", header, names);
    }
}
