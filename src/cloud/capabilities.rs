//! What the server can do, by app. Talk's own part is `ocs::capability`. Source: server.md 3, ocs.md 10.2.

use hyper::header::ETAG;
use schemars::JsonSchema;
use serde::Serialize;

use crate::chat::throttle::Action;
use crate::model::User;
use crate::ocs::branding::Branding;
use crate::ocs::capability::{self, digest};
use crate::ocs::envelope::Version;
use crate::ocs::{Cx, Failure, Reply, Routes, anyone};

/// What clients are told that has to wait longest: a refused address.
const LONGEST_DELAY_MS: u64 = 25_000;
/// How clients find links in texts. Verbatim.
const REFERENCE_REGEX: &str =
    r"(\s|\n|^)(https?:\/\/)([-A-Z0-9+_.]+(?::[0-9]+)?(?:\/[-A-Z0-9+&@#%?=~_|!:,.;()]*)*)(\s|\n|$)";

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/cloud/capabilities", anyone(), list)
        .shows::<Answer<'static>>()
        .unchanged();
}

#[derive(Serialize, JsonSchema)]
struct Answer<'a> {
    version: ServerVersion,
    capabilities: Apps<'a>,
}

/// The version of Nextcloud whose interface this is; clients refuse older ones.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ServerVersion {
    major: u32,
    minor: u32,
    micro: u32,
    string: &'static str,
    edition: &'static str,
    extended_support: bool,
}

const VERSION: ServerVersion = ServerVersion {
    major: 32,
    minor: 0,
    micro: 1,
    string: "32.0.1",
    edition: "",
    extended_support: false,
};

/// One member for each app. No `files` and the like: an app that is named makes clients show its buttons.
#[derive(Serialize, JsonSchema)]
struct Apps<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<Core<'a>>,
    bruteforce: BruteForce,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<Notifications>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioning_api: Option<Provisioning>,
    /// Missing for accounts that may not use Talk.
    #[serde(skip_serializing_if = "Option::is_none")]
    spreed: Option<capability::Capabilities>,
    theming: Theming<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_status: Option<Statuses>,
}

/// No `push`, since nothing is delivered, though devices may register; no `test-push`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Notifications {
    ocs_endpoints: [&'static str; 9],
}

// Quirk: push-registration.
const NOTIFICATIONS: Notifications = Notifications {
    ocs_endpoints: [
        "list",
        "get",
        "delete",
        "delete-all",
        "icons",
        "rich-strings",
        "action-web",
        "user-status",
        "exists",
    ],
};

/// There is no `restore`: nothing that was said is covered by something that is stored.
#[derive(Serialize, JsonSchema)]
struct Statuses {
    enabled: bool,
    restore: bool,
    supports_emoji: bool,
    supports_busy: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Core<'a> {
    pollinterval: u32,
    webdav_root: &'static str,
    reference_api: bool,
    reference_regex: &'static str,
    mod_rewrite_working: bool,
    user: CoreUser<'a>,
}

#[derive(Serialize, JsonSchema)]
struct CoreUser<'a> {
    language: &'a str,
    locale: &'a str,
    timezone: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct BruteForce {
    /// Milliseconds.
    delay: u64,
    allow_listed: bool,
}

#[derive(Serialize, JsonSchema)]
struct Provisioning {
    version: &'static str,
    #[serde(rename = "AccountPropertyScopesVersion")]
    scopes_version: u32,
    #[serde(rename = "AccountPropertyScopesFederatedEnabled")]
    scopes_federated: bool,
    #[serde(rename = "AccountPropertyScopesPublishedEnabled")]
    scopes_published: bool,
}

/// Name, colours and pictures.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Theming<'a> {
    name: &'a str,
    #[serde(rename = "productName")]
    product_name: &'static str,
    url: &'a str,
    slogan: &'a str,
    color: String,
    color_text: String,
    color_element: String,
    color_element_bright: String,
    color_element_dark: String,
    logo: String,
    /// A colour, since it is plain.
    background: String,
    background_text: String,
    background_plain: bool,
    background_default: bool,
    logoheader: String,
    favicon: String,
}

/// Say what the server can do.
///
/// Shape: `version` and `capabilities`; visitors see only `bruteforce`, `spreed`, `theming`. 304 for a known
/// ETag, under v1 with all data.
async fn list(cx: Cx, (): (), (): ()) -> Result<Reply, Failure> {
    let user = cx.caller.user.as_deref();
    let answer = Answer {
        version: VERSION,
        capabilities: Apps {
            core: user.map(core),
            bruteforce: BruteForce {
                delay: delay_ms(&cx),
                allow_listed: false,
            },
            notifications: user.map(|_| NOTIFICATIONS),
            provisioning_api: user.map(|_| Provisioning {
                version: "1.22.0",
                scopes_version: 2,
                scopes_federated: true,
                scopes_published: false,
            }),
            spreed: match cx.allowance.talk {
                true => Some(capability::Capabilities::of(&cx).await?),
                false => None,
            },
            theming: theming(&cx.app.branding, &cx.base_url),
            user_status: user.map(|_| Statuses {
                enabled: true,
                restore: false,
                supports_emoji: true,
                supports_busy: true,
            }),
        },
    };
    let tag = format!("\"{}\"", digest(&answer));
    let is_known = cx
        .if_none_match
        .as_deref()
        .is_some_and(|known| known.trim() == tag);
    let reply = match (is_known, cx.version) {
        (false, _) => Reply::ok(&cx, &answer),
        (true, Version::V1) => Reply::with_status(&cx, 304, &answer),
        (true, Version::V2) => Reply::not_modified(&cx),
    };
    Ok(reply.header(ETAG, tag))
}

fn core(user: &User) -> Core<'_> {
    Core {
        pollinterval: 60,
        webdav_root: "remote.php/webdav",
        reference_api: false,
        reference_regex: REFERENCE_REGEX,
        mod_rewrite_working: true,
        user: CoreUser {
            language: &user.language,
            locale: &user.locale,
            timezone: match user.timezone.as_str() {
                "" => "UTC",
                timezone => timezone,
            },
        },
    }
}

fn delay_ms(cx: &Cx) -> u64 {
    let delay = cx.chat().throttle(Action::Login, cx.caller.address);
    delay.unwrap_or(LONGEST_DELAY_MS)
}

fn theming<'a>(branding: &'a Branding, base_url: &'a str) -> Theming<'a> {
    let logo = match &branding.logo {
        Some(_) => format!(
            "{base_url}/apps/theming/image/logo?v={}",
            branding.version()
        ),
        None => format!("{base_url}/core/img/logo/logo.svg?v=0"),
    };
    Theming {
        name: &branding.name,
        product_name: Branding::NAME,
        url: base_url,
        slogan: &branding.slogan,
        color: branding.colour.to_string(),
        color_text: branding.text_colour().to_string(),
        color_element: branding.colour_on_bright().to_string(),
        color_element_bright: branding.colour_on_bright().to_string(),
        color_element_dark: branding.colour_on_dark().to_string(),
        background: branding.colour.to_string(),
        background_text: branding.text_colour().to_string(),
        background_plain: true,
        background_default: false,
        logoheader: logo.clone(),
        favicon: logo.clone(),
        logo,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_of_the_theme_is_one_and_colours_are_colours() {
        let branding = Branding::default();
        let theme = theming(&branding, "https://chat.example");
        let theme = serde_json::to_value(theme).expect("plain data");
        let theme = theme.as_object().expect("a map");
        for (name, value) in theme {
            match name.as_str() {
                "background-plain" => assert_eq!(*value, json!(true)),
                "background-default" => assert_eq!(*value, json!(false)),
                _ => assert!(value.is_string(), "{name}"),
            }
            if name.starts_with("color") || name == "background" {
                let color = value.as_str().unwrap_or_default();
                assert!(color.starts_with('#') && color.len() == 7, "{name}");
            }
        }
        assert_eq!(theme["url"], json!("https://chat.example"));
        assert_eq!(theme["color"], json!("#00679e"));
        assert_eq!(theme["color-text"], json!("#ffffff"));
    }
}
