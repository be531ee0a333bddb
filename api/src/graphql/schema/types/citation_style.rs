use async_graphql::Enum;

use crate::cite;

/// The format of a reference: for a reference manager or for a bibliography.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "cite::Style")]
pub enum CitationStyle {
    /// A BibTeX entry for the classic styles of LaTeX, such as `plain`. The document must load the
    /// package `url` or `hyperref`.
    #[graphql(name = "BIBTEX")]
    BibTex,
    /// A BibLaTeX entry, for the LaTeX package `biblatex`, Zotero and JabRef.
    #[graphql(name = "BIBLATEX")]
    BibLatex,
    /// RIS, for EndNote, Zotero and Mendeley. Lines end in CR LF.
    Ris,
    /// CSL-JSON 1.0, an array with one item, for Zotero, Pandoc and citeproc.
    CslJson,
    /// A reference in APA style, seventh edition, as plain text.
    Apa,
    /// A bibliography entry in Chicago style, eighteenth edition (notes and bibliography), as plain
    /// text.
    Chicago,
}
