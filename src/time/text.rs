//! Durations for people: the one place that writes them. No text of the program has more digits of a
//! time than it can use, and none is a raw number of seconds. JSON has milliseconds instead.
//!
//! | function | for |
//! |---|---|
//! | [`span`] | how long something took or may take, in a sentence |
//! | [`rough`] | how long ago, or how long still |
//! | [`hundredths`] | a column of times since the beginning, and what stands beside it |
//! | [`exact`] | a timeline |
//! | [`gone`], [`countdown`] | a cell of the dashboard |

use std::time::Duration;

/// How long something took or may take: `350 ms`, `2.5 s`, `60 s`. Rounded to a tenth below 10 s, and to
/// whole seconds above.
pub fn span(time: Duration) -> String {
    let ms = time.as_millis();
    match (ms + 50) / 100 {
        _ if ms < 1000 => format!("{ms} ms"),
        tenths @ 0..100 if !tenths.is_multiple_of(10) => {
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => format!("{} s", ms.saturating_add(500) / 1000),
    }
}

/// A time left or gone in the largest sensible unit: `59 s`, `3 min`, `2 h`, `2 d`.
pub fn rough(time: Duration) -> String {
    match time.saturating_add(Duration::from_millis(500)).as_secs() {
        s @ 0..120 => format!("{s} s"),
        s @ 120..7200 => format!("{} min", s / 60),
        s @ 7200..172_800 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}

/// Seconds with two decimals, the rest cut off: `0.05 s`, `12.50 s`.
pub fn hundredths(time: Duration) -> String {
    let hundredths = time.as_millis() / 10;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

/// To the millisecond: `0.120 s`, `12.034 s`, `3:12.500`.
pub fn exact(time: Duration) -> String {
    let ms = time.as_millis();
    match ms / 60_000 {
        0 => format!("{}.{:03} s", ms / 1000, ms % 1000),
        minutes => format!("{minutes}:{:02}.{:03}", ms / 1000 % 60, ms % 1000),
    }
}

/// A time gone, in at most six columns: `950 ms`, `12.4 s`, `8 min`, `3 h`, `2 d`.
pub fn gone(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        ms @ 1000..60_000 => format!("{}.{} s", ms / 1000, ms / 100 % 10),
        ms @ 60_000..7_200_000 => format!("{} min", ms / 60_000),
        ms @ 7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        ms => format!("{} d", ms / 86_400_000),
    }
}

/// A time left: `0:59`, `12:04`, `3 h 05`. Rounded up, so that it never shows zero while something is left.
pub fn countdown(left: Duration) -> String {
    match left.as_millis().div_ceil(1000) {
        s @ 0..3600 => format!("{}:{:02}", s / 60, s % 60),
        s @ 3600..86_400 => format!("{} h {:02}", s / 3600, s / 60 % 60),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn span_has_a_unit_and_at_most_one_decimal() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (1049, "1 s"),
            (1050, "1.1 s"),
            (2500, "2.5 s"),
            (9949, "9.9 s"),
            (9960, "10 s"),
            (10_400, "10 s"),
            (59_600, "60 s"),
            (600_000, "600 s"),
        ] {
            assert_eq!(span(of(ms)), text);
        }
        assert_eq!(span(Duration::from_nanos(1_000_719_749)), "1 s");
        assert_eq!(span(Duration::from_nanos(719)), "0 ms");
        assert_eq!(span(Duration::MAX), "18446744073709551616 s");
    }

    #[test]
    fn rough_has_the_largest_sensible_unit() {
        for (ms, text) in [
            (0, "0 s"),
            (1_499, "1 s"),
            (119_499, "119 s"),
            (180_000, "3 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 d"),
        ] {
            assert_eq!(rough(of(ms)), text);
        }
    }

    #[test]
    fn fixed_decimals_are_cut_off_never_raw() {
        assert_eq!(hundredths(Duration::from_nanos(45_719_749)), "0.04 s");
        assert_eq!(hundredths(of(12_500)), "12.50 s");
        assert_eq!(exact(Duration::from_nanos(120_719_749)), "0.120 s");
        assert_eq!((&*exact(of(12_034)), &*exact(of(192_500))), ("12.034 s", "3:12.500"));
        assert_eq!((&*gone(of(12_499)), &*gone(of(480_000))), ("12.4 s", "8 min"));
        assert_eq!((&*countdown(of(58_001)), &*countdown(of(11_100_000))), ("0:59", "3 h 05"));
    }
}
