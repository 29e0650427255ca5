//! The parameters that all lists of accounts and groups have.

use crate::chat::account::Page;
use crate::http::form::{BadField, Fields};
use crate::ocs::Form;

/// What to look for, and which part of what was found.
pub struct Search {
    pub text: String,
    pub page: Page,
}

impl Form for Search {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            text: fields.text_or("search", "")?,
            page: Page {
                limit: fields.optional_int("limit"),
                offset: fields.int_or("offset", 0),
            },
        })
    }
}

/// The group that the path names, and what to look for in it.
pub struct SearchInGroup {
    pub group: String,
    pub search: Search,
}

impl Form for SearchInGroup {
    fn read(fields: &Fields) -> Result<Self, BadField> {
        Ok(Self {
            group: fields.text("groupId")?,
            search: Search::read(fields)?,
        })
    }
}
