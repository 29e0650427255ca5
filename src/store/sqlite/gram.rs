//! What the index of texts has as words, which are three characters in a row.
//!
//! Where all three characters in a row of a needle are frequent, they tell little. So the indexed text
//! is followed by letters that stand for more of it: one for each two characters in a row, of which
//! three in a row, a *quad*, stand for four characters; and one for each *landmark*, which are places
//! that the text itself picks, a few characters apart, of which three in a row, a *run*, stand for about
//! ten. Both are hashes: a word may stand for other characters, too, as the index may be wrong anyway.

use std::collections::BTreeSet;

/// Characters in a word of the index.
const TRIPLE: usize = 3;
/// Characters whose hash is a letter of a quad.
const PAIR: usize = 2;
/// Characters whose hash makes a landmark.
const LANDMARK: usize = 4;
/// Of so many neighbours the one with the lowest hash is the landmark.
const NEIGHBOURS: usize = 5;
/// Letters of quads: so many that two pairs hardly share one, since there are not that many quads in a language.
const PAIR_LETTERS: u64 = 1024;
const FIRST_PAIR_LETTER: u32 = 0x100;
/// Letters of landmarks: capitals and controls, which hardly stand in a folded text. Each is one byte, and three of them
/// make many words, but not one for each run, of which most are seen once.
const CAPITALS: u64 = 26;
const CONTROLS: u64 = 31;

/// What the index is given for a folded text.
pub(super) fn indexed(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let mut indexed = folded.to_owned();
    for hashed in [pairs(&letters), landmarks(&letters)] {
        // Fewer are no word.
        if hashed.len() >= TRIPLE {
            indexed.extend(hashed);
        }
    }
    indexed
}

/// All three characters in a row.
pub(super) fn triples(folded: &str) -> Vec<String> {
    words(&folded.chars().collect::<Vec<char>>())
}

/// All quads. A text in which the other stands has them, too.
pub(super) fn quads(folded: &str) -> Vec<String> {
    words(&pairs(&folded.chars().collect::<Vec<char>>()))
}

/// All runs. A text in which the other stands has them, too.
pub(super) fn runs(folded: &str) -> Vec<String> {
    words(&landmarks(&folded.chars().collect::<Vec<char>>()))
}

fn words(letters: &[char]) -> Vec<String> {
    let words: BTreeSet<String> = letters.windows(TRIPLE).map(String::from_iter).collect();
    words.into_iter().collect()
}

/// Stored: a change of anything from here on needs a new index.
fn pairs(letters: &[char]) -> Vec<char> {
    letters
        .windows(PAIR)
        .filter_map(|pair| {
            let number = u32::try_from(hash(pair) % PAIR_LETTERS).ok()?;
            char::from_u32(FIRST_PAIR_LETTER + number)
        })
        .collect()
}

/// What all neighbours know of each other decides, so that a part of a text has the landmarks of the
/// whole, without a gap.
fn landmarks(letters: &[char]) -> Vec<char> {
    let hashes: Vec<u64> = letters.windows(LANDMARK).map(hash).collect();
    let mut marks = Vec::new();
    let mut last = None;
    for (start, neighbours) in hashes.windows(NEIGHBOURS).enumerate() {
        let lowest = neighbours.iter().enumerate().min_by_key(|(_, hash)| **hash);
        let Some((offset, hash)) = lowest else {
            continue;
        };
        if last != Some(start + offset) {
            last = Some(start + offset);
            marks.push(landmark_letter(*hash));
        }
    }
    marks
}

/// Of the low half, since the high one is low in all landmarks.
fn landmark_letter(hash: u64) -> char {
    let number = (hash & 0xffff_ffff) % (CAPITALS + CONTROLS);
    let code = match number.checked_sub(CAPITALS) {
        None => u64::from(b'A') + number,
        // The index reads no further than to a NUL.
        Some(control) => 1 + control,
    };
    char::from(code as u8)
}

/// FNV-1a over the characters, then the finish of MurmurHash3, which spreads what they differ in over all bits.
fn hash(letters: &[char]) -> u64 {
    let mut hash = letters
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, letter| {
            (hash ^ u64::from(*letter)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same in each run.
    fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed;
        move |below| {
            state = hash(&[
                char::from((state % 128) as u8),
                char::from((state >> 57) as u8),
            ])
            .wrapping_add(state.rotate_left(7));
            (state >> 11) as usize % below
        }
    }

    #[test]
    fn a_part_of_a_text_has_no_run_that_the_whole_has_not() {
        let alphabets: [&[char]; 3] = [
            &['a', 'b'],
            &['a', 'e', 'n', 't', ' ', 'ß'],
            &['日', '本', '語', 'の', '👩'],
        ];
        let mut number = numbers(7);
        let mut seen = 0;
        for round in 0..2_000 {
            let alphabet = alphabets[round % alphabets.len()];
            let length = 1 + number(80);
            let text: Vec<char> = (0..length)
                .map(|_| alphabet[number(alphabet.len())])
                .collect();
            let first = number(length);
            let last = first + number(length - first + 1);
            let part = String::from_iter(&text[first..last]);
            let whole = indexed(&String::from_iter(&text));
            let quads = quads(&part).into_iter();
            for word in quads.chain(runs(&part)).chain(triples(&part)) {
                assert!(whole.contains(&word), "{word} of {part:?} in {whole:?}");
                seen += 1;
            }
        }
        assert!(seen > 10_000, "{seen}");
    }

    #[test]
    fn quads_stand_for_four_characters_and_runs_for_about_ten() {
        let table = [
            ("tea", 0, 0),
            ("teas", 1, 0),
            ("teapot", 3, 0),
            ("hot kettle", 7, 0),
            ("the kettle is on", 13, 1),
            ("the kettle is on the stove", 22, 4),
        ];
        for (text, quad, run) in table {
            let counts = (quads(text).len(), runs(text).len());
            assert_eq!(counts, (quad, run), "{text}");
        }
    }

    #[test]
    fn what_is_stored_stays_what_it_was() {
        assert_eq!(indexed("tea"), "tea");
        let quads = "\u{2cb}\u{4a9}\u{2eb}\u{463}\u{35a}";
        assert_eq!(indexed("teapot"), "teapot".to_owned() + quads);
        let long: Vec<char> = "the kettle is on".chars().collect();
        assert_eq!(landmarks(&long), ['V', 'K', '\r']);
    }
}
