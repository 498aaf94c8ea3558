//! Relay connections.

use domain::page::PageArgs;

/// The arguments of a connection as the domain takes them.
pub(crate) fn page_args(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> PageArgs {
    PageArgs {
        first,
        after,
        last,
        before,
    }
}

/// Makes a connection type: `connection!(TicketConnection of TicketEdge, Ticket, TicketTotals, "...")`.
/// The totals hold what is worked out only where it is asked for.
macro_rules! connection {
    ($name:ident of $edge:ident, $node:ty, $extra:ty, $doc:literal) => {
        #[doc = concat!("A page of ", $doc, ".")]
        pub(crate) struct $name {
            edges: Vec<$edge>,
            has_next: bool,
            has_previous: bool,
            extra: $extra,
        }

        impl $name {
            /// Makes a connection of a page.
            pub(crate) fn new<Row>(
                page: domain::page::Page<Row>,
                extra: $extra,
                cursor: impl Fn(&Row) -> String,
                node: impl Fn(Row) -> $node,
            ) -> Self {
                let domain::page::Page {
                    items,
                    has_next,
                    has_previous,
                } = page;
                let edge = |row| $edge {
                    cursor: cursor(&row),
                    node: node(row),
                };
                Self {
                    edges: items.into_iter().map(edge).collect(),
                    has_next,
                    has_previous,
                    extra,
                }
            }
        }

        #[doc = concat!("A page of ", $doc, ".")]
        #[async_graphql::Object]
        impl $name {
            /// The rows of this page with their cursors.
            async fn edges(&self) -> &[$edge] {
                &self.edges
            }

            /// The rows of this page.
            async fn nodes(&self) -> Vec<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Whether there is more, and the cursors to get it with.
            async fn page_info(&self) -> async_graphql::connection::PageInfo {
                let cursor = |edge: Option<&$edge>| edge.map(|edge| edge.cursor.clone());
                async_graphql::connection::PageInfo {
                    has_previous_page: self.has_previous,
                    has_next_page: self.has_next,
                    start_cursor: cursor(self.edges.first()),
                    end_cursor: cursor(self.edges.last()),
                }
            }

            #[graphql(flatten)]
            async fn extra(&self) -> &$extra {
                &self.extra
            }
        }

        #[doc = concat!("A row of a page of ", $doc, ", with its cursor.")]
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $edge {
            /// The row's place in the list; give it as `after` or `before`.
            cursor: String,
            /// The row.
            node: $node,
        }
    };
}

pub(crate) use connection;
