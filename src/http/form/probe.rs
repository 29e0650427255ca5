//! What a form asks for: a request that notes which parameters were read, and as what.
//!
//! Forms say nothing about their parameters but by reading them. A probe is a request whose parameters have plausible
//! values; `asked_by` lets a form read several, since what a form asks for depends on what it finds.

use std::sync::Mutex;

use super::{BadField, Fields, Value};

/// As what a parameter is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The form looks itself at what it is.
    Any,
    Text,
    Int,
    Flag,
    Texts,
    Ints,
    Map,
    MapOfTexts,
    Upload,
}

/// What stands for a parameter that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    None,
    Text(String),
    Int(i64),
    Flag(bool),
}

/// One parameter of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub default: Default,
    /// What `Any` may be, as far as the form does not refuse it.
    pub takes: Vec<Kind>,
}

/// All parameters of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asking {
    pub fields: Vec<Asked>,
    /// Whether the form could be read to its end at least once: else more may be asked.
    pub is_complete: bool,
}

/// What a probe answers to forms that look themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// Only what is required, and nothing to who looks.
    Least,
    Some(Kind),
}

/// Texts for forms that read more out of a text.
const TEXTS: [&str; 3] = ["1", "[]", "abcd"];
const LOOKS: [Gives; 6] = [
    Gives::Least,
    Gives::Some(Kind::Text),
    Gives::Some(Kind::Int),
    Gives::Some(Kind::Texts),
    Gives::Some(Kind::Map),
    Gives::Some(Kind::MapOfTexts),
];

/// The values of one reading, and what was asked.
#[derive(Debug)]
pub(super) struct Probe {
    gives: Gives,
    text: Value,
    int: Value,
    texts: Value,
    map: Value,
    lists: Value,
    noted: Mutex<Vec<Asked>>,
}

impl Probe {
    fn new(gives: Gives, text: &str) -> Self {
        let entry = || Value::Text(text.to_owned());
        Self {
            gives,
            text: entry(),
            int: Value::Int(1),
            texts: Value::List(vec![entry()]),
            map: Value::Map(vec![("users".to_owned(), entry())]),
            lists: Value::Map(vec![("users".to_owned(), Value::List(vec![entry()]))]),
            noted: Mutex::default(),
        }
    }

    /// Notes the question; the answer to it.
    pub(super) fn ask(
        &self,
        name: &str,
        kind: Kind,
        required: bool,
        default: Default,
    ) -> Option<&Value> {
        let asked = Asked {
            name: name.to_owned(),
            kind,
            required,
            default,
            takes: Vec::new(),
        };
        if let Ok(mut noted) = self.noted.lock() {
            noted.push(asked);
        }
        let kind = match (kind, self.gives) {
            (Kind::Any, Gives::Some(kind)) => kind,
            (Kind::Any, Gives::Least) => return None,
            (_, Gives::Least) if !required => return None,
            (kind, _) => kind,
        };
        match kind {
            Kind::Any | Kind::Text => Some(&self.text),
            Kind::Int | Kind::Flag => Some(&self.int),
            Kind::Texts | Kind::Ints => Some(&self.texts),
            Kind::Map => Some(&self.map),
            Kind::MapOfTexts => Some(&self.lists),
            Kind::Upload => None,
        }
    }
}

/// One reading of a form.
struct Reading {
    gives: Gives,
    noted: Vec<Asked>,
    outcome: Result<(), BadField>,
}

/// What a form asks for, as far as it can be found out by reading it several times.
pub fn asked_by(read: fn(&Fields) -> Result<(), BadField>) -> Asking {
    let looks = LOOKS
        .iter()
        .flat_map(|gives| TEXTS.map(|text| (*gives, text)));
    let readings: Vec<Reading> = looks
        .map(|(gives, text)| {
            // A path can only be what its pattern says.
            let fields = Fields {
                probe: Some(Box::new(Probe::new(gives, text))),
                ..Fields::default()
            }
            .with_token();
            let outcome = read(&fields);
            let noted = fields.probe.map(|probe| probe.noted.into_inner());
            Reading {
                gives,
                noted: noted.and_then(Result::ok).unwrap_or_default(),
                outcome,
            }
        })
        .collect();
    let mut fields: Vec<Asked> = Vec::new();
    for asked in readings.iter().flat_map(|reading| &reading.noted) {
        match fields.iter_mut().find(|known| known.name == asked.name) {
            // Who looks first and then reads, reads it as that.
            Some(known) if known.kind == Kind::Any => *known = asked.clone(),
            Some(_) => {}
            None => fields.push(asked.clone()),
        }
    }
    for asked in &mut fields {
        asked.required = is_required(asked, &readings);
        if asked.kind == Kind::Any {
            asked.takes = taken_as(asked, &readings);
        }
    }
    Asking {
        fields,
        is_complete: readings.iter().any(|reading| reading.outcome.is_ok()),
    }
}

/// What is asked only beside something else is not required of all.
fn is_required(asked: &Asked, readings: &[Reading]) -> bool {
    let mut least = readings
        .iter()
        .filter(|reading| reading.gives == Gives::Least);
    if least.any(|reading| reading.refuses(&asked.name)) {
        return true;
    }
    if asked.kind == Kind::Any {
        return false;
    }
    let mut complete = readings.iter().filter(|reading| reading.outcome.is_ok());
    complete.all(|reading| {
        let mut noted = reading.noted.iter();
        noted.any(|noted| noted.name == asked.name && noted.required)
    })
}

fn taken_as(asked: &Asked, readings: &[Reading]) -> Vec<Kind> {
    let mut taken = Vec::new();
    for reading in readings {
        if let Gives::Some(kind) = reading.gives
            && !reading.refuses(&asked.name)
            && !taken.contains(&kind)
        {
            taken.push(kind);
        }
    }
    taken
}

impl Reading {
    fn refuses(&self, name: &str) -> bool {
        matches!(&self.outcome, Err(BadField(refused)) if refused == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(read: fn(&Fields) -> Result<(), BadField>) -> Asking {
        asked_by(read)
    }

    fn names(asking: &Asking) -> Vec<(&str, Kind, bool)> {
        let fields = asking.fields.iter();
        fields
            .map(|asked| (asked.name.as_str(), asked.kind, asked.required))
            .collect()
    }

    #[test]
    fn each_accessor_tells_name_kind_and_whether_it_is_required() {
        let asking = asked(|fields| {
            fields.text("text")?;
            fields.optional_text("maybe")?;
            fields.int("number")?;
            fields.int_or("limit", 5);
            fields.flag_or("flag", true);
            fields.texts("list")?;
            fields.map_of_texts("map")?;
            fields.upload("file");
            Ok(())
        });
        assert!(asking.is_complete);
        assert_eq!(
            names(&asking),
            [
                ("text", Kind::Text, true),
                ("maybe", Kind::Text, false),
                ("number", Kind::Int, true),
                ("limit", Kind::Int, false),
                ("flag", Kind::Flag, false),
                ("list", Kind::Texts, false),
                ("map", Kind::MapOfTexts, false),
                ("file", Kind::Upload, false),
            ]
        );
        assert_eq!(asking.fields[3].default, Default::Int(5));
    }

    #[test]
    fn what_is_asked_beside_something_else_is_found() {
        let asking = asked(|fields| {
            if fields.optional_text("a")?.is_some() {
                fields.int("b")?;
            }
            Ok(())
        });
        assert_eq!(
            names(&asking),
            [("a", Kind::Text, false), ("b", Kind::Int, false)]
        );
    }

    #[test]
    fn a_form_that_looks_itself_is_shown_every_kind() {
        let asking = asked(|fields| match fields.get("options") {
            Some(Value::List(_) | Value::Map(_)) => Ok(()),
            _ => Err(BadField("options".to_owned())),
        });
        assert!(asking.is_complete);
        assert_eq!(names(&asking), [("options", Kind::Any, true)]);
        assert_eq!(
            asking.fields[0].takes,
            [Kind::Texts, Kind::Map, Kind::MapOfTexts]
        );
    }

    #[test]
    fn a_form_that_never_ends_well_is_told() {
        let asking = asked(|fields| {
            let text = fields.text("colour")?;
            (text == "blue").then_some(()).ok_or(BadField(text))
        });
        assert!(!asking.is_complete);
    }
}
