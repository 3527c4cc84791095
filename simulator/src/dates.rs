//! Dates as Discord writes them: ISO 8601 with microseconds and `+00:00` in JSON, RFC 7231 in the Date header.
//!
//! Sixty lines of civil arithmetic instead of a calendar crate, because the simulator only ever speaks UTC.

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
}

/// Days since 1970-01-01 to a civil date (the era arithmetic of proleptic Gregorian calendars).
fn civil(days: i64) -> Civil {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Civil {
        year,
        month,
        day,
        weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0),
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// `2026-11-20T07:03:34.123000+00:00`.
pub(crate) fn iso(ms: i64) -> String {
    let date = civil(ms.div_euclid(86_400_000));
    let in_day = ms.rem_euclid(86_400_000);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000+00:00",
        date.year,
        date.month,
        date.day,
        in_day / 3_600_000,
        in_day / 60_000 % 60,
        in_day / 1_000 % 60,
        in_day % 1_000
    )
}

/// `Fri, 20 Nov 2026 07:03:34 GMT`.
pub(crate) fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = civil(ms.div_euclid(86_400_000));
    let in_day = ms.rem_euclid(86_400_000);
    let month = usize::try_from(date.month - 1).unwrap_or(0);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[date.weekday],
        date.day,
        MONTHS[month],
        date.year,
        in_day / 3_600_000,
        in_day / 60_000 % 60,
        in_day / 1_000 % 60
    )
}

/// A `<t:...:style>` as a client shows it, in UTC.
pub(crate) fn shown(at_ms: i64, style: &str, now_ms: i64) -> String {
    let text = iso(at_ms);
    match style {
        "R" => relative(at_ms - now_ms),
        "t" => text[11..16].to_owned(),
        "T" => text[11..19].to_owned(),
        "d" | "D" => text[..10].to_owned(),
        _ => format!("{} {}", &text[..10], &text[11..16]),
    }
}

/// `in 5 minutes`, `3 days ago`.
fn relative(by_ms: i64) -> String {
    let seconds = (by_ms.abs() + 500) / 1_000;
    let units = [
        (31_536_000, "year"),
        (2_592_000, "month"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let fits = |(size, _): &&(i64, &str)| seconds >= *size;
    let (size, unit) = units.iter().find(fits).unwrap_or(&(1, "second"));
    let count = seconds / size;
    let plural = if count == 1 { "" } else { "s" };
    if by_ms > 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

/// Reads what clients send: `2026-11-20T07:03:34[.fraction](Z|+hh:mm)`.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let days = days_from_civil(number(0..4)?, number(5..7)?, number(8..10)?);
    let seconds = number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?;
    let rest = text.get(19..)?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let fraction = rest.get(..zone_at)?.trim_start_matches('.');
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let zone = rest.get(zone_at..)?;
    let offset_s = if zone.len() >= 6 {
        let hours: i64 = zone.get(1..3)?.parse().ok()?;
        let minutes: i64 = zone.get(4..6)?.parse().ok()?;
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        sign * (hours * 3_600 + minutes * 60)
    } else {
        0
    };
    Some((days * 86_400 + seconds - offset_s) * 1_000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_discord_writes_them() {
        assert_eq!(iso(1_420_070_400_000), "2015-01-01T00:00:00.000000+00:00");
        assert_eq!(iso(1_709_210_096_789), "2024-02-29T12:34:56.789000+00:00");
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn time_marks_read_as_in_a_client() {
        assert_eq!(
            shown(1_709_210_096_000, "R", 1_709_210_096_000 - 300_000),
            "in 5 minutes"
        );
        assert_eq!(shown(0, "R", 86_400_000), "1 day ago");
        assert_eq!(shown(1_709_210_096_000, "F", 0), "2024-02-29 12:34");
    }

    #[test]
    fn what_is_written_can_be_read() {
        for ms in [0, 1_420_070_400_001, 1_709_210_096_789, 4_102_444_800_999] {
            assert_eq!(parse_iso(&iso(ms)), Some(ms));
        }
        assert_eq!(
            parse_iso("2024-02-29T14:34:56+02:00"),
            Some(1_709_210_096_000)
        );
        assert_eq!(parse_iso("2024-02-29T12:34:56Z"), Some(1_709_210_096_000));
        assert_eq!(parse_iso("tomorrow"), None);
    }
}
