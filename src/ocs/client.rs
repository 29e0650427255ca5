//! Which Talk client asks, told by its user agent. Source: ocs.md 9.

use std::collections::BTreeMap;

/// A Talk client that names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Android,
    Ios,
    Desktop,
    /// A browser, a script, or anything else.
    Other,
}

/// What a user agent says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    pub client: Client,
}

impl Agent {
    /// Reads a `User-Agent` header: who it is, and the version it names.
    pub fn parse(header: Option<&str>) -> (Self, &str) {
        let (client, version) = header.and_then(split).unwrap_or((Client::Other, ""));
        (Self { client }, version)
    }

    /// The oldest version that is served, if this one is older. `raised`: what administrators want,
    /// by client; it counts where it is more.
    pub fn needs(self, version: &str, raised: &BTreeMap<String, String>) -> Option<String> {
        let (name, minimum) = match self.client {
            Client::Android => ("android", "15.0.0"),
            Client::Ios => ("ios", "15.0.0"),
            Client::Desktop => ("desktop", "1.0.0"),
            Client::Other => return None,
        };
        let raised = raised.get(name).map(String::as_str);
        let minimum = raised
            .filter(|raised| numbers(raised) > numbers(minimum))
            .unwrap_or(minimum);
        (numbers(version) < numbers(minimum)).then(|| minimum.to_owned())
    }

    /// A phone, whose chat polling keeps its session alive.
    pub fn is_mobile(self) -> bool {
        matches!(self.client, Client::Android | Client::Ios)
    }
}

fn split(header: &str) -> Option<(Client, &str)> {
    let (platform, rest) = header.strip_prefix("Mozilla/5.0 (")?.split_once(')')?;
    let version = rest.strip_prefix(" Nextcloud-Talk v")?;
    let version = version.split(' ').next().unwrap_or_default();
    let client = match platform {
        "Android" => Client::Android,
        "iOS" => Client::Ios,
        // Desktop names its system, which must not begin like a phone's.
        _ if platform.starts_with("Android") || platform.starts_with("iOS") => return None,
        _ if !platform.is_empty() && platform.chars().all(is_platform) => Client::Desktop,
        _ => return None,
    };
    Some((client, version))
}

fn is_platform(character: char) -> bool {
    character.is_ascii_alphabetic() || character == ' '
}

/// The numeric parts; a suffix from the first `-` on does not count.
fn numbers(version: &str) -> Vec<u64> {
    let release = version.split('-').next().unwrap_or_default();
    let mut parts: Vec<u64> = release
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    parts.resize(parts.len().max(3), 0);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outdated_clients_are_known_by_their_user_agent() {
        let cases = [
            (
                "Mozilla/5.0 (Android) Nextcloud-Talk v14.9.9",
                Client::Android,
                true,
            ),
            (
                "Mozilla/5.0 (Android) Nextcloud-Talk v15.0.0",
                Client::Android,
                false,
            ),
            (
                "Mozilla/5.0 (iOS) Nextcloud-Talk v20.1.0-rc.1",
                Client::Ios,
                false,
            ),
            ("Mozilla/5.0 (iOS) Nextcloud-Talk v9", Client::Ios, true),
            (
                "Mozilla/5.0 (Linux) Nextcloud-Talk v0.9.0",
                Client::Desktop,
                true,
            ),
            (
                "Mozilla/5.0 (Mac OS) Nextcloud-Talk v1.1.0",
                Client::Desktop,
                false,
            ),
            (
                "Mozilla/5.0 (Android) Nextcloud Talk v1.0.0",
                Client::Other,
                false,
            ),
            (
                "Mozilla/5.0 (AndroidX) Nextcloud-Talk v1.0.0",
                Client::Other,
                false,
            ),
            ("curl/8", Client::Other, false),
        ];
        for (header, client, outdated) in cases {
            let (agent, version) = Agent::parse(Some(header));
            let needs = agent.needs(version, &BTreeMap::new());
            assert_eq!(agent.client, client, "{header}");
            assert_eq!(needs.is_some(), outdated, "{header}");
        }
        assert_eq!(Agent::parse(None).0.client, Client::Other);
    }

    #[test]
    fn administrators_raise_the_minimum_but_do_not_lower_it() {
        let android = |version, minimum: &str| {
            let raised = BTreeMap::from([("android".to_owned(), minimum.to_owned())]);
            let agent = Agent {
                client: Client::Android,
            };
            agent.needs(version, &raised)
        };
        assert_eq!(android("20.9.9", "21.0.0").as_deref(), Some("21.0.0"));
        assert_eq!(android("21.0.0", "21.0.0"), None);
        assert_eq!(android("14.0.0", "9.0.0").as_deref(), Some("15.0.0"));
        assert_eq!(android("14.0.0", "newest").as_deref(), Some("15.0.0"));
        assert_eq!(android("16.0.0", "newest"), None);
    }
}
