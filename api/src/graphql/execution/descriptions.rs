//! Descriptions in executable documents, as the September 2025 specification allows them before
//! operations, fragments and variable definitions.

use apollo_parser::{Lexer, Token, TokenKind};

/// The text with its descriptions replaced by spaces, so that all other tokens keep their
/// positions. `None` if the text has no descriptions or can't be split into tokens.
pub fn blank(text: &str) -> Option<String> {
    let tokens: Result<Vec<Token<'_>>, _> = Lexer::new(text).collect();
    let tokens = tokens.ok()?;
    let significant: Vec<&Token<'_>> = tokens
        .iter()
        .filter(|token| {
            !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma)
        })
        .collect();
    let mut blanked = text.to_owned();
    // Open braces, and brackets of any other kind.
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for (place, token) in significant.iter().enumerate() {
        match token.kind() {
            TokenKind::LCurly => braces += 1,
            TokenKind::RCurly => braces = braces.saturating_sub(1),
            TokenKind::LParen | TokenKind::LBracket => brackets += 1,
            TokenKind::RParen | TokenKind::RBracket => brackets = brackets.saturating_sub(1),
            TokenKind::StringValue if braces == 0 => {
                let before = place.checked_sub(1).map(|before| significant[before].kind());
                let after = significant.get(place + 1);
                let describes = match (brackets, after) {
                    (0, Some(after)) => is_definition(after),
                    (1, Some(after)) => {
                        after.kind() == TokenKind::Dollar
                            && !matches!(before, Some(TokenKind::Eq | TokenKind::Colon))
                    }
                    _ => false,
                };
                if describes {
                    let range = token.index()..token.index() + token.data().len();
                    let spaces: String = text[range.clone()]
                        .bytes()
                        .map(|byte| if byte == b'\n' || byte == b'\r' { byte as char } else { ' ' })
                        .collect();
                    blanked.replace_range(range, &spaces);
                }
            }
            _ => {}
        }
    }
    (blanked != text).then_some(blanked)
}

fn is_definition(token: &Token<'_>) -> bool {
    token.kind() == TokenKind::Name
        && matches!(token.data(), "query" | "mutation" | "subscription" | "fragment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_blanked_and_all_else_keeps_its_place() {
        let text = "\"\"\"Why\nso\"\"\" query Q(\"one\" $a: String = \"x\", \"two\" $b: [String] = [\"y\"]) { a(b: \"query\") } \"f\" fragment F on A { b }";
        let blanked = blank(text).expect("there are descriptions");
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked.find('\n'), text.find('\n'));
        let expected = "query Q($a: String = \"x\", $b: [String] = [\"y\"]) { a(b: \"query\") } fragment F on A { b }";
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(&blanked).replace("( ", "("), squeezed(expected));
        assert_eq!(blank("{ a }"), None);
    }
}
