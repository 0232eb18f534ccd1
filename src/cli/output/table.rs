//! Tables that fit the terminal: columns are cut, then dropped, in the order they can be missed.

use super::text::{cut, padded, width};

/// A column: its heading and how it gives way.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// How narrow it may be cut; a column that must stay whole has [`WHOLE`].
    pub least: usize,
    /// The greater, the sooner it is dropped; 0 is never dropped.
    pub missable: u8,
}

/// For [`Column::least`]: not to be cut.
pub const WHOLE: usize = usize::MAX;

/// Between two columns.
const GAP: usize = 2;

/// The lines of a table, heading first, without trailing spaces. `columns` is the width of the
/// terminal; without one nothing is cut. Columns that are empty in every row are left out.
pub fn lines<const N: usize>(
    columns: &[Column; N],
    rows: &[[String; N]],
    terminal: Option<usize>,
) -> Vec<String> {
    let mut widths: [Option<usize>; N] = std::array::from_fn(|n| {
        let widest = rows.iter().map(|row| width(&row[n])).max().unwrap_or(0);
        (widest > 0).then(|| widest.max(width(columns[n].heading)))
    });
    if let Some(terminal) = terminal {
        fit(columns, &mut widths, terminal);
    }
    let heading: [String; N] = std::array::from_fn(|n| columns[n].heading.to_owned());
    std::iter::once(&heading).chain(rows).map(|row| line(row, &widths)).collect()
}

/// Drops and cuts columns until they fit, or nothing is left to give way.
fn fit<const N: usize>(columns: &[Column; N], widths: &mut [Option<usize>; N], terminal: usize) {
    while total(widths) > terminal {
        // The widest column that can be cut gives first: it loses least by it.
        let cuttable = (0..N)
            .filter(|&n| widths[n].is_some_and(|width| width > columns[n].least))
            .max_by_key(|&n| widths[n]);
        if let Some(n) = cuttable {
            widths[n] = widths[n].map(|width| width - 1);
            continue;
        }
        let droppable = (0..N)
            .filter(|&n| widths[n].is_some() && columns[n].missable > 0)
            .max_by_key(|&n| columns[n].missable);
        match droppable {
            Some(n) => widths[n] = None,
            None => return,
        }
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}

fn line<const N: usize>(row: &[String; N], widths: &[Option<usize>; N]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .filter_map(|(cell, width)| width.map(|width| padded(&cut(cell, width), width)))
        .collect();
    cells.join(&" ".repeat(GAP)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { heading: "name", least: 5, missable: 0 },
        Column { heading: "ski", least: WHOLE, missable: 0 },
        Column { heading: "age", least: WHOLE, missable: 1 },
    ];

    fn table(terminal: Option<usize>) -> Vec<String> {
        let row = |a: &str, b: &str, c: &str| [a, b, c].map(str::to_owned);
        let rows = [row("Demo Wallbox", "5555aaaa", "3 s"), row("充电桩", "66", "12 s")];
        lines(&COLUMNS, &rows, terminal)
    }

    #[test]
    fn columns_are_aligned_by_what_they_take_on_the_screen() {
        assert_eq!(
            table(None),
            [
                "name          ski       age",
                "Demo Wallbox  5555aaaa  3 s",
                "充电桩        66        12 s"
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_before_it_drops() {
        assert_eq!(table(Some(22))[1], "Demo …  5555aaaa  3 s");
        assert_eq!(table(Some(15))[1], "Demo…  5555aaaa");
        assert_eq!(table(Some(3))[1], "Demo…  5555aaaa", "what must stay, stays");
    }

    #[test]
    fn a_column_without_contents_is_left_out() {
        let rows = [["a".to_owned(), "b".to_owned(), String::new()]];
        assert_eq!(lines(&COLUMNS, &rows, None)[0], "name  ski");
    }
}
