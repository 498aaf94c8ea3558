//! How large an operation may be. Who serves the schema enforces it before anything is executed.

use async_graphql::SimpleObject;

/// How large an operation may be. Beyond that it is refused with TOO_COMPLEX before anything of it
/// is executed. Counts are of the operation with its fragments expanded.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(name = "Limits")]
pub struct Limits {
    /// The largest request, in bytes.
    pub body_bytes: u32,
    /// The largest document, in bytes. What is long belongs into variables.
    pub document_bytes: u32,
    /// The most tokens of a document, and the most values that its variables hold.
    pub tokens: u32,
    /// The deepest nesting of fields.
    pub depth: u32,
    /// The most fields of all operations of a document together.
    pub fields: u32,
    /// The most fields at the top of an operation.
    pub root_fields: u32,
    /// The most aliases.
    pub aliases: u32,
    /// The most directives.
    pub directives: u32,
    /// The highest cost. The cost is the most fields that the answer can hold: a page multiplies
    /// what is asked of its rows. What has to be worked out or signed first counts more. The cost of
    /// an operation is in `extensions.cost` of its answer.
    pub cost: u32,
    /// The longest that an operation may take, in seconds.
    pub time_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            // The parser takes up to 100 ns for each, in comments and strings.
            document_bytes: 1 << 17,
            tokens: 5_000,
            // Introspection as tools send it needs 13.
            depth: 20,
            fields: 2_000,
            // Each may cost several statements.
            root_fields: 20,
            aliases: 200,
            directives: 100,
            cost: 100_000,
            time_seconds: 30,
        }
    }
}
