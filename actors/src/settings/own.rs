//! What the settings know about a person: that the server is theirs. Without it nobody would be told
//! what goes wrong while no log channel is set, so it stays for as long as it is so; Discord says who
//! it is with every start.

use super::State;
use crate::kernel::{ids::UserId, own::Known};

const WHY: &str = "you own this server, and I tell you what goes wrong while no log channel is set";

pub(super) fn about(state: &State, user: UserId) -> Vec<Known> {
    let owner = state.shared.owner.filter(|owner| *owner == user);
    let known = owner.map(|owner| Known::new("Owner", "You own this server.", &owner).stays(WHY));
    known.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn who_owns_the_server_is_known_and_stays() {
        check::<Settings>(
            r#"
            given guild available
            told wanted alice
            told forget owner
            told record owner
            "#,
            expect![[r#"
                > told wanted alice
                tell privacy 0 known
                > told forget owner
                tell privacy 1 known
                    # Owner
                    | You own this server.
                    202
                    stays: you own this server, and I tell you what goes wrong while no log channel is set
                > told record owner
            "#]],
        );
    }
}
