use super::*;
use proptest::prelude::*;

const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "UTC",
];

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn utc_text(at: Timestamp) -> String {
    let (date, time) = local(at, &Zone::UTC);
    format!("{date} {time}")
}

fn at(text: &str, zone: &Zone) -> Timestamp {
    let (date, time) = text.split_once(' ').unwrap();
    instant(date.parse().unwrap(), time.parse().unwrap(), zone)
}

/// `local` in a zone, in UTC.
fn in_utc(zone_name: &str, local: &str) -> String {
    utc_text(at(local, &zone(zone_name)))
}

#[test]
fn ordinary_times_have_their_offset() {
    assert_eq!(
        in_utc("Europe/Paris", "2026-01-15 15:00"),
        "2026-01-15 14:00"
    );
    assert_eq!(
        in_utc("America/New_York", "2026-07-01 20:30"),
        "2026-07-02 00:30"
    );
    assert_eq!(
        in_utc("Asia/Kathmandu", "2026-07-01 00:00"),
        "2026-06-30 18:15"
    );
    assert_eq!(in_utc("UTC", "2026-07-01 00:00"), "2026-07-01 00:00");
}

#[test]
fn the_latest_day_is_the_one_whose_time_has_come() {
    let latest = |zone_name: &str, time: &str, now: &str| {
        let zone = zone(zone_name);
        super::latest(at(now, &Zone::UTC), time.parse().unwrap(), &zone).to_string()
    };
    let paris = |time, now| latest("Europe/Paris", time, now);
    assert_eq!(paris("15:00", "2026-01-15 13:59"), "2026-01-14");
    assert_eq!(paris("15:00", "2026-01-15 14:00"), "2026-01-15");
    // Skipped, and so an hour later; twice, and so at the first.
    assert_eq!(paris("02:30", "2026-03-29 01:29"), "2026-03-28");
    assert_eq!(paris("02:30", "2026-03-29 01:30"), "2026-03-29");
    assert_eq!(paris("02:30", "2026-10-25 00:29"), "2026-10-24");
    assert_eq!(paris("02:30", "2026-10-25 00:30"), "2026-10-25");
    // Samoa had no 30th: its evening was that of the 31st, where the later date counts.
    assert_eq!(
        latest("Pacific/Apia", "18:00", "2011-12-30 12:00"),
        "2011-12-29"
    );
    assert_eq!(
        latest("Pacific/Apia", "18:00", "2011-12-31 04:00"),
        "2011-12-31"
    );
}

#[test]
fn a_skipped_time_moves_forward_by_the_gap() {
    assert_eq!(
        in_utc("Europe/Paris", "2026-03-29 02:30"),
        "2026-03-29 01:30"
    );
    assert_eq!(
        in_utc("America/New_York", "2026-03-08 02:00"),
        "2026-03-08 07:00"
    );
    // Lord Howe moves by half an hour: 02:15 becomes 02:45 at +11.
    assert_eq!(
        in_utc("Australia/Lord_Howe", "2026-10-04 02:15"),
        "2026-10-03 15:45"
    );
    // Casablanca ends its Ramadan hour.
    assert_eq!(
        in_utc("Africa/Casablanca", "2025-04-06 02:30"),
        "2025-04-06 02:30"
    );
    // Midnight itself does not exist.
    assert_eq!(
        in_utc("America/Sao_Paulo", "2018-11-04 00:00"),
        "2018-11-04 03:00"
    );
}

#[test]
fn a_time_that_comes_twice_is_the_first() {
    assert_eq!(
        in_utc("Europe/Paris", "2026-10-25 02:30"),
        "2026-10-25 00:30"
    );
    assert_eq!(
        in_utc("America/New_York", "2026-11-01 01:30"),
        "2026-11-01 05:30"
    );
    assert_eq!(
        in_utc("Australia/Lord_Howe", "2026-04-05 01:45"),
        "2026-04-04 14:45"
    );
    assert_eq!(
        in_utc("Africa/Casablanca", "2025-02-23 02:30"),
        "2025-02-23 01:30"
    );
}

#[test]
fn a_day_that_samoa_skipped_falls_on_the_next_and_occurs_once() {
    let apia = zone("Pacific/Apia");
    assert_eq!(
        in_utc("Pacific/Apia", "2011-12-30 15:00"),
        "2011-12-31 01:00"
    );
    assert_eq!(
        in_utc("Pacific/Apia", "2011-12-31 15:00"),
        "2011-12-31 01:00"
    );
    let three = CivilTime::new(15, 0).unwrap();
    let before = at("2011-12-29 15:00", &apia);
    let saturday = next(before, three, &apia);
    assert_eq!(utc_text(saturday), "2011-12-31 01:00");
    assert_eq!(utc_text(next(saturday, three, &apia)), "2012-01-01 01:00");
    assert_eq!(
        next_weekday(before, Weekday::Friday, three, &apia),
        saturday
    );
}

#[test]
fn next_is_strictly_later_and_keeps_the_wall_clock_over_a_change() {
    let paris = zone("Europe/Paris");
    let three = CivilTime::new(15, 0).unwrap();
    let eve = at("2026-03-28 15:00", &paris);
    assert_eq!(utc_text(next(eve, three, &paris)), "2026-03-29 13:00");
    assert_eq!(next(eve - Span::millis(1), three, &paris), eve);
    let between = at("2026-10-25 02:30", &paris) + Span::minutes(10);
    let half_past_two = CivilTime::new(2, 30).unwrap();
    assert_eq!(
        utc_text(next(between, half_past_two, &paris)),
        "2026-10-26 01:30"
    );
    assert_eq!(
        utc_text(next_weekday(eve, Weekday::Saturday, three, &paris)),
        "2026-04-04 13:00"
    );
    assert_eq!(
        utc_text(next_weekday(eve, Weekday::Sunday, three, &paris)),
        "2026-03-29 13:00"
    );
}

#[test]
fn the_ends_of_time_are_survived() {
    for name in ZONES {
        let zone = zone(name);
        assert_eq!(
            next(Timestamp::MAX, CivilTime::MIDNIGHT, &zone),
            Timestamp::MAX
        );
        let _ = next(Timestamp::from_millis(i64::MIN), CivilTime::MIDNIGHT, &zone);
        let first: CivilDate = "0001-01-01".parse().unwrap();
        assert_eq!(first.add_days(-1), first);
        assert_eq!(first.add_days(i64::MIN), first);
        assert_eq!(first.add_days(i64::MAX).to_string(), "9999-12-31");
        let _ = instant(first, CivilTime::MIDNIGHT, &zone);
    }
}

#[test]
fn offsets_are_in_minutes() {
    let noon = at("2026-07-01 12:00", &Zone::UTC);
    let offsets = ZONES.map(|name| offset_minutes(noon, &zone(name)));
    assert_eq!(offsets, [-240, 120, 630, 60, 345, 780, -180, 0]);
}

#[test]
fn dates_times_and_weekdays_are_read_and_written() {
    let date = |text: &str| {
        text.parse::<CivilDate>()
            .map(|date| format!("{date} {}", date.weekday()))
    };
    assert_eq!(date("2024-2-29").as_deref(), Ok("2024-02-29 Thursday"));
    for wrong in [
        "2023-02-29",
        "24-02-29",
        "2024-02",
        "2024-02-29-1",
        "+024-02-03",
        "",
        "0000-01-01",
        "2024-13-01",
    ] {
        assert_eq!(date(wrong), Err(NotCivil::Date), "{wrong}");
    }
    let time = |text: &str| text.parse::<CivilTime>().map(|time| time.to_string());
    assert_eq!(time(" 9:05 ").as_deref(), Ok("09:05"));
    for wrong in [
        "24:00", "12:60", "12", "12:5", "12:005", "-1:00", "a:00", "12:+5",
    ] {
        assert_eq!(time(wrong), Err(NotCivil::Time), "{wrong}");
    }
    assert_eq!("fri".parse(), Ok(Weekday::Friday));
    assert_eq!("TUESDAY".parse(), Ok(Weekday::Tuesday));
    assert_eq!("t".parse::<Weekday>(), Err(NotCivil::Weekday));
}

#[test]
fn zones_are_found_by_name_in_any_case_and_by_city() {
    assert_eq!(zone("europe/PARIS").to_string(), "Europe/Paris");
    assert_eq!(zone("america/new york").name(), "America/New_York");
    let names = |typed: &str| {
        Zone::search(typed)
            .iter()
            .map(Zone::name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("new y"), ["America/New_York"]);
    assert_eq!(names("PARIS"), ["Europe/Paris"]);
    assert_eq!(names("lord_h")[0], "Australia/Lord_Howe");
    assert_eq!(names("").len(), 25);
    assert_eq!(names("a").len(), 25);
    assert_eq!(names("UTC")[0], "UTC");
    assert!(names("no such place").is_empty());
}

#[test]
fn an_unknown_zone_suggests_near_ones() {
    let error = |text: &str| text.parse::<Zone>().unwrap_err().to_string();
    assert_eq!(
        error("Paris"),
        "There is no time zone `Paris`. Did you mean Europe/Paris?"
    );
    assert_eq!(
        error("Europe/Pariss"),
        "There is no time zone `Europe/Pariss`. Did you mean Europe/Paris?"
    );
    assert_eq!(
        error("Kathmandoo"),
        "There is no time zone `Kathmandoo`. Did you mean Asia/Kathmandu or Asia/Katmandu?"
    );
    assert_eq!(
        error("`@everyone"),
        "There is no time zone `ˋ@\u{200B}everyone`. Zones are named like Europe/Paris."
    );
    assert_eq!(
        error(""),
        "There is no time zone ` `. Zones are named like Europe/Paris."
    );
}

#[test]
fn what_is_stored_is_plain_and_checked_when_read() {
    let paris = zone("Europe/Paris");
    let date: CivilDate = "2026-03-29".parse().unwrap();
    let time = CivilTime::new(9, 5).unwrap();
    let stored = serde_json::to_string(&(paris, date, time)).unwrap();
    assert_eq!(stored, r#"["Europe/Paris",[2026,3,29],[9,5]]"#);
    assert_eq!(
        serde_json::from_str::<(Zone, CivilDate, CivilTime)>(&stored).unwrap(),
        (paris, date, time)
    );
    assert!(serde_json::from_str::<CivilDate>("[2026,2,29]").is_err());
    assert!(serde_json::from_str::<CivilTime>("[24,0]").is_err());
    assert!(serde_json::from_str::<Zone>(r#""Europe/Atlantis""#).is_err());
    assert_eq!(tzdata_version().len(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The latest day is over when the next occurrence comes, and not before.
    #[test]
    fn latest_and_next_meet(
        name in prop::sample::select(&ZONES[..]), hour in 0..24_u8, minute in 0..60_u8,
        now in 1_000_000_000_i64..2_000_000_000
    ) {
        let (zone, now) = (zone(name), Timestamp::from_seconds(now));
        let time = CivilTime::new(hour, minute).unwrap();
        let (day, then) = (latest(now, time, &zone), next(now, time, &zone));
        prop_assert!(instant(day, time, &zone) <= now);
        prop_assert_eq!(latest(then - Span::millis(1), time, &zone), day);
        prop_assert!(latest(then, time, &zone) > day);
    }

    #[test]
    fn every_local_date_has_exactly_one_occurrence(
        name in prop::sample::select(&ZONES[..]), hour in 0..24_u8, minute in 0..60_u8, start in 0..20_000_i64
    ) {
        let zone = zone(name);
        let time = CivilTime::new(hour, minute).unwrap();
        let mut at = Timestamp::EPOCH + Span::days(start);
        let mut date = None;
        for _ in 0..800 {
            let later = next(at, time, &zone);
            prop_assert!(later > at);
            let (today, shown) = local(later, &zone);
            let step = date.map_or(1, |date| today.days_since(date));
            let skipped = name == "Pacific/Apia" && today.to_string() == "2011-12-31";
            prop_assert_eq!(step, if skipped && date.is_some() { 2 } else { 1 }, "{} {}", name, today);
            prop_assert!(shown >= time);
            (at, date) = (later, Some(today));
        }
    }

    #[test]
    fn a_local_time_that_exists_leads_back_to_itself(
        name in prop::sample::select(&ZONES[..]), minutes in 0..40_000_000_i64
    ) {
        let zone = zone(name);
        let at = Timestamp::EPOCH + Span::minutes(minutes);
        let (date, time) = local(at, &zone);
        let back = instant(date, time, &zone);
        prop_assert_eq!(local(back, &zone), (date, time));
        prop_assert!(back <= at && at.since(back) <= Span::hours(1));
        prop_assert_eq!(at.since(Timestamp::EPOCH).as_millis() / 60_000 + i64::from(offset_minutes(at, &zone)),
            date.days_since("1970-01-01".parse().unwrap()) * 1440 + i64::from(time.hour()) * 60 + i64::from(time.minute()));
    }
}
