//! What this server answers: all rows of all façades, described.

use std::sync::LazyLock;

use super::rows;
use crate::ocs::openapi::{Document, Operation, Place};
use crate::ocs::routes::Guesses;
use crate::pages::{self, Pages};

/// The description. It is made once; all servers of a process answer the same.
pub fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
        let (rows, pages) = (rows(), Pages::table());
        let below_base = rows.rows().map(|(method, path, row)| Operation {
            method,
            path: format!("/ocs/v2.php{path}"),
            about: &row.about,
            place: Place::Ocs {
                access: row.access,
                by_bot: row.guesses == Guesses::Signatures,
            },
        });
        Document::of(below_base.chain(pages::described(&pages)))
    });
    &DOCUMENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::form::probe::asked_by;

    #[test]
    fn every_row_says_what_it_answers() {
        for (method, path, row) in rows().rows() {
            assert!(row.about.is_told(), "{method} {path}");
        }
    }

    #[test]
    fn every_page_for_programs_says_what_it_answers() {
        for (method, path, row) in Pages::table().rows() {
            assert!(!row.is_stateless || row.about.is_told(), "{method} {path}");
        }
    }

    #[test]
    fn every_form_is_understood_to_its_end() {
        for (method, path, row) in rows().rows() {
            assert!(asked_by(row.about.reads).is_complete, "{method} {path}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let value = document().value();
        let text = value.to_string();
        let mut references = text.split("\"$ref\":\"#").skip(1);
        assert!(references.clone().count() > 500);
        assert!(references.all(|rest| {
            let pointer = rest.split('"').next().unwrap_or_default();
            value.pointer(pointer).is_some()
        }));
    }
}
