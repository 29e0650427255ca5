//! What a row says of itself, from which the description of the interface is made (`openapi`).
//!
//! Nothing here is text beside the code: the parameters are those that the form reads, the answers the types that the
//! handler writes, the name the handler's own.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::chat::rate::{Rate, Rates};
use crate::http::form::{BadField, Fields};

/// One row in its own words.
pub struct About {
    /// Path of the handler's function.
    pub handler: &'static str,
    /// Reads the parameters, for a probe.
    pub reads: fn(&Fields) -> Result<(), BadField>,
    /// What the gate refuses: status, and whom.
    pub refuses: Vec<(u16, &'static str)>,
    /// How often one asker may ask; more is 429 without a body.
    pub rates: Rates,
    pub answers: Vec<Told>,
    /// There is no other answer than a refusal.
    pub only_refuses: bool,
}

/// One answer that is no refusal.
pub struct Told {
    pub status: u16,
    pub body: Body,
}

/// What an answer has for a body.
pub enum Body {
    /// Data of this shape.
    Data(fn(&mut SchemaGenerator) -> Schema),
    /// A file of one of these types.
    File(&'static [&'static str]),
    Nothing,
}

impl About {
    /// Of a handler, known by the name of its type, with parameters that `reads` reads.
    pub fn new(handler: &'static str, reads: fn(&Fields) -> Result<(), BadField>) -> Self {
        Self {
            handler,
            reads,
            refuses: Vec::new(),
            rates: Rates::default(),
            answers: Vec::new(),
            only_refuses: false,
        }
    }

    /// 200 with this data.
    pub fn shows<T: JsonSchema>(&mut self) -> &mut Self {
        self.answers::<T>(200)
    }

    /// 200 with `[]`, which says nothing more than its status.
    pub fn says_done(&mut self) -> &mut Self {
        self.shows::<[(); 0]>()
    }

    /// 201 with this data.
    pub fn creates<T: JsonSchema>(&mut self) -> &mut Self {
        self.answers::<T>(201)
    }

    /// This status with this data. Said twice for a status, it is one or the other.
    pub fn answers<T: JsonSchema>(&mut self, status: u16) -> &mut Self {
        self.told(status, Body::Data(SchemaGenerator::subschema_for::<T>))
    }

    /// 304 for who has the answer already, or when there is none yet.
    pub fn unchanged(&mut self) -> &mut Self {
        self.bodiless(304)
    }

    /// This status and nothing else.
    pub fn bodiless(&mut self, status: u16) -> &mut Self {
        self.told(status, Body::Nothing)
    }

    /// 200 with a file of one of these types.
    pub fn sends(&mut self, types: &'static [&'static str]) -> &mut Self {
        self.sends_with(200, types)
    }

    /// This status with a file of one of these types.
    pub fn sends_with(&mut self, status: u16, types: &'static [&'static str]) -> &mut Self {
        self.told(status, Body::File(types))
    }

    /// What is read beside the path, by rows without a form.
    pub fn asks(&mut self, reads: fn(&Fields) -> Result<(), BadField>) -> &mut Self {
        self.reads = reads;
        self
    }

    /// Nothing but refusals.
    pub fn only_refuses(&mut self) -> &mut Self {
        self.only_refuses = true;
        self
    }

    /// At most so often in so many seconds for one account.
    pub fn limited(&mut self, most: usize, secs: i64) -> &mut Self {
        self.rates.accounts = Some(Rate { most, secs });
        self
    }

    /// At most so often in so many seconds for who has no account, by address.
    pub fn limited_for_visitors(&mut self, most: usize, secs: i64) -> &mut Self {
        self.rates.visitors = Some(Rate { most, secs });
        self
    }

    /// Whether it is known what the row answers.
    pub fn is_told(&self) -> bool {
        self.only_refuses || !self.answers.is_empty()
    }

    /// The module of the handler, and its function.
    pub fn name(&self) -> (&str, &str) {
        let mut parts = self
            .handler
            .rsplit("::")
            .filter(|part| *part != "{{closure}}");
        let function = parts.next().unwrap_or_default();
        (parts.next().unwrap_or_default(), function)
    }

    fn told(&mut self, status: u16, body: Body) -> &mut Self {
        self.answers.push(Told { status, body });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_its_handler() {
        for (handler, name) in [
            ("chinwag::talk::poll::create", ("poll", "create")),
            ("chinwag::pages::login::v2::poll", ("v2", "poll")),
            ("create", ("", "create")),
        ] {
            assert_eq!(About::new(handler, |_| Ok(())).name(), name);
        }
    }
}
