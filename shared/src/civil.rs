//! Calendar days and clock times out of milliseconds, in English, for display only.
//!
//! The offset from UTC is an argument: 0 on the server and in the first render, the reader's own
//! afterwards. The browser knows that offset; this module knows no clock and no time zone.

/// A moment as someone with a given offset from UTC reads it on wall and calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Days since 1970-01-01.
    pub day: i64,
    second_of_day: i64,
}

const DAY_S: i64 = 86_400;

const WEEKDAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Civil {
    /// `at_ms`: milliseconds since 1970 UTC. `offset_min`: minutes east of Greenwich.
    pub fn new(at_ms: i64, offset_min: i32) -> Self {
        let seconds = at_ms.div_euclid(1_000) + i64::from(offset_min) * 60;
        Self { day: seconds.div_euclid(DAY_S), second_of_day: seconds.rem_euclid(DAY_S) }
    }

    /// `09:14`.
    pub fn time(self) -> String {
        let minutes = self.second_of_day / 60;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// `Saturday, 21 November 2026 at 09:14:05`.
    pub fn exact(self) -> String {
        let (year, _, _) = date(self.day);
        format!(
            "{} {year} at {}:{:02}",
            day_name(self.day, None),
            self.time(),
            self.second_of_day % 60
        )
    }
}

/// `Today`, `Yesterday`, `Saturday, 21 November`, and with the year where it is not this one.
///
/// Without `today` (days since 1970, where the reader is) there is no telling: the plain date.
pub fn day_name(day: i64, today: Option<i64>) -> String {
    match today.map(|today| today - day) {
        Some(0) => return "Today".into(),
        Some(1) => return "Yesterday".into(),
        _ => {}
    }
    let (year, month, date_of_month) = date(day);
    let weekday = WEEKDAYS[day.rem_euclid(7) as usize];
    let month = MONTHS[month - 1];
    if today.is_some_and(|today| date(today).0 != year) {
        format!("{weekday}, {date_of_month} {month} {year}")
    } else {
        format!("{weekday}, {date_of_month} {month}")
    }
}

/// `2026-11-22T08:20:00.123Z`, for `<time datetime>` and the plain protocol.
pub fn iso(at_ms: i64) -> String {
    let civil = Civil::new(at_ms, 0);
    let (year, month, date_of_month) = date(civil.day);
    format!(
        "{year:04}-{month:02}-{date_of_month:02}T{}:{:02}.{:03}Z",
        civil.time(),
        civil.second_of_day % 60,
        at_ms.rem_euclid(1_000),
    )
}

/// Year, month (1 to 12) and day of month in the Gregorian calendar.
///
/// `civil_from_days` of Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html>:
/// years begin in March, so that the leap day is the last of a year.
fn date(day: i64) -> (i64, usize, i64) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let day = day + 719_468;
    let era = day.div_euclid(DAYS_OF_400_YEARS);
    let day_of_era = day.rem_euclid(DAYS_OF_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let date_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as usize, date_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_795_335_605_123; // 2026-11-22T08:20:05.123Z

    #[test]
    fn a_moment_reads_differently_elsewhere() {
        assert_eq!(iso(AT), "2026-11-22T08:20:05.123Z");
        assert_eq!(Civil::new(AT, 0).time(), "08:20");
        assert_eq!(Civil::new(AT, 0).exact(), "Sunday, 22 November 2026 at 08:20:05");
        assert_eq!(Civil::new(AT, 330).time(), "13:50");
        assert_eq!(Civil::new(AT, -600).exact(), "Saturday, 21 November 2026 at 22:20:05");
    }

    #[test]
    fn days_have_the_names_people_use() {
        let today = Civil::new(AT, 0).day;
        assert_eq!(day_name(today, Some(today)), "Today");
        assert_eq!(day_name(today - 1, Some(today)), "Yesterday");
        assert_eq!(day_name(today - 2, Some(today)), "Friday, 20 November");
        assert_eq!(day_name(today - 400, Some(today)), "Saturday, 18 October 2025");
        assert_eq!(day_name(today, None), "Sunday, 22 November");
    }

    #[test]
    fn leap_days_and_the_time_before_1970_are_right() {
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(iso(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }
}
