//! Tables as CSV (RFC 4180) that are safe to open in a spreadsheet.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use domain::{Error, Result};

/// A table as it is written.
pub(crate) struct Table(Writer<Vec<u8>>);

impl Table {
    /// A table with these columns.
    ///
    /// # Errors
    /// `Internal`, which does not happen.
    pub(crate) fn new(columns: &[&str]) -> Result<Self> {
        let mut builder = WriterBuilder::new();
        let writer = builder.terminator(Terminator::CRLF).from_writer(Vec::new());
        let mut table = Self(writer);
        table.row(columns)?;
        Ok(table)
    }

    /// Writes a row, which must have as many cells as there are columns.
    ///
    /// # Errors
    /// `Internal` if it has not.
    pub(crate) fn row<Cell: AsRef<str>>(&mut self, cells: &[Cell]) -> Result<()> {
        for cell in cells {
            let cell = harmless(cell.as_ref());
            self.0.write_field(&*cell).map_err(Error::internal)?;
        }
        let nothing: [&str; 0] = [];
        self.0.write_record(nothing).map_err(Error::internal)
    }

    /// The text.
    ///
    /// # Errors
    /// `Internal`, which does not happen.
    pub(crate) fn text(self) -> Result<String> {
        let bytes = self.0.into_inner().map_err(|error| {
            // The error itself holds all that was written.
            Error::internal(error.error().to_string())
        })?;
        String::from_utf8(bytes).map_err(Error::internal)
    }
}

/// A cell that no spreadsheet takes for a formula: what could begin one has an apostrophe before it,
/// unless it is a plain number (OWASP, "CSV injection").
fn harmless(cell: &str) -> Cow<'_, str> {
    if could_be_formula(cell) && !is_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Whether a text begins as formulas do, alone or behind what nobody sees. Programs take full-width
/// signs and their small forms for the ordinary ones.
fn could_be_formula(text: &str) -> bool {
    const SIGNS: [char; 13] = [
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−',
    ];
    text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches(is_blank).starts_with(SIGNS)
}

/// Whether a character is not seen.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Whether a text is digits with at most a sign before and a point among them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    plain(whole) && plain(fraction)
}

#[cfg(test)]
mod tests {
    use csv::ReaderBuilder;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn written(columns: &[&str], rows: &[Vec<String>]) -> String {
        let mut table = Table::new(columns).unwrap();
        for row in rows {
            table.row(row).unwrap();
        }
        table.text().unwrap()
    }

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
        let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
        reader.records().map(|found| row(found.unwrap())).collect()
    }

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn it_is_written_as_rfc_4180_says() {
        let rows = [
            row(&["plain", "a, b", "-1.5"]),
            row(&["", "say \"hi\"", "two\r\nlines"]),
        ];
        assert_eq!(
            written(&["one", "two", "three"], &rows),
            "one,two,three\r\nplain,\"a, b\",-1.5\r\n,\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n"
        );
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        let mut table = Table::new(&["one", "two"]).unwrap();
        assert!(table.row(&["1"]).is_err());
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for formula in [
            "=1+1",
            "@SUM(A1)",
            "+A1",
            "-A1",
            "-1+1",
            "+49 30",
            "\t=1",
            "\ra",
            "\na",
            "  =1",
            "\u{a0}=1",
            "\u{200b}=1",
            "\u{feff}\u{202e}=1",
            "＝1",
            "＋A1",
            "－A1",
            "＠A1",
            "−A1",
            "--1",
            "-",
            "-1e5|cmd",
            "+.5",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"), "{formula:?}");
        }
        for harmless_one in [
            "", "a=1", "-1", "+1", "-0.5", "12", "'=1", " 1", "(none)", "a\t=1",
        ] {
            assert_eq!(harmless(harmless_one), harmless_one);
        }
    }

    /// Any text, and more often than not one that begins badly.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[ \t\r\n\u{a0}\u{200b}\u{feff}']{0,3}[=+@＝＋－＠﹦−-]?[0-9A-Z.,;\"\r\n(=+ -]{0,8}",
        ]
    }

    proptest! {
        /// Judged by what is seen first, in other words than those of the code.
        #[test]
        fn no_cell_of_any_text_can_start_a_formula(rows in vec(vec(texts(), 3), 0..5)) {
            let text = written(&["one", "two", "three"], &rows);
            let found = read(&text);
            prop_assert_eq!(found.len(), rows.len());
            for (cell, wanted) in found.iter().flatten().zip(rows.iter().flatten()) {
                let seen = cell.chars().find(|character| {
                    let blank = character.is_whitespace() || character.is_control();
                    !blank && !['\u{200b}', '\u{feff}'].contains(character)
                });
                let first = cell.chars().next();
                let suspect = seen.is_some_and(|seen| "=+-@＝＋－＠﹦−".contains(seen))
                    || first.is_some_and(|first| "\t\r\n".contains(first));
                prop_assert!(!suspect || cell.parse::<f64>().is_ok(), "{cell:?}");
                // It is the same text, less the apostrophe.
                let bare = cell.strip_prefix('\'').filter(|_| cell != wanted);
                prop_assert_eq!(bare.unwrap_or(cell), wanted);
            }
        }
    }
}
