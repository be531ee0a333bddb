//! Datasets with random defects.

use harness::Dataset;

use super::tape::Tape;

/// Values that replace the value of a key.
const VALUES: [&str; 24] = [
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\U0010FFFF\"",
    "'''\nlong\n'''",
    "0",
    "-1",
    "1e400",
    "nan",
    "0x7fffffffffffffffffff",
    "true",
    "[]",
    "[[], [[]]]",
    "{}",
    "{ a = { b = {} } }",
    "[\"hadr\", \"hadr\"]",
    "[\"none-such\"]",
    "2019-03-11",
    "2019-02-30T25:61:61Z",
    "\"2019-13\"",
    "\"9999-12-31\"",
    "\"meeting-2019\"",
    "\"gazette\"",
    "\"AU\"",
];

/// [`Dataset::minimal`] with one to three random changes.
pub fn generate(tape: &mut Tape) -> Dataset {
    let mut dataset = Dataset::minimal();
    for _ in 0..1 + tape.below(3) {
        let file = *tape.pick(&[
            "events.toml",
            "bodies.toml",
            "sources.toml",
            "themes.toml",
            "parties.toml",
            "dataset.toml",
        ]);
        let bytes = std::fs::read(dataset.path().join(file)).unwrap();
        dataset = dataset.with_bytes(file, &changed(tape, bytes));
    }
    dataset
}

fn changed(tape: &mut Tape, mut bytes: Vec<u8>) -> Vec<u8> {
    let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap_or_default().lines().collect();
    let at = tape.below(lines.len());
    let (before, after) = lines.split_at(at);
    let Some((line, after)) = after.split_first() else { return bytes };
    let lines = match tape.below(8) {
        0 => [before, after].concat().join("\n"),
        1 => [before, &vec![*line; 1 + tape.length()], after].concat().join("\n"),
        2 => "[".repeat(1 + tape.length()),
        3 => format!("a = {}", "{ a = ".repeat(1 + tape.length())),
        4 | 5 => {
            tape.mutate(&mut bytes);
            return bytes;
        }
        _ => {
            let key = line.split(" = ").next().unwrap_or_default();
            let other = format!("{key} = {}", tape.pick(&VALUES));
            [before, &[other.as_str()], after].concat().join("\n")
        }
    };
    lines.into_bytes()
}
