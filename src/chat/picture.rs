//! The pictures of conversations and people, without a room or a store: what is accepted as an
//! upload, and what is drawn where nobody uploaded anything. Source: conversations.md 3.18.

use bytes::Bytes;

use crate::model::PictureFormat;

pub mod draw;
pub mod face;
pub mod icon;
pub mod svg;
pub mod upload;

/// For which background a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// Behind whatever has no colour of its own; white is readable on both.
    fn grey(self) -> &'static str {
        match self {
            Self::Light => "6B6B6B",
            Self::Dark => "3B3B3B",
        }
    }
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Svg,
    Stored(PictureFormat),
}

/// A picture to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub format: Format,
    pub bytes: Bytes,
}

impl Picture {
    /// A drawing of ours.
    pub fn svg(text: String) -> Self {
        Self {
            format: Format::Svg,
            bytes: text.into(),
        }
    }
}
