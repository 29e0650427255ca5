//! Networks as operators write them: `10.0.0.0/8`, `2001:db8::/32`, or one address.
//!
//! Pure values; what being in a network means is for the caller to say.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of addresses: all that share their first bits with `address`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Never an IPv4 address in IPv6 clothing.
    address: IpAddr,
    /// At most as many bits as the address has.
    prefix_len: u32,
}

impl Network {
    /// Whether `address` is one of the block. An IPv4 address that comes as `::ffff:a.b.c.d` is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (ours, width) = bits(self.address);
        let (theirs, their_width) = bits(address.to_canonical());
        if width != their_width {
            return false;
        }
        // A shift by all 128 bits leaves nothing to compare.
        (ours ^ theirs)
            .checked_shr(width - self.prefix_len)
            .unwrap_or(0)
            == 0
    }
}

/// The address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), u32::BITS),
        IpAddr::V6(address) => (address.to_bits(), u128::BITS),
    }
}

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network, such as 10.0.0.0/8")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix_len) = match text.split_once('/') {
            Some((address, prefix_len)) => (address, Some(prefix_len)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let (_, written_width) = bits(written);
        let prefix_len = match prefix_len {
            // `parse` takes a sign, an operator does not.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| NotANetwork)?
            }
            Some(_) => return Err(NotANetwork),
            None => written_width,
        };
        if written_width < prefix_len {
            return Err(NotANetwork);
        }
        let address = written.to_canonical();
        let (_, width) = bits(address);
        let prefix_len = prefix_len
            .checked_sub(written_width - width)
            .ok_or(NotANetwork)?;
        Ok(Self {
            address,
            prefix_len,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match bits(self.address) {
            (_, width) if width == self.prefix_len => write!(f, "{}", self.address),
            _ => write!(f, "{}/{}", self.address, self.prefix_len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        let table = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("192.168.1.128/25", "192.168.1.128", true),
            ("192.168.1.128/25", "192.168.1.127", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.1/32", "::ffff:127.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.3.3.3", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("::1", "::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ];
        for (network, address, expected) in table {
            let parsed: Network = network.parse().unwrap();
            let address = address.parse().unwrap();
            assert_eq!(parsed.contains(address), expected, "{network} {address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let table = [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::1/129",
            "::ffff:10.0.0.0/95",
            "proxy.example",
            "10.0.0.0/8/8",
            " 10.0.0.1",
        ];
        for text in table {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }

    #[test]
    fn a_network_is_shown_as_it_is_written() {
        for text in ["10.0.0.0/8", "127.0.0.1", "::1", "2001:db8::/32"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        assert_eq!(
            "::1/128".parse::<Network>().map(|n| n.to_string()),
            Ok("::1".to_owned())
        );
    }
}
