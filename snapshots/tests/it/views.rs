//! Views: one moment, while commits go on.

use crate::kit::{Place, assert_good, commit, contents, key, payload, put, remove};
use actors::kernel::record::MAX_PAYLOAD;
use snapshots::{ReadFault, Reader, end_of};

#[test]
fn a_view_stands_still_while_commits_go_on() {
    for place in Place::each() {
        let mut store = place.open();
        let names: Vec<String> = (0..200).map(|n| format!("{n:04}")).collect();
        commit(
            &mut *store,
            names.iter().map(|name| put(name, "before")).collect(),
        );
        commit(&mut *store, vec![put("0100", vec![9; 9_000])]);
        let view = store.view();
        let before = contents(&view, 1_000);

        let first = view.scan(&key(""), &end_of(&key("")), 50).unwrap();
        for name in &names {
            commit(
                &mut *store,
                vec![put(name, "after"), put(&format!("{name}+"), "new")],
            );
        }
        commit(
            &mut *store,
            names.iter().skip(150).map(|name| remove(name)).collect(),
        );
        let mut seen = first.entries;
        seen.extend(
            view.scan(&first.next.unwrap(), &end_of(&key("")), 1_000)
                .unwrap()
                .entries,
        );
        assert_eq!(seen, before);
        assert_eq!(contents(&view, 3), before);
        assert_eq!(payload(&view, "0100").unwrap().len(), 9_000);
        assert_good(&view);
        assert_eq!(view.epoch(), 2);
        assert_eq!(store.health().views, 1);
        drop(view);
        assert_eq!(store.health().views, 0);
        assert_good(&store.view());
    }
}

#[test]
fn a_view_is_given_up_when_too_much_changes() {
    for place in Place::each() {
        let mut store = place.open();
        let names: Vec<String> = (0..140).map(|n| format!("{n:04}")).collect();
        for name in &names {
            commit(&mut *store, vec![put(name, vec![1; MAX_PAYLOAD])]);
        }
        let view = store.view();
        for name in &names {
            commit(&mut *store, vec![put(name, "small")]);
        }
        assert!(matches!(
            view.get(&key("0000")),
            Err(ReadFault::ViewExpired(140))
        ));
        assert_good(&store.view());
    }
}
