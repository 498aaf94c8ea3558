//! Which mail server, and how to speak with it.

use std::{fmt, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::transport::smtp::{
    authentication::Credentials, client::TlsParameters, extension::ClientId,
};
use reqwest::Url;

use crate::Problem;

/// A mail server, as `smtp://user:password@host:587` and `smtps://host` name it.
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) login: Option<Login>,
    pub(super) hello: ClientId,
}

/// When the connection is encrypted.
pub(super) enum Tls {
    /// Never.
    Off,
    /// If the server offers it.
    Opportunistic(TlsParameters),
    /// Always, by STARTTLS.
    Required(TlsParameters),
    /// Always, from the beginning.
    Wrapped(TlsParameters),
}

/// Who we are to the server.
pub(super) struct Login {
    pub(super) credentials: Credentials,
    /// What the server must not repeat to anybody.
    secrets: [String; 3],
}

impl Server {
    /// The server that a URL names; `hello` is the name that we introduce ourselves by.
    ///
    /// # Errors
    /// When the URL names none. What is wrong is said without the password.
    pub fn parse(url: &str, hello: &str) -> Result<Self, Problem> {
        let wrong = |why: &str| {
            Problem(format!(
                "DESKWIRE_MAIL names no mail server: {why}. Write it like \
                 smtp://user:password@mail.example.com:587 or smtps://mail.example.com, with special \
                 characters of the password as %XX."
            ))
        };
        let url = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| wrong("the host is missing"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong("there is something behind the host"));
        }
        let mut wanted = None;
        for (name, value) in url.query_pairs() {
            if name != "tls" {
                return Err(wrong(&format!("`{name}` is not known, only `tls`")));
            }
            wanted = Some(value.into_owned());
        }
        let parameters = || {
            TlsParameters::new(host.clone())
                .map_err(|error| wrong(&format!("TLS with {host} is not possible ({error})")))
        };
        let (tls, port) = match (url.scheme(), wanted.as_deref()) {
            ("smtps", None) => (Tls::Wrapped(parameters()?), 465),
            ("smtps", Some(_)) => {
                return Err(wrong("smtps is always encrypted, `tls` says nothing"));
            }
            (_, None | Some("opportunistic")) => (Tls::Opportunistic(parameters()?), 587),
            (_, Some("required")) => (Tls::Required(parameters()?), 587),
            (_, Some("off")) => (Tls::Off, 587),
            (_, Some(_)) => return Err(wrong("`tls` is `required`, `opportunistic` or `off`")),
        };
        let user = decoded(url.username()).ok_or_else(|| wrong("the user is not UTF-8"))?;
        let password = decoded(url.password().unwrap_or_default());
        let password = password.ok_or_else(|| wrong("the password is not UTF-8"))?;
        if user.is_empty() != password.is_empty() {
            return Err(wrong("user and password belong together"));
        }
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            login: (!user.is_empty()).then(|| Login::new(user, password)),
            hello: ClientId::Domain(hello.to_owned()),
        })
    }

    /// Whether a password may go over a connection that is not encrypted: on this machine, or where
    /// the operator says so.
    pub(super) fn may_tell_password_in_clear(&self) -> bool {
        let here = self.host == "localhost"
            || self
                .host
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback());
        here || matches!(self.tls, Tls::Off)
    }

    /// What the server said, if it does not repeat the password.
    pub(super) fn without_password(&self, text: &str) -> String {
        let secrets = self.login.iter().flat_map(|login| &login.secrets);
        if secrets
            .into_iter()
            .any(|secret| text.contains(secret.as_str()))
        {
            "its answer repeats the password and is not shown".to_owned()
        } else {
            text.to_owned()
        }
    }
}

impl Login {
    fn new(user: String, password: String) -> Self {
        let secrets = [
            password.clone(),
            STANDARD.encode(&password),
            STANDARD.encode(format!("\0{user}\0{password}")),
        ];
        Self {
            credentials: Credentials::new(user, password),
            secrets,
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The mail server {}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = match &self.tls {
            Tls::Off => "off",
            Tls::Opportunistic(_) => "opportunistic",
            Tls::Required(_) => "required",
            Tls::Wrapped(_) => "from the beginning",
        };
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &tls)
            .field("signs_in", &self.login.is_some())
            .finish_non_exhaustive()
    }
}

/// A part of a URL without its percent signs.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let server =
            Server::parse("smtp://us%40er:p%2Fw%25@mail.example:2525?tls=off", "h").unwrap();
        assert_eq!((server.host.as_str(), server.port), ("mail.example", 2525));
        let login = server.login.unwrap();
        assert_eq!(
            login.credentials,
            Credentials::new("us@er".to_owned(), "p/w%".to_owned())
        );
        let port = |url| Server::parse(url, "h").unwrap().port;
        assert_eq!(port("smtp://mail.example"), 587);
        assert_eq!(port("smtps://mail.example"), 465);
        assert_eq!(port("smtp://[::1]:25?tls=required"), 25);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for bad in [
            "smtp://",
            "smtp://user:hunter2@",
            "smtp://user:hunter2@host:99999",
            "smtp://user:hunter2@host?tls=perhaps",
            "smtp://user:hunter2@host?ssl=1",
            "smtps://user:hunter2@host?tls=off",
            "smtp://user:hunter2@host/inbox",
            "smtp://:hunter2@host",
            "smtp://user@host",
            "smtp://user:hunter2%zz@host",
        ] {
            let Err(Problem(text)) = Server::parse(bad, "h") else {
                panic!("{bad}");
            };
            assert!(!text.contains("hunter2"), "{text}");
        }
        let server = Server::parse("smtp://user:hunter2@host", "h").unwrap();
        assert!(!format!("{server:?} {server}").contains("hunter2"));
        for repeated in ["535 hunter2", "535 aHVudGVyMg==", "AHVzZXIAaHVudGVyMg=="] {
            assert!(!server.without_password(repeated).contains(repeated));
        }
    }
}
