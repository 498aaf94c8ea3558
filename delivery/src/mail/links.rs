//! Where the links in mails lead.

use clap::Args;
use reqwest::Url;

use crate::Problem;

/// Where people reach the desk.
#[derive(Args, Clone, Debug)]
pub struct LinkSettings {
    /// The address of the desk as people reach it: links in mails begin with it.
    #[arg(
        long,
        env = "DESKWIRE_PUBLIC_URL",
        default_value = "http://localhost:8080"
    )]
    pub public_url: String,
}

/// Makes links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    base: String,
}

impl LinkSettings {
    /// What makes links.
    ///
    /// # Errors
    /// When the address is not one of the web.
    pub fn links(&self) -> Result<Links, Problem> {
        let text = self.public_url.trim();
        let url = Url::parse(text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
        });
        let url = url.ok_or_else(|| {
            Problem(format!(
                "DESKWIRE_PUBLIC_URL is `{text}`. Write the address of the desk as people reach it, \
                 like https://support.example.com."
            ))
        })?;
        Ok(Links {
            base: url.as_str().trim_end_matches('/').to_owned(),
        })
    }
}

impl Links {
    /// The whole address of a path like `/tickets/SUP-00001`.
    pub fn to(&self, path: &str) -> String {
        format!("{}/{}", self.base, path.trim_start_matches('/'))
    }
}

/// `url` with one more parameter, which goes where a query ends, before a fragment. Neither name nor value
/// needs to be escaped.
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let (base, fragment) = match url.split_once('#') {
        Some((base, fragment)) => (base, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let joint = match base.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{base}{joint}{name}={value}{fragment}")
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_into_the_query() {
        let with = |url| with_parameter(url, "score", "5");
        assert_eq!(with("http://a/s"), "http://a/s?score=5");
        assert_eq!(with("http://a/s?t=1"), "http://a/s?t=1&score=5");
        assert_eq!(with("http://a/s?"), "http://a/s?score=5");
        assert_eq!(with("http://a/s?t=1&"), "http://a/s?t=1&score=5");
        assert_eq!(with("http://a/s#x?y"), "http://a/s?score=5#x?y");
    }

    #[test]
    fn addresses_of_the_desk() {
        let links = |url: &str| {
            let public_url = url.to_owned();
            LinkSettings { public_url }.links()
        };
        let to = |url| links(url).unwrap().to("/tickets/1");
        assert_eq!(to("https://a.example"), "https://a.example/tickets/1");
        assert_eq!(
            to("https://a.example/desk/"),
            "https://a.example/desk/tickets/1"
        );
        for bad in ["", "a.example", "ftp://a", "https://a?x=1", "https://u@a"] {
            assert!(links(bad).is_err(), "{bad}");
        }
    }
}
