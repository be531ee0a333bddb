//! The problems of a dataset, described so that a curator can fix them.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// The name of a file within the dataset, and its content.
pub type SourceFile = Arc<NamedSource<String>>;

/// One problem: where it is, what is wrong, and how to fix it.
#[derive(Clone, Debug)]
pub struct Problem {
    pub file: SourceFile,
    /// The invalid part of the file, in bytes; none if the problem concerns the whole file.
    pub span: Option<Range<usize>>,
    pub message: String,
    pub help: String,
}

impl Problem {
    /// The line of the problem, from 1.
    pub fn line(&self) -> usize {
        let start = self.span.as_ref().map_or(0, |span| span.start);
        self.file.inner().as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The report shows the file's name only with a span.
        if self.span.is_none() {
            write!(f, "{}: ", self.file.name())?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.file)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}

/// All problems of a dataset.
#[derive(Debug, thiserror::Error)]
#[error("the dataset has {}", count(.0.len()))]
pub struct Problems(pub Vec<Problem>);

fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    }
}
