//! Tables that fit the terminal: what can be missed gives way first, a name and an SKI last of all.
//! Below a table stands what it had no room for.

use anstyle::Style;

use super::text::{cut, padded, width, wrapped};

/// A column: its heading and how it gives way.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// What it does where there is not room for all of it.
    pub narrow: Narrow,
    /// The greater, the sooner it is left out. 0 is never left out, and is cut only when nothing
    /// else can give way.
    pub missable: u8,
}

/// What a column does where there is not room for all of it.
#[derive(Clone, Copy, Debug)]
pub enum Narrow {
    /// It stays whole.
    Whole,
    /// It is cut, to so many columns at least.
    Cut(usize),
    /// It is broken into lines of so many columns at least, or stands below its row.
    Wrapped(usize),
}

/// Between two columns.
const GAP: usize = 2;

/// How far a line below its row is indented.
const BELOW: usize = 4;

/// No brand or model is longer (SHIP 7.3.2): what is, is cut before another column is left out.
const LONGEST_NAME: usize = 32;

/// The lines of a table, heading first, without trailing spaces. `columns` is the width of the
/// terminal; without one nothing gives way. Columns that are empty in every row are left out.
pub fn lines<const N: usize>(
    columns: &[Column; N],
    rows: &[[String; N]],
    terminal: Option<usize>,
) -> Vec<String> {
    let whole: [Option<usize>; N] = std::array::from_fn(|n| {
        let widest = rows.iter().map(|row| width(&row[n])).max().unwrap_or(0);
        (widest > 0).then(|| widest.max(width(columns[n].heading)))
    });
    let fit = Fit { columns, whole: &whole };
    let widths = terminal.map_or(whole, |terminal| fit.widths(terminal));
    let heading: [String; N] = std::array::from_fn(|n| columns[n].heading.to_owned());
    let rows = std::iter::once(&heading).chain(rows);
    let mut lines: Vec<String> = rows.flat_map(|row| fit.row(row, &widths, terminal)).collect();
    lines.extend(fit.left_out(&widths, terminal));
    lines
}

/// How wide each column is, and where its cells stand.
struct Fit<'a, const N: usize> {
    columns: &'a [Column; N],
    /// The width that cuts nothing; `None` for a column without contents.
    whole: &'a [Option<usize>; N],
}

impl<const N: usize> Fit<'_, N> {
    /// The width of each column that has a place in the row.
    fn widths(&self, terminal: usize) -> [Option<usize>; N] {
        let mut widths: [Option<usize>; N] = std::array::from_fn(|n| self.least(n));
        let mut by_worth: Vec<usize> = (0..N).collect();
        by_worth.sort_by_key(|&n| self.columns[n].missable);
        for &n in by_worth.iter().rev().filter(|&&n| self.columns[n].missable > 0) {
            if total(&widths) > terminal {
                widths[n] = None;
            }
        }
        // One that is of more use may have gone for one that was wider.
        for &n in &by_worth {
            let with = std::array::from_fn(|it| if it == n { self.least(n) } else { widths[it] });
            if total(&with) <= terminal {
                widths = with;
            }
        }
        let in_the_row = self.cut(widths, terminal);
        if total(&in_the_row) > terminal {
            (0..N).filter(|&n| self.stands_below(n)).for_each(|n| widths[n] = None);
            widths = self.cut(widths, terminal);
        } else {
            widths = in_the_row;
        }
        for n in by_worth {
            if let (Some(whole), Some(width)) = (self.whole[n], widths[n]) {
                let room = terminal.saturating_sub(total(&widths));
                widths[n] = Some(width + room.min(whole - width));
            }
        }
        widths
    }

    /// What a column needs to be shown.
    fn least(&self, n: usize) -> Option<usize> {
        let Column { heading, narrow, missable } = self.columns[n];
        let least = match narrow {
            Narrow::Whole => usize::MAX,
            Narrow::Cut(_) if missable == 0 => LONGEST_NAME,
            Narrow::Cut(least) | Narrow::Wrapped(least) => least.max(width(heading)),
        };
        self.whole[n].map(|whole| whole.min(least))
    }

    /// Cuts what is never left out as far as it has to be, the widest first: it loses least by it.
    fn cut(&self, mut widths: [Option<usize>; N], terminal: usize) -> [Option<usize>; N] {
        let is_cut =
            |n: usize, width| matches!(self.columns[n].narrow, Narrow::Cut(least) if width > least);
        while total(&widths) > terminal {
            let cuttable = (0..N).filter(|&n| widths[n].is_some_and(|width| is_cut(n, width)));
            let Some(n) = cuttable.max_by_key(|&n| widths[n]) else { break };
            widths[n] = widths[n].map(|width| width - 1);
        }
        widths
    }

    fn stands_below(&self, n: usize) -> bool {
        let Column { narrow, missable, .. } = self.columns[n];
        self.whole[n].is_some() && missable == 0 && matches!(narrow, Narrow::Wrapped(_))
    }

    /// The lines of a row, and of what stands below it.
    fn row(
        &self,
        row: &[String; N],
        widths: &[Option<usize>; N],
        terminal: Option<usize>,
    ) -> Vec<String> {
        let cell = |n: usize, width: usize| match self.columns[n].narrow {
            Narrow::Wrapped(_) => wrapped(&row[n], width),
            Narrow::Whole | Narrow::Cut(_) => cut(&row[n], width),
        };
        let cells: Vec<(usize, String)> =
            (0..N).filter_map(|n| Some((widths[n]?, cell(n, widths[n]?)))).collect();
        let height = cells.iter().map(|(_, cell)| cell.lines().count()).max().unwrap_or(0).max(1);
        let line = |at: usize| {
            let part = |(width, cell): &(usize, String)| {
                padded(cell.lines().nth(at).unwrap_or_default(), *width)
            };
            let parts: Vec<String> = cells.iter().map(part).collect();
            parts.join(&" ".repeat(GAP)).trim_end().to_owned()
        };
        let mut lines: Vec<String> = (0..height).map(line).collect();
        for n in (0..N).filter(|&n| widths[n].is_none() && self.stands_below(n)) {
            let room = terminal.unwrap_or(usize::MAX).saturating_sub(BELOW);
            let below = wrapped(&row[n], room);
            lines.extend(below.lines().map(|line| format!("{}{line}", " ".repeat(BELOW))));
        }
        lines
    }

    /// Which columns there was no room for.
    fn left_out(&self, widths: &[Option<usize>; N], terminal: Option<usize>) -> Option<String> {
        const DIM: Style = Style::new().dimmed();
        let is_out = |&n: &usize| self.whole[n].is_some() && widths[n].is_none();
        let out = (0..N).filter(|n| is_out(n) && !self.stands_below(*n));
        let out: Vec<&str> = out.map(|n| self.columns[n].heading).collect();
        let line = cut(&format!("no room for {}", out.join(", ")), terminal?);
        (!out.is_empty()).then(|| format!("{DIM}{line}{DIM:#}"))
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column { heading: "NAME", narrow: Narrow::Cut(5), missable: 0 },
        Column { heading: "SKI", narrow: Narrow::Whole, missable: 0 },
        Column { heading: "AGE", narrow: Narrow::Whole, missable: 1 },
        Column { heading: "ADDRESS", narrow: Narrow::Cut(8), missable: 2 },
    ];

    fn table(terminal: Option<usize>) -> Vec<String> {
        let row = |it: [&str; 4]| it.map(str::to_owned);
        let rows = [
            row(["Demo Wallbox", "5555aaaa", "3 s", "192.168.1.20:4712"]),
            row(["充电桩", "66", "12 s", ""]),
        ];
        plain(lines(&COLUMNS, &rows, terminal))
    }

    /// Lines without their colours.
    pub(in crate::cli) fn plain(lines: Vec<String>) -> Vec<String> {
        lines.iter().map(|line| strip_str(line).to_string()).collect()
    }

    /// A table in terminals from narrow to wide: no line is wider than its terminal, and what is in
    /// one of `whole` is cut in none.
    pub(in crate::cli) fn fits<const N: usize>(
        columns: &[Column; N],
        rows: &[[String; N]],
        whole: &[impl AsRef<str>],
    ) {
        for terminal in [60, 80, 100, 120, 200] {
            let shown = plain(lines(columns, rows, Some(terminal)));
            let text = shown.join("\n");
            assert!(shown.iter().all(|line| width(line) <= terminal), "{terminal}:\n{text}");
            for part in whole.iter().map(AsRef::as_ref) {
                assert!(text.contains(part), "{part} in {terminal}:\n{text}");
            }
        }
    }

    #[test]
    fn columns_are_aligned_by_what_they_take_on_the_screen() {
        assert_eq!(
            table(None),
            [
                "NAME          SKI       AGE   ADDRESS",
                "Demo Wallbox  5555aaaa  3 s   192.168.1.20:4712",
                "充电桩        66        12 s"
            ]
        );
    }

    #[test]
    fn what_can_be_missed_gives_way_before_a_name_and_is_named() {
        assert_eq!(table(Some(38))[1], "Demo Wallbox  5555aaaa  3 s   192.168…");
        let narrow = table(Some(37));
        assert_eq!(
            narrow[1..],
            ["Demo Wallbox  5555aaaa  3 s", "充电桩        66        12 s", "no room for ADDRESS"]
        );
        assert_eq!(table(Some(24))[3], "no room for AGE, ADDRESS");
        assert_eq!(table(Some(24))[1], "Demo Wallbox  5555aaaa");
        assert_eq!(table(Some(21))[1], "Demo Wallb…  5555aaaa", "nothing else can give way");
        assert_eq!(table(Some(3))[1], "Demo…  5555aaaa", "what must stay, stays");
    }

    #[test]
    fn what_is_left_over_goes_to_the_name_first() {
        let columns = COLUMNS.map(|it| Column { missable: u8::from(it.missable > 0), ..it });
        let name = "N".repeat(50);
        let row = [name.as_str(), "5555aaaa", "3 s", "192.168.1.20:4712"].map(str::to_owned);
        let shown =
            |terminal| lines(&columns, std::slice::from_ref(&row), Some(terminal))[1].clone();
        assert_eq!(shown(57), format!("{}…  5555aaaa  3 s  192.168…", "N".repeat(31)));
        assert_eq!(shown(67), format!("{}…  5555aaaa  3 s  192.168…", "N".repeat(41)));
        assert_eq!(shown(77), format!("{name}  5555aaaa  3 s  192.168.1…"));
    }

    #[test]
    fn one_that_is_of_more_use_is_not_lost_for_one_that_is_wide() {
        let rows = [["a", "b", "c", &"d".repeat(40)].map(str::to_owned)];
        let columns = COLUMNS.map(|it| match it.heading {
            "AGE" => Column { missable: 3, ..it },
            "ADDRESS" => Column { narrow: Narrow::Whole, ..it },
            _ => it,
        });
        assert_eq!(lines(&columns, &rows, Some(20))[0], "NAME  SKI  AGE");
    }

    #[test]
    fn a_column_that_is_broken_into_lines_loses_nothing() {
        let columns = [
            Column { heading: "DEVICE", narrow: Narrow::Whole, missable: 0 },
            Column { heading: "WILL", narrow: Narrow::Wrapped(12), missable: 0 },
        ];
        let rows = [["meter", "trusts whoever asks, wants the PIN"].map(str::to_owned)];
        let shown = |terminal| lines(&columns, &rows, Some(terminal));
        assert_eq!(
            shown(24),
            ["DEVICE  WILL", "meter   trusts whoever", "        asks, wants the", "        PIN"]
        );
        let below = [
            "DEVICE",
            "    WILL",
            "meter",
            "    trusts",
            "    whoever",
            "    asks, wants",
            "    the PIN",
        ];
        assert_eq!(shown(15), below);
    }

    #[test]
    fn a_column_without_contents_is_left_out_and_not_missed() {
        let rows = [["a".to_owned(), "b".to_owned(), String::new(), String::new()]];
        assert_eq!(lines(&COLUMNS, &rows, Some(40)), ["NAME  SKI", "a     b"]);
        assert_eq!(lines(&COLUMNS, &[], Some(40)), [""]);
    }
}
