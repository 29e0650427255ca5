//! What the index of texts has as words: three characters in a row, and runs.
//!
//! Where all three characters of a needle are frequent, they tell little. So the indexed text is
//! followed by its landmarks, one letter for each: places that the text itself picks, a few characters
//! apart. A run, which is three landmarks in a row, stands for about eight characters of the text, and
//! needs no other kind of index.

use std::collections::BTreeSet;

/// Characters in a word of the index.
const TRIPLE: usize = 3;
/// Characters whose hash makes a landmark.
const LANDMARK: usize = 4;
/// Of so many neighbours the one with the lowest hash is the landmark.
const NEIGHBOURS: usize = 3;
/// Letters of landmarks. In a folded text they never stand.
const LETTERS: u64 = 26;

/// What the index is given for a folded text.
pub(super) fn indexed(folded: &str) -> String {
    let landmarks = landmarks(folded);
    // Fewer are no run.
    match landmarks.len() < TRIPLE {
        true => folded.to_owned(),
        false => folded.to_owned() + &landmarks,
    }
}

/// All three characters in a row.
pub(super) fn triples(folded: &str) -> Vec<String> {
    let letters: Vec<char> = folded.chars().collect();
    let triples: BTreeSet<String> = letters.windows(TRIPLE).map(String::from_iter).collect();
    triples.into_iter().collect()
}

/// All runs. A text in which the other stands has them, too.
pub(super) fn runs(folded: &str) -> Vec<String> {
    triples(&landmarks(folded))
}

/// What all neighbours know of each other decides, so that a part of a text has the landmarks of the
/// whole, without a gap. Stored: a change of anything here needs a new index.
fn landmarks(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let hashes: Vec<u64> = letters.windows(LANDMARK).map(hash).collect();
    let mut marks = String::new();
    let mut last = None;
    for (start, neighbours) in hashes.windows(NEIGHBOURS).enumerate() {
        let lowest = neighbours.iter().enumerate().min_by_key(|(_, hash)| **hash);
        let Some((offset, hash)) = lowest else {
            continue;
        };
        if last != Some(start + offset) {
            last = Some(start + offset);
            // The low half, since the high one is low in all landmarks.
            let letter = (hash & 0xffff_ffff) % LETTERS;
            marks.push((b'A' + letter as u8) as char);
        }
    }
    marks
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
            for word in runs(&part).into_iter().chain(triples(&part)) {
                assert!(whole.contains(&word), "{word} of {part:?} in {whole:?}");
                seen += 1;
            }
        }
        assert!(seen > 10_000, "{seen}");
    }

    #[test]
    fn runs_stand_for_about_eight_characters() {
        let table = [
            ("tea", 0),
            ("teapot", 0),
            ("hot kettle", 1),
            ("the kettle is on", 4),
            ("the kettle is on the stove", 10),
        ];
        for (text, count) in table {
            assert_eq!(runs(text).len(), count, "{text}: {}", landmarks(text));
        }
    }

    #[test]
    fn what_is_stored_stays_what_it_was() {
        assert_eq!(indexed("teapot"), "teapot");
        assert_eq!(indexed("the kettle is on"), "the kettle is onJVFXCH");
    }
}
