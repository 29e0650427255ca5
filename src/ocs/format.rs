//! Which of the two formats an answer has, and what its `Content-Type` says.
//!
//! Rules: spec ocs.md, "Choosing the format" and "Content types".

/// The format of an answer's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Xml,
}

impl Format {
    /// The `Content-Type` of an answer that a handler or an access check gave.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json; charset=utf-8",
            Format::Xml => "application/xml; charset=utf-8",
        }
    }

    /// The `Content-Type` of an answer given before a handler runs: wrong password, unknown route, crash, maintenance.
    pub fn early_content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json; charset=utf-8",
            Format::Xml => "text/xml; charset=UTF-8",
        }
    }
}

/// Chooses the format from the `format` parameter, else from the `Accept` header, else XML.
///
/// A `format` parameter counts as it is, case and all. In `Accept` the first item of type `application/` decides.
/// Quirk: unknown-format. Unknown formats are XML, and parameters such as `;q=0.9` are ignored.
pub fn choose(format_param: Option<&str>, accept: Option<&str>) -> Format {
    match format_param {
        Some("json") => return Format::Json,
        Some(_) => return Format::Xml,
        None => {}
    }
    let first = accept
        .unwrap_or("")
        .split(',')
        .find_map(application_subtype);
    match first {
        Some(subtype) if subtype.eq_ignore_ascii_case("json") => Format::Json,
        _ => Format::Xml,
    }
}

/// `json` of ` application/json;q=0.9`; `None` for other types.
fn application_subtype(item: &str) -> Option<&str> {
    const TYPE: &str = "application/";
    let media_type = item.split(';').next().unwrap_or("").trim();
    let (kind, subtype) = media_type.split_at_checked(TYPE.len())?;
    kind.eq_ignore_ascii_case(TYPE).then_some(subtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_decides_before_the_header() {
        let json = Some("application/json");
        let table = [
            (Some("json"), None, Format::Json),
            (Some("json"), Some("application/xml"), Format::Json),
            (Some("xml"), json, Format::Xml),
            (Some("JSON"), json, Format::Xml),
            (Some("yaml"), json, Format::Xml),
            (Some(""), json, Format::Xml),
            (Some(" json"), json, Format::Xml),
        ];
        for (parameter, accept, format) in table {
            assert_eq!(
                choose(parameter, accept),
                format,
                "{parameter:?} {accept:?}"
            );
        }
    }

    #[test]
    fn the_first_application_item_of_the_header_decides() {
        let table = [
            (None, Format::Xml),
            (Some(""), Format::Xml),
            (Some("*/*"), Format::Xml),
            (Some("application/json"), Format::Json),
            (Some("application/json, text/plain, */*"), Format::Json),
            (Some("text/plain, application/json"), Format::Json),
            (Some("text/plain,application/json"), Format::Json),
            (Some("APPLICATION/JSON"), Format::Json),
            (Some("text/xml"), Format::Xml),
            (Some("application/xml"), Format::Xml),
            (Some("application/xml, application/json"), Format::Xml),
            (Some("application/pdf"), Format::Xml),
            (Some("application/json;q=0.9"), Format::Json),
            (Some("application/json ; charset=utf-8"), Format::Json),
            (
                Some("text/html,application/xhtml+xml,application/json"),
                Format::Xml,
            ),
            (Some("text/json"), Format::Xml),
            (Some("application"), Format::Xml),
            (Some("application/"), Format::Xml),
            (Some("application/jsonp"), Format::Xml),
            (Some(",,;, ééééééééé"), Format::Xml),
        ];
        for (accept, format) in table {
            assert_eq!(choose(None, accept), format, "{accept:?}");
        }
    }

    #[test]
    fn xml_has_another_content_type_before_a_handler_runs() {
        assert_eq!(
            Format::Json.content_type(),
            "application/json; charset=utf-8"
        );
        assert_eq!(
            Format::Json.early_content_type(),
            "application/json; charset=utf-8"
        );
        assert_eq!(Format::Xml.content_type(), "application/xml; charset=utf-8");
        assert_eq!(Format::Xml.early_content_type(), "text/xml; charset=UTF-8");
    }
}
