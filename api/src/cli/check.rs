//! Reports the problems of a dataset.

use migration::dataset::{Problem, Problems};

/// Prints every problem to standard error, in the order of the files, then their number.
pub(super) fn report(problems: Problems) {
    let summary = problems.to_string();
    for problem in problems.0 {
        super::print_error(&format!("{:?}", miette::Report::new(problem)));
    }
    super::print_error(&format!("error: {summary}; nothing was written"));
}

/// Prints warnings about values that are accepted but stored in another form, one per line.
pub(super) fn remark(remarks: &[Problem]) {
    for remark in remarks {
        let (file, line) = (remark.file.name(), remark.line());
        super::print_error(&format!("warning: {file}:{line}: {remark}; {}", remark.help));
    }
}
