//! Name, colours and pictures of the server, as clients are told and as they load them. Source: server.md 3.4, 21.

use crate::support::rooms::cloud;
use crate::support::{Actor, TestServer, talk};
use chinwag::model::Colour;
use chinwag::ocs::branding::{Branding, Logo};
use serde_json::{Value, json};

const TEA: &str = "<svg xmlns='http://www.w3.org/2000/svg'/>";

fn tea_room() -> Branding {
    let logo = Logo {
        content_type: "image/svg+xml",
        bytes: TEA.into(),
    };
    let (name, slogan) = ("Tea \"Room\"".to_owned(), "kettles & cups".to_owned());
    Branding::new(name, slogan, Colour(0xff, 0xd7, 0), Some(logo))
}

async fn theming(actor: &Actor) -> Value {
    let answer = actor.get(&cloud("capabilities")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.data()["capabilities"]["theming"].clone()
}

#[tokio::test]
async fn without_settings_the_server_wears_its_own_name_and_colours() {
    let server = TestServer::start().await;
    let base = format!("http://{}", server.address());

    let theme = theming(&server.guest()).await;

    let logo = format!("{base}/core/img/logo/logo.svg?v=0");
    let expected = json!({
        "name": "Chinwag", "productName": "Chinwag", "url": base, "slogan": "",
        "color": "#00679e", "color-text": "#ffffff", "color-element": "#00679e",
        "color-element-bright": "#00679e", "color-element-dark": "#00679e",
        "logo": logo, "background": "#00679e", "background-text": "#ffffff",
        "background-plain": true, "background-default": false,
        "logoheader": logo, "favicon": logo,
    });
    assert_eq!(theme, expected);
    assert_eq!(theme, theming(&server.admin()).await);
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&theme), keys(&expected), "in this order");
}

#[tokio::test]
async fn what_the_operator_chose_is_announced_and_served() {
    let server = TestServer::wearing(tea_room()).await;
    let guest = server.guest();

    let theme = theming(&guest).await;

    assert_eq!(theme["name"], "Tea \"Room\"");
    assert_eq!(theme["slogan"], "kettles & cups");
    assert_eq!(theme["color"], "#ffd700");
    assert_eq!(theme["color-text"], "#000000");
    assert_ne!(theme["color-element-bright"], "#ffd700", "yellow on white");
    assert_eq!(theme["color-element-dark"], "#ffd700");
    let base = format!("http://{}", server.address());
    let logo = theme["logo"].as_str().unwrap();
    let path = logo.strip_prefix(&base).unwrap();
    assert!(path.starts_with("/apps/theming/image/logo?v="), "{path}");
    let shown = guest.get(path).await;
    assert_eq!((shown.status, shown.text.as_str()), (200, TEA));
    assert_eq!(shown.header("content-type"), Some("image/svg+xml"));
}

#[tokio::test]
async fn the_hash_of_talk_changes_with_the_theme() {
    let (one, two) = (
        TestServer::start().await,
        TestServer::wearing(tea_room()).await,
    );
    let mut hashes = Vec::new();
    for server in [&one, &two, &one] {
        let answer = server.admin().get(&talk("/api/v4/room")).await;
        hashes.push(answer.header("x-nextcloud-talk-hash").unwrap().to_owned());
    }

    assert_eq!(hashes[0], hashes[2]);
    assert_ne!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn whatever_is_announced_can_be_loaded_by_anybody() {
    let server = TestServer::start().await;
    let wrong = server.actor(Some(("admin", "wrong")));

    for (path, content_type) in [
        ("/core/img/logo/logo.svg?v=0", "image/svg+xml"),
        ("/index.php/apps/theming/image/logo", "image/svg+xml"),
        ("/apps/theming/image/logoheader", "image/svg+xml"),
        ("/apps/theming/image/favicon", "image/svg+xml"),
        ("/apps/theming/favicon/spreed", "image/x-icon"),
        ("/apps/theming/favicon", "image/x-icon"),
        ("/favicon.ico", "image/x-icon"),
        ("/core/img/favicon.ico", "image/x-icon"),
        ("/apps/theming/icon", "image/png"),
        ("/apps/theming/icon/spreed", "image/png"),
        ("/apps/spreed/img/app.svg", "image/svg+xml"),
        ("/apps/spreed/img/app-dark.svg", "image/svg+xml"),
        ("/core/img/actions/mail.svg", "image/svg+xml"),
    ] {
        let answer = wrong.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        let kept = answer.header("cache-control");
        assert_eq!(kept, Some("public, max-age=86400"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        assert!(!answer.bytes.is_empty(), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{path}");
    }
    for path in [
        "/apps/theming/image/background",
        "/apps/theming/image/..%2Fx",
        "/apps/theming/css/default.css",
    ] {
        assert_eq!(wrong.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_browser_may_put_the_server_on_a_home_screen() {
    let server = TestServer::wearing(tea_room()).await;

    let answer = server.guest().get("/apps/theming/manifest/spreed").await;

    assert_eq!(answer.status, 200);
    let manifest = answer.json();
    assert_eq!(manifest["name"], "Tea \"Room\"");
    assert_eq!(manifest["theme_color"], "#ffd700");
    let base = format!("http://{}", server.address());
    assert_eq!(manifest["start_url"], json!(base));
    let icon = manifest["icons"][0]["src"].as_str().unwrap();
    let icon = server.guest().get(icon.strip_prefix(&base).unwrap()).await;
    let picture = image::load_from_memory(&icon.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (512, 512));
}

#[tokio::test]
async fn the_core_capability_tells_how_links_are_found_and_that_nothing_is_fetched() {
    let server = TestServer::start().await;

    let answer = server.admin().get(&cloud("capabilities")).await;

    let core = &answer.data()["capabilities"]["core"];
    assert_eq!(core["reference-api"], false);
    let regex = r"(\s|\n|^)(https?:\/\/)([-A-Z0-9+_.]+(?::[0-9]+)?(?:\/[-A-Z0-9+&@#%?=~_|!:,.;()]*)*)(\s|\n|$)";
    assert_eq!(core["reference-regex"], regex);
}
