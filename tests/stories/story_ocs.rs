//! Everything around a handler that is the same for all: the API header, routes, envelopes,
//! formats. Source: ocs.md 1 to 3, 5.

use crate::support::rooms::{cloud, room};
use crate::support::{Actor, TestServer, chat, talk};
use serde_json::json;

const UNKNOWN: &str = "Invalid query, please check the syntax. API specifications are here: \
    http://www.freedesktop.org/wiki/Specifications/open-collaboration-services.\n";

async fn alice() -> (TestServer, Actor) {
    let server = TestServer::start().await;
    let [alice] = server.users(["alice"]).await;
    (server, alice)
}

// The header that proves an API client.

#[tokio::test]
async fn a_request_without_the_api_header_is_refused_outside_of_the_envelope() {
    let (server, _) = alice().await;
    let request = server.guest().request("GET", &cloud("capabilities"));
    let answer = request.without_header("ocs-apirequest").send().await;

    assert_eq!(answer.status, 412);
    assert_eq!(answer.text, r#"{"message":"CSRF check failed"}"#);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn v1_and_xml_change_nothing_about_the_missing_api_header() {
    let (_server, alice) = alice().await;
    let request = alice.request("GET", "/ocs/v1.php/cloud/user").xml();
    let answer = request.without_header("ocs-apirequest").send().await;

    assert_eq!(answer.status, 412);
    assert_eq!(answer.text, r#"{"message":"CSRF check failed"}"#);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn any_value_of_the_api_header_will_do() {
    let (_server, alice) = alice().await;
    let request = alice.request("GET", &cloud("user"));
    let answer = request.header("ocs-apirequest", "false").send().await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["id"], "alice");
}

#[tokio::test]
async fn an_empty_api_header_counts_as_none() {
    let (_server, alice) = alice().await;
    let request = alice.request("GET", &cloud("user"));
    let answer = request.header("ocs-apirequest", "").send().await;

    assert_eq!(answer.status, 412);
    assert_eq!(answer.text, r#"{"message":"CSRF check failed"}"#);
}

#[tokio::test]
async fn who_is_not_logged_in_hears_that_before_the_missing_header() {
    let (server, _) = alice().await;
    let request = server.guest().request("GET", &cloud("user"));
    let answer = request.without_header("ocs-apirequest").send().await;

    answer.says(401, 997, "Current user is not logged in");
}

// Routes.

#[tokio::test]
async fn an_unknown_route_is_998() {
    let (_server, alice) = alice().await;

    let answer = alice.get("/ocs/v2.php/does/not/exist").await;

    answer.says(404, 998, UNKNOWN);
}

#[tokio::test]
async fn an_unknown_route_through_v1_is_200_with_998() {
    let (_server, alice) = alice().await;

    let answer = alice.get("/ocs/v1.php/does/not/exist").await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.meta(),
        json!({ "status": "failure", "statuscode": 998, "message": UNKNOWN, "totalitems": "", "itemsperpage": "" })
    );
    assert_eq!(answer.data(), json!([]));
}

#[tokio::test]
async fn an_unknown_route_in_xml_has_the_early_content_type() {
    let (_server, alice) = alice().await;

    let answer = alice.request("GET", &cloud("nothing")).xml().send().await;

    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=UTF-8")
    );
    assert!(answer.text.contains("<statuscode>998</statuscode>"));
}

#[tokio::test]
async fn what_does_not_fit_a_route_is_an_unknown_route() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    for path in [
        "/ocs/v2.php".to_owned(),
        "/ocs/v2.php/".to_owned(),
        cloud("capabilities/"),
        "/ocs/v2.php/apps/nosuchapp/api/v1/room".to_owned(),
        talk("/api/v5/room"),
        talk("/api/v4/room/TOKENUPPER"),
        talk("/api/v4/room/abc"),
        talk("/api/v4/room/a234567890123456789012345678901"),
        format!("{}/abc", chat(&token)),
    ] {
        alice.get(&path).await.says(404, 998, UNKNOWN);
    }
}

#[tokio::test]
async fn outside_of_the_two_bases_there_is_a_page_and_no_envelope() {
    let (_server, alice) = alice().await;

    for path in ["/ocs/v3.php/cloud/user", "/index.php/ocs/v2.php/cloud/user"] {
        let answer = alice.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, ""), "{path}");

        let answer = alice.request("GET", path).header("accept", "text/html");
        let answer = answer.send().await;
        assert_eq!(answer.status, 404);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=UTF-8")
        );
        assert!(answer.text.contains("<title>"));
    }
}

#[tokio::test]
async fn the_wrong_method_is_405_without_a_body_in_both_versions() {
    let (_server, alice) = alice().await;

    for base in ["/ocs/v1.php", "/ocs/v2.php"] {
        let answer = alice.post(&format!("{base}/cloud/capabilities"), &[]).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn options_is_405_without_a_body() {
    let (_server, alice) = alice().await;
    let request = alice.request("OPTIONS", &talk("/api/v4/room"));

    let answer = request
        .header("origin", "https://elsewhere.example")
        .send()
        .await;

    assert_eq!(answer.status, 405);
    assert_eq!(answer.text, "");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_method_cannot_be_overridden() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;
    let request = alice.request("POST", &room(&token));

    let answer = request
        .header("x-http-method-override", "DELETE")
        .form(&[("_method", "DELETE")])
        .send()
        .await;

    assert_eq!(answer.status, 405);
    assert_eq!(alice.room(&token).await["name"], "Tea");
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let (_server, alice) = alice().await;
    let get = alice.get(&cloud("capabilities")).await;

    let head = alice.request("HEAD", &cloud("capabilities")).send().await;

    assert_eq!(head.status, 200);
    assert_eq!(head.text, "");
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(
        head.header("content-length"),
        Some(get.text.len().to_string().as_str())
    );
}

#[tokio::test]
async fn a_double_slash_is_a_single_one() {
    let (_server, alice) = alice().await;

    let answer = alice.get("/ocs/v2.php//cloud//user").await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["id"], "alice");
}

#[tokio::test]
async fn an_encoded_slash_separates_like_any_other() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice.get(&talk(&format!("/api/v4/room%2F{token}"))).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["token"], token.as_str());
}

// The envelope.

#[tokio::test]
async fn the_second_version_says_it_in_status_and_meta() {
    let (_server, alice) = alice().await;

    let answer = alice.get(&cloud("users/alice/groups")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        r#"{"ocs":{"meta":{"status":"ok","statuscode":200,"message":"OK"},"data":{"groups":[]}}}"#
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn the_first_version_says_100_and_has_two_more_fields() {
    let (_server, alice) = alice().await;

    let answer = alice.get("/ocs/v1.php/cloud/users/alice/groups").await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        r#"{"ocs":{"meta":{"status":"ok","statuscode":100,"message":"OK","totalitems":"","itemsperpage":""},"data":{"groups":[]}}}"#
    );
}

#[tokio::test]
async fn a_message_posted_through_v1_looks_like_a_failure() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let path = format!("/ocs/v1.php/apps/spreed/api/v1/chat/{token}");
    let answer = alice.post(&path, &[("message", "hello")]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.meta(),
        json!({ "status": "failure", "statuscode": 201, "message": "", "totalitems": "", "itemsperpage": "" })
    );
    assert_eq!(answer.data()["message"], "hello");
}

#[tokio::test]
async fn refusals_through_v1_are_200_but_for_401() {
    let (server, alice) = alice().await;

    let unknown = alice
        .get("/ocs/v1.php/apps/spreed/api/v4/room/abcd2345")
        .await;
    let nobody = server.guest().get("/ocs/v1.php/cloud/user").await;

    assert_eq!(unknown.status, 200);
    assert_eq!(unknown.meta()["statuscode"], 404);
    assert_eq!(unknown.data(), json!([]));
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.meta()["statuscode"], 997);
}

#[tokio::test]
async fn xml_is_what_one_gets_unasked() {
    let (_server, alice) = alice().await;

    let answer = alice
        .request("GET", &cloud("users/alice/groups"))
        .xml()
        .send()
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        "<?xml version=\"1.0\"?>\n<ocs>\n <meta>\n  <status>ok</status>\n  <statuscode>200</statuscode>\n  \
         <message>OK</message>\n </meta>\n <data>\n  <groups/>\n </data>\n</ocs>\n"
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/xml; charset=utf-8")
    );
}

#[tokio::test]
async fn the_meta_of_v1_has_its_two_fields_in_xml_too() {
    let (_server, alice) = alice().await;

    let answer = alice
        .request("GET", "/ocs/v1.php/cloud/users/nope")
        .xml()
        .send()
        .await;

    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("<statuscode>404</statuscode>"));
    assert!(
        answer
            .text
            .contains("<message>User does not exist</message>")
    );
    assert!(
        answer
            .text
            .contains("  <totalitems></totalitems>\n  <itemsperpage></itemsperpage>\n")
    );
}

#[tokio::test]
async fn a_message_in_xml_has_the_documented_shapes() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let request = alice.request("POST", &chat(&token)).xml();
    let answer = request
        .form(&[("message", "a<b>&\"q\" / é 👍")])
        .send()
        .await;

    assert_eq!(answer.status, 201);
    for line in [
        "  <message>a&lt;b&gt;&amp;&quot;q&quot; / é 👍</message>\n",
        "  <messageParameters/>\n",
        "  <systemMessage></systemMessage>\n",
        "  <isReplyable>1</isReplyable>\n",
        "  <reactions/>\n",
    ] {
        assert!(answer.text.contains(line), "{line}: {}", answer.text);
    }
}

#[tokio::test]
async fn json_is_escaped_as_the_reference_does() {
    let (_server, alice) = alice().await;
    let token = alice.creates_group("Tea").await;

    let answer = alice
        .post(&chat(&token), &[("message", "a/b <é> 👍")])
        .await;

    let escaped = r#""message":"a\/b \u003C\u00e9\u003E \ud83d\udc4d""#;
    assert!(answer.text.contains(escaped), "{}", answer.text);
    assert!(answer.text.contains(r#""messageParameters":[]"#));
    assert!(answer.text.contains(r#""reactions":{}"#));
}

// Formats.

#[tokio::test]
async fn the_accept_header_chooses_json() {
    let (_server, alice) = alice().await;

    for accept in [
        "application/json, text/plain, */*",
        "text/plain, application/json",
        "APPLICATION/JSON",
        "application/json;q=0.9",
    ] {
        let request = alice.request("GET", &cloud("user"));
        let answer = request.header("accept", accept).send().await;
        assert!(answer.text.starts_with("{\"ocs\""), "{accept}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_xml() {
    let (_server, alice) = alice().await;

    for accept in ["*/*", "text/xml", "application/xml", "application/pdf"] {
        let request = alice.request("GET", &cloud("user"));
        let answer = request.header("accept", accept).send().await;
        assert_eq!(answer.status, 200, "{accept}");
        assert!(answer.text.starts_with("<?xml"), "{accept}");
    }
}

#[tokio::test]
async fn the_format_parameter_wins_over_the_header() {
    let (_server, alice) = alice().await;

    let xml = alice.get(&cloud("user?format=xml")).await;
    let json = alice
        .request("GET", &cloud("user?format=json"))
        .header("accept", "application/xml")
        .send()
        .await;

    assert!(xml.text.starts_with("<?xml"));
    assert_eq!(json.data()["id"], "alice");
}

#[tokio::test]
async fn an_unknown_format_is_xml_and_no_error() {
    let (_server, alice) = alice().await;

    let answer = alice.get(&cloud("user?format=yaml")).await;

    assert_eq!(answer.status, 200);
    assert!(answer.text.starts_with("<?xml"));
}

#[tokio::test]
async fn a_json_body_may_name_the_format() {
    let (_server, alice) = alice().await;
    let request = alice.request("POST", &talk("/api/v4/room")).xml();

    let answer = request
        .json(&json!({ "roomName": "Tea", "format": "json" }))
        .send()
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.data()["name"], "Tea");
}

#[tokio::test]
async fn a_browser_without_login_is_sent_to_the_login_page() {
    let (server, _) = alice().await;
    let request = server
        .guest()
        .request("GET", "/ocs/v2.php/cloud/user?format=json");

    let answer = request.header("accept", "text/html").send().await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.text, "");
    assert_eq!(
        answer.header("location"),
        Some("/login?redirect_url=/ocs/v2.php/cloud/user?format%3Djson")
    );
}
