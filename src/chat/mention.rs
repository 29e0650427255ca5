//! Mentions in a text: which `@…` are mentions, how they are numbered, and the text with placeholders.
//!
//! Pure: whether an account exists, and whether `@all` counts, is asked by the caller between `find` and
//! `insert_placeholders`. Linear in the text, as long as bare ids are as short as those of accounts are. Works on
//! bytes; all that matters is ASCII.
//! Source: spec messages.md, 5.1 to 5.3.

use std::cmp::Reverse;
use std::collections::HashSet;

/// Whom a mention names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MentionKind {
    /// An account, if there is one with this id; also `all`, until the caller turned it into `Call`.
    User,
    /// Everyone in the room.
    Call,
    Guest,
    Email,
    Group,
    Team,
    FederatedUser,
}

impl MentionKind {
    /// The word in the name of the placeholder.
    fn placeholder_word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Call => "call",
            Self::Guest => "guest",
            Self::Email => "email",
            Self::Group => "group",
            Self::Team => "team",
            Self::FederatedUser => "federated-user",
        }
    }

    /// What stands before the id inside the quotes.
    fn prefix(self) -> &'static str {
        match self {
            Self::User | Self::Call => "",
            Self::Guest => "guest/",
            Self::Email => "email/",
            Self::Group => "group/",
            Self::Team => "team/",
            Self::FederatedUser => "federated_user/",
        }
    }
}

/// A match of the mention grammar.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    pub kind: MentionKind,
    /// The id without prefix; for users as typed.
    pub id: String,
}

/// The matches of the mention grammar in `text`, in the order in which their placeholders are numbered.
///
/// Distinct as typed: `@"bob" @bob` gives bob twice, and so two placeholders. Longer ids come first. There may be
/// thousands: a text of 32,000 characters has room for them. Groups and teams of other servers
/// (`federated_group/`, `federated_team/`) are nobody here and left out.
pub fn find(text: &str) -> Vec<Found> {
    let mut seen = HashSet::new();
    let mut matches: Vec<&str> = Matches::of(text)
        .filter(|typed| seen.insert(*typed))
        .collect();
    // Two stable sorts, as in the reference: among ids of one length, the quoted come before the bare ones.
    matches.sort_by_key(|typed| Reverse(typed.len()));
    let mut contents: Vec<&str> = matches.into_iter().map(without_decoration).collect();
    contents.sort_by_key(|content| Reverse(content.len()));
    contents.into_iter().filter_map(classify).collect()
}

/// `text` with the accepted mentions replaced by `{mention-…}`, and for each placeholder the index of its mention.
///
/// `accepted` is what counts of the result of `find`, in its order, with `all` turned into `Call` where it is one.
/// Placeholders are reported also if another one took all their places. Placeholder-like text of the author stays.
///
/// The result is that of replacing one accepted mention after the other in the whole text (first its quoted, then its
/// bare form, also in the middle of words), in one pass over the text: a replacement contains no `@` and no mention a
/// brace, so earlier replacements only ever take places away from later ones.
pub fn insert_placeholders(text: &str, accepted: &[Found]) -> (String, Vec<(String, usize)>) {
    if accepted.is_empty() {
        return (text.to_owned(), Vec::new());
    }
    // Quirk: unused-mention-parameters.
    let placeholders = number(accepted);
    let patterns = patterns(accepted);
    let places = places(text.as_bytes(), &patterns);

    let mut out = String::with_capacity(text.len());
    let mut end_of_last = 0;
    for place in places {
        out.push_str(&text[end_of_last..place.start]);
        out.push('{');
        out.push_str(&placeholders[place.rank / 2].0);
        out.push('}');
        end_of_last = place.end;
    }
    out.push_str(&text[end_of_last..]);
    (out, placeholders)
}

fn number(accepted: &[Found]) -> Vec<(String, usize)> {
    let mut counts = [0_usize; MentionKind::FederatedUser as usize + 1];
    accepted
        .iter()
        .enumerate()
        .map(|(index, found)| {
            let count = &mut counts[found.kind as usize];
            *count += 1;
            let word = found.kind.placeholder_word();
            (format!("mention-{word}{count}"), index)
        })
        .collect()
}

/// What follows the `@`, and its turn in the replacement: twice the index, plus one for the bare form.
struct Pattern {
    bytes: Vec<u8>,
    rank: usize,
}

/// Sorted by bytes and distinct; of equal patterns the one whose turn is first.
fn patterns(accepted: &[Found]) -> Vec<Pattern> {
    let mut patterns = Vec::with_capacity(accepted.len() * 2);
    for (index, found) in accepted.iter().enumerate() {
        let id = match found.kind {
            MentionKind::Call => "all",
            _ => &found.id,
        };
        let search = format!("{}{id}", found.kind.prefix());
        if search.is_empty() {
            continue;
        }
        patterns.push(Pattern {
            bytes: format!("\"{search}\"").into_bytes(),
            rank: index * 2,
        });
        if found.kind.prefix().is_empty() && !search.contains(' ') {
            patterns.push(Pattern {
                bytes: search.into_bytes(),
                rank: index * 2 + 1,
            });
        }
    }
    patterns.sort_by(|a, b| a.bytes.cmp(&b.bytes).then(a.rank.cmp(&b.rank)));
    patterns.dedup_by(|later, earlier| later.bytes == earlier.bytes);
    patterns
}

/// A piece of the text that a pattern replaces, the `@` included.
struct Place {
    rank: usize,
    start: usize,
    end: usize,
}

/// The places that are replaced, in text order.
fn places(text: &[u8], patterns: &[Pattern]) -> Vec<Place> {
    let mut possible = Vec::new();
    for start in (0..text.len()).filter(|at| text[*at] == b'@') {
        push_matching(&mut possible, text, start, patterns);
    }
    possible.sort_by_key(|place| (place.rank, place.start));

    let mut taken = vec![false; text.len()];
    possible.retain(|place| {
        let bytes = &mut taken[place.start..place.end];
        let free = !bytes.contains(&true);
        if free {
            bytes.fill(true);
        }
        free
    });
    possible.sort_by_key(|place| place.start);
    possible
}

/// Every pattern that the text continues with after the `@` at `start`: a walk down the sorted patterns, one byte of
/// text at a time, until none is left.
fn push_matching(out: &mut Vec<Place>, text: &[u8], start: usize, patterns: &[Pattern]) {
    let mut left = patterns;
    for depth in 0.. {
        // All that are left are longer than `depth`, or equal to what was read so far; those sort first.
        if let Some((first, others)) = left.split_first()
            && first.bytes.len() == depth
        {
            out.push(Place {
                rank: first.rank,
                start,
                end: start + 1 + depth,
            });
            left = others;
        }
        let Some(byte) = text.get(start + 1 + depth) else {
            return;
        };
        let from = left.partition_point(|pattern| pattern.bytes[depth] < *byte);
        let to = left.partition_point(|pattern| pattern.bytes[depth] <= *byte);
        left = &left[from..to];
        if left.is_empty() {
            return;
        }
    }
}

/// The matches of the grammar as typed, from the `@` to the end of the id or the closing quote.
struct Matches<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Matches<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Matches<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while let Some(offset) = self.text[self.at..].find('@') {
            let start = self.at + offset;
            self.at = start + 1;
            if !may_follow(self.text.as_bytes(), start) {
                continue;
            }
            if let Some(length) = id_length(&self.text.as_bytes()[self.at..]) {
                self.at += length;
                return Some(&self.text[start..self.at]);
            }
        }
        None
    }
}

/// Whether a mention may start at `at`, by the byte before it.
fn may_follow(text: &[u8], at: usize) -> bool {
    match at.checked_sub(1) {
        None => true,
        Some(before) => matches!(
            text[before],
            b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b'-' | b'.' | b'\'' | b'@'
        ),
    }
}

/// The length of the id that `rest`, the text after the `@`, begins with, quotes included.
fn id_length(rest: &[u8]) -> Option<usize> {
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        // No alternative contains a quote, so each byte of the text is scanned here at most once.
        let length = run(quoted, is_special);
        let closed = quoted.get(length) == Some(&b'"');
        return (closed && is_quoted_id(&quoted[..length])).then_some(length + 2);
    }
    match run(rest, is_bare) {
        0 => None,
        length => Some(length),
    }
}

/// Whether `content`, all of whose bytes are special, is one of the quoted forms.
fn is_quoted_id(content: &[u8]) -> bool {
    for prefix in ["guest/", "email/"] {
        if let Some(hex) = strip_ignoring_case(content, prefix)
            && !hex.is_empty()
            && hex.iter().all(u8::is_ascii_hexdigit)
        {
            return true;
        }
    }
    let local = strip_ignoring_case(content, "federated_").unwrap_or(content);
    for prefix in ["group/", "team/", "user/"] {
        if strip_ignoring_case(local, prefix).is_some_and(|id| !id.is_empty()) {
            return true;
        }
    }
    !content.is_empty() && content.iter().all(|byte| is_spaced(*byte))
}

fn strip_ignoring_case<'a>(content: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    let (start, rest) = content.split_at_checked(prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix.as_bytes())
        .then_some(rest)
}

fn run(bytes: &[u8], class: fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !class(*byte))
        .unwrap_or(bytes.len())
}

/// The bytes of an id without quotes.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'.' | b'\'')
}

/// The bytes of a quoted user id.
fn is_spaced(byte: u8) -> bool {
    is_bare(byte) || byte == b' '
}

/// The bytes of a quoted id with a prefix.
fn is_special(byte: u8) -> bool {
    is_spaced(byte) || matches!(byte, b'/' | b':')
}

fn without_decoration(typed: &str) -> &str {
    let content = typed.strip_prefix('@').unwrap_or(typed);
    content
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(content)
}

fn classify(content: &str) -> Option<Found> {
    // Quirk: case-of-prefixes. The grammar ignores case, the prefixes do not: `@"GUEST/0a"` asks for a user.
    let prefixes = [
        ("guest/", Some(MentionKind::Guest)),
        ("email/", Some(MentionKind::Email)),
        ("federated_group/", None),
        ("group/", Some(MentionKind::Group)),
        ("federated_team/", None),
        ("team/", Some(MentionKind::Team)),
        ("federated_user/", Some(MentionKind::FederatedUser)),
    ];
    for (prefix, kind) in prefixes {
        if let Some(id) = content.strip_prefix(prefix) {
            return kind.map(|kind| Found {
                kind,
                id: id.to_owned(),
            });
        }
    }
    Some(Found {
        kind: MentionKind::User,
        id: content.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: [&str; 6] = [
        "participant1",
        "participant2",
        "participant3",
        "participant3a",
        "admin",
        "user with",
    ];

    /// What the caller does between the two steps, with `all` allowed.
    fn accepted(text: &str) -> Vec<Found> {
        find(text)
            .into_iter()
            .filter_map(|found| match found.kind {
                MentionKind::User if found.id == "all" => Some(Found {
                    kind: MentionKind::Call,
                    ..found
                }),
                MentionKind::User => ACCOUNTS
                    .iter()
                    .any(|id| id.eq_ignore_ascii_case(&found.id))
                    .then_some(found),
                _ => Some(found),
            })
            .collect()
    }

    fn rendered(text: &str) -> String {
        insert_placeholders(text, &accepted(text)).0
    }

    /// The specified procedure, word for word.
    fn one_after_the_other(text: &str, accepted: &[Found]) -> String {
        let mut text = text.to_owned();
        for (placeholder, index) in number(accepted) {
            let found = &accepted[index];
            let search = format!("{}{}", found.kind.prefix(), found.id);
            let braced = format!("{{{placeholder}}}");
            text = text.replace(&format!("@\"{search}\""), &braced);
            if !search.contains(' ') && found.kind.prefix().is_empty() {
                text = text.replace(&format!("@{search}"), &braced);
            }
        }
        text
    }

    #[test]
    fn the_grammar_of_the_specification() {
        let table = [
            ("@participant2, hi", "{mention-user1}, hi"),
            ("@participant2!", "{mention-user1}!"),
            ("@participant2: hi", "{mention-user1}: hi"),
            (".@participant2", ".{mention-user1}"),
            ("-@participant2", "-{mention-user1}"),
            ("'@participant2 ", "'{mention-user1} "),
            ("\n@participant2", "\n{mention-user1}"),
            ("\t@participant2\u{b}", "\t{mention-user1}\u{b}"),
            ("@participant2é", "{mention-user1}é"),
            ("```\n@participant2\n```", "```\n{mention-user1}\n```"),
            ("> @participant2", "> {mention-user1}"),
            ("@\"participant2\"", "{mention-user1}"),
            ("@Participant2", "{mention-user1}"),
            ("@PARTICIPANT2", "{mention-user1}"),
            ("@\"user with\" x", "{mention-user1} x"),
            ("@all", "{mention-call1}"),
            ("@\"all\"", "{mention-call1}"),
            ("@\"guest/0aF\" bye", "{mention-guest1} bye"),
            ("@\"email/0a\"", "{mention-email1}"),
            ("@\"group/a b/c:d\"", "{mention-group1}"),
            ("@\"team/t1\"", "{mention-team1}"),
            (
                "@\"federated_user/bob@far.example\"",
                "{mention-federated-user1}",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(rendered(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_mention() {
        let table = [
            "hi @participant2. Bye",
            "@participant2's",
            "(@participant2)",
            "\"@participant2\"",
            ",@participant2",
            ":@participant2",
            "hi@participant2",
            "mail@participant2.com",
            "é@participant2",
            "\u{a0}@participant2",
            "\u{2028}@participant2",
            "*@participant2*",
            "_@participant2_",
            "`@participant2`",
            "[@participant2](x)",
            "@@participant2",
            "@participant2@participant1",
            "@participant22",
            "@unknown",
            "@\"user with space\"",
            "@guest/abc",
            "@\"guest/xyz\"",
            "@\"guest/\"",
            "@\"email/xyz\"",
            "@\"GUEST/0a\"",
            "@\"Group/x\"",
            "@\"group/\"",
            "@\"user/participant2\"",
            "@\"federated_group/x@y\"",
            "@\"federated_team/x@y\"",
            "@\"group/é\"",
            "@\"participant2",
            "@\"\"",
            "@ALL",
            "@All",
            "@here",
            "@allx",
            "@all.",
            "@",
            "",
            "@ @",
            "no at all",
        ];
        for text in table {
            assert_eq!(rendered(text), text);
            assert_eq!(accepted(text), [], "{text}");
        }
    }

    #[test]
    fn ids_keep_the_case_in_which_they_were_typed() {
        let found = find("@\"guest/AB\" @Bob");
        let expect = |kind, id: &str| Found {
            kind,
            id: id.to_owned(),
        };
        assert_eq!(
            found,
            [
                expect(MentionKind::Guest, "AB"),
                expect(MentionKind::User, "Bob")
            ]
        );
    }

    #[test]
    fn numbers_go_by_length_and_not_by_place() {
        let table = [
            (
                "@participant1 @participant2 @participant1",
                "{mention-user1} {mention-user2} {mention-user1}",
                2,
            ),
            ("@admin @participant1", "{mention-user2} {mention-user1}", 2),
            (
                "@participant3 and @participant3a",
                "{mention-user2} and {mention-user1}",
                2,
            ),
            (
                "@\"participant2\" and @participant2",
                "{mention-user1} and {mention-user1}",
                2,
            ),
            ("@\"all\" @all", "{mention-call1} {mention-call1}", 2),
            (
                "@participant2 @\"group/g\" @all @unknown",
                "{mention-user1} {mention-group1} {mention-call1} @unknown",
                3,
            ),
        ];
        for (text, expected, count) in table {
            let (rendered, placeholders) = insert_placeholders(text, &accepted(text));
            assert_eq!(rendered, expected);
            assert_eq!(placeholders.len(), count, "{text}");
        }
    }

    #[test]
    fn an_accepted_mention_is_replaced_wherever_it_stands() {
        let table = [
            (
                "@admin (@admin) x@admin @admin. @admins",
                "{mention-user1} ({mention-user1}) x{mention-user1} {mention-user1}. {mention-user1}s",
            ),
            ("@\"guest/0a\" @guest/0a", "{mention-guest1} @guest/0a"),
            (
                "{mention-user1} {actor} @admin",
                "{mention-user1} {actor} {mention-user1}",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(rendered(text), expected);
        }
    }

    #[test]
    fn one_pass_gives_what_replacing_one_after_the_other_gives() {
        let texts = [
            "@a@b@cc @\"b@cc\" @\"a@b\" @b @a",
            "@a @aa @aaa @aaaa@a@aa @\"a\"@\"aa\"",
            "@\"a @b\" @b @\"a @b\"@b @a",
            "@\"group/a\" @\"group/a b\" @group/a @group @a",
            "é@a @a é@\"a\" @\"team/a\"\u{1f600}@team/a @team",
            "@@a @a @@ @\"@\" @",
            "@all @al @a @\"all\" @alles",
        ];
        for text in texts {
            let all = find(text);
            // Every subset: what counts is not up to this module.
            for subset in 0..1_u32 << all.len() {
                let accepted: Vec<_> = (0..all.len())
                    .filter(|index| subset & 1 << index != 0)
                    .map(|index| all[index].clone())
                    .collect();
                let (fast, _) = insert_placeholders(text, &accepted);
                assert_eq!(fast, one_after_the_other(text, &accepted), "{text}");
            }
        }
    }

    #[test]
    fn thousands_of_mentions_are_one_pass() {
        let text: String = (0..3000).map(|n| format!("@\"group/{n}\" ")).collect();
        let found = find(&text);
        assert_eq!(found.len(), 3000);
        let (rendered, placeholders) = insert_placeholders(&text, &found);
        assert_eq!(placeholders.len(), 3000);
        assert!(!rendered.contains('@'));

        let ats = "@".repeat(32_000);
        assert_eq!(find(&ats).len(), 1);
        assert_eq!(find(&"@\"".repeat(16_000)).len(), 1);
    }
}
