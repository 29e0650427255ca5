//! The operator's logo: read once, at the start.

use std::path::{Path, PathBuf};

use crate::ocs::branding::Logo;

const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// Why the logo cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogoError {
    #[error("cannot read the logo {}: {error}", path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the logo {} is larger than 2 MiB", .0.display())]
    TooLarge(PathBuf),
    #[error("the logo {} is no PNG, JPEG or SVG", .0.display())]
    UnknownType(PathBuf),
}

/// The picture in this file.
pub fn read(path: &Path) -> Result<Logo, LogoError> {
    let unreadable = |error| LogoError::Unreadable {
        path: path.to_owned(),
        error,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(LogoError::TooLarge(path.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let content_type = type_of(&bytes).ok_or_else(|| LogoError::UnknownType(path.to_owned()))?;
    Ok(Logo {
        content_type,
        bytes: bytes.into(),
    })
}

fn type_of(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes) {
        Ok(image::ImageFormat::Png) => return Some("image/png"),
        Ok(image::ImageFormat::Jpeg) => return Some("image/jpeg"),
        _ => {}
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start();
    let is_svg = text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg"));
    is_svg.then_some("image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_known_by_its_content() {
        for (bytes, found) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0..", Some("image/jpeg")),
            (b"<svg xmlns='x'/>", Some("image/svg+xml")),
            (b"<?xml version='1.0'?>\n<svg/>", Some("image/svg+xml")),
            (b"<html><svg/></html>", None),
            (b"GIF89a", None),
            (b"\xff", None),
            (b"", None),
        ] {
            assert_eq!(type_of(bytes), found, "{bytes:?}");
        }
    }
}
