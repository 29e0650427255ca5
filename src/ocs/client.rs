//! Which Talk client asks, told by its user agent. Source: ocs.md 9.

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
    /// The oldest version that is served, if this one is older.
    pub outdated: Option<&'static str>,
}

impl Agent {
    /// Reads a `User-Agent` header.
    pub fn parse(header: Option<&str>) -> Self {
        let Some((client, version)) = header.and_then(split) else {
            return Self {
                client: Client::Other,
                outdated: None,
            };
        };
        let minimum = match client {
            Client::Desktop => "1.0.0",
            Client::Android | Client::Ios | Client::Other => "15.0.0",
        };
        Self {
            client,
            outdated: (numbers(version) < numbers(minimum)).then_some(minimum),
        }
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
            let agent = Agent::parse(Some(header));
            assert_eq!(agent.client, client, "{header}");
            assert_eq!(agent.outdated.is_some(), outdated, "{header}");
        }
        assert_eq!(Agent::parse(None).client, Client::Other);
    }
}
