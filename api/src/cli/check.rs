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

/// Prints warnings, one per line.
pub(super) fn warn(warnings: &[Problem]) {
    for warning in warnings {
        let (file, line) = (warning.file.name(), warning.line());
        super::print_error(&format!("warning: {file}:{line}: {warning}; {}", warning.help));
    }
}
