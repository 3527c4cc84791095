use super::*;

#[test]
fn a_sink_that_takes_nothing_is_left_alone_for_ever_longer_pauses() {
    let mut books = Books::default();
    let now = Timestamp::from_seconds(1_000);
    assert_eq!(books.pause("postgres", now), Span::ZERO);
    let pauses = (0..10).map(|_| {
        books.failed("postgres", now);
        books.pause("postgres", now).as_millis() / 1_000
    });
    let pauses: Vec<i64> = pauses.collect();
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert!(books.pause("postgres", now + Span::minutes(5)) <= Span::ZERO);
    assert_eq!(books.pause("lines", now), Span::ZERO);
}

#[test]
fn who_has_a_list_has_that_of_one_effect() {
    let mut books = Books::default();
    let (one, two) = (GuildId::new(1).unwrap(), GuildId::new(2).unwrap());
    books.have.insert(one, (EffectId(7), ["lines"].into()));
    assert!(books.has(one, EffectId(7), "lines"));
    assert!(!books.has(one, EffectId(8), "lines"), "of another day");
    assert!(!books.has(one, EffectId(7), "postgres"));
    assert!(!books.has(two, EffectId(7), "lines"));
}
