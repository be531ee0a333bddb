//! Small datasets in temporary folders.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;

use crate::guard::temporary;

/// A dataset in a temporary folder, deleted on drop.
pub struct Dataset {
    folder: TempDir,
}

const MINIMAL: [(&str, &str); 6] = [
    (
        "dataset.toml",
        r#"name = "A small dataset"
version = "t0"
licence = "CC-BY-4.0"
collected_until = "2020"
"#,
    ),
    (
        "parties.toml",
        r#"[[party]]
code = "AU"
name = "Australia"
official_name = "Commonwealth of Australia"
kind = "country"

[[party]]
code = "SG"
name = "Singapore"
official_name = "Republic of Singapore"
kind = "country"

[[party]]
code = "TL"
name = "Timor-Leste"
official_name = "Democratic Republic of Timor-Leste"
kind = "country"
"#,
    ),
    (
        "themes.toml",
        r#"[[theme]]
slug = "hadr"
name = "Disaster relief"
summary = "Help after disasters."
"#,
    ),
    (
        "sources.toml",
        r#"[[source]]
slug = "gazette"
title = "The gazette"
kind = "government"
publisher = "A government"
published = "2020"
url = "https://example.org/gazette"
"#,
    ),
    (
        "bodies.toml",
        r#"[[body]]
slug = "asean"
name = "Association of Southeast Asian Nations"
kind = "other"
themes = ["hadr"]
summary = "Ten, then eleven states."
citations = [{ source = "gazette" }]

[[body]]
slug = "ewg"
name = "A working group"
kind = "expert-working-group"
parent = "asean"
themes = ["hadr"]
summary = "It meets."
citations = [{ source = "gazette" }]

[[membership]]
slug = "asean-sg"
body = "asean"
party = "SG"
role = "member"
start = "1967-08-08"
citations = [{ source = "gazette" }]

[[membership]]
slug = "asean-tl"
body = "asean"
party = "TL"
role = "member"
start = "2025-10-26"
citations = [{ source = "gazette" }]
"#,
    ),
    (
        "events.toml",
        r#"[[event]]
slug = "meeting-2019"
title = "A meeting"
kind = "workshop"
bodies = ["ewg"]
start = "2019-03-11"
end = "2019-03-12"
hosts = ["AU"]
themes = ["hadr"]
summary = "They met."
citations = [{ source = "gazette", locator = "p. 1" }]
"#,
    ),
];

impl Dataset {
    /// A small valid dataset: a working group of ASEAN, and its only meeting, hosted by Australia.
    pub fn minimal() -> Self {
        let dataset = Self { folder: temporary() };
        MINIMAL.into_iter().fold(dataset, |dataset, (name, text)| dataset.with(name, text))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Appends to a file. Creates a missing file.
    pub fn with(self, name: &str, text: &str) -> Self {
        let before = fs::read_to_string(self.path().join(name)).unwrap_or_default();
        let gap = if before.is_empty() { "" } else { "\n" };
        self.with_bytes(name, format!("{before}{gap}{text}").as_bytes())
    }

    /// Writes a file with this content.
    pub fn with_bytes(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.path().join(name), bytes).unwrap();
        if name == "dataset.toml" { self } else { self.with_new_version() }
    }

    /// The version in `dataset.toml`.
    pub fn version(&self) -> String {
        let text = fs::read_to_string(self.path().join("dataset.toml")).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
        line.trim_matches('"').to_owned()
    }

    /// Gives the dataset a version that no other has, because a version names one content.
    fn with_new_version(self) -> Self {
        static VERSIONS: AtomicU32 = AtomicU32::new(1);
        let about = self.path().join("dataset.toml");
        if let Ok(text) = fs::read_to_string(&about) {
            let number = VERSIONS.fetch_add(1, Ordering::Relaxed);
            let line = |line: &str| match line.starts_with("version = \"t") {
                true => format!("version = \"t{number}\"\n"),
                false => format!("{line}\n"),
            };
            fs::write(about, text.lines().map(line).collect::<String>()).unwrap();
        }
        self
    }

    pub fn without(self, name: &str) -> Self {
        fs::remove_file(self.path().join(name)).unwrap();
        self.with_new_version()
    }

    /// Replaces a string in a file, where it must occur exactly once.
    #[track_caller]
    pub fn replacing(self, name: &str, old: &str, new: &str) -> Self {
        let text = fs::read_to_string(self.path().join(name)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` must occur once in {name}");
        self.with_bytes(name, text.replace(old, new).as_bytes())
    }
}
