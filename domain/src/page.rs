//! Pages by keyset: a cursor holds the sort key of its row, so that the thousandth page costs what
//! the first does.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
    sea_query::{Expr, ExprTrait},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// The page size when none is asked for.
pub const DEFAULT_SIZE: u64 = 25;
/// The largest page.
pub const MAX_SIZE: u64 = 100;

/// The arguments of a Relay connection, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageArgs {
    /// How many from the start.
    pub first: Option<i32>,
    /// Begin behind this cursor.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i32>,
    /// End before this cursor.
    pub before: Option<String>,
}

/// Checked arguments of a page; `K` is the sort key that cursors hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window<K> {
    /// How many rows, 1 to 100.
    pub limit: u64,
    /// Counted from the end.
    pub from_end: bool,
    /// Rows behind this key only.
    pub after: Option<K>,
    /// Rows before this key only.
    pub before: Option<K>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows in the list's order.
    pub items: Vec<T>,
    /// Whether there are rows behind the last one.
    pub has_next: bool,
    /// Whether there are rows before the first one.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self {
            items,
            has_next,
            has_previous,
        } = self;
        Page {
            items: items.into_iter().map(change).collect(),
            has_next,
            has_previous,
        }
    }
}

/// The sort key of a list: what its cursors hold and which columns it compares.
pub trait Key: Serialize + DeserializeOwned + Clone {
    /// Tells cursors of different lists apart.
    const TAG: &'static str;

    /// The values in the order of the list's columns.
    fn values(&self) -> Vec<Value>;

    /// The cursor, opaque to clients.
    fn encode(&self) -> String {
        // A key is a tuple of plain values: writing it as JSON cannot fail.
        let text = serde_json::to_string(&(Self::TAG, self)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads what [`Self::encode`] wrote.
    fn decode(cursor: &str, argument: &str) -> Result<Self> {
        let parse = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (tag, key): (String, Self) = serde_json::from_slice(&bytes).ok()?;
            // A text with NUL is in no row, and PostgreSQL would not even compare it.
            let is_text =
                |value: &Value| matches!(value, Value::String(Some(text)) if text.contains('\0'));
            (tag == Self::TAG && !key.values().iter().any(is_text)).then_some(key)
        };
        parse().ok_or_else(|| {
            Error::BadInput(format!(
                "The cursor given as `{argument}` does not belong to this list in this order. Take \
                 cursors from the same list with the same order, unchanged."
            ))
        })
    }
}

impl PageArgs {
    /// Checks the arguments.
    ///
    /// # Errors
    /// `BadInput` for a size out of 1 to 100, for `first` together with `last`, and for a cursor of
    /// another list.
    pub fn window<K: Key>(&self) -> Result<Window<K>> {
        let (limit, from_end) = self.limit()?;
        let cursor = |text: &Option<String>, name| {
            text.as_deref()
                .map(|text| K::decode(text, name))
                .transpose()
        };
        Ok(Window {
            limit,
            from_end,
            after: cursor(&self.after, "after")?,
            before: cursor(&self.before, "before")?,
        })
    }

    /// The page size, and whether it counts from the end.
    ///
    /// # Errors
    /// `BadInput` as for [`Self::window`].
    pub fn limit(&self) -> Result<(u64, bool)> {
        let (size, name, from_end) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(Error::BadInput(
                    "Give either `first` or `last`, not both.".to_owned(),
                ));
            }
            (first, None) => (first, "first", false),
            (None, last) => (last, "last", true),
        };
        match size.map(u64::try_from) {
            None => Ok((DEFAULT_SIZE, from_end)),
            Some(Ok(size @ 1..=MAX_SIZE)) => Ok((size, from_end)),
            Some(_) => Err(Error::BadInput(format!(
                "`{name}` must be from 1 to {MAX_SIZE}. For more, ask for the next page."
            ))),
        }
    }
}

impl<K> Window<K> {
    /// Makes a page of rows that were fetched in reading direction with one row to spare.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if self.from_end {
            rows.reverse();
        }
        // In the direction not read, a cursor is itself a row (or was one).
        let (has_next, has_previous) = if self.from_end {
            (self.before.is_some(), more)
        } else {
            (more, self.after.is_some())
        };
        Page {
            items: rows,
            has_next,
            has_previous,
        }
    }
}

impl<K: Key> Window<K> {
    /// The bounds that the cursors set, for a list sorted by `columns`.
    pub fn bounds<C: ColumnTrait>(&self, columns: &[C], ascending: bool) -> sea_orm::Condition {
        let row = || Expr::tuple(columns.iter().map(|column| column.into_expr()));
        let key = |key: &K| Expr::tuple(key.values().into_iter().map(Expr::val));
        let mut all = sea_orm::Condition::all();
        if let Some(after) = &self.after {
            let key = key(after);
            all = all.add(if ascending {
                row().gt(key)
            } else {
                row().lt(key)
            });
        }
        if let Some(before) = &self.before {
            let key = key(before);
            all = all.add(if ascending {
                row().lt(key)
            } else {
                row().gt(key)
            });
        }
        all
    }

    /// Runs `select` for this page.
    pub async fn fetch<E, C, D>(
        &self,
        db: &D,
        select: Select<E>,
        columns: &[C],
        ascending: bool,
    ) -> Result<Page<E::Model>>
    where
        E: EntityTrait,
        E::Model: Send + Sync,
        C: ColumnTrait,
        D: ConnectionTrait,
    {
        let order = if ascending == self.from_end {
            Order::Desc
        } else {
            Order::Asc
        };
        let mut select = select
            .filter(self.bounds(columns, ascending))
            .limit(self.limit + 1);
        for column in columns {
            select = select.order_by(*column, order.clone());
        }
        Ok(self.page(select.all(db).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Number(i32);

    impl Key for Number {
        const TAG: &'static str = "number";
        fn values(&self) -> Vec<Value> {
            vec![self.0.into()]
        }
    }

    fn args(first: Option<i32>, last: Option<i32>) -> PageArgs {
        PageArgs {
            first,
            last,
            ..PageArgs::default()
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused_and_not_cut() {
        for size in [i32::MIN, -1, 0, 101, i32::MAX] {
            assert!(args(Some(size), None).limit().is_err(), "{size}");
            assert!(args(None, Some(size)).limit().is_err(), "{size}");
        }
        assert!(args(Some(1), Some(1)).limit().is_err());
        assert_eq!(args(None, None).limit().ok(), Some((25, false)));
        assert_eq!(args(None, Some(100)).limit().ok(), Some((100, true)));
    }

    #[test]
    fn a_cursor_works_in_its_own_list_only() {
        let cursor = Number(7).encode();
        assert_eq!(Number::decode(&cursor, "after").ok(), Some(Number(7)));
        let foreign = URL_SAFE_NO_PAD.encode(r#"["other",7]"#);
        for bad in ["", "%%%", "bm9wZQ", foreign.as_str()] {
            assert!(Number::decode(bad, "after").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_from_the_end_is_turned_round() {
        let window = Window::<Number> {
            limit: 2,
            from_end: true,
            after: None,
            before: None,
        };
        let page = window.page(vec![9, 8, 7]);
        assert_eq!(page.items, [8, 9]);
        assert!(page.has_previous && !page.has_next);
    }
}
