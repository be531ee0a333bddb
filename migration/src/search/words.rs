//! Splits text into words and folds them for comparison. The index and the queries are folded in
//! the same way, so that case, accents, plurals, and British and American spelling make no
//! difference.
//!
//! Scripts without spaces between words, and Korean, whose spaces are optional, are indexed as
//! overlapping pairs of characters (bigrams), so that search finds any part of a run of characters.

use std::ops::Range;

use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, compose, is_combining_mark},
};

/// The maximum length of a word, in characters. Longer words are truncated; natural words are shorter.
const LONGEST: usize = 40;

/// The maximum number of code points of a character with its signs. Natural text has fewer.
const MOST_SIGNS: usize = 12;

/// English and Russian stop words.
const FILLERS: [&str; 24] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "via",
    "with", "в", "и", "из", "к", "на", "о", "по", "с",
];

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The folded form: lower-case letters and digits, without accents, in the singular.
    pub folded: String,
    /// The position in the text, in bytes; for a pair, the position of its first character.
    pub place: Range<usize>,
    /// Set if the word is a pair of characters of a script without spaces.
    pub pair: Option<Pair>,
}

/// A pair of characters. The last character of a run forms a pair without a second character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The length of the first character in the folded word, in bytes.
    pub first: usize,
    /// The end of the second character in the text, in bytes.
    pub end: usize,
}

/// The words of a text. Stop words are omitted, unless the text has only stop words.
pub fn words(text: &str) -> Vec<Word> {
    let all = Splitter::default().split(text);
    // With an accent it is a different word: Ấn Độ.
    let filler = |word: &Word| {
        FILLERS.contains(&word.folded.as_str())
            && text[word.place.clone()].to_lowercase() == word.folded
    };
    match all.iter().all(filler) {
        true => all,
        false => all.into_iter().filter(|word| !filler(word)).collect(),
    }
}

/// The folded words of a text, separated by spaces.
pub fn fold(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    words.join(" ")
}

#[derive(Default)]
struct Splitter {
    words: Vec<Word>,
    /// The current word and its position.
    letters: String,
    place: Range<usize>,
    /// The characters of the current run and their positions.
    run: Vec<(String, Range<usize>)>,
}

impl Splitter {
    fn split(mut self, text: &str) -> Vec<Word> {
        let mut letters: Vec<Letter> = Vec::new();
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            letters.clear();
            plain(c, &mut letters);
            match letters.first() {
                // A vowel sign without a consonant is ignored.
                Some(Letter { joins: true, .. }) if self.is_between() => {}
                Some(first) if !self.run.is_empty() && first.joins || is_unspaced(first) => {
                    self.finish_word();
                    letters.iter().for_each(|letter| self.push(letter, at..end));
                }
                Some(_) => {
                    self.finish_run();
                    if self.letters.is_empty() {
                        self.place.start = at;
                    }
                    self.place.end = end;
                    self.letters.extend(letters.iter().map(|letter| letter.sign));
                }
                None if is_combining_mark(c) => match self.run.last_mut() {
                    Some((_, place)) => place.end = end,
                    None if self.letters.is_empty() => {}
                    None => self.place.end = end,
                },
                None if is_silent(c) => {}
                None => {
                    self.finish_word();
                    // Spaces are optional in these scripts, and so is the dot between Katakana.
                    if !c.is_whitespace() && c != '・' {
                        self.finish_run();
                    }
                    // ADMM+ means ADMM-Plus.
                    if c == '+' && self.words.last().is_some_and(|word| word.place.end == at) {
                        self.words.push(Word {
                            folded: "plus".to_owned(),
                            place: at..end,
                            pair: None,
                        });
                    }
                }
            }
        }
        self.finish_word();
        self.finish_run();
        self.words
    }

    /// Whether there is no current word or run.
    fn is_between(&self) -> bool {
        self.letters.is_empty() && self.run.is_empty()
    }

    /// Adds a letter to the run: to its last character if the letter joins it, otherwise as a new character.
    fn push(&mut self, letter: &Letter, place: Range<usize>) {
        match self.run.last_mut() {
            Some((character, stands)) if letter.joins => {
                // か and its voicing mark become が. Korean syllables stay decomposed, so that an incomplete
                // syllable is a prefix of the complete one.
                let voiced = match letter.sign {
                    VOICED | HALF_VOICED => {
                        character.chars().last().and_then(|c| compose(c, letter.sign))
                    }
                    _ => None,
                };
                if voiced.is_some() {
                    character.pop();
                }
                if character.chars().count() < MOST_SIGNS {
                    character.push(voiced.unwrap_or(letter.sign));
                }
                stands.end = place.end;
            }
            _ => self.run.push((letter.sign.to_string(), place)),
        }
    }

    fn finish_word(&mut self) {
        let mut letters = std::mem::take(&mut self.letters);
        if !letters.is_empty() {
            let cut = letters.char_indices().nth(LONGEST);
            letters.truncate(cut.map_or(letters.len(), |(at, _)| at));
            let folded = one_form(&letters);
            self.words.push(Word { folded, place: self.place.clone(), pair: None });
        }
    }

    fn finish_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        let seconds = run.iter().skip(1).map(Some).chain([None]);
        self.words.extend(run.iter().zip(seconds).map(|((first, place), second)| Word {
            folded: [first.as_str(), second.map_or("", |(second, _)| second)].concat(),
            place: place.clone(),
            pair: Some(Pair {
                first: first.len(),
                end: second.map_or(place.end, |(_, place)| place.end),
            }),
        }));
    }
}

/// Whether a letter begins a character of a script without spaces between words, or of Korean.
fn is_unspaced(letter: &Letter) -> bool {
    !letter.joins
        && matches!(
            letter.sign,
            // Thai and Lao, Burmese, Hangul Jamo, Khmer.
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
                | '\u{1780}'..='\u{17ff}' | '\u{a960}'..='\u{a97f}' | '\u{a9e0}'..='\u{a9ff}'
                | '\u{aa60}'..='\u{aa7f}' | '\u{d7b0}'..='\u{d7ff}'
                // Kana, Bopomofo and Han.
                | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309b}'..='\u{312f}'
                | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
                | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
        )
}

/// The combining voicing marks: they turn か into が, and は into ぱ.
const VOICED: char = '\u{3099}';
const HALF_VOICED: char = '\u{309a}';

/// A folded letter or digit.
struct Letter {
    sign: char,
    /// Whether it is part of the preceding character: a vowel sign, a vowel or final consonant of a
    /// Korean syllable, or a voicing mark.
    joins: bool,
}

impl From<char> for Letter {
    fn from(sign: char) -> Self {
        Self { sign, joins: matches!(sign, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}') }
    }
}

/// Appends the folded form of a character, without case and accents, if it is a letter or digit.
fn plain(c: char, letters: &mut Vec<Letter>) {
    if c.is_ascii() {
        letters.extend(c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase().into()));
        return;
    }
    for lower in c.to_lowercase() {
        match lower {
            // Unicode does not decompose these letters, but people without the key type the base letter.
            'đ' | 'ð' => letters.push('d'.into()),
            'ø' => letters.push('o'.into()),
            'ł' => letters.push('l'.into()),
            'ı' => letters.push('i'.into()),
            'ß' => letters.extend(['s', 's'].map(Letter::from)),
            'æ' => letters.extend(['a', 'e'].map(Letter::from)),
            'œ' => letters.extend(['o', 'e'].map(Letter::from)),
            _ => {
                for c in std::iter::once(lower).nfkd() {
                    if let Some(sign) = vowel_sign(c) {
                        letters.push(Letter { sign, joins: true });
                    } else if let Some(digit) = digit(c) {
                        letters.push(digit.into());
                    } else if c.is_alphanumeric() && !is_combining_mark(c) {
                        letters.extend(c.to_lowercase().map(Letter::from));
                    }
                }
            }
        }
    }
}

/// A combining mark that distinguishes words, unlike accents and tones: a vowel sign or virama of
/// an Indic or South-East Asian script, or a voicing mark of Kana.
///
/// The tokenizers of both databases end a word at a combining mark. The index therefore contains a
/// letter instead: the one at the same offset in plane 2.
fn vowel_sign(c: char) -> Option<char> {
    // Combining classes of vowel signs and viramas. Tones and accents have other classes.
    const CLASSES: [u8; 8] = [0, 9, 84, 91, 103, 118, 129, 130];
    match c {
        VOICED | HALF_VOICED => Some(c),
        '\u{900}'..='\u{109f}'
        | '\u{1700}'..='\u{17ff}'
        | '\u{1900}'..='\u{1cff}'
        | '\u{a800}'..='\u{abff}'
            if is_combining_mark(c) && CLASSES.contains(&canonical_combining_class(c)) =>
        {
            char::from_u32(u32::from(c) + 0x2_0000)
        }
        _ => None,
    }
}

/// The ASCII digit for a digit of another script.
fn digit(c: char) -> Option<char> {
    const ZEROS: [char; 9] = ['٠', '۰', '०', '০', '๐', '໐', '၀', '႐', '០'];
    let value = |zero: char| u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10);
    char::from_digit(ZEROS.into_iter().find_map(value)?, 10)
}

/// Whether a character inside a word is ignored: an apostrophe, or an invisible character that
/// controls direction or line breaks.
fn is_silent(c: char) -> bool {
    matches!(
        c,
        '\'' | '’' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// The common form of a word's singular and plural, and of its British and American spelling.
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
/// JASIS 42, 1991). Words of up to three letters are unchanged: US, AMS.
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
