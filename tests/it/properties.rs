//! Asynchronous property tests.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestRunner},
};

/// Runs a test with `cases` generated values. Panics with the smallest failing value found.
pub async fn hold<S: Strategy>(cases: u32, values: S, test: impl AsyncFn(S::Value)) {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let runtime = tokio::runtime::Handle::current();
    let result = TestRunner::new(config).run(&values, |value| {
        tokio::task::block_in_place(|| runtime.block_on(test(value)));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
