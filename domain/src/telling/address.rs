//! Where webhooks may go. Whoever sets up an endpoint must not be able to reach through the desk what
//! only the desk can reach: the machine itself, its network, the cloud's metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

/// The longest URL, in bytes.
pub const LONGEST_URL: usize = 2048;

/// What to do about an address that is not public.
const ELSEWHERE: &str = "Webhooks go to the public internet only.";

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet.
    Public,
    /// Those that are not of the public internet.
    Private,
    /// All.
    All,
}

impl Reach {
    /// By https anywhere that is public; with `allow_private` elsewhere too, and there also by
    /// plain http.
    pub fn of(url: &Url, allow_private: bool) -> Self {
        match (url.scheme(), allow_private) {
            (_, false) => Self::Public,
            ("http", true) => Self::Private,
            (_, true) => Self::All,
        }
    }

    /// Whether this address may be connected to.
    ///
    /// # Errors
    /// Why not, for people.
    pub fn check(self, address: IpAddr) -> Result<(), String> {
        match (self, is_public(address)) {
            (Self::Public, false) => Err(format!("{address} is not a public address. {ELSEWHERE}")),
            (Self::Private, true) => Err(format!("{address} is public, so it needs https.")),
            (Self::Public, true) | (Self::Private, false) | (Self::All, _) => Ok(()),
        }
    }
}

/// Checks the URL of an endpoint when it is saved. Names are looked up when something is sent, since
/// they can mean another address by then.
///
/// # Errors
/// What is wrong with it, for people.
pub fn check_url(url: &str, allow_private: bool) -> Result<(), String> {
    parse(url, allow_private).map(|_| ())
}

/// The URL, if webhooks may go there as far as it alone can tell.
///
/// # Errors
/// What is wrong with it, for people.
pub fn parse(text: &str, allow_private: bool) -> Result<Url, String> {
    if text.len() > LONGEST_URL {
        return Err(format!("A URL has at most {LONGEST_URL} characters."));
    }
    let url = Url::parse(text)
        .map_err(|_| "This is not a URL such as https://example.com/hooks/deskwire.".to_owned())?;
    match (url.scheme(), allow_private) {
        ("https", _) | ("http", true) => {}
        ("http", false) => return Err("The URL must begin with https://.".to_owned()),
        (scheme, _) => return Err(format!("Webhooks go by https, not by {scheme}.")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "A URL with a user name or a password in it is not taken; requests are signed \
                    instead."
                .to_owned(),
        );
    }
    if url.port() == Some(0) {
        return Err("There is no port 0.".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    if let Some(address) = literal(&url) {
        Reach::of(&url, allow_private).check(address)?;
    }
    let host = host.trim_end_matches('.');
    if !allow_private && (host == "localhost" || host.ends_with(".localhost")) {
        return Err(format!("{host} is not a public address. {ELSEWHERE}"));
    }
    Ok(url)
}

/// The address, if the host is one. The parser has brought odd spellings (`127.1`, `0x7f000001`)
/// into the usual one.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let host = host.strip_prefix('[').unwrap_or(host);
    host.strip_suffix(']').unwrap_or(host).parse().ok()
}

/// Whether an address belongs to the public internet, by IANA's registries of special addresses. When
/// in doubt it does not.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // "this network", private, loopback
        (0 | 10 | 127, _, _)
        // carriers' own
        | (100, 64..=127, _)
        // link-local, with the metadata services of clouds
        | (169, 254, _)
        // private
        | (172, 16..=31, _)
        | (192, 168, _)
        // for protocols, documentation, AS112, AMT, 6to4 relays
        | (192, 0, 0 | 2)
        | (192, 31, 196)
        | (192, 52, 193)
        | (192, 88, 99)
        | (192, 175, 48)
        | (198, 51, 100)
        | (203, 0, 113)
        // benchmarking
        | (198, 18 | 19, _)
        // multicast, reserved, broadcast
        | (224..=255, _, _) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // Through NAT64, what it stands for. In a network without IPv4 all of IPv4 looks like this.
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => embedded(g, h),
        // for protocols: Teredo, ORCHID, benchmarking and others
        (0x2001, 0..=0x1ff) => false,
        // documentation
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => false,
        // 6to4
        (0x2002, high) => embedded(high, c),
        // AS112
        (0x2620, 0x4f) if c == 0x8000 => false,
        // All that is given out as public is in 2000::/3. Loopback, unspecified, IPv4 mapped or
        // compatible, unique local, link-local and multicast addresses are not.
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_but_the_public_internet_is_public() {
        for refused in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "2002:c0a8:101::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!is_public(refused.parse().unwrap()), "{refused}");
        }
        for taken in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(taken.parse().unwrap()), "{taken}");
        }
    }

    #[test]
    fn urls_of_what_is_not_public_are_refused_in_any_spelling() {
        for refused in [
            "",
            "wombat",
            "example.com",
            "/hooks",
            "https://",
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://example.com/",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://:password@example.com/",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://0/",
            "https://①②⑦.0.0.1/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https:\\\\127.0.0.1\\",
            "https:127.0.0.1",
        ] {
            let refusal = check_url(refused, false).expect_err(refused);
            assert!(refusal.len() > 15, "{refused} {refusal}");
        }
        assert!(check_url(&format!("https://example.com/{}", "x".repeat(2048)), false).is_err());
        for taken in [
            "https://example.com",
            "https://example.com/hooks?key=1",
            "https://example.com:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
        ] {
            assert_eq!(check_url(taken, false), Ok(()), "{taken}");
        }
    }

    #[test]
    fn plain_http_is_for_what_is_not_public() {
        for taken in [
            "http://127.0.0.1:3000/",
            "http://localhost/",
            "https://10.0.0.1/",
            "https://8.8.8.8/",
            "http://hooks.internal/",
            "http://[::1]:3000/",
        ] {
            assert_eq!(check_url(taken, true), Ok(()), "{taken}");
        }
        for refused in [
            "http://8.8.8.8/",
            "http://[2606:4700:4700::1111]/",
            "ftp://10.0.0.1/",
            "http://a:b@127.0.0.1/",
        ] {
            assert!(check_url(refused, true).is_err(), "{refused}");
        }
    }

    proptest! {
        /// However an address is wrapped, it is as public as the standard library and the registries
        /// let it be.
        #[test]
        fn what_is_public_is_none_of_the_special_ones(bits: u32, wide: u128) {
            let v4 = Ipv4Addr::from_bits(bits);
            if is_public(v4.into()) {
                prop_assert!(!v4.is_private() && !v4.is_loopback() && !v4.is_link_local());
                prop_assert!(!v4.is_multicast() && !v4.is_broadcast() && !v4.is_unspecified());
                prop_assert!(!v4.is_documentation());
            }
            prop_assert!(!is_public(v4.to_ipv6_mapped().into()));
            prop_assert!(!is_public(v4.to_ipv6_compatible().into()));
            let nat64 = Ipv6Addr::from_bits((0x0064_ff9b << 96) | u128::from(bits));
            prop_assert_eq!(is_public(nat64.into()), is_public(v4.into()));
            let six_to_four = Ipv6Addr::from_bits((0x2002 << 112) | (u128::from(bits) << 80) | 1);
            prop_assert_eq!(is_public(six_to_four.into()), is_public(v4.into()));
            let v6 = Ipv6Addr::from_bits(wide);
            if is_public(v6.into()) {
                prop_assert!(!v6.is_unique_local() && !v6.is_unicast_link_local());
                prop_assert!(!v6.is_multicast() && !v6.is_loopback() && !v6.is_unspecified());
                prop_assert_eq!(v6.to_ipv4(), None);
            }
        }

        /// A number as a host means the address of that number, in every base.
        #[test]
        fn odd_spellings_of_an_address_are_the_address(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let wanted = check_url(&format!("https://{address}/"), false).is_ok();
            prop_assert_eq!(wanted, is_public(address.into()));
            for spelling in [format!("{bits}"), format!("0x{bits:x}"), format!("0{bits:o}")] {
                let url = format!("https://{spelling}/");
                prop_assert_eq!(check_url(&url, false).is_ok(), wanted, "{}", url);
            }
        }
    }
}
