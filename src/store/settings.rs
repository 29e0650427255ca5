//! Values of settings that administrators write as JSON text.

/// A JSON list of texts; `None` if it is anything else.
pub fn text_list(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}
