use async_graphql::Enum;

use crate::cite;

/// How a reference is written: for a reference manager, or for a bibliography.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "cite::Style")]
pub enum CitationStyle {
    /// An entry for BibLaTeX (and for BibTeX with `url` support), as LaTeX, Zotero and JabRef read it.
    #[graphql(name = "BIBTEX")]
    BibTex,
    /// RIS, as EndNote, Zotero and Mendeley read it; lines end in CR LF.
    Ris,
    /// An array with one item of CSL-JSON 1.0, as Zotero, Pandoc and citeproc read it.
    CslJson,
    /// A reference in APA style, seventh edition, as plain text.
    Apa,
    /// An entry of a bibliography in Chicago style (notes and bibliography), as plain text.
    Chicago,
}
