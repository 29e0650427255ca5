//! How the server looks: logo, icons, and what else clients load to wear its colours. Source: server.md 3.4, 21.

use hyper::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::cx::{PageCx, Shown};
use super::file::asset;
use super::json;
use super::table::Table;
use crate::chat::Error;
use crate::ocs::service::Answer;

const SVG: &str = "image/svg+xml";
/// Drawn for this project: two that talk, in white, for a ground of the server's colour.
const LOGO: &[u8] = include_bytes!("img/logo.svg");
const APP: &[u8] = include_bytes!("img/app.svg");
const MAIL: &[u8] = include_bytes!("img/mail.svg");
const APP_DARK: &[u8] = include_bytes!("img/app-dark.svg");

pub fn routes(pages: &mut Table) {
    pages
        .public(Method::GET, "/core/img/logo/logo.svg", own_logo)
        .sends(&[SVG]);
    pages
        .public(Method::GET, "/apps/theming/image/{key}", image)
        .sends(&[SVG, "image/png", "image/jpeg"])
        .answers::<[(); 0]>(404);
    pages
        .public(Method::GET, "/favicon.ico", favicon)
        .sends(&["image/x-icon"]);
    pages
        .public(Method::GET, "/core/img/favicon.ico", favicon)
        .sends(&["image/x-icon"]);
    pages
        .public(Method::GET, "/apps/theming/favicon", favicon)
        .sends(&["image/x-icon"]);
    pages
        .public(Method::GET, "/apps/theming/favicon/{app}", favicon)
        .sends(&["image/x-icon"]);
    pages
        .public(Method::GET, "/apps/theming/icon", icon)
        .sends(&["image/png"]);
    pages
        .public(Method::GET, "/apps/theming/icon/{app}", icon)
        .sends(&["image/png"]);
    pages
        .public(Method::GET, "/apps/theming/manifest", manifest)
        .shows::<Manifest<'static>>();
    pages
        .public(Method::GET, "/apps/theming/manifest/{app}", manifest)
        .shows::<Manifest<'static>>();
    pages
        .public(Method::GET, "/core/img/actions/mail.svg", mail)
        .sends(&[SVG]);
    pages
        .public(Method::GET, "/apps/spreed/img/app.svg", app)
        .sends(&[SVG]);
    pages
        .public(Method::GET, "/apps/spreed/img/app-dark.svg", app_dark)
        .sends(&[SVG]);
}

/// The logo of a server whose operator chose none. Shape: SVG.
async fn own_logo(_: PageCx) -> Result<Shown, Error> {
    Ok(asset(SVG, LOGO.into()).into())
}

/// The logo. Shape: SVG, PNG or JPEG. Errors: 404 for pictures that there are none of.
async fn image(cx: PageCx) -> Result<Shown, Error> {
    let key = cx.fields.text("key").unwrap_or_default();
    Ok(match key.as_str() {
        "logo" | "logoheader" | "favicon" => logo(&cx).into(),
        _ => json::empty(StatusCode::NOT_FOUND).into(),
    })
}

fn logo(cx: &PageCx) -> Answer {
    match &cx.app.branding.logo {
        Some(logo) => asset(logo.content_type, logo.bytes.clone()),
        None => asset(SVG, LOGO.into()),
    }
}

/// A small icon for browsers. Shape: a Windows icon.
async fn favicon(cx: PageCx) -> Result<Shown, Error> {
    Ok(asset("image/x-icon", cx.app.branding.favicon()).into())
}

/// A large icon for home screens. Shape: PNG.
async fn icon(cx: PageCx) -> Result<Shown, Error> {
    Ok(asset("image/png", cx.app.branding.icon()).into())
}

/// The icon of Talk for dark grounds. Shape: SVG.
async fn app(_: PageCx) -> Result<Shown, Error> {
    Ok(asset(SVG, APP.into()).into())
}

/// The icon of Talk for bright grounds. Shape: SVG.
async fn app_dark(_: PageCx) -> Result<Shown, Error> {
    Ok(asset(SVG, APP_DARK.into()).into())
}

/// The icon of e-mail for bright grounds. Shape: SVG.
async fn mail(_: PageCx) -> Result<Shown, Error> {
    Ok(asset(SVG, MAIL.into()).into())
}

/// What a browser needs to put the server on a home screen.
#[derive(Serialize, JsonSchema)]
struct Manifest<'a> {
    name: &'a str,
    short_name: &'a str,
    start_url: &'a str,
    theme_color: String,
    background_color: String,
    description: &'a str,
    icons: [Icon; 1],
    display_override: [&'static str; 1],
    display: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Icon {
    src: String,
    r#type: &'static str,
    sizes: &'static str,
}

/// Describe the server as an app. Shape: as `Manifest`.
async fn manifest(cx: PageCx) -> Result<Shown, Error> {
    let (branding, base) = (&cx.app.branding, &*cx.base_url);
    let manifest = Manifest {
        name: &branding.name,
        short_name: &branding.name,
        start_url: base,
        theme_color: branding.colour.to_string(),
        background_color: branding.colour.to_string(),
        description: &branding.slogan,
        icons: [Icon {
            src: format!("{base}/apps/theming/icon?v={}", branding.version()),
            r#type: "image/png",
            sizes: "512x512",
        }],
        display_override: ["minimal-ui"],
        display: "standalone",
    };
    Ok(json::data(StatusCode::OK, &manifest).into())
}
