//! Made-up sentences that read like our own documentation, so that what is frequent and what is rare in them is so as in a
//! natural language: after each word comes one that came after it somewhere. And pieces of text that are hard to search.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::history::Random;

const SOURCES: [&str; 4] = [
    include_str!("../../README.md"),
    include_str!("../../docs/ARCHITECTURE.md"),
    include_str!("../../docs/API-QUIRKS.md"),
    include_str!("../../docs/COVERAGE.md"),
];
/// Characters in a row that stand in at least one of so many sentences are frequent.
const FREQUENT: usize = 100;
/// Sentences that are looked at for what is frequent.
const SAMPLE: usize = 20_000;
/// Pieces that are tried, at most, until one is hard.
const TRIED: usize = 100_000;

/// Which words come after which.
pub struct Prose {
    words: Vec<&'static str>,
    /// By the number of a word, the numbers of those after it, as often as they are.
    after: Vec<Vec<usize>>,
}

impl Prose {
    pub fn learn() -> Self {
        let mut prose = Self {
            words: Vec::new(),
            after: Vec::new(),
        };
        let mut numbers = HashMap::new();
        let mut last = None;
        for word in SOURCES.into_iter().flat_map(words) {
            let number = *numbers.entry(word).or_insert_with(|| {
                prose.words.push(word);
                prose.after.push(Vec::new());
                prose.words.len() - 1
            });
            if let Some(last) = last.replace(number) {
                let last: usize = last;
                prose.after[last].push(number);
            }
        }
        prose
    }

    pub fn sentence(&self, random: &mut Random) -> String {
        let length = random.between(6, 25);
        let mut sentence = Vec::new();
        let mut next = draw(random, self.words.len());
        for _ in 0..length {
            sentence.push(self.words[next]);
            next = match self.after[next].as_slice() {
                [] => draw(random, self.words.len()),
                after => after[draw(random, after.len())],
            };
        }
        sentence.join(" ")
    }

    /// The word that stands in most sentences, and the two words in a row that do.
    pub fn frequent(&self) -> (&'static str, String) {
        let often = |number: &usize| self.after[*number].len();
        let most = (0..self.words.len()).max_by_key(often).unwrap_or_default();
        let mut pairs: BTreeMap<usize, usize> = BTreeMap::new();
        for next in &self.after[most] {
            *pairs.entry(*next).or_default() += 1;
        }
        let next = pairs.into_iter().max_by_key(|(_, count)| *count);
        let next = next.map_or(most, |(next, _)| next);
        (
            self.words[most],
            [self.words[most], self.words[next]].join(" "),
        )
    }

    /// A piece of so many characters of which each three in a row are frequent, while it stands in no sentence of a sample.
    pub fn scattered(&self, characters: usize, random: &mut Random) -> Option<String> {
        let sample: Vec<String> = (0..SAMPLE).map(|_| self.sentence(random)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for sentence in &sample {
            let triples: BTreeSet<&str> = pieces(sentence, 3).collect();
            for triple in triples {
                *counts.entry(triple).or_default() += 1;
            }
        }
        let frequent = counts
            .into_iter()
            .filter(|(_, count)| count * FREQUENT >= SAMPLE);
        let mut frequent: Vec<&str> = frequent.map(|(triple, _)| triple).collect();
        frequent.sort_unstable();
        (0..TRIED).find_map(|_| {
            let mut piece = frequent.get(draw(random, frequent.len()))?.to_string();
            while piece.len() < characters {
                let end = &piece[piece.len() - 2..];
                let fitting: Vec<&&str> = frequent
                    .iter()
                    .filter(|triple| triple.starts_with(end))
                    .collect();
                let next = fitting.get(draw(random, fitting.len()))?;
                piece.push_str(&next[2..]);
            }
            let is_plain = piece.trim() == piece;
            let stands = |sentence: &String| sentence.to_lowercase().contains(&piece);
            (is_plain && !sample.iter().any(stands)).then_some(piece)
        })
    }
}

fn draw(random: &mut Random, below: usize) -> usize {
    random.between(0, (below as u64).saturating_sub(1)) as usize
}

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(|letter: char| !letter.is_ascii_lowercase() && !",.'".contains(letter))
        .filter(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase()))
}

/// All so many characters in a row; the text has ASCII only.
fn pieces(text: &str, length: usize) -> impl Iterator<Item = &str> {
    (0..(text.len() + 1).saturating_sub(length)).map(move |start| &text[start..start + length])
}
