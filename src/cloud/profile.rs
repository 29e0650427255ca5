//! Who somebody is: hover cards and profiles. Rules: `chat::profile`. Source: server.md 16.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::user::Target;
use crate::chat::profile::{Card, Profile};
use crate::model::User;
use crate::ocs::{Cx, Failure, Reply, Routes, logged_in};

pub fn routes(r: &mut Routes) {
    r.add_server("GET", "/hovercard/v1/{userId}", logged_in(), card)
        .shows::<CardView<'static>>();
    r.add_server("GET", "/profile/{userId}", logged_in(), profile)
        .limited(30, 120)
        .shows::<ProfileView<'static>>();
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CardView<'a> {
    user_id: &'a str,
    display_name: &'a str,
    actions: Vec<ActionView>,
}

/// All four are texts: clients read them without a default.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CardAction")]
struct ActionView {
    title: String,
    icon: String,
    hyperlink: String,
    app_id: &'static str,
}

impl ActionView {
    fn all(card: &Card, base: &str) -> Vec<Self> {
        let email = card.email.as_ref().map(|email| Self {
            title: email.clone(),
            icon: format!("{base}/core/img/actions/mail.svg"),
            hyperlink: format!("mailto:{email}"),
            app_id: "email",
        });
        let talk = (!card.is_own).then(|| {
            let id = form_urlencoded::byte_serialize(card.id.as_str().as_bytes());
            Self {
                title: format!("Talk to {}", card.display_name),
                icon: format!("{base}/apps/spreed/img/app-dark.svg"),
                hyperlink: format!("{base}/apps/spreed/?callUser={}", id.collect::<String>()),
                app_id: "spreed",
            }
        });
        email.into_iter().chain(talk).collect()
    }
}

/// Say what can be done with an account.
///
/// Shape: `userId`, `displayName`, `actions`. Errors: `AccountNotFound` 404.
async fn card(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    let card = cx.chat().card_of(&user, &form.0).await?;
    let view = CardView {
        user_id: card.id.as_str(),
        display_name: &card.display_name,
        actions: ActionView::all(&card, &cx.base_url),
    };
    Ok(Reply::ok(&cx, &view))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProfileView<'a> {
    user_id: &'a str,
    address: Option<&'a str>,
    is_user_avatar_visible: bool,
    biography: Option<&'a str>,
    displayname: &'a str,
    headline: Option<&'a str>,
    organisation: Option<&'a str>,
    role: Option<&'a str>,
    pronouns: Option<&'a str>,
    actions: [(); 0],
    timezone: &'a str,
    timezone_offset: i64,
}

impl<'a> ProfileView<'a> {
    fn of(profile: &'a Profile) -> Self {
        Self {
            user_id: profile.id.as_str(),
            address: profile.address.as_deref(),
            is_user_avatar_visible: profile.shows_picture,
            biography: profile.biography.as_deref(),
            displayname: &profile.display_name,
            headline: profile.headline.as_deref(),
            organisation: profile.organisation.as_deref(),
            role: profile.role.as_deref(),
            pronouns: profile.pronouns.as_deref(),
            actions: [],
            timezone: &profile.timezone,
            // Quirk: profile-timezone.
            timezone_offset: profile.ahead_of_utc_secs,
        }
    }
}

/// Show what an account says about itself.
///
/// Shape: texts, each `null` if there is none for the reader. Errors: `TargetNotFound` 404, `ProfileOff` 400.
async fn profile(cx: Cx, user: Arc<User>, form: Target) -> Result<Reply, Failure> {
    let profile = cx.chat().profile_of(&user, &form.0).await?;
    Ok(Reply::ok(&cx, &ProfileView::of(&profile)))
}
