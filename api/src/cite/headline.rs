//! Headline-style capitals for English titles, which The Chicago Manual of Style requires.

/// Articles, short prepositions, conjunctions and particles of names, which stay in lower case
/// (The Chicago Manual of Style, 18th edition, 8.160).
const MINOR_WORDS: [&str; 29] = [
    "a", "amid", "an", "and", "as", "at", "bin", "binti", "but", "by", "de", "for", "from", "in",
    "into", "nor", "of", "on", "onto", "or", "per", "the", "to", "upon", "van", "via", "von", "vs",
    "with",
];

/// Capitalises the words of a title that are in lower case. Words with a capital, a digit or a full
/// stop inside are left alone: they are names, acronyms or identifiers.
pub(super) fn headline(title: &str) -> String {
    let words: Vec<&str> = title.split(' ').collect();
    let mut is_first = true;
    let mut capitalised = Vec::with_capacity(words.len());
    for (place, word) in words.iter().enumerate() {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_edge = is_first || place + 1 == words.len();
        capitalised.push(match is_lowercase(plain) && (is_edge || !is_minor(plain)) {
            true => word.replacen(plain, &capitalise(plain), 1),
            false => (*word).to_owned(),
        });
        // A subtitle begins after a colon, a dash or the end of a sentence.
        is_first = word.ends_with([':', '?', '!', '.', '-', '–', '—']) || plain.is_empty();
    }
    capitalised.join(" ")
}

fn is_lowercase(word: &str) -> bool {
    word.chars().all(|c| c.is_lowercase() || matches!(c, '-' | '\'' | '’'))
}

fn is_minor(word: &str) -> bool {
    MINOR_WORDS.contains(&word)
}

/// Capitalises a word, and the parts of a hyphenated word.
fn capitalise(word: &str) -> String {
    let mut capitalised = String::with_capacity(word.len());
    for (place, part) in word.split('-').enumerate() {
        if place > 0 {
            capitalised.push('-');
        }
        let mut letters = part.chars();
        match letters.next() {
            Some(first) if place == 0 || !is_minor(part) => {
                capitalised.extend(first.to_uppercase());
                capitalised.push_str(letters.as_str());
            }
            _ => capitalised.push_str(part),
        }
    }
    capitalised
}
