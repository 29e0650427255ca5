//! Where bots may be: on public addresses, unless the operator names their host. Quirk: bot-local-addresses.
//!
//! A name is looked up once, and what is connected to is the address that was looked at: a name that changes its
//! mind in between (DNS rebinding) gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 4;

/// Why there is nowhere to connect to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWay {
    #[error("not an address of a web server")]
    NoAddress,
    #[error("{0} is not a known host")]
    Unknown(String),
    #[error("{0} is not a public address; list {1} in bot-hosts to allow it")]
    Private(IpAddr, String),
}

/// The hosts that may have any address.
pub struct Guard {
    hosts: Vec<String>,
}

impl Guard {
    /// `hosts` in lower case, IPv6 addresses in brackets.
    pub fn new(hosts: Vec<String>) -> Self {
        Self { hosts }
    }

    /// The addresses to which a connection may be made, looked up once.
    pub async fn ways(&self, url: &Url) -> Result<Vec<SocketAddr>, NoWay> {
        let port = url.port_or_known_default().ok_or(NoWay::NoAddress)?;
        let host = url.host().ok_or(NoWay::NoAddress)?;
        let name = host.to_string();
        let found: Vec<SocketAddr> = match host {
            Host::Ipv4(address) => vec![SocketAddr::from((address, port))],
            Host::Ipv6(address) => vec![SocketAddr::from((address, port))],
            Host::Domain(domain) => match tokio::net::lookup_host((domain, port)).await {
                Ok(found) => found.collect(),
                Err(_) => return Err(NoWay::Unknown(name)),
            },
        };
        self.allowed(name, found)
    }

    fn allowed(&self, name: String, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NoWay> {
        let Some(first) = found.first().map(SocketAddr::ip) else {
            return Err(NoWay::Unknown(name));
        };
        let named = self.hosts.contains(&name.trim_end_matches('.').to_owned());
        let ways = found.into_iter();
        let ways = ways.filter(|way| named || is_public(way.ip()));
        let ways: Vec<_> = ways.take(MAX_ADDRESSES).collect();
        if ways.is_empty() {
            return Err(NoWay::Private(first, name));
        }
        Ok(ways)
    }
}

/// Whether an address belongs to the public internet, and not to this machine, its networks or its provider.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    !(matches!(a, 0 | 10 | 127 | 224..=255)
        // Between providers and their customers.
        || (a == 100 && (64..=127).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..=31).contains(&b))
        || (a == 192 && b == 168)
        || (a == 198 && (18..=19).contains(&b))
        // Protocols, documentation, relays.
        || matches!([a, b, c], [192, 0, 0] | [192, 0, 2] | [192, 88, 99] | [198, 51, 100] | [203, 0, 113])
        // Azure's, for its machines only.
        || [a, b, c, d] == [168, 63, 129, 16])
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 in other clothes: mapped, translated, tunnelled.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocols (Teredo among them) and documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let table = [
            ("1.1.1.1", true),
            ("93.184.216.34", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.0.1", true),
            ("172.32.0.1", true),
            ("192.0.1.1", true),
            ("2606:4700::1111", true),
            ("2a00:1450::1", true),
            ("2002:0101:0101::", true),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::1.1.1.1", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.0.1", false),
            ("168.63.129.16", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::127.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b:1::1.1.1.1", false),
            ("2002:7f00:1::", false),
            ("2002:a9fe:a9fe::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ];
        for (text, public) in table {
            let address = text.parse().expect("an address");
            assert_eq!(is_public(address), public, "{text}");
        }
    }

    async fn ways(hosts: &[&str], url: &str) -> Result<Vec<SocketAddr>, NoWay> {
        let guard = Guard::new(hosts.iter().map(|host| (*host).to_owned()).collect());
        guard.ways(&Url::parse(url).expect("a URL")).await
    }

    #[tokio::test]
    async fn this_machine_is_reached_under_the_names_that_are_listed_alone() {
        let local: SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(
            ways(&["127.0.0.1"], "http://127.0.0.1/").await,
            Ok(vec![local])
        );
        assert!(ways(&["[::1]"], "http://[::1]:8080/").await.is_ok());
        assert!(ways(&["localhost"], "http://LOCALHOST/").await.is_ok());
        let refused = [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://localhost/",
        ];
        for url in refused {
            let answer = ways(&["bot.example"], url).await;
            assert!(
                matches!(answer, Err(NoWay::Private(..))),
                "{url}: {answer:?}"
            );
        }
    }

    #[test]
    fn of_a_mixed_name_the_public_addresses_remain() {
        let found = ["10.0.0.1:443", "1.1.1.1:443"].map(|text| text.parse().unwrap());
        let ways = Guard::new(Vec::new()).allowed("bot.example".to_owned(), found.to_vec());
        assert_eq!(ways, Ok(vec![found[1]]));
    }
}
