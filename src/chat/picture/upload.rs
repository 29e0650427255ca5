//! Uploaded pictures: which are accepted, and in which words the others are refused. The order of the
//! checks is the order that clients can observe. Source: conversations.md 3.18.
//!
//! Every picture is decoded once in full, within limits, so that nobody is handed a broken one.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

use super::draw::Size;
use crate::chat::error::Error;
use crate::model::PictureFormat;
use crate::store::StoreError;

const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Pixels of a side.
const MAX_SIDE: u32 = 8192;
/// What decoding may take; the largest square in four bytes a pixel just fits.
const MAX_ALLOCATED: u64 = 256 * 1024 * 1024;
/// Pictures up to this side do not wait for larger ones.
const SMALL_SIDE: u32 = 2048;
/// Pictures of one lane that may wait for their turn; each waits with its bytes.
const WAITING: usize = 16;
const JPEG_QUALITY: u8 = 90;

const NOTHING_SENT: &str = "No image file provided";
const NOT_ONE_FILE: &str = "Invalid file provided";
const TOO_BIG: &str = "File is too big";
const NOT_SQUARE: &str = "Avatar image is not square";
const UNREADABLE: &str = "Invalid image";
const UNKNOWN_TYPE: &str = "Unknown filetype";
const FAILED: &str = "An error occurred. Please contact your administrator.";

/// Whether a refusal says that the file itself cannot be used.
pub fn is_about_content(refusal: &str) -> bool {
    [UNREADABLE, UNKNOWN_TYPE].contains(&refusal)
}

/// What came where a picture was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Nothing,
    /// A list of files.
    Several,
    File(Bytes),
}

/// A picture as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub format: PictureFormat,
    pub bytes: Bytes,
}

/// A picture of a person as it is stored: PNG in the two sizes in which it is shown, and nothing of what else was in
/// the file (where it was taken, for one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    pub small: Bytes,
    pub large: Bytes,
}

/// Examines pictures off the async threads: one small one and one large one at a time. A large one takes seconds and
/// hundreds of megabytes, and what clients send is mostly small.
pub struct Examiner {
    small: Lane,
    large: Lane,
    /// Those of which is not known yet how large they are.
    opening: Arc<Semaphore>,
}

/// Pictures that wait for each other.
struct Lane {
    turn: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }
}

impl Default for Examiner {
    fn default() -> Self {
        Self {
            small: Lane::default(),
            large: Lane::default(),
            opening: Arc::new(Semaphore::new(2 * WAITING)),
        }
    }
}

impl Examiner {
    /// The picture to store. Errors: `AvatarRefused`; `Busy` if too many wait already.
    pub async fn examine(&self, sent: Sent) -> Result<Accepted, Error> {
        self.by_turns(sent, accept).await
    }

    /// The picture of a person to store. Errors: as `examine`.
    pub async fn portray(&self, sent: Sent) -> Result<Portrait, Error> {
        self.by_turns(sent, portray).await
    }

    async fn by_turns<T: Send + 'static>(
        &self,
        sent: Sent,
        work: impl FnOnce(Bytes) -> Result<T, &'static str> + Send + 'static,
    ) -> Result<T, Error> {
        let bytes = match sent {
            Sent::Nothing => return Err(Error::AvatarRefused(NOTHING_SENT)),
            Sent::Several => return Err(Error::AvatarRefused(NOT_ONE_FILE)),
            Sent::File(bytes) if bytes.len() > MAX_BYTES => {
                return Err(Error::AvatarRefused(TOO_BIG));
            }
            Sent::File(bytes) => bytes,
        };
        let (bytes, side) = self.open(bytes).await?;
        let lane = match side {
            0..=SMALL_SIDE => &self.small,
            _ => &self.large,
        };
        let waiting = Arc::clone(&lane.waiting);
        let _place = waiting.try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let turn = Arc::clone(&lane.turn);
        let turn = turn.acquire_owned().await.map_err(|_| StoreError::Gone)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work(bytes);
            drop(turn);
            result
        });
        done.await
            .unwrap_or(Err(FAILED))
            .map_err(Error::AvatarRefused)
    }

    /// The picture with the length of its longer side.
    async fn open(&self, bytes: Bytes) -> Result<(Bytes, u32), Error> {
        let opening = Arc::clone(&self.opening);
        let place = opening.try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let opened = tokio::task::spawn_blocking(move || {
            let side = longer_side(&bytes);
            drop(place);
            (bytes, side)
        });
        opened.await.map_err(|_| Error::AvatarRefused(FAILED))
    }
}

/// Pixels of the longer side; 0 of what is refused for what its first bytes say.
fn longer_side(bytes: &[u8]) -> u32 {
    match open(bytes) {
        Ok((_, decoder)) => {
            let (width, height) = decoder.dimensions();
            width.max(height)
        }
        Err(_) => 0,
    }
}

fn accept(bytes: Bytes) -> Result<Accepted, &'static str> {
    let (format, mut image, orientation) = decode(&bytes)?;
    let bytes = if orientation == Orientation::NoTransforms {
        bytes
    } else {
        image.apply_orientation(orientation);
        encode(&image, format).map_err(|_| FAILED)?
    };
    Ok(Accepted { format, bytes })
}

fn portray(bytes: Bytes) -> Result<Portrait, &'static str> {
    let (_, image, orientation) = decode(&bytes)?;
    drop(bytes);
    let scaled = |side| {
        let mut small = image.resize_exact(side, side, FilterType::CatmullRom);
        small.apply_orientation(orientation);
        let eight_bits = match small.color().has_alpha() {
            true => DynamicImage::from(small.into_rgba8()),
            false => DynamicImage::from(small.into_rgb8()),
        };
        encode(&eight_bits, PictureFormat::Png).map_err(|_| FAILED)
    };
    Ok(Portrait {
        small: scaled(Size::Small.side())?,
        large: scaled(Size::Large.side())?,
    })
}

/// What begins as a picture of a kind that is accepted; no pixel is read yet.
fn open(bytes: &[u8]) -> Result<(PictureFormat, impl ImageDecoder), &'static str> {
    let format = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => PictureFormat::Png,
        Ok(ImageFormat::Jpeg) => PictureFormat::Jpeg,
        Ok(ImageFormat::Gif) => return Err(refuse_foreign(gif_size(bytes))),
        Ok(ImageFormat::WebP) => return Err(refuse_foreign(webp_size(bytes))),
        _ => return Err(UNREADABLE),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), codec(format));
    reader.limits(limits());
    let decoder = reader.into_decoder().map_err(|_| UNREADABLE)?;
    Ok((format, decoder))
}

/// The picture, and how it is to be turned.
fn decode(bytes: &[u8]) -> Result<(PictureFormat, DynamicImage, Orientation), &'static str> {
    let (format, mut decoder) = open(bytes)?;
    let (width, height) = decoder.dimensions();
    if width != height {
        return Err(NOT_SQUARE);
    }
    if width > MAX_SIDE || decoder.total_bytes() > MAX_ALLOCATED {
        return Err(UNREADABLE);
    }
    let orientation = decoder.orientation().map_err(|_| UNREADABLE)?;
    let image = DynamicImage::from_decoder(decoder).map_err(|_| UNREADABLE)?;
    Ok((format, image, orientation))
}

/// The sides are compared in `examine`, which has a refusal of its own for that.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOCATED);
    limits
}

fn codec(format: PictureFormat) -> ImageFormat {
    match format {
        PictureFormat::Png => ImageFormat::Png,
        PictureFormat::Jpeg => ImageFormat::Jpeg,
    }
}

fn encode(image: &DynamicImage, format: PictureFormat) -> ImageResult<Bytes> {
    let mut out = Cursor::new(Vec::new());
    match format {
        PictureFormat::Png => image.write_to(&mut out, ImageFormat::Png)?,
        PictureFormat::Jpeg => image.write_with_encoder(
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY),
        )?,
    }
    Ok(out.into_inner().into())
}

/// Why a picture of a known kind that is not accepted is refused.
fn refuse_foreign(size: Option<(u32, u32)>) -> &'static str {
    match size {
        None => UNREADABLE,
        Some((width, height)) if width != height => NOT_SQUARE,
        Some(_) => UNKNOWN_TYPE,
    }
}

fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((number(bytes, 6, 2)?, number(bytes, 8, 2)?))
}

/// Of the three kinds of WebP: lossy, lossless, extended.
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((
            number(bytes, 26, 2)? & 0x3fff,
            number(bytes, 28, 2)? & 0x3fff,
        )),
        b"VP8L" => {
            let both = number(bytes, 21, 4)?;
            Some(((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((number(bytes, 24, 3)? + 1, number(bytes, 27, 3)? + 1)),
        _ => None,
    }
}

/// A number of up to four bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let digits = bytes.get(at..at + length)?.iter().rev();
    Some(digits.fold(0, |number, digit| number << 8 | u32::from(*digit)))
}

#[cfg(test)]
mod tests;
