//! Which entries of two lists belong together.
//!
//! Some lists come in the database's order, which is another one each time. Their entries are matched before anything in
//! them is bound, since a value that is bound to the wrong one would spoil everything that follows.

use serde_json::{Map, Value};

use super::binding::Bindings;
use super::meaning::{self, Space};
use super::transcript::Exchange;

/// A recorded entry and the played one that belongs to it.
pub type Pair<'a> = (&'a Value, &'a Value);

/// The recorded entries with their counterparts, in recorded order. Both lists are equally long.
///
/// Errors: the recorded entry that has no counterpart, in words.
pub fn pairs<'a>(
    bindings: &Bindings,
    exchange: &Exchange,
    trail: &[String],
    recorded: &[&'a Value],
    played: &[&'a Value],
) -> Result<Vec<Pair<'a>>, String> {
    let cost: Cost = match Kind::of(trail, recorded) {
        Kind::Rooms => room_cost,
        Kind::Participants => participant_cost,
        Kind::Peers => peer_cost,
        Kind::Details => detail_cost,
        Kind::Suggestions => return suggestions(bindings, exchange, recorded, played),
        Kind::Ordered => {
            return Ok(recorded
                .iter()
                .copied()
                .zip(played.iter().copied())
                .collect());
        }
    };
    match_all(bindings, cost, recorded, played)
}

/// Compare two sets of session ids; a new one is bound if it is the only new one.
///
/// Errors: the recorded session that has no counterpart, in words.
pub fn sessions(
    bindings: &mut Bindings,
    recorded: &[&Value],
    played: &[&Value],
) -> Result<(), String> {
    let mut left: Vec<&str> = played.iter().filter_map(|value| value.as_str()).collect();
    let mut unknown = Vec::new();
    for session in recorded.iter().filter_map(|value| value.as_str()) {
        let Some(bound) = bindings.played(Space::Session, session) else {
            unknown.push(session);
            continue;
        };
        match left.iter().position(|&played| played == bound) {
            Some(at) => left.swap_remove(at),
            None => return Err(format!("session {bound}")),
        };
    }
    match (unknown.as_slice(), left.as_slice()) {
        ([recorded], [played]) => bindings.meet(Space::Session, recorded, played),
        _ => match left
            .iter()
            .find_map(|played| bindings.recorded(Space::Session, played))
        {
            Some(other) => Err(format!("no session bound to {other}")),
            None => Ok(()),
        },
    }
}

/// Remember who has written in which room: a suggestion list puts writers in an order, and nobody else.
pub fn note_speaker(bindings: &mut Bindings, message: &Map<String, Value>) {
    let field = |key: &str| message.get(key).and_then(Value::as_str);
    if let (Some("comment"), Some("users"), Some(token), Some(actor)) = (
        field("messageType"),
        field("actorType"),
        field("token"),
        field("actorId"),
    ) {
        bindings
            .speakers
            .insert((token.to_owned(), actor.to_owned()));
    }
}

/// A few words by which a reader recognises an entry.
pub fn label(value: &Value) -> String {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let actor = || Some(format!("{}/{}", text("actorType")?, text("actorId")?));
    let words = if value.get("messageType").is_some() {
        text("systemMessage")
            .or_else(|| text("message"))
            .map(str::to_owned)
    } else if value.get("participantFlags").is_some() {
        text("name").map(str::to_owned)
    } else {
        actor().or_else(|| text("subject").or_else(|| text("id")).map(str::to_owned))
    };
    words.unwrap_or_else(|| value.to_string())
}

enum Kind {
    Rooms,
    Participants,
    Peers,
    Details,
    Suggestions,
    Ordered,
}

impl Kind {
    /// The kind of a list, told by its first entry and by where it stands.
    fn of(trail: &[String], recorded: &[&Value]) -> Kind {
        let Some(Value::Object(first)) = recorded.first() else {
            return Kind::Ordered;
        };
        let has = |keys: &[&str]| keys.iter().all(|&key| first.contains_key(key));
        if meaning::is_room(first) {
            Kind::Rooms
        } else if has(&["attendeeId", "actorId", "inCall"]) {
            Kind::Participants
        } else if has(&["sessionId", "lastPing", "actorId"]) {
            Kind::Peers
        } else if has(&["optionId"]) && trail.last().is_some_and(|key| key == "details") {
            Kind::Details
        } else if has(&["mentionId", "source"]) {
            Kind::Suggestions
        } else {
            Kind::Ordered
        }
    }
}

/// What it costs to take the second value for the first; `None`: they do not belong together.
type Cost = fn(&Bindings, &Value, &Value) -> Option<i64>;

/// Gives each recorded entry the cheapest one that is left. The oldest choose first: where two entries look alike, the
/// older one of each side belong together.
fn match_all<'a>(
    bindings: &Bindings,
    cost: Cost,
    recorded: &[&'a Value],
    played: &[&'a Value],
) -> Result<Vec<Pair<'a>>, String> {
    let mut order: Vec<usize> = (0..recorded.len()).collect();
    order.sort_by_key(|&at| age(recorded[at]));
    let mut left = played.to_vec();
    let mut matched = Vec::with_capacity(recorded.len());
    for at in order {
        let best = left
            .iter()
            .enumerate()
            .filter_map(|(place, played)| Some((cost(bindings, recorded[at], played)?, place)))
            .min();
        let Some((_, place)) = best else {
            return Err(format!("an entry for {}", label(recorded[at])));
        };
        matched.push((at, left.swap_remove(place)));
    }
    matched.sort_by_key(|&(at, _)| at);
    Ok(matched
        .into_iter()
        .map(|(at, played)| (recorded[at], played))
        .collect())
}

fn room_cost(bindings: &Bindings, recorded: &Value, played: &Value) -> Option<i64> {
    let (token, played_token) = (recorded["token"].as_str()?, played["token"].as_str()?);
    if let Some(bound) = bindings.played(Space::Token, token) {
        return (bound == played_token).then_some(0);
    }
    let same = |key: &str| recorded[key] == played[key];
    let name = bindings.replace_in(recorded["name"].as_str()?);
    let fits = bindings.recorded(Space::Token, played_token).is_none()
        && name == played["name"].as_str()?
        && same("type")
        && same("objectType")
        && same("participantType");
    fits.then(|| age(played))
}

fn participant_cost(bindings: &Bindings, recorded: &Value, played: &Value) -> Option<i64> {
    same_actor(bindings, recorded, played, "displayName").then(|| age(played))
}

fn peer_cost(bindings: &Bindings, recorded: &Value, played: &Value) -> Option<i64> {
    let (session, played_session) = (
        recorded["sessionId"].as_str()?,
        played["sessionId"].as_str()?,
    );
    let same_session = match bindings.played(Space::Session, session) {
        Some(bound) => bound == played_session,
        None => bindings.recorded(Space::Session, played_session).is_none(),
    };
    same_actor(bindings, recorded, played, "displayName").then_some(if same_session {
        0
    } else {
        1
    })
}

fn detail_cost(bindings: &Bindings, recorded: &Value, played: &Value) -> Option<i64> {
    let same_option = recorded["optionId"] == played["optionId"];
    (same_option && same_actor(bindings, recorded, played, "actorDisplayName")).then_some(0)
}

/// Whether two entries name the same actor; guests that are not known yet are told by their names.
fn same_actor(bindings: &Bindings, recorded: &Value, played: &Value, name: &str) -> bool {
    let (Some(id), Some(played_id)) = (recorded["actorId"].as_str(), played["actorId"].as_str())
    else {
        return recorded["actorId"] == played["actorId"];
    };
    if recorded["actorType"] != played["actorType"] {
        return false;
    }
    if !meaning::is_guest(id) {
        return id == played_id;
    }
    match bindings.played(Space::Guest, id) {
        Some(bound) => bound == played_id,
        None => {
            bindings.recorded(Space::Guest, played_id).is_none() && recorded[name] == played[name]
        }
    }
}

/// Suggestions have an order, but users of equal rank may change places: those who have not written in the room, apart
/// from the reader, whose names begin with the search both or neither.
fn suggestions<'a>(
    bindings: &Bindings,
    exchange: &Exchange,
    recorded: &[&'a Value],
    played: &[&'a Value],
) -> Result<Vec<Pair<'a>>, String> {
    let (path, query) = exchange
        .path
        .split_once('?')
        .unwrap_or((&exchange.path, ""));
    let token = path.split('/').rev().nth(1).unwrap_or("");
    let search = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "search");
    let search = search
        .map(|(_, value)| value.to_ascii_lowercase())
        .unwrap_or_default();
    // The rank of those who may change places; nobody else has one.
    let rank = |suggestion: &Value| {
        let id = suggestion["id"].as_str()?;
        let is_user = suggestion["source"] == "users";
        let is_reader = exchange.actor.as_deref() == Some(id);
        let has_written = bindings
            .speakers
            .contains(&(token.to_owned(), id.to_owned()));
        let label = suggestion["label"].as_str()?.to_ascii_lowercase();
        (is_user && !is_reader && !has_written).then(|| label.starts_with(&search))
    };
    let mut pairs = Vec::with_capacity(recorded.len());
    let mut start = 0;
    while start < recorded.len() {
        let first = rank(recorded[start]);
        let alike = recorded[start..]
            .iter()
            .take_while(|value| first.is_some() && rank(value) == first)
            .count();
        let end = start + alike.max(1);
        match alike {
            0 | 1 => pairs.push((recorded[start], played[start])),
            _ => pairs.extend(match_all(
                bindings,
                suggestion_cost,
                &recorded[start..end],
                &played[start..end],
            )?),
        }
        start = end;
    }
    Ok(pairs)
}

fn suggestion_cost(_bindings: &Bindings, recorded: &Value, played: &Value) -> Option<i64> {
    (recorded["source"] == played["source"] && recorded["id"] == played["id"]).then_some(0)
}

/// Ids grow, so the lower one is older.
fn age(entry: &Value) -> i64 {
    let id = entry
        .get("attendeeId")
        .filter(|_| entry.get("inCall").is_some())
        .or_else(|| entry.get("id"));
    id.and_then(Value::as_i64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::transcript::{Step, parse};
    use super::*;

    const GUESTS: [&str; 2] = [
        "0123456789abcdef0123456789abcdef01234567",
        "1123456789abcdef0123456789abcdef01234567",
    ];

    fn paired(
        bindings: &Bindings,
        path: &str,
        recorded: Value,
        played: Value,
    ) -> Result<Vec<(Value, Value)>, String> {
        let line = json!({"as": "alice", "method": "GET", "path": path, "status": 200});
        let transcript = parse(&format!("{{\"id\": \"x\"}}\n{line}")).expect("parses");
        let Step::Exchange(exchange) = &transcript.steps[0] else {
            panic!("not an exchange");
        };
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let (recorded, played) = (list(&recorded), list(&played));
        let (recorded, played): (Vec<_>, Vec<_>) =
            (recorded.iter().collect(), played.iter().collect());
        let pairs = pairs(bindings, exchange, &["data".to_owned()], &recorded, &played)?;
        Ok(pairs
            .into_iter()
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect())
    }

    fn room(id: i64, token: &str, name: &str) -> Value {
        json!({"id": id, "token": token, "name": name, "type": 2, "objectType": "", "participantType": 1, "participantFlags": 0})
    }

    #[test]
    fn rooms_are_matched_by_token_then_by_looks() {
        let mut bindings = Bindings::default();
        bindings
            .meet(Space::Token, "known", "bekannt")
            .expect("binds");
        let recorded = json!([
            room(3, "b", "Tea"),
            room(2, "known", "Tea"),
            room(1, "a", "Milk"),
            room(4, "c", "Tea")
        ]);
        let played = json!([
            room(9, "z", "Tea"),
            room(7, "y", "Milk"),
            room(8, "x", "Tea"),
            room(5, "bekannt", "Tea")
        ]);
        let pairs = paired(&bindings, "/room", recorded, played).expect("all match");
        let tokens: Vec<_> = pairs
            .iter()
            .map(|(_, played)| played["token"].as_str().unwrap_or(""))
            .collect();
        assert_eq!(tokens, ["x", "bekannt", "y", "z"]);
    }

    #[test]
    fn a_room_without_counterpart_is_named() {
        let bindings = Bindings::default();
        let found = paired(
            &bindings,
            "/room",
            json!([room(1, "a", "Tea")]),
            json!([room(1, "b", "Milk")]),
        );
        assert_eq!(found, Err("an entry for Tea".to_owned()));
    }

    #[test]
    fn participants_are_matched_by_actor_and_unknown_guests_by_name() {
        let mut bindings = Bindings::default();
        bindings
            .meet(Space::Guest, GUESTS[0], GUESTS[1])
            .expect("binds");
        let one = |id: i64, kind: &str, actor: &str, name: &str| json!({"attendeeId": id, "inCall": 0, "actorType": kind, "actorId": actor, "displayName": name});
        let new = GUESTS[0].replace('0', "e");
        let recorded = json!([
            one(1, "guests", &new, "Bob"),
            one(2, "users", "alice", "A"),
            one(3, "guests", GUESTS[0], "")
        ]);
        let other = GUESTS[0].replace('0', "d");
        let played = json!([
            one(1, "guests", GUESTS[1], "x"),
            one(2, "guests", &other, "Bob"),
            one(3, "users", "alice", "B")
        ]);
        let pairs = paired(&bindings, "/participants", recorded, played).expect("all match");
        let ids: Vec<_> = pairs
            .iter()
            .map(|(_, played)| played["attendeeId"].as_i64().unwrap_or(0))
            .collect();
        assert_eq!(ids, [2, 3, 1]);
    }

    #[test]
    fn suggestions_of_equal_rank_may_change_places_and_no_others() {
        let one = |source: &str, id: &str| json!({"id": id, "label": id, "source": source, "mentionId": id});
        let mut bindings = Bindings::default();
        let said = json!({"messageType": "comment", "actorType": "users", "actorId": "dora", "token": "tok"});
        note_speaker(&mut bindings, said.as_object().expect("an object"));
        let list = |ids: [&str; 4]| Value::Array(ids.map(|id| one("users", id)).to_vec());
        let recorded = list(["dora", "bob", "carl", "alice"]);
        let order = |played: Value| {
            let pairs = paired(
                &bindings,
                "/v1/chat/tok/mentions?search=",
                recorded.clone(),
                played,
            )
            .ok()?;
            Some(pairs.iter().all(|(a, b)| a["id"] == b["id"]))
        };
        assert_eq!(order(list(["dora", "carl", "bob", "alice"])), Some(true));
        assert_ne!(
            order(list(["carl", "bob", "dora", "alice"])),
            Some(true),
            "dora has written"
        );
        assert_ne!(
            order(list(["dora", "bob", "alice", "carl"])),
            Some(true),
            "alice is the reader"
        );
    }

    #[test]
    fn session_lists_are_sets() {
        let mut bindings = Bindings::default();
        bindings.meet(Space::Session, "a", "1").expect("binds");
        let [a, b, one, two, three] = ["a", "b", "1", "2", "3"].map(Value::from);
        assert_eq!(sessions(&mut bindings, &[&b, &a], &[&one, &two]), Ok(()));
        assert_eq!(bindings.played(Space::Session, "b"), Some("2"));
        assert_eq!(
            sessions(&mut bindings, &[&a], &[&three]),
            Err("session 1".to_owned())
        );
    }
}
