use async_graphql::Enum;

use crate::cite;

/// The format of a reference: for a reference manager or for a bibliography.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "cite::Style")]
pub enum CitationStyle {
    /// A BibLaTeX entry, for LaTeX, Zotero and JabRef. BibTeX reads it too if the style supports
    /// `url`.
    #[graphql(name = "BIBTEX")]
    BibTex,
    /// RIS, for EndNote, Zotero and Mendeley. Lines end in CR LF.
    Ris,
    /// CSL-JSON 1.0, an array with one item, for Zotero, Pandoc and citeproc.
    CslJson,
    /// A reference in APA style, seventh edition, as plain text.
    Apa,
    /// A bibliography entry in Chicago style (notes and bibliography), as plain text.
    Chicago,
}
