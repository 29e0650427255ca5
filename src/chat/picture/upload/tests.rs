use image::{Rgb, RgbImage};

use super::*;

/// A picture with one red corner, top left.
fn picture(width: u32, height: u32) -> DynamicImage {
    let half = (width / 2, height / 2);
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(if x < half.0 && y < half.1 {
            [255, 0, 0]
        } else {
            [255, 255, 255]
        })
    })
    .into()
}

fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture(width, height).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// An EXIF block that says how to turn the picture.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    block
}

fn jpeg_with_exif(orientation: u8) -> Vec<u8> {
    let plain = file(32, 32, ImageFormat::Jpeg);
    let block = exif(orientation);
    let length = u16::try_from(block.len() + 8).unwrap();
    let mut turned = plain[..2].to_vec();
    turned.extend_from_slice(b"\xff\xe1");
    turned.extend_from_slice(&length.to_be_bytes());
    turned.extend_from_slice(b"Exif\0\0");
    turned.extend_from_slice(&block);
    turned.extend_from_slice(&plain[2..]);
    turned
}

/// A PNG whose header claims this size and which has next to no data.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(b"\x08\x06\0\0\0");
    let data = b"IDAT\x78\x9c\x03\0\0\0\0\x01";
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for chunk in [&header[..], data, b"IEND"] {
        png.extend_from_slice(&u32::try_from(chunk.len() - 4).unwrap().to_be_bytes());
        png.extend_from_slice(chunk);
        png.extend_from_slice(&checksum(chunk).to_be_bytes());
    }
    png
}

/// The checksum of PNG.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let sizes = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [&b"GIF89a"[..], &sizes, b"\0\0\0;"].concat()
}

fn webp(kind: &[u8; 4], sizes: &[u8]) -> Vec<u8> {
    [&b"RIFF\x20\0\0\0WEBP"[..], kind, b"\x10\0\0\0", sizes].concat()
}

fn refusal(bytes: impl Into<Bytes>) -> &'static str {
    accept(bytes.into()).expect_err("a refusal")
}

#[test]
fn a_square_picture_is_kept_as_it_came() {
    for (format, kept) in [
        (ImageFormat::Png, PictureFormat::Png),
        (ImageFormat::Jpeg, PictureFormat::Jpeg),
    ] {
        let bytes = Bytes::from(file(16, 16, format));
        let accepted = Accepted {
            format: kept,
            bytes: bytes.clone(),
        };
        assert_eq!(accept(bytes), Ok(accepted));
    }
}

#[test]
fn a_picture_that_lies_on_its_side_is_stored_upright() {
    let is_red = |image: &RgbImage, x, y| image.get_pixel(x, y).0[1] < 100;
    // 6: the camera was turned, what is at the top left belongs to the top right.
    let accepted = accept(jpeg_with_exif(6).into()).unwrap();
    let upright = image::load_from_memory(&accepted.bytes).unwrap().to_rgb8();
    assert!(is_red(&upright, 24, 8) && !is_red(&upright, 8, 8));
    let mut again = ImageReader::with_format(Cursor::new(&accepted.bytes), ImageFormat::Jpeg)
        .into_decoder()
        .unwrap();
    assert_eq!(again.orientation().unwrap(), Orientation::NoTransforms);

    let as_it_came = jpeg_with_exif(1);
    let kept = accept(as_it_came.clone().into()).unwrap();
    assert_eq!(kept.bytes, as_it_came);
}

#[test]
fn a_portrait_is_upright_in_two_sizes_without_what_else_was_in_the_file() {
    let is_red = |image: &RgbImage, x, y| image.get_pixel(x, y).0[1] < 100;
    let portrait = portray(jpeg_with_exif(6).into()).unwrap();
    for (bytes, side) in [(&portrait.small, 64), (&portrait.large, 512)] {
        assert_eq!(image::guess_format(bytes).unwrap(), ImageFormat::Png);
        assert!(!bytes.windows(4).any(|four| four == b"eXIf"));
        let image = image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(image.dimensions(), (side, side));
        let (near, far) = (side / 4, side * 3 / 4);
        assert!(is_red(&image, far, near) && !is_red(&image, near, near));
    }
}

#[test]
fn a_portrait_keeps_what_shines_through_and_has_eight_bits() {
    let mut out = Cursor::new(Vec::new());
    let clear = DynamicImage::new_rgba16(100, 100);
    clear.write_to(&mut out, ImageFormat::Png).unwrap();
    let portrait = portray(out.into_inner().into()).unwrap();
    let image = image::load_from_memory(&portrait.small).unwrap();
    assert_eq!(image.color(), image::ColorType::Rgba8);
    assert_eq!(image.to_rgba8().get_pixel(3, 3).0[3], 0);
}

#[test]
fn whatever_is_no_square_png_or_jpeg_is_refused_in_its_own_words() {
    let png = file(16, 16, ImageFormat::Png);
    let mut wrong_checksum = png.clone();
    let last = wrong_checksum.len() - 20;
    wrong_checksum[last] ^= 0x55;
    for (bytes, expected) in [
        (Vec::new(), UNREADABLE),
        (b"hello".to_vec(), UNREADABLE),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            UNREADABLE,
        ),
        (b"BM\0\0".to_vec(), UNREADABLE),
        (file(16, 15, ImageFormat::Png), NOT_SQUARE),
        (file(15, 16, ImageFormat::Jpeg), NOT_SQUARE),
        (png[..20].to_vec(), UNREADABLE),
        (png[..png.len() / 2].to_vec(), UNREADABLE),
        (wrong_checksum, UNREADABLE),
        (file(16, 16, ImageFormat::Jpeg)[..60].to_vec(), UNREADABLE),
        (b"\xff\xd8\xff\xe0".to_vec(), UNREADABLE),
        (gif(1, 1), UNKNOWN_TYPE),
        (gif(2, 1), NOT_SQUARE),
        (b"GIF89a\x01".to_vec(), UNREADABLE),
        (webp(b"VP8X", b"\0\0\0\0\x0f\0\0\x0f\0\0"), UNKNOWN_TYPE),
        (webp(b"VP8X", b"\0\0\0\0\x0f\0\0\x0e\0\0"), NOT_SQUARE),
        (webp(b"VP8L", b"\x2f\x0f\xc0\x03\0"), UNKNOWN_TYPE),
        (webp(b"VP8L", b"\x2f\x0f\x80\x03\0"), NOT_SQUARE),
        (
            webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x10\0\x10\0"),
            UNKNOWN_TYPE,
        ),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x10\0\x11\0"), NOT_SQUARE),
        (webp(b"VP8?", b"\0\0\0\0\0\0\0\0\0\0"), UNREADABLE),
    ] {
        assert_eq!(refusal(bytes.clone()), expected, "{bytes:02x?}");
    }
}

#[test]
fn a_claim_of_enormous_size_takes_no_memory() {
    assert_eq!(refusal(claims(60_000, 60_000)), UNREADABLE);
    assert_eq!(refusal(claims(60_000, 1)), NOT_SQUARE);
    assert_eq!(refusal(claims(u32::MAX, u32::MAX)), UNREADABLE);
    assert_eq!(refusal(claims(0, 0)), UNREADABLE);
    assert_eq!(refusal(claims(64, 64)), UNREADABLE);
}

#[tokio::test]
async fn what_is_no_file_or_too_big_is_not_looked_at() {
    let examiner = Examiner::default();
    let too_big = Bytes::from(vec![0; MAX_BYTES + 1]);
    let (limit, png) = (too_big.slice(1..), file(8, 8, ImageFormat::Png));
    for (sent, expected) in [
        (Sent::Nothing, Some(NOTHING_SENT)),
        (Sent::Several, Some(NOT_ONE_FILE)),
        (Sent::File(too_big), Some(TOO_BIG)),
        (Sent::File(limit), Some(UNREADABLE)),
        (Sent::File(png.into()), None),
    ] {
        let refusal = match examiner.examine(sent).await {
            Err(Error::AvatarRefused(reason)) => Some(reason),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        };
        assert_eq!(refusal, expected);
    }
}

#[tokio::test]
async fn too_many_who_wait_are_told_so() {
    let examiner = Examiner::default();
    let is_busy = async |side| {
        let answer = examiner
            .examine(Sent::File(claims(side, side).into()))
            .await;
        matches!(answer, Err(Error::Store(StoreError::Busy)))
    };
    let _all = examiner.large.waiting.acquire_many(16).await.unwrap();
    assert!(is_busy(2049).await && !is_busy(2048).await);
    let _all = examiner.small.waiting.acquire_many(16).await.unwrap();
    assert!(is_busy(2049).await && is_busy(2048).await);
}

#[tokio::test]
async fn a_small_picture_does_not_wait_for_a_large_one() {
    let examiner = Arc::new(Examiner::default());
    let large_one = examiner.large.turn.acquire().await.unwrap();
    let waiting = tokio::spawn({
        let examiner = Arc::clone(&examiner);
        async move {
            examiner
                .portray(Sent::File(claims(8192, 8192).into()))
                .await
        }
    });

    let small = file(8, 8, ImageFormat::Png);
    assert!(examiner.portray(Sent::File(small.into())).await.is_ok());

    assert!(!waiting.is_finished());
    drop(large_one);
    let refused = waiting.await.unwrap();
    assert!(matches!(refused, Err(Error::AvatarRefused(UNREADABLE))));
}

#[test]
fn the_longer_side_is_known_before_a_pixel_is() {
    for (bytes, side) in [
        (file(8, 9, ImageFormat::Png), 9),
        (file(9, 8, ImageFormat::Jpeg), 9),
        (claims(8192, 8192), 8192),
        (claims(9000, 1), 9000),
        (b"GIF89a".to_vec(), 0),
        (b"no picture".to_vec(), 0),
        (Vec::new(), 0),
    ] {
        assert_eq!(longer_side(&bytes), side);
    }
}
