//! Method and path to a row. A path that no row has and a method that a path lacks are different
//! answers.

use hyper::Method;

use crate::model::Token;

/// Parameters that are numbers; another value is another path.
pub const NUMBERS: [&str; 6] = [
    "messageId",
    "threadId",
    "attendeeId",
    "pollId",
    "banId",
    "botId",
];

/// What a request leads to.
pub enum Found<'r, T> {
    Row(&'r T, Vec<(String, String)>),
    /// The path exists, but only with these methods.
    WrongMethod(String),
    Nothing,
}

/// A table of rows by path and method.
pub struct Router<T> {
    paths: matchit::Router<usize>,
    rows: Vec<PathRows<T>>,
}

struct PathRows<T> {
    pattern: String,
    methods: Vec<(Method, T)>,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self {
            paths: matchit::Router::new(),
            rows: Vec::new(),
        }
    }
}

impl<T> Router<T> {
    /// Add a row, which can still be described.
    ///
    /// # Panics
    /// If two patterns contradict each other: the table is part of the program, not input.
    pub fn add(&mut self, method: Method, pattern: &str, row: T) -> &mut T {
        let index = self.path(pattern);
        let methods = &mut self.rows[index].methods;
        methods.push((method, row));
        let last = methods.len() - 1;
        &mut methods[last].1
    }

    /// Say that there is nothing at a path, though it looks like one with parameters.
    ///
    /// # Panics
    /// As `add`.
    pub fn leave_out(&mut self, pattern: &str) {
        self.path(pattern);
    }

    fn path(&mut self, pattern: &str) -> usize {
        let known = self.rows.iter().position(|path| path.pattern == pattern);
        known.unwrap_or_else(|| {
            let index = self.rows.len();
            self.paths
                .insert(pattern, index)
                .unwrap_or_else(|error| panic!("route {pattern}: {error}"));
            self.rows.push(PathRows {
                pattern: pattern.to_owned(),
                methods: Vec::new(),
            });
            index
        })
    }

    /// The row for a decoded path.
    pub fn find(&self, method: &Method, path: &str) -> Found<'_, T> {
        let Ok(matched) = self.paths.at(path) else {
            return Found::Nothing;
        };
        if !matched.params.iter().all(|(name, value)| fits(name, value)) {
            return Found::Nothing;
        }
        let methods = &self.rows[*matched.value].methods;
        match methods.iter().find(|(known, _)| known == method) {
            _ if methods.is_empty() => Found::Nothing,
            Some((_, row)) => {
                let params = matched.params.iter();
                let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
                Found::Row(row, params.collect())
            }
            None => {
                let known: Vec<&str> = methods.iter().map(|(known, _)| known.as_str()).collect();
                Found::WrongMethod(known.join(", "))
            }
        }
    }

    /// All rows: method, pattern, row.
    pub fn rows(&self) -> impl Iterator<Item = (&Method, &str, &T)> {
        self.rows.iter().flat_map(|path| {
            let rows = path.methods.iter();
            rows.map(|(method, row)| (method, path.pattern.as_str(), row))
        })
    }
}

fn fits(name: &str, value: &str) -> bool {
    if name == "token" {
        return Token::parse(value).is_some();
    }
    !NUMBERS.contains(&name) || value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_method_are_missed_differently() {
        let mut router = Router::default();
        router.add(Method::GET, "/chat/{token}", 1);
        router.add(Method::DELETE, "/chat/{token}/{messageId}", 2);
        router.add(Method::POST, "/chat/{token}/read", 3);
        router.leave_out("/chat/{token}/99");
        let found = |method: Method, path: &str| match router.find(&method, path) {
            Found::Row(row, params) => format!("{row} {}", params.len()),
            Found::WrongMethod(allowed) => format!("405 {allowed}"),
            Found::Nothing => "404".to_owned(),
        };
        for (method, path, expected) in [
            (Method::GET, "/chat/abcd", "1 1"),
            (Method::GET, "/chat/ABCD", "404"),
            (Method::GET, "/chat/abc", "404"),
            (Method::GET, "/chat/abcd/", "404"),
            (Method::POST, "/chat/abcd", "405 GET"),
            (Method::DELETE, "/chat/abcd/12", "2 2"),
            (Method::DELETE, "/chat/abcd/x", "404"),
            (Method::DELETE, "/chat/abcd/99", "404"),
            (Method::DELETE, "/chat/abcd/-1", "404"),
            (Method::POST, "/chat/abcd/read", "3 1"),
            (Method::GET, "/other", "404"),
        ] {
            assert_eq!(found(method.clone(), path), expected, "{method} {path}");
        }
    }
}
