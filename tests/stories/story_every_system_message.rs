//! Every type of system message: done by a request, and read by who did it, by whom it happened to, by another member
//! and by a guest; in JSON and in XML. Source: messages.md 4.1 to 4.5.
//!
//! A type must be in one of the tables or in `NOT_TRIGGERABLE`; `every_type_is_triggered_or_listed` sees to it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::announcing::Scene;
use crate::support::happening::{
    change_people, change_the_conversation, make_calls, make_calls_of_two,
};
use crate::support::rooms::room;

/// Types that no request brings about yet, each with the reason.
const NOT_TRIGGERABLE: &[(&str, &str)] = &[
    ("history_cleared", "part 03: clearing a history"),
    ("message_edited", "part 03: editing"),
    ("reaction_revoked", "part 03: reactions"),
    ("poll_voted", "part 03: polls"),
    ("poll_closed", "part 03: polls"),
    ("thread_created", "part 03: threads"),
    ("thread_renamed", "part 03: threads"),
    ("message_pinned", "part 03: pins"),
    ("message_unpinned", "part 03: pins"),
    ("breakout_rooms_started", "left out: breakout rooms"),
    ("breakout_rooms_stopped", "left out: breakout rooms"),
    ("circle_added", "left out: teams"),
    ("circle_removed", "left out: teams"),
    ("phone_added", "left out: telephones"),
    ("phone_removed", "left out: telephones"),
    ("federated_user_added", "left out: federation"),
    ("federated_user_removed", "left out: federation"),
    ("recording_started", "left out: recording"),
    ("recording_stopped", "left out: recording"),
    ("audio_recording_started", "left out: recording"),
    ("audio_recording_stopped", "left out: recording"),
    ("recording_failed", "left out: recording"),
    ("matterbridge_config_added", "left out: bridges"),
    ("matterbridge_config_edited", "left out: bridges"),
    ("matterbridge_config_removed", "left out: bridges"),
    ("matterbridge_config_enabled", "left out: bridges"),
    ("matterbridge_config_disabled", "left out: bridges"),
];

/// Something that happens, and how it is told.
struct Case {
    /// The type, and after a comma what is special about it.
    what: &'static str,
    /// Who did it.
    actor: &'static str,
    /// As Alice, Bob, Carol and the guest read it; in a conversation of two only the first two.
    readings: Vec<Reading>,
}

/// How one of them reads it.
#[derive(Clone)]
struct Reading {
    kind: &'static str,
    text: String,
    /// Names of the parameters, in their order, and who or what is meant.
    parameters: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn kind(&self) -> &'static str {
        self.what.split(',').next().unwrap_or(self.what)
    }

    /// Told to each in these words; `actor` and then `parameters` stand behind the placeholders.
    fn told(
        what: &'static str,
        actor: &'static str,
        parameters: &[(&'static str, &'static str)],
        texts: &[&str],
    ) -> Self {
        let mut case = Self {
            what,
            actor,
            readings: Vec::new(),
        };
        let mut all = vec![("actor", actor)];
        all.extend_from_slice(parameters);
        case.readings = texts
            .iter()
            .map(|text| Reading {
                kind: case.kind(),
                text: (*text).to_owned(),
                parameters: all.clone(),
            })
            .collect();
        case
    }

    /// Alice did it, to nobody in particular.
    fn by_alice(what: &'static str, deed: &str) -> Self {
        let (you, they) = (format!("You {deed}"), format!("{{actor}} {deed}"));
        Self::told(what, "alice", &[], &[&you, &they, &they, &they])
    }

    /// Bob did it, to nobody in particular.
    fn by_bob(what: &'static str, deed: &str) -> Self {
        let (you, they) = (format!("You {deed}"), format!("{{actor}} {deed}"));
        Self::told(what, "bob", &[], &[&they, &you, &they, &they])
    }

    /// Alice did it to Bob.
    fn to_bob(what: &'static str, deed: &str) -> Self {
        let (you, they) = (format!("You {deed}"), format!("{{actor}} {deed}"));
        let to_you = they.replace("{user}", "you");
        let texts: [&str; 4] = [&you, &to_you, &they, &they];
        Self::told(what, "alice", &[("user", "bob")], &texts)
    }

    /// The same words for everybody.
    fn plain(
        what: &'static str,
        actor: &'static str,
        parameters: &[(&'static str, &'static str)],
        text: &str,
    ) -> Self {
        Self::told(what, actor, parameters, &[text; 4])
    }
}

fn about_the_conversation() -> Vec<Case> {
    let by = Case::by_alice;
    vec![
        by("conversation_created", "created the conversation"),
        by(
            "conversation_renamed",
            r#"renamed the conversation from "Tea" to "Milk & <b>"sugar"</b>""#,
        ),
        by("description_set", "set the description"),
        by("description_removed", "removed the description"),
        by("avatar_set", "set the conversation picture"),
        by("avatar_set, to an emoji", "set the conversation picture"),
        by("avatar_removed", "removed the conversation picture"),
        by("read_only", "locked the conversation"),
        by("read_only_off", "unlocked the conversation"),
        by(
            "listable_none",
            "limited the conversation to the current participants",
        ),
        by(
            "listable_users",
            "opened the conversation to registered users",
        ),
        by(
            "listable_all",
            "opened the conversation to registered users and users created with the Guests app",
        ),
        by(
            "lobby_non_moderators",
            "restricted the conversation to moderators",
        ),
        by("lobby_none", "opened the conversation to everyone"),
        Case::plain(
            "lobby_timer_reached",
            "system",
            &[],
            "The conversation is now open to everyone",
        ),
        by("guests_allowed", "allowed guests"),
        by("guests_disallowed", "disallowed guests"),
        by("password_set", "set a password"),
        by("password_removed", "removed the password"),
        by(
            "message_expiration_enabled",
            "set the message expiration to 2 hours",
        ),
        by("message_expiration_disabled", "disabled message expiration"),
        by("message_deleted", "deleted a message"),
    ]
}

fn about_people() -> Vec<Case> {
    let coming = "{actor} joined the conversation";
    let going = "{actor} left the conversation";
    let group = [("group", "drinkers")];
    let guest = [("user", "guest")];
    let (promoted, demoted) = (
        "{actor} promoted {user} to moderator",
        "{actor} demoted {user} from moderator",
    );
    vec![
        Case::to_bob("user_added", "added {user}"),
        Case::told(
            "user_added, who came by themselves",
            "bob",
            &[("user", "bob")],
            &[coming, "You joined the conversation", coming, coming],
        ),
        Case::to_bob("user_removed", "removed {user}"),
        Case::told(
            "user_removed, who left",
            "bob",
            &[("user", "bob")],
            &[going, "You left the conversation", going, going],
        ),
        Case::to_bob("moderator_promoted", "promoted {user} to moderator"),
        Case::to_bob("moderator_demoted", "demoted {user} from moderator"),
        Case::told(
            "guest_moderator_promoted",
            "alice",
            &guest,
            &[
                "You promoted {user} to moderator",
                promoted,
                promoted,
                promoted,
            ],
        ),
        Case::told(
            "guest_moderator_demoted",
            "alice",
            &guest,
            &[
                "You demoted {user} from moderator",
                demoted,
                demoted,
                demoted,
            ],
        ),
        Case::told(
            "group_added",
            "alice",
            &group,
            &[
                "You added group {group}",
                "{actor} added group {group}",
                "{actor} added group {group}",
                "{actor} added group {group}",
            ],
        ),
        Case::told(
            "group_removed",
            "alice",
            &group,
            &[
                "You removed group {group}",
                "{actor} removed group {group}",
                "{actor} removed group {group}",
                "{actor} removed group {group}",
            ],
        ),
        // Guests never read "you", not even about what they do.
        Case::plain(
            "conversation_renamed, by a guest who moderates",
            "guest",
            &[],
            r#"{actor} renamed the conversation from "Tea" to "Coffee""#,
        ),
    ]
}

fn about_calls() -> Vec<Case> {
    let both = [("user1", "alice"), ("user2", "bob")];
    vec![
        Case::by_alice("call_started", "started a call"),
        Case::by_alice("call_started, silently", "started a silent call"),
        Case::by_bob("call_joined", "joined the call"),
        Case::plain(
            "call_joined, by a guest",
            "guest",
            &[],
            "{actor} joined the call",
        ),
        Case::by_bob("call_left", "left the call"),
        Case::plain(
            "call_left, by a guest",
            "guest",
            &[],
            "{actor} left the call",
        ),
        Case::plain(
            "call_ended",
            "bob",
            &both,
            "Call with {user1}, {user2} and 1 guest ended (Duration 0:25)",
        ),
        Case::plain(
            "call_ended, as the last one closed the room",
            "system",
            &[("user1", "bob")],
            "Call with {user1} ended (Duration 0:00)",
        ),
        Case::plain(
            "call_ended_everyone",
            "alice",
            &[("user1", "bob")],
            "{actor} ended the call with {user1} and 1 guest (Duration 1:05)",
        ),
        Case::plain(
            "call_ended_everyone, as its time was up",
            "system",
            &both,
            "Call with {user1}, {user2} and 1 guest was ended, as it reached the maximum call duration (Duration 1:01)",
        ),
    ]
}

fn about_calls_of_two() -> Vec<Case> {
    let unanswered = |kind, text: &str, user| Reading {
        kind,
        text: text.to_owned(),
        parameters: vec![("user", user)],
    };
    vec![
        Case::told(
            "call_started",
            "alice",
            &[],
            &["Outgoing call", "Incoming call"],
        ),
        Case::told(
            "call_started, silently",
            "alice",
            &[],
            &["Outgoing silent call", "Incoming silent call"],
        ),
        Case {
            what: "call_missed",
            actor: "alice",
            readings: vec![
                unanswered("call_tried", "Unanswered call", "bob"),
                unanswered("call_missed", "Missed call", "alice"),
            ],
        },
        Case::told(
            "call_ended",
            "bob",
            &[],
            &["Call ended (Duration 0:09)", "Call ended (Duration 0:09)"],
        ),
        Case::told(
            "call_ended_everyone",
            "bob",
            &[],
            &["Call ended (Duration 0:09)", "Call ended (Duration 0:09)"],
        ),
    ]
}

/// What happened is read by everybody as the case says.
async fn is_told(scene: &Scene, case: &Case) {
    let Case {
        what,
        actor,
        readings,
    } = case;
    let told = scene.alice.history(&scene.token).await;
    let row = told
        .iter()
        .find(|row| row["systemMessage"] == readings[0].kind);
    let row = row.unwrap_or_else(|| panic!("{what} did not happen: {told:?}"));
    let by = match *actor {
        "system" => json!(["guests", "system"]),
        "guest" => json!(["guests", scene.guest.room(&scene.token).await["actorId"]]),
        account => json!(["users", account]),
    };
    for (reader, reading) in scene.readers().into_iter().zip(readings) {
        let who = format!("{what}, read by {:?}", reader.name);
        let history = reader.history(&scene.token).await;
        let seen = history.iter().find(|seen| seen["id"] == row["id"]);
        let seen = seen.unwrap_or_else(|| panic!("{who}: not to be seen"));
        assert_eq!(seen["systemMessage"], reading.kind, "{who}");
        assert_eq!(seen["message"], reading.text, "{who}");
        assert_eq!(seen["messageType"], "system", "{who}");
        assert_eq!(json!([seen["actorType"], seen["actorId"]]), by, "{who}");
        let shown = seen["messageParameters"].as_object().expect("a map");
        let names: Vec<&str> = shown.keys().map(String::as_str).collect();
        let expected: Vec<&str> = reading.parameters.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected, "{who}");
        for (name, stands_for) in &reading.parameters {
            assert_eq!(
                shown[*name],
                scene.object(stands_for).await,
                "{who}: {name}"
            );
        }
        let as_xml = reader.xml_texts(&scene.token).await;
        let id = row["id"].as_i64().unwrap();
        assert_eq!(as_xml.get(&id), Some(&reading.text), "{who}, in XML");
    }
}

#[tokio::test]
async fn what_happens_to_a_conversation_is_told() {
    for case in about_the_conversation() {
        let scene = Scene::tea().await;
        change_the_conversation(&scene, case.what).await;
        is_told(&scene, &case).await;
    }
}

#[tokio::test]
async fn what_happens_to_people_is_told() {
    for case in about_people() {
        let scene = Scene::tea().await;
        change_people(&scene, case.what).await;
        is_told(&scene, &case).await;
    }
}

#[tokio::test]
async fn what_happens_in_calls_is_told() {
    for case in about_calls() {
        let scene = Scene::tea().await;
        make_calls(&scene, case.what).await;
        is_told(&scene, &case).await;
    }
}

#[tokio::test]
async fn what_happens_in_calls_of_two_is_told() {
    for case in about_calls_of_two() {
        let scene = Scene::of_two().await;
        make_calls_of_two(&scene, case.what).await;
        is_told(&scene, &case).await;
    }
}

#[tokio::test]
async fn an_e_mail_guest_reads_you_when_promoted_and_never_as_the_actor() {
    let scene = Scene::tea().await;
    let token = scene.token.as_str();
    scene.alice.invites(token, "ann@tea.example").await;
    let ann = scene.server.guest();
    ann.visits(&scene.server.newest_link()).await;
    assert_eq!(ann.joins(token).await.status, 200);
    let seat = ann.attendee_id(token).await;
    scene.alice.promotes(token, &seat).await;

    let id = ann.room(token).await["actorId"]
        .as_str()
        .unwrap()
        .to_owned();
    let mention = format!("email/{id}");
    let named = json!({
        "type": "guest", "id": mention, "name": format!("{id} (guest)"), "mention-id": mention,
    });
    for (reader, text) in [
        (&ann, "{actor} promoted you to moderator"),
        (&scene.alice, "You promoted {user} to moderator"),
        (&scene.guest, "{actor} promoted {user} to moderator"),
    ] {
        let seen = reader.newest(token).await;
        assert_eq!(seen["systemMessage"], "guest_moderator_promoted");
        assert_eq!(seen["message"], text);
        assert_eq!(seen["messageParameters"]["user"], named);
        let as_xml = reader.xml_texts(token).await;
        assert_eq!(as_xml[&seen["id"].as_i64().unwrap()], text);
    }
    let renamed = ann.put(&room(token), &[("roomName", "Mate")]).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    let seen = ann.newest(token).await;
    assert_eq!(
        seen["message"],
        r#"{actor} renamed the conversation from "Tea" to "Mate""#
    );
    assert_eq!(seen["messageParameters"], json!({ "actor": named }));
    assert_eq!(seen["actorType"], "emails");
}

#[test]
fn every_type_is_triggered_or_listed() {
    // The model's own list of names; its `match` has to name each variant.
    let model = include_str!("../../src/model/system_message.rs");
    let (_, names) = model.split_once("pub fn wire(").expect("the names");
    let (names, _) = names.split_once("\n    }\n").expect("their end");
    let known: BTreeSet<&str> = names.split('"').skip(1).step_by(2).collect();
    assert_eq!(known.len(), names.matches("=>").count());

    let mut cases = about_the_conversation();
    cases.extend(about_people());
    cases.extend(about_calls());
    cases.extend(about_calls_of_two());
    let triggered: BTreeSet<&str> = cases.iter().map(Case::kind).collect();
    let listed: BTreeSet<&str> = NOT_TRIGGERABLE.iter().map(|(name, _)| *name).collect();

    let both: Vec<_> = triggered.intersection(&listed).collect();
    assert!(both.is_empty(), "listed, though it happens: {both:?}");
    let covered: BTreeSet<&str> = triggered.union(&listed).copied().collect();
    assert_eq!(covered, known);
}
