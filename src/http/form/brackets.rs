//! Names in brackets: `a[]=x`, `a[0]=x`, `a[key]=v` and `a[key][]=v` build lists and maps, as in PHP.
//!
//! The number of fields and the depth are bounded here. Rules: spec ocs.md, "Request parameters".

use super::{MAX_FIELDS, Value};

/// How many brackets a name may have; a field with more is ignored.
const MAX_BRACKETS: usize = 16;

/// Turns the fields of a form into parameters, at most `MAX_FIELDS` of them. The last of equal names wins.
pub(super) fn resolve(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<(String, Value)> {
    let mut root = Branch::default();
    for (name, text) in pairs.into_iter().take(MAX_FIELDS) {
        let (name, brackets) = split_name(&name);
        if !name.is_empty() && brackets.len() <= MAX_BRACKETS {
            root.place(name, &brackets, text);
        }
    }
    root.into_entries()
}

/// `a[b][]` into `a` and `["b", ""]`. A name whose brackets do not close is taken as it is.
fn split_name(name: &str) -> (&str, Vec<&str>) {
    let Some((first, mut rest)) = name.split_once('[') else {
        return (name, Vec::new());
    };
    let mut brackets = Vec::new();
    loop {
        match rest.split_once(']') {
            None if brackets.is_empty() => return (name, brackets),
            None => return (first, brackets),
            Some((key, after)) => {
                brackets.push(key);
                match after.strip_prefix('[') {
                    Some(next) => rest = next,
                    None => return (first, brackets),
                }
            }
        }
    }
}

/// A list or map of a form while it is being built.
#[derive(Default)]
struct Branch {
    entries: Vec<(String, Node)>,
    /// The key that `[]` gives next.
    next: u64,
}

enum Node {
    Leaf(String),
    Branch(Branch),
}

impl Branch {
    /// Puts `text` under `key` and, below it, under `brackets`. The last of equal names wins.
    fn place(&mut self, key: &str, brackets: &[&str], text: String) {
        let slot = self.slot(key);
        match brackets {
            [] => *slot = Node::Leaf(text),
            [inner, deeper @ ..] => {
                if let Node::Leaf(_) = slot {
                    *slot = Node::Branch(Branch::default());
                }
                if let Node::Branch(branch) = slot {
                    branch.place(inner, deeper, text);
                }
            }
        }
    }

    /// The entry of `key`, made if there is none; an empty key always makes one, numbered.
    fn slot(&mut self, key: &str) -> &mut Node {
        let known = match key {
            "" => None,
            _ => self.entries.iter().position(|(name, _)| name == key),
        };
        let at = known.unwrap_or_else(|| {
            let name = if key.is_empty() {
                self.next.to_string()
            } else {
                key.to_owned()
            };
            if let Some(number) = position_of(&name) {
                self.next = self.next.max(number.saturating_add(1));
            }
            self.entries.push((name, Node::Leaf(String::new())));
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }

    fn into_entries(self) -> Vec<(String, Value)> {
        self.entries
            .into_iter()
            .map(|(name, node)| (name, node.into_value()))
            .collect()
    }
}

impl Node {
    fn into_value(self) -> Value {
        match self {
            Node::Leaf(text) => Value::Text(text),
            Node::Branch(branch) => {
                let is_list = branch
                    .entries
                    .iter()
                    .enumerate()
                    .all(|(at, (name, _))| position_of(name) == Some(at as u64));
                let entries = branch.into_entries();
                if is_list {
                    Value::List(entries.into_iter().map(|(_, value)| value).collect())
                } else {
                    Value::Map(entries)
                }
            }
        }
    }
}

/// The number that a key is, in its only spelling: `0` or `12`, but not `012` or `+1`.
fn position_of(key: &str) -> Option<u64> {
    let canonical = key == "0" || key.starts_with(|c: char| matches!(c, '1'..='9'));
    if canonical { key.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(pairs: &[(&str, &str)]) -> Vec<(String, Value)> {
        resolve(
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        )
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| text(item)).collect())
    }

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(
            entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
        )
    }

    #[test]
    fn brackets_build_lists_and_maps_as_in_php() {
        let table: [(&[(&str, &str)], Value); 15] = [
            (&[("a", "1")], text("1")),
            (&[("a", "1"), ("a", "2")], text("2")),
            (&[("a[]", "1"), ("a[]", "2")], list(&["1", "2"])),
            (&[("a[0]", "1"), ("a[1]", "2")], list(&["1", "2"])),
            (
                &[("a[0]", "1"), ("a[]", "2"), ("a[0]", "3")],
                list(&["3", "2"]),
            ),
            (&[("a[1]", "1")], map(&[("1", text("1"))])),
            (
                &[("a[5]", "1"), ("a[]", "2")],
                map(&[("5", text("1")), ("6", text("2"))]),
            ),
            (
                &[("a[01]", "1"), ("a[]", "2")],
                map(&[("01", text("1")), ("0", text("2"))]),
            ),
            (
                &[("a[k]", "1"), ("a[]", "2")],
                map(&[("k", text("1")), ("0", text("2"))]),
            ),
            (
                &[
                    ("a[users][]", "x"),
                    ("a[groups][]", "y"),
                    ("a[users][]", "z"),
                ],
                map(&[("users", list(&["x", "z"])), ("groups", list(&["y"]))]),
            ),
            (
                &[("a[][]", "1"), ("a[][]", "2")],
                Value::List(vec![list(&["1"]), list(&["2"])]),
            ),
            (&[("a", "1"), ("a[]", "2")], list(&["2"])),
            (&[("a[]", "1"), ("a", "2")], text("2")),
            (&[("a[k]x[l]", "1")], map(&[("k", text("1"))])),
            (&[("a[k][l", "1")], map(&[("k", text("1"))])),
        ];
        for (pairs, value) in table {
            assert_eq!(resolved(pairs), [("a".to_owned(), value)], "{pairs:?}");
        }
    }

    #[test]
    fn odd_names_do_no_harm() {
        assert_eq!(resolved(&[("", "1"), ("[]", "2"), ("[a]", "3")]), []);
        for name in ["a]", "a[", "a[b", "é👍", " a"] {
            assert_eq!(resolved(&[(name, "1")]), [(name.to_owned(), text("1"))]);
        }
        let highest = format!("a[{}]", u64::MAX);
        assert_eq!(resolved(&[(&highest, "1"), ("a[]", "2")]).len(), 1);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deepest = format!("a{}", "[]".repeat(MAX_BRACKETS));
        let deeper = format!("b{}", "[]".repeat(MAX_BRACKETS + 1));
        let deepest_of_all = format!("c{}", "[x]".repeat(100_000));
        let fields = resolved(&[(&deepest, "1"), (&deeper, "1"), (&deepest_of_all, "1")]);
        assert_eq!(
            fields
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            ["a"]
        );

        let many = resolve((0..=MAX_FIELDS).map(|at| (format!("n{at}"), String::new())));
        assert_eq!(many.len(), MAX_FIELDS);
    }
}
