//! Why a measurement ends early. The bench never guesses: whatever is not the expected answer stops its topic.

/// Why a topic could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line was not understood.
    #[error("{0}")]
    Usage(String),
    /// A server answered something else than it should, or nothing.
    #[error("{0}")]
    Unexpected(String),
    /// A socket, a file or a child process failed.
    #[error("input or output: {0}")]
    Io(#[from] std::io::Error),
    /// The SQLite floor failed.
    #[error("sqlite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// An answer was no JSON.
    #[error("answer is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}
