//! axe-core on the page as it is: what people who use assistive technology would stumble over.

use serde::Deserialize;

use super::Person;

#[derive(Debug, Deserialize)]
pub struct Violation {
    pub id: String,
    pub impact: Option<String>,
    pub help: String,
    /// The elements, as selectors with what is wrong.
    pub nodes: Vec<String>,
}

/// Follows axe's own source; its answer is `Violation`s.
const RUN: &str = r#"
const done = arguments[0];
const node = ({ target, failureSummary }) => `${target}: ${failureSummary}`;
axe.run(document, { resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.map(({ id, impact, help, nodes }) =>
    ({ id, impact, help, nodes: nodes.map(node) }))),
  (error) => done([{ id: "axe", impact: "critical", help: String(error), nodes: [] }]),
);
"#;

impl Person {
    /// Everything that axe calls serious or critical.
    pub async fn stumbles_over(&self) -> Vec<Violation> {
        let path = std::env::var_os("HUBBUB_AXE");
        let path = path.expect("HUBBUB_AXE names no axe.min.js: run `cargo xtask test browser`");
        let source = std::fs::read_to_string(path).unwrap();
        // As part of the script, because the page's policy would not let it be evaluated.
        let found: Vec<Violation> = self.look_long(&format!("{source}\n{RUN}")).await;
        let grave = |violation: &Violation| {
            matches!(violation.impact.as_deref(), Some("serious" | "critical"))
        };
        found.into_iter().filter(grave).collect()
    }
}
