//! Words as search compares them. The index and the questions are folded alike: case, accents,
//! plurals and the two spellings of English make no difference.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A longer word is cut; none of a language's own is.
const LONGEST: usize = 40;

/// Words that say nothing beside others.
const FILLERS: [&str; 16] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "via",
    "with",
];

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is compared: lower-case letters and digits, without accents, in the singular.
    pub folded: String,
    /// Where it stands in the text, in bytes.
    pub place: Range<usize>,
}

/// The words of a text. Fillers are left out where there is anything else.
pub fn words(text: &str) -> Vec<Word> {
    let all = split(text);
    let filler = |word: &Word| FILLERS.contains(&word.folded.as_str());
    match all.iter().all(filler) {
        true => all,
        false => all.into_iter().filter(|word| !filler(word)).collect(),
    }
}

/// The words of a text as they are compared, a space between two.
pub fn fold(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    words.join(" ")
}

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut letters = String::new();
    let mut start = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let before = letters.len();
        plain(c, &mut letters);
        if letters.len() > before {
            if before == 0 {
                start = at;
            }
            end = at + c.len_utf8();
        } else if !is_silent(c) {
            finish(&mut letters, start..end, &mut words);
            // ADMM+ is said ADMM-Plus.
            if c == '+' && words.last().is_some_and(|word| word.place.end == at) {
                words.push(Word { folded: "plus".to_owned(), place: at..at + 1 });
            }
        }
    }
    finish(&mut letters, start..end, &mut words);
    words
}

fn finish(letters: &mut String, place: Range<usize>, words: &mut Vec<Word>) {
    if !letters.is_empty() {
        letters.truncate(letters.char_indices().nth(LONGEST).map_or(letters.len(), |(at, _)| at));
        words.push(Word { folded: one_form(letters), place });
        letters.clear();
    }
}

/// Adds what a character is without case and accents, if it is a letter or digit.
fn plain(c: char, letters: &mut String) {
    for lower in c.to_lowercase() {
        match lower {
            // Letters of their own to Unicode, accented ones to whoever has no such key.
            'đ' | 'ð' => letters.push('d'),
            'ø' => letters.push('o'),
            'ł' => letters.push('l'),
            'ı' => letters.push('i'),
            'ß' => letters.push_str("ss"),
            'æ' => letters.push_str("ae"),
            'œ' => letters.push_str("oe"),
            _ => letters.extend(
                std::iter::once(lower)
                    .nfkd()
                    .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
                    .flat_map(char::to_lowercase),
            ),
        }
    }
}

/// Whether a character stands within a word without being heard: an apostrophe, an accent that was
/// written apart, a mark of direction or of where a line may break.
fn is_silent(c: char) -> bool {
    is_combining_mark(c)
        || matches!(
            c,
            '\'' | '’' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// The form that stands for a word's plural and for its other spelling.
fn one_form(word: &str) -> String {
    let word = singular(word);
    let swapped = |american: &str, british: &str| {
        word.strip_suffix(american).map(|stem| format!("{stem}{british}"))
    };
    match word.as_str() {
        "center" | "theater" => word.replace("ter", "tre"),
        "defense" | "offense" | "license" => word.replace("nse", "nce"),
        "program" => "programme".to_owned(),
        "harbor" | "labor" | "neighbor" => word.replace("bor", "bour"),
        _ => swapped("ization", "isation")
            .or_else(|| swapped("izing", "ising"))
            .or_else(|| swapped("ized", "ised").filter(|_| word.len() > 6))
            .or_else(|| swapped("ize", "ise").filter(|_| word.len() > 5))
            .unwrap_or(word),
    }
}

/// The singular of an English plural, by D. Harman's S-stemmer ("How effective is suffixing?",
/// JASIS 42, 1991). Words up to three letters stay: US, AMS.
fn singular(word: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    let without = |letters: usize| word[..word.len() - letters].to_owned();
    if word.len() <= 3 || !word.is_ascii() {
        word.to_owned()
    } else if ends(&["ies"]) && !ends(&["eies", "aies"]) {
        without(3) + "y"
    } else if ends(&["s"]) && !ends(&["us", "ss"]) {
        without(1)
    } else {
        word.to_owned()
    }
}
