//! Values of settings that are stored as JSON text, the way administrators write them.

/// A JSON list of texts; `None` if it is anything else.
pub fn text_list(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}
