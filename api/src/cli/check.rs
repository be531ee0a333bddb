//! Shows what is wrong with a dataset.

use migration::dataset::{Problem, Problems};

/// Prints every problem to standard error, in the order of the files, and how many there are.
pub(super) fn report(problems: Problems) {
    let summary = problems.to_string();
    for problem in problems.0 {
        super::complain(&format!("{:?}", miette::Report::new(problem)));
    }
    super::complain(&format!("error: {summary}; nothing was written"));
}

/// Prints what is accepted, but not kept as it was written, one a line.
pub(super) fn remark(remarks: &[Problem]) {
    for remark in remarks {
        let (file, line) = (remark.file.name(), remark.line());
        super::complain(&format!("warning: {file}:{line}: {remark}; {}", remark.help));
    }
}
