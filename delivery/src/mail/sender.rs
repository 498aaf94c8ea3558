//! Who mails come from.

use std::str::FromStr;

use lettre::Address;

use super::compose::address;

/// A name and an address: `Deskwire Support <support@example.com>`, or the address alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: Address,
}

impl Sender {
    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The part of the address behind the @, for message ids.
    pub fn host(&self) -> &str {
        self.address.domain()
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, mail) = match text
            .strip_suffix('>')
            .and_then(|text| text.rsplit_once('<'))
        {
            Some((name, mail)) => (name.trim(), mail),
            None => ("", text),
        };
        let unquoted = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'));
        let name = unquoted.map_or_else(
            || name.to_owned(),
            |name| name.replace("\\\"", "\"").replace("\\\\", "\\"),
        );
        if name.chars().any(char::is_control) {
            return Err("the name holds a line break or another control character".to_owned());
        }
        let address = address(mail).map_err(|why| {
            format!("`{text}` is not a sender: {why}. Write it like Support <support@example.com>")
        })?;
        Ok(Self {
            name: Some(name).filter(|name| !name.is_empty()),
            address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        let sender: Sender = "Deskwire Support <support@localhost>".parse().unwrap();
        assert_eq!(sender.name(), Some("Deskwire Support"));
        assert_eq!(sender.host(), "localhost");
        let sender: Sender = "\"Ada \\\"A\\\" <x>\" <a@münchen.example>".parse().unwrap();
        assert_eq!(sender.name(), Some("Ada \"A\" <x>"));
        assert_eq!(sender.host(), "xn--mnchen-3ya.example");
        let sender: Sender = "a@b.example".parse().unwrap();
        assert_eq!(sender.name(), None);
        for bad in [
            "",
            "Support",
            "Support <>",
            "a b@c",
            "a@b\r\nBcc: c@d",
            "X\ny <a@b.c>",
            "<a@b",
        ] {
            assert!(bad.parse::<Sender>().is_err(), "{bad:?}");
        }
    }
}
