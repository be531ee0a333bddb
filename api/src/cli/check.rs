//! Shows what is wrong with a dataset.

use migration::dataset::Problems;

/// Prints every problem to standard error, in the order of the files, and how many there are.
pub(super) fn report(problems: Problems) {
    let summary = problems.to_string();
    for problem in problems.0 {
        eprintln!("{:?}", miette::Report::new(problem));
    }
    eprintln!("error: {summary}; nothing was written");
}
