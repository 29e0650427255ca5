//! Which part of the work an endpoint belongs to. A transcript counts for the last part that it uses.
//!
//! The table follows the endpoint list of the specification, in its order. What stands in no row is left out on purpose.

use super::transcript::Exchange;

/// The parts of the work, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// 01: the main job.
    Main,
    /// 02: conversations.
    Conversations,
    /// 03: modern chat.
    ModernChat,
    /// 04: clients.
    Clients,
    /// What this server does not offer.
    LeftOut,
}

impl Part {
    /// All parts, in their order.
    pub const ALL: [Part; 5] = [
        Part::Main,
        Part::Conversations,
        Part::ModernChat,
        Part::Clients,
        Part::LeftOut,
    ];

    /// How a table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Main => "01 main job",
            Part::Conversations => "02 conversations",
            Part::ModernChat => "03 modern chat",
            Part::Clients => "04 clients",
            Part::LeftOut => "left out",
        }
    }
}

use Part::{Clients, Conversations, LeftOut, Main, ModernChat};

/// Methods (`*`: any), pattern, part. A pattern is relative to Talk's API; one that begins with `//` is relative to the server's
/// root, one that begins with `ocs:` to the OCS base. `{}` is any one segment, `…` is any rest.
const ENDPOINTS: &[(&str, &str, Part)] = &[
    // Conversations and participants
    ("GET POST", "/v4/room", Main),
    ("GET", "/v4/room/note-to-self", Conversations),
    ("GET PUT DELETE", "/v4/room/{}", Main),
    ("GET", "/v4/listed-room", Conversations),
    ("PUT", "/v4/room/{}/description", Conversations),
    ("PUT", "/v4/room/{}/listable", Conversations),
    ("PUT", "/v4/room/{}/mention-permissions", Conversations),
    ("PUT", "/v4/room/{}/read-only", Main),
    ("PUT", "/v4/room/{}/password", Main),
    ("POST DELETE", "/v4/room/{}/public", Main),
    ("PUT", "/v4/room/{}/webinar/lobby", Main),
    ("POST", "/v4/room/{}/message-expiration", Conversations),
    ("PUT", "/v4/room/{}/permissions/{}", Conversations),
    ("POST DELETE", "/v4/room/{}/favorite", Conversations),
    ("POST DELETE", "/v4/room/{}/archive", Conversations),
    ("POST DELETE", "/v4/room/{}/important", Conversations),
    ("POST DELETE", "/v4/room/{}/sensitive", Conversations),
    ("POST", "/v4/room/{}/notify", Conversations),
    ("POST", "/v4/room/{}/notify-calls", Conversations),
    ("DELETE", "/v4/room/{}/object", Conversations),
    ("GET", "/v4/room/{}/capabilities", Conversations),
    ("GET POST DELETE", "/v1/room/{}/avatar", Conversations),
    ("GET", "/v1/room/{}/avatar/dark", Conversations),
    ("POST", "/v1/room/{}/avatar/emoji", Conversations),
    ("GET POST", "/v4/room/{}/participants", Main),
    ("POST DELETE", "/v4/room/{}/participants/active", Main),
    ("DELETE", "/v4/room/{}/participants/self", Main),
    ("PUT", "/v4/room/{}/participants/state", Conversations),
    (
        "POST",
        "/v4/room/{}/participants/resend-invitations",
        Conversations,
    ),
    ("DELETE", "/v4/room/{}/attendees", Main),
    ("PUT", "/v4/room/{}/attendees/permissions", Conversations),
    (
        "PUT",
        "/v4/room/{}/attendees/permissions/all",
        Conversations,
    ),
    ("POST DELETE", "/v4/room/{}/moderators", Main),
    ("POST", "/v1/guest/{}/name", Main),
    ("GET POST", "/v1/ban/{}", Conversations),
    ("DELETE", "/v1/ban/{}/{}", Conversations),
    ("POST", "/v4/room/{}/import-emails", Conversations),
    // Chat
    ("GET POST DELETE", "/v1/chat/{}/schedule", ModernChat),
    ("GET POST DELETE", "/v1/chat/{}/schedule/{}", ModernChat),
    ("GET", "/v1/chat/upcoming-reminders", ModernChat),
    ("GET", "/v1/chat/subscribed-threads", ModernChat),
    ("GET POST", "/v1/chat/{}", Main),
    ("DELETE", "/v1/chat/{}", ModernChat),
    ("POST", "/v1/chat/{}/share", Main),
    ("GET", "/v1/chat/{}/share", ModernChat),
    ("GET", "/v1/chat/{}/share/overview", ModernChat),
    ("POST DELETE", "/v1/chat/{}/read", Main),
    ("GET", "/v1/chat/{}/mentions", Main),
    ("POST", "/v1/chat/{}/summarize", LeftOut),
    ("DELETE", "/v1/chat/{}/{}", Main),
    ("PUT", "/v1/chat/{}/{}", ModernChat),
    ("GET", "/v1/chat/{}/{}/context", Main),
    ("GET POST DELETE", "/v1/chat/{}/{}/reminder", ModernChat),
    ("GET PUT POST", "/v1/chat/{}/threads/…", ModernChat),
    ("POST DELETE", "/v1/chat/{}/{}/pin", ModernChat),
    ("DELETE", "/v1/chat/{}/{}/pin/self", ModernChat),
    ("GET POST DELETE", "/v1/reaction/{}/{}", ModernChat),
    ("*", "/v1/poll/…", ModernChat),
    ("*", "/v1/bot/…", ModernChat),
    ("GET", "ocs:/search/…", ModernChat),
    // Calls, signaling, settings
    ("GET POST PUT DELETE", "/v4/call/{}", Conversations),
    ("POST", "/v4/call/{}/ring/{}", Conversations),
    ("GET", "/v4/call/{}/notification-state", Conversations),
    ("GET", "/v4/call/{}/download", Conversations),
    ("GET", "/v3/signaling/settings", Conversations),
    ("GET POST", "/v3/signaling/{}", Conversations),
    ("POST", "/v1/settings/user", Conversations),
    (
        "*",
        "ocs:/apps/provisioning_api/api/v1/config/apps/…",
        Conversations,
    ),
    // Accounts, login, notifications
    ("GET", "ocs:/cloud/capabilities", Main),
    ("GET", "ocs:/cloud/user", Main),
    ("*", "ocs:/cloud/user/fields", Clients),
    ("*", "ocs:/cloud/user/fields/{}", Clients),
    ("POST", "ocs:/cloud/users/search/by-phone", Clients),
    ("GET POST", "ocs:/cloud/users", Main),
    ("GET PUT DELETE", "ocs:/cloud/users/{}", Main),
    ("PUT", "ocs:/cloud/users/{}/enable", Main),
    ("PUT", "ocs:/cloud/users/{}/disable", Main),
    ("POST", "ocs:/cloud/users/{}/wipe", Clients),
    ("POST", "ocs:/cloud/users/{}/welcome", Clients),
    ("GET POST DELETE", "ocs:/cloud/users/{}/groups", Main),
    ("GET POST", "ocs:/cloud/groups", Main),
    ("*", "ocs:/cloud/groups/…", Main),
    (
        "*",
        "ocs:/apps/provisioning_api/api/v1/config/users/…",
        Clients,
    ),
    ("*", "//status.php", Clients),
    ("*", "//login", Clients),
    ("*", "//login/…", Clients),
    ("*", "//logout", Clients),
    ("*", "//csrftoken", Clients),
    ("*", "//core/wipe/…", Clients),
    ("*", "//avatar/…", Clients),
    ("*", "//call/{}", Clients),
    ("*", "ocs:/core/…", Clients),
    ("*", "/temp-user-avatar", Clients),
    (
        "GET",
        "ocs:/apps/notifications/api/v2/notifications",
        ModernChat,
    ),
    (
        "*",
        "ocs:/apps/notifications/api/v2/notifications/…",
        Clients,
    ),
    (
        "DELETE",
        "ocs:/apps/notifications/api/v2/notifications",
        Clients,
    ),
    ("POST", "ocs:/apps/notifications/api/v3/test/self", Clients),
    (
        "POST DELETE",
        "ocs:/apps/notifications/api/v2/push",
        Clients,
    ),
    ("*", "ocs:/apps/user_status/api/v1/…", Clients),
    ("*", "ocs:/references/…", Clients),
    ("GET", "ocs:/hovercard/v1/{}", Clients),
    ("GET", "ocs:/profile/{}", Clients),
    ("GET", "ocs:/apps/dav/api/v1/…", Clients),
    ("GET", "//204", Clients),
    ("GET", "//apps/spreed/…", Clients),
    ("GET", "ocs:/config", Clients),
];

const TALK: &str = "/apps/spreed/api";

/// The part of a whole recording.
pub fn of_file<'a>(exchanges: impl Iterator<Item = &'a Exchange>) -> Part {
    exchanges.map(of_exchange).max().unwrap_or(Main)
}

/// The part of one exchange. Some endpoints come in two parts; their parameters tell.
fn of_exchange(exchange: &Exchange) -> Part {
    let part = of_endpoint(&exchange.method, &exchange.path);
    let body = exchange.body.as_deref().unwrap_or_default();
    let has = |name: &str, values: &[&str]| {
        let found = form_urlencoded::parse(body).find(|(key, _)| key == name);
        found.is_some_and(|(_, value)| values.contains(&value.as_ref()))
    };
    let posts_to = |end: &str| exchange.method == "POST" && exchange.path.ends_with(end);
    if posts_to("/settings/user") && has("key", &["read_status_privacy"]) {
        return Main;
    }
    let early_room = || has("roomType", &["1", "2", "3"]);
    let early_member = || has("source", &["users", "groups"]) || !has_key(body, "source");
    if posts_to("/v4/room") && !early_room() || posts_to("/participants") && !early_member() {
        return part.max(Conversations);
    }
    part
}

fn has_key(body: &[u8], name: &str) -> bool {
    form_urlencoded::parse(body).any(|(key, _)| key == name)
}

/// The part that brings the endpoint behind `path`, which may have a query.
pub fn of_endpoint(method: &str, path: &str) -> Part {
    let path = path.split('?').next().unwrap_or("");
    let path = path.strip_prefix("/index.php").unwrap_or(path);
    let ocs = path
        .strip_prefix("/ocs/v2.php")
        .or_else(|| path.strip_prefix("/ocs/v1.php"));
    let matches = |row: &&(&str, &str, Part)| {
        let (methods, pattern, _) = row;
        let by_method = *methods == "*" || methods.split(' ').any(|known| known == method);
        let relative = match (pattern.strip_prefix("ocs:"), pattern.strip_prefix("//")) {
            (Some(pattern), _) => ocs.map(|path| (pattern, path)),
            (_, Some(pattern)) => path.strip_prefix('/').map(|path| (pattern, path)),
            _ => ocs
                .and_then(|path| path.strip_prefix(TALK))
                .map(|path| (*pattern, path)),
        };
        by_method && relative.is_some_and(|(pattern, path)| fits(pattern, path))
    };
    ENDPOINTS
        .iter()
        .find(matches)
        .map_or(LeftOut, |(_, _, part)| *part)
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut wanted = pattern.split('/');
    loop {
        match (wanted.next(), segments.next()) {
            (None, None) | (Some("…"), Some(_)) => return true,
            (Some("{}"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_found_by_method_and_pattern() {
        let talk = "/ocs/v2.php/apps/spreed/api";
        let cases = [
            ("GET", format!("{talk}/v4/room?x=1"), Main),
            ("GET", format!("{talk}/v4/room/note-to-self"), Conversations),
            ("PUT", format!("{talk}/v4/room/tok"), Main),
            (
                "PUT",
                format!("{talk}/v4/room/tok/recording-consent"),
                LeftOut,
            ),
            ("DELETE", format!("{talk}/v1/chat/tok"), ModernChat),
            ("DELETE", format!("{talk}/v1/chat/tok/12"), Main),
            (
                "GET",
                format!("{talk}/v1/chat/upcoming-reminders"),
                ModernChat,
            ),
            ("POST", format!("{talk}/v1/poll/tok"), ModernChat),
            ("GET", format!("{talk}/v1/poll/tok/draft/3"), ModernChat),
            (
                "PUT",
                format!("{talk}/v1/chat/tok/threads/3/notify"),
                ModernChat,
            ),
            ("POST", format!("{talk}/v1/breakout-rooms/tok"), LeftOut),
            (
                "GET",
                "/ocs/v2.php/search/providers/talk-message/search?term=x".to_owned(),
                ModernChat,
            ),
            ("POST", "/ocs/v1.php/cloud/users".to_owned(), Main),
            (
                "GET",
                "/ocs/v2.php/cloud/users/alice/subadmins".to_owned(),
                LeftOut,
            ),
            ("PUT", "/ocs/v2.php/cloud/groups/tea".to_owned(), Main),
            (
                "GET",
                "/ocs/v2.php/apps/notifications/api/v2/notifications".to_owned(),
                ModernChat,
            ),
            (
                "DELETE",
                "/ocs/v2.php/apps/notifications/api/v2/notifications/4".to_owned(),
                Clients,
            ),
            (
                "PUT",
                "/ocs/v2.php/apps/user_status/api/v1/user_status/status".to_owned(),
                Clients,
            ),
            (
                "GET",
                "/ocs/v2.php/core/autocomplete/get?search=a".to_owned(),
                Clients,
            ),
            ("POST", "/index.php/login/v2".to_owned(), Clients),
            ("GET", "/status.php".to_owned(), Clients),
            ("GET", "/nowhere".to_owned(), LeftOut),
        ];
        for (method, path, expected) in cases {
            assert_eq!(of_endpoint(method, &path), expected, "{method} {path}");
        }
    }
}
