//! What is wrong with a dataset, said so that a curator can mend it.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A dataset file as it was read: its name within the dataset, and its text.
pub type SourceFile = Arc<NamedSource<String>>;

/// One thing that is wrong: where, what, and what to do about it.
#[derive(Clone, Debug)]
pub struct Problem {
    pub file: SourceFile,
    /// The offending text, in bytes of the file; none where the file as a whole is meant.
    pub span: Option<Range<usize>>,
    pub message: String,
    pub help: String,
}

impl Problem {
    /// The line of the offending text, from 1.
    pub fn line(&self) -> usize {
        let start = self.span.as_ref().map_or(0, |span| span.start);
        self.file.inner().as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The report shows the file's name beside the offending text; without one it would be lost.
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

/// Everything that is wrong with a dataset.
#[derive(Debug, thiserror::Error)]
#[error("the dataset has {}", count(.0.len()))]
pub struct Problems(pub Vec<Problem>);

fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    }
}
