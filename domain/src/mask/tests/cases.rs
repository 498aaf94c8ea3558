//! Texts as people write them.

use super::*;

#[test]
fn what_must_stay() {
    for text in [
        "",
        "Where is my order ORD-4211873? It was promised for Friday.",
        "SUP-00001 and SUP-123456 are about the same.",
        "Call me: +49 170 1234567, +4915112345678, (555) 010-9999, 0049 151 12345678, 030/1234567.",
        "+49 151 12345678 or +43 664 123456789, +1 (415) 555-0132, +44 20 7946 0958",
        "On 30.01.2024 12:34:56, on 2024-01-30 10:15:00.123, at 2024-01-30T10:15:00.123+01:00.",
        "From 30.01.2024-31.01.2024 and 30/05/2024 10:00:00, 05/30/2024 10:00:00.",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301 and 41111111-1111-4111-8111-111111111111",
        "Servers 192.168.100.200, 10.0.0.1:8080 and 2001:db8::8a2e:370:7334 do not answer.",
        "I paid 1,250.00 EUR, then 4.111,11 € and $ 4,111.00, 12 % of it.",
        "Tracking 1Z999AA10123456784, 00340434161094015902, JD014600003012345678, LX123456789DE.",
        "USPS says 9400100000000000000000 is unknown.",
        "My IMEI is 356938035643809, the other one 860461024123456.",
        "d41d8cd98f00b204e9800998ecf8427e, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Version 5.12.0 on iOS 18.1, build 20241130.4.",
        "4111 1111 1111 1112 has a wrong check digit, 1234 5678 9012 3456 no issuer.",
        "411111111111111141111111111111114 is too long.",
        "The card ending 1111 was charged, 4242 as well. Visa •••• 1111.",
        "My password is not working. I forgot my password. The password was changed on Friday.",
        "the token: see below. Password: it does not work any more.",
        "Passwort: geht nicht mehr, bitte helfen. Passwort: vergessen",
        "Password: reset\nUsername: anna",
        "password: <your password>, token: {token}, api_key=${API_KEY}, secret: [redacted], pwd: ********",
        "Secret: Santa\nToken: expired\nReset password: https://example.com/reset",
        "My password is 12 characters long. Password must be at least 8 characters.",
        "We never ask for your security code. The CVV field shows error 500 when I type.",
        "CVV: see the back of the card. My CVV has 3 digits.",
        "Your verification code is 482913. The six digits never reach my phone.",
        "Error 500: CVV not accepted; card ending 1234 CVV missing.",
        "IBAN DE88 3704 0044 0532 0130 00 has wrong check digits.",
        "order no 1234567890123, is 15 minutes, at 12:30, de 24 horas, AT 2024",
        "Ask anna@example.com or see https://example.com/a?b=1&c=2.",
        "The bearer of the ticket, basic questions, task-force-of-the-company-we-know-well",
        "Cookies, tokens and keys: what are they? Tokens: 3 left. secret: no",
        "هل يمكنكم تغيير كلمة المرور؟ رقم الطلب 4211873",
        "主题:密码忘记了。订单号 123456789012",
        "Zähler 4006381333931, Kundennummer 123456789012, Rechnung 2024-000117.",
        "10:00-12:30, 14:00-18:45; 1920x1080; 3.14159265358979; 1e-9",
        "password: 12.05.2024, 10:30",
        "pwd=abc&user=anna",
        "1. 41111\n2. 11111\n3. 11114",
        "52.520008, 13.404954",
        "52.82594213745359 and 1.4111111111111111, -0.4111111111111111",
        "SIRET 41111111111119, SIRET : 411 111 111 11119",
        "Password:\nThanks",
        "Password - forgotten. Boarding pass: Economy\nPalabra clave: precio\nCompass: north4",
        "desenha: abc123",
        "cid: 4711 and cid=123. My gift card value 100, card value: 250",
        "It returned 500 (CVV), the response 404 (CVC), I got 402 (CVV)",
        "Password: forgotten, please help. Password: vanished, please help: what now?",
        "Call 00 36148900647913, please.",
    ] {
        let result = masked(text);
        assert_eq!(result.found, [], "{text} became {}", result.text);
        assert_eq!(result.text, text);
    }
}

#[test]
fn what_is_masked() {
    for (text, expected, found) in [
        // card numbers
        (
            "Call +378282246310005",
            "Call +•••••••••••0005",
            &[CARD][..],
        ),
        (
            "My card 4111 1111 1111 1111, please.",
            "My card •••• •••• •••• 1111, please.",
            &[CARD][..],
        ),
        ("4111-1111-1111-1111", "••••-••••-••••-1111", &[CARD]),
        ("Visa4111111111111111!", "Visa••••••••••••1111!", &[CARD]),
        ("+4111111111111111", "+••••••••••••1111", &[CARD]),
        (
            "4111\u{30FC}1111\u{640}1111\u{4E00}1111",
            "••••\u{30FC}••••\u{640}••••\u{4E00}1111",
            &[CARD],
        ),
        (
            "?card=4111%201111%201111%201111",
            "?card=••••%20••••%20••••%201111",
            &[CARD],
        ),
        // not called, although `00` stands before
        (
            "EUR 45.00 36148900647913",
            "EUR 45.00 ••••••••••7913",
            &[CARD],
        ),
        (
            "um 10:00 36148900647913",
            "um 10:00 ••••••••••7913",
            &[CARD],
        ),
        ("41111, 11111, 111111", "•••••, •••••, ••1111", &[CARD]),
        ("411.111-11 11_111111", "•••.•••-•• ••_••1111", &[CARD]),
        ("3782: 822463,\n10005", "••••: ••••••,\n•0005", &[CARD]),
        ("4111\n1111\n1111\n1111", "••••\n••••\n••••\n1111", &[CARD]),
        ("4111•1111•1111•1111", "•••••••••••••••1111", &[CARD]),
        ("•4111 1111 1111 1111", "••••• •••• •••• 1111", &[CARD]),
        (
            "**4111** - **1111** - **1111** - **1111**",
            "**••••** - **••••** - **••••** - **1111**",
            &[CARD],
        ),
        (
            "4\u{FE0F}\u{20E3}111\u{200B}1111\u{A0}1111\u{2009}1111",
            "•\u{FE0F}\u{20E3}•••\u{200B}••••\u{A0}••••\u{2009}1111",
            &[CARD],
        ),
        (
            "4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
            "•,•,•,•,•,•,•,•,•,•,•,•,1,1,1,1",
            &[CARD],
        ),
        (
            "４１１１ １１１１ １１１１ １１１１",
            "•••• •••• •••• １１１１",
            &[CARD],
        ),
        (
            "رقم بطاقتي ٤١١١ ١١١١ ١١١١ ١١١١",
            "رقم بطاقتي •••• •••• •••• ١١١١",
            &[CARD],
        ),
        ("Amex 3782 822463 10005", "Amex •••• •••••• •0005", &[CARD]),
        (
            "Diners 3056 930902 5904",
            "Diners •••• •••••• 5904",
            &[CARD],
        ),
        (
            "Mastercard 2223003122003222",
            "Mastercard ••••••••••••3222",
            &[CARD],
        ),
        (
            "Mir 2200 0000 0000 0004",
            "Mir •••• •••• •••• 0004",
            &[CARD],
        ),
        ("4222222222222", "•••••••••2222", &[CARD]),
        (
            "Order 123456 4111 1111 1111 1111 30.01.2024",
            "Order 123456 •••• •••• •••• 1111 30.01.2024",
            &[CARD],
        ),
        (
            "paid 12.50 with 4111 1111 1111 1111 on 30.01.2024 10:00",
            "paid 12.50 with •••• •••• •••• 1111 on 30.01.2024 10:00",
            &[CARD],
        ),
        // security codes
        (
            "Ref 12 4111 1111 1111 1111 09/27 123",
            "Ref 12 •••• •••• •••• 1111 09/27 •••",
            &[CARD, CODE],
        ),
        (
            "4111111111111111, exp. 09/2027, 123",
            "••••••••••••1111, exp. 09/2027, •••",
            &[CARD, CODE],
        ),
        (
            "4111111111111111|09|27|123",
            "••••••••••••1111|09|27|•••",
            &[CARD, CODE],
        ),
        (
            "4111 1111 1111 1111\n0927\n123",
            "•••• •••• •••• 1111\n0927\n•••",
            &[CARD, CODE],
        ),
        (
            "3782 822463 10005 valid 09/27, CID 1234",
            "•••• •••••• •0005 valid 09/27, CID ••••",
            &[CARD, CODE],
        ),
        ("CVV: 123", "CVV: •••", &[CODE]),
        ("my cvv2 is 1234.", "my cvv2 is ••••.", &[CODE]),
        ("cvv123, CVC:\n456", "cvv•••, CVC:\n•••", &[CODE]),
        (
            "The security code on the back of my card is 987.",
            "The security code on the back of my card is •••.",
            &[CODE],
        ),
        (
            "security code (3 digits): 987",
            "security code (3 digits): •••",
            &[CODE],
        ),
        ("123 is my cvv", "••• is my cvv", &[CODE]),
        ("123 (CVC)", "••• (CVC)", &[CODE]),
        (
            "Die Prüfziffer lautet 321.",
            "Die Prüfziffer lautet •••.",
            &[CODE],
        ),
        ("KARTENPRÜFNUMMER 321", "KARTENPRÜFNUMMER •••", &[CODE]),
        (
            "Sicherheitscode auf der Rückseite: 321",
            "Sicherheitscode auf der Rückseite: •••",
            &[CODE],
        ),
        (
            "le cryptogramme est 321",
            "le cryptogramme est •••",
            &[CODE],
        ),
        (
            "Mi código de seguridad es 321",
            "Mi código de seguridad es •••",
            &[CODE],
        ),
        (
            "código de segurança: 321",
            "código de segurança: •••",
            &[CODE],
        ),
        (
            "codice di sicurezza 321",
            "codice di sicurezza •••",
            &[CODE],
        ),
        ("رمز الأمان هو ٣٢١", "رمز الأمان هو •••", &[CODE]),
        (
            "cvv 4111 1111 1111 1111",
            "cvv •••• •••• •••• 1111",
            &[CARD],
        ),
        // IBANs
        (
            "IBAN DE44 5001 0517 5407 3249 31.",
            "IBAN DE•• •••• •••• •••• ••49 31.",
            &[IBAN],
        ),
        ("de44500105175407324931", "de••••••••••••••••4931", &[IBAN]),
        (
            "IBANDE44500105175407324931",
            "IBANDE••••••••••••••••4931",
            &[IBAN],
        ),
        (
            "GB29 NWBK 6016 1331 9268 19",
            "GB•• •••• •••• •••• ••68 19",
            &[IBAN],
        ),
        (
            "DE 44 500105 17 5407324931",
            "DE •• •••••• •• ••••••4931",
            &[IBAN],
        ),
        (
            "MT84MALT011000012345MTLCAST001S",
            "MT•••••••••••••••••••••••••001S",
            &[IBAN],
        ),
        ("NO93-8601-1117-947", "NO••-••••-•••7-947", &[IBAN]),
        (
            "from FR14 2004 1010 0505 0001 3M02 606 to me",
            "from FR•• •••• •••• •••• •••• •••2 606 to me",
            &[IBAN],
        ),
        // secrets
        ("password: hunter2", "password: •••••••", &[SECRET]),
        ("password: hunter", "password: ••••••", &[SECRET]),
        (
            "My password is hunter2, sorry",
            "My password is •••••••, sorry",
            &[SECRET],
        ),
        ("pwd=abc1&user=anna", "pwd=••••&user=anna", &[SECRET]),
        ("Passwort: Sommer2024!", "Passwort: •••••••••••", &[SECRET]),
        (
            "mot de passe : soleil99",
            "mot de passe : ••••••••",
            &[SECRET],
        ),
        ("CONTRASEÑA: clave123", "CONTRASEÑA: ••••••••", &[SECRET]),
        ("senha: abc12345", "senha: ••••••••", &[SECRET]),
        ("пароль: qwerty1", "пароль: •••••••", &[SECRET]),
        ("كلمة المرور: abc12345", "كلمة المرور: ••••••••", &[SECRET]),
        ("密码：abc12345", "密码：••••••••", &[SECRET]),
        (
            "Password (new): \"correct horse b4ttery\"",
            "Password (new): \"••••••• ••••• •••tery\"",
            &[SECRET],
        ),
        (
            "{\"password\": \"s3cret!\", \"user\": \"anna\"}",
            "{\"password\": \"•••••••\", \"user\": \"anna\"}",
            &[SECRET],
        ),
        ("**Password:** hunter2", "**Password:** •••••••", &[SECRET]),
        ("password: 123456", "password: ••••••", &[SECRET]),
        (
            "api_key = \"0123456789abcdef0123\"",
            "api_key = \"••••••••••••••••0123\"",
            &[SECRET],
        ),
        ("apiToken=abcd1234efgh", "apiToken=••••••••••••", &[SECRET]),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "aws_secret_access_key = ••••••••••••••••••••••••••••••••••••EKEY",
            &[SECRET],
        ),
        (
            concat!("AKIA", "IOSFODNN7EXAMPLE"),
            "••••••••••••••••MPLE",
            &[SECRET],
        ),
        (
            "Authorization: Bearer abc.def-123",
            "Authorization: Bearer •••••••••••",
            &[SECRET],
        ),
        (
            "Authorization: Basic YW5uYTpodW50ZXIy",
            "Authorization: Basic ••••••••••••••••",
            &[SECRET],
        ),
        (
            "postgres://desk:s3cret@db.example.com/desk",
            "postgres://desk:••••••@db.example.com/desk",
            &[SECRET],
        ),
        (
            "postgres://app:letmein@db.example.com/x redis://:geheim@cache:6379",
            "postgres://app:•••••••@db.example.com/x redis://:••••••@cache:6379",
            &[SECRET],
        ),
        (
            r#"{"password":"letmein","user":"anna"}"#,
            r#"{"password":"•••••••","user":"anna"}"#,
            &[SECRET],
        ),
        (
            "Server=db;Password=letmein;Database=x",
            "Server=db;Password=•••••••;Database=x",
            &[SECRET],
        ),
        (
            "password='letmein', host='db'",
            "password='•••••••', host='db'",
            &[SECRET],
        ),
        (
            "password=letmein, host=db",
            "password=•••••••, host=db",
            &[SECRET],
        ),
        (
            "| password: letmein | db |",
            "| password: ••••••• | db |",
            &[SECRET],
        ),
        ("pw: letmein", "pw: •••••••", &[SECRET]),
        ("DB_PASS=letmein", "DB_PASS=•••••••", &[SECRET]),
        ("pass: abc123", "pass: ••••••", &[SECRET]),
        ("clave: abc123", "clave: ••••••", &[SECRET]),
        ("kodeord: abc123", "kodeord: ••••••", &[SECRET]),
        ("password1=abc123", "password1=••••••", &[SECRET]),
        (
            "user[password_confirmation]=abc123",
            "user[password_confirmation]=••••••",
            &[SECRET],
        ),
        (
            "<password>letmein</password>",
            "<password>•••••••</password>",
            &[SECRET],
        ),
        ("Password - hunter2", "Password - •••••••", &[SECRET]),
        ("Passwort → hunter2", "Passwort → •••••••", &[SECRET]),
        ("Password:\nhunter2", "Password:\n•••••••", &[SECRET]),
        ("password: 1234 5678", "password: •••• ••••", &[SECRET]),
        (
            "https://anna:hunter2@example.com",
            "https://anna:•••••••@example.com",
            &[SECRET],
        ),
    ] {
        let result = masked(text);
        assert_eq!(result.text, expected, "{text}");
        assert_eq!(result.found, found, "{text}");
        assert_eq!(
            masked(&result.text),
            Masked {
                text: result.text.clone(),
                found: Vec::new()
            }
        );
        assert_eq!(result.text.chars().count(), text.chars().count());
    }
}

/// The forms by which keys show, in two halves so that nobody's scanner takes them for real ones.
#[test]
fn keys_show_by_their_form() {
    let body = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX";
    let hex = "0123456789abcdef0123456789abcdef";
    for (prefix, rest) in [
        ("ASIA", "IOSFODNN7EXAMPLE"),
        ("gho", &format!("_{body}")),
        ("github", &format!("_pat_{body}")),
        ("glpat", &format!("-{body}")),
        ("xoxb", &format!("-1234567890-{body}")),
        ("rk", &format!("_live_{body}")),
        ("sk", &format!("_test_{body}")),
        ("whsec", &format!("_{body}")),
        ("AIza", "SyA0123456789-0123456789_0123456789"),
        ("SG", &format!(".{body}.{body}")),
        ("SK", hex),
        ("AC", hex),
        ("sk", &format!("-{body}")),
        ("sk", &format!("-ant-api03-{body}")),
        ("npm", &format!("_{body}")),
        ("pypi", &format!("-{body}")),
        (
            "eyJ",
            "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        ),
    ] {
        let key = format!("{prefix}{rest}");
        let result = masked(&format!("It is {key}, and it fails."));
        let hidden = "•".repeat(key.len() - 4);
        assert_eq!(
            result.text,
            format!("It is {hidden}{}, and it fails.", &key[key.len() - 4..])
        );
        assert_eq!(result.found, [SECRET]);
    }
}

#[test]
fn private_keys_go_whole() {
    let (begin, end) = ("-----BEGIN RSA PRIVATE", "-----END RSA PRIVATE");
    let lines = "MIIEpAIBAAKCAQEA4f5wg5l2hKsTeNem\nV41fGnJm6gOdrj8ym3rFkEjWT2btpYI0\n";
    let result = masked(&format!(
        "See:\n{begin} KEY-----\n{lines}{end} KEY-----\nThanks!"
    ));
    assert!(
        !result.text.contains("MII") && !result.text.contains("ym3"),
        "{}",
        result.text
    );
    assert!(result.text.starts_with("See:\n•") && result.text.ends_with("\nThanks!"));
    // Cut off: what looks like the key goes, the sentence after it stays.
    let result = masked(&format!(
        "{begin} KEY-----\n{lines}and so on. What does it mean?"
    ));
    assert!(!result.text.contains("ym3") && result.text.ends_with("and so on. What does it mean?"));
}

#[test]
fn addresses_keep_what_may_be_seen() {
    let path = [
        "https://hooks.slack",
        ".com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    ]
    .concat();
    let result = masked(&path).text;
    assert!(result.starts_with("https://hooks.slack.com/services/•") && result.ends_with("•XXXX"));
    assert_eq!(masked("https://example.com/a:b@c").found, []);
    assert_eq!(masked("mail to: anna@example.com").found, []);
}
