//! Faces as PNG. A drawing has two colours and what lies between them, so it is written with a palette.
//!
//! Drawings are kept, since the same few are asked for again and again, and made one after the other off the async
//! threads. Knows no account and no room.

use std::sync::{Arc, LazyLock};

use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, ScaleFont, point};
use bytes::Bytes;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use super::Theme;
use super::face::Face;
use crate::chat::error::Error;
use crate::model::Colour;
use crate::store::StoreError;

/// Capitals and caseless letters of DejaVu Sans Bold; its licence stands beside it.
const FONT: &[u8] = include_bytes!("../../../fonts/dejavu-sans-bold-letters.ttf");
/// The height of an em, as a share of the side.
const EM: f32 = 0.4;
/// How much of the side letters may take; wider ones are made smaller. Clients cut a circle out of the square.
const WIDEST: f32 = 0.64;
/// Bytes of drawings that are kept.
const KEPT: u64 = 16 * 1024 * 1024;
/// Drawings that may wait for their turn.
const WAITING: usize = 256;

/// The font, if it can be read; a test says that it can.
pub fn font() -> Option<&'static FontRef<'static>> {
    static READ: LazyLock<Option<FontRef<'static>>> =
        LazyLock::new(|| FontRef::try_from_slice(FONT).ok());
    READ.as_ref()
}

/// The two sizes in which pictures of people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    Small,
    Large,
}

impl Size {
    /// The size in which somebody is shown who wishes this one. Source: server.md 9.1.
    pub fn for_wish(side: i64) -> Self {
        if side <= 64 { Self::Small } else { Self::Large }
    }

    /// Pixels of a side.
    pub fn side(self) -> u32 {
        match self {
            Self::Small => 64,
            Self::Large => 512,
        }
    }
}

type Key = (Face, Size, bool);

/// Draws, and keeps what it drew.
pub struct Artist {
    kept: Cache<Key, Bytes>,
    turn: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Artist {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT)
                .weigher(|_, png: &Bytes| u32::try_from(png.len() + 128).unwrap_or(u32::MAX))
                .build(),
            turn: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }
}

impl Artist {
    /// The drawing of a face, as PNG. Errors: `Busy` if too many wait already.
    pub async fn draw(&self, face: Face, size: Size, theme: Theme) -> Result<Bytes, Error> {
        let key = (face, size, theme == Theme::Dark);
        if let Some(png) = self.kept.get(&key) {
            return Ok(png);
        }
        let waiting = Arc::clone(&self.waiting);
        let _place = waiting.try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let turn = Arc::clone(&self.turn);
        let turn = turn.acquire_owned().await.map_err(|_| StoreError::Gone)?;
        // Whoever had the turn before may have drawn the same.
        if let Some(png) = self.kept.get(&key) {
            return Ok(png);
        }
        let drawing = tokio::task::spawn_blocking(move || {
            let png = draw(face, size.side(), theme);
            drop(turn);
            png
        });
        let png = drawing.await.map_err(|_| StoreError::Gone)?;
        self.kept.insert(key, png.clone());
        Ok(png)
    }
}

/// A face on a square of this side.
pub fn draw(face: Face, side: u32, theme: Theme) -> Bytes {
    let (behind, drawn) = face.colours(theme);
    let text = face.text();
    let mut canvas = Canvas::new(side);
    if text.is_empty() {
        canvas.person();
    } else {
        canvas.letters(&text, EM);
    }
    canvas.to_png(behind, drawn)
}

/// One large letter in the middle of a square: what stands for the server itself.
pub fn badge(letter: char, side: u32, behind: Colour) -> Bytes {
    let mut canvas = Canvas::new(side);
    canvas.letters(&letter.to_uppercase().to_string(), 0.75);
    canvas.to_png(behind, behind.text_on())
}

/// How much of each pixel is covered, from 0 to 255.
struct Canvas {
    side: u32,
    covered: Vec<u8>,
}

impl Canvas {
    fn new(side: u32) -> Self {
        Self {
            side,
            covered: vec![0; side as usize * side as usize],
        }
    }

    fn cover(&mut self, x: i64, y: i64, share: f32) {
        let side = i64::from(self.side);
        if !(0..side).contains(&x) || !(0..side).contains(&y) {
            return;
        }
        // Inside of the square, and so is the product.
        let pixel = &mut self.covered[(y * side + x) as usize];
        *pixel = pixel.saturating_add((share.clamp(0.0, 1.0) * 255.0).round() as u8);
    }

    /// A head and shoulders.
    fn person(&mut self) {
        let side = self.side as f32;
        let from_disc = |x: f32, y: f32, (cx, cy, r): (f32, f32, f32)| {
            ((x - cx * side).powi(2) + (y - cy * side).powi(2)).sqrt() - r * side
        };
        for row in 0..self.side {
            for column in 0..self.side {
                let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
                let head = from_disc(x, y, (0.5, 0.38, 0.155));
                let shoulders = from_disc(x, y, (0.5, 0.93, 0.33));
                let share = 0.5 - head.min(shoulders);
                if share > 0.0 {
                    self.cover(i64::from(column), i64::from(row), share);
                }
            }
        }
    }

    /// A line of letters in the middle: by what is seen of them across, by the height of capitals along.
    fn letters(&mut self, text: &str, em: f32) {
        let Some(font) = font() else { return };
        let side = self.side as f32;
        let unscaled = font.units_per_em().unwrap_or(2048.0);
        let scale = |share: f32| PxScale::from(side * share * font.height_unscaled() / unscaled);
        let mut outlines = line(font, text, scale(em));
        let mut width = extent(&outlines);
        if width.1 - width.0 > side * WIDEST {
            let smaller = em * side * WIDEST / (width.1 - width.0);
            outlines = line(font, text, scale(smaller));
            width = extent(&outlines);
        }
        let height = line(
            font,
            "H",
            outlines.first().map_or(scale(em), |one| one.glyph().scale),
        );
        let height = height.first().map_or(0.0, |one| one.px_bounds().height());
        let left = (side - (width.0 + width.1)) / 2.0;
        let base = (side + height) / 2.0;
        for outline in &outlines {
            // Rasterised where it stands, so that edges are smooth at their true place.
            let mut glyph: Glyph = outline.glyph().clone();
            glyph.position = point(glyph.position.x + left, base);
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            let (at_x, at_y) = (bounds.min.x as i64, bounds.min.y as i64);
            outline.draw(|x, y, share| self.cover(at_x + i64::from(x), at_y + i64::from(y), share));
        }
    }

    fn to_png(&self, behind: Colour, drawn: Colour) -> Bytes {
        let palette: Vec<u8> = (0..=255_u8)
            .flat_map(|share| {
                let Colour(red, green, blue) = behind.towards(drawn, f64::from(share) / 255.0);
                [red, green, blue]
            })
            .collect();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.side, self.side);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(palette);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.covered)?;
            writer.finish()
        });
        if let Err(error) = written {
            // Into memory, with the right length: there is nothing that could fail.
            tracing::error!(%error, "a drawing could not be written");
        }
        out.into()
    }
}

/// The letters beside each other on a line that begins at 0; what has no outline is left out.
fn line(font: &FontRef<'_>, text: &str, scale: PxScale) -> Vec<OutlinedGlyph> {
    let scaled = font.as_scaled(scale);
    let mut at = 0.0;
    let mut outlines = Vec::new();
    for sign in text.chars() {
        let id = font.glyph_id(sign);
        let glyph = id.with_scale_and_position(scale, point(at, 0.0));
        at += scaled.h_advance(id);
        outlines.extend(font.outline_glyph(glyph));
    }
    outlines
}

/// Where the line begins and ends.
fn extent(outlines: &[OutlinedGlyph]) -> (f32, f32) {
    let mut bounds = outlines.iter().map(OutlinedGlyph::px_bounds);
    let Some(first) = bounds.next() else {
        return (0.0, 0.0);
    };
    bounds.fold((first.min.x, first.max.x), |(left, right), one| {
        (left.min(one.min.x), right.max(one.max.x))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(png: &[u8]) -> image::RgbImage {
        let format = image::ImageFormat::Png;
        image::load_from_memory_with_format(png, format)
            .expect("a PNG")
            .to_rgb8()
    }

    #[test]
    fn the_font_can_be_read_and_has_the_letters_of_three_scripts() {
        let font = font().expect("a font");
        for sign in "AZÄŐŁÞΑΩАЯЇѢԱაא09?".chars() {
            assert_ne!(font.glyph_id(sign).0, 0, "{sign}");
        }
    }

    #[test]
    fn a_drawing_has_its_size_its_ground_and_something_in_the_middle() {
        for name in ["Alice Bee", "W M", "山", "?", "ÅÅ", "j"] {
            for (size, theme) in [
                (Size::Small, Theme::Light),
                (Size::Large, Theme::Light),
                (Size::Large, Theme::Dark),
            ] {
                let face = Face::of(name);
                let image = read(&draw(face, size.side(), theme));
                let side = size.side();
                assert_eq!(image.dimensions(), (side, side));
                let (behind, drawn) = face.colours(theme);
                let at = |x, y| {
                    let image::Rgb([red, green, blue]) = *image.get_pixel(x, y);
                    Colour(red, green, blue)
                };
                for (x, y) in [(0, 0), (side - 1, 0), (0, side / 2), (side - 1, side / 2)] {
                    assert_eq!(at(x, y), behind, "{name} at {x}, {y}");
                }
                let middle = side / 4..side * 3 / 4;
                let is_drawn = |y| middle.clone().any(|x| at(x, y) == drawn);
                assert!(middle.clone().any(is_drawn), "{name}");
            }
        }
    }

    #[test]
    fn letters_stand_in_the_middle() {
        for name in ["Alice Bee", "W M", "L", "Юрий Жуков"] {
            let mut canvas = Canvas::new(512);
            canvas.letters(&Face::of(name).text(), EM);
            let seen = |index: &usize| canvas.covered[*index] > 0;
            let columns: Vec<usize> = (0..512 * 512).filter(seen).map(|at| at % 512).collect();
            let (left, right) = (columns.iter().min().unwrap(), columns.iter().max().unwrap());
            assert!(left.abs_diff(511 - right) <= 2, "{name}: {left} {right}");
            assert!(right - left <= 340, "{name}");
        }
    }

    #[tokio::test]
    async fn a_drawing_is_kept_and_kept_apart_from_others() {
        let artist = Artist::default();
        let (alice, bob) = (Face::of("Alice"), Face::of("Bob"));
        let one = artist.draw(alice, Size::Small, Theme::Light).await.unwrap();
        let again = artist.draw(alice, Size::Small, Theme::Light).await.unwrap();
        assert_eq!(one.as_ptr(), again.as_ptr());
        for (face, size, theme) in [
            (bob, Size::Small, Theme::Light),
            (alice, Size::Large, Theme::Light),
            (alice, Size::Small, Theme::Dark),
        ] {
            assert_ne!(artist.draw(face, size, theme).await.unwrap(), one);
        }
    }
}
