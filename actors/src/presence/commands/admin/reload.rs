//! `/presence admin reload`: features of this server start again from what is stored.

use crate::{
    kernel::{
        address::{Address, Kind},
        call::Call,
        chore::Chore,
        command::{Command, Place, Spec, Who, opt},
        effect::Effect,
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, texts},
};

const FEATURES: &[(&str, &str)] = &[
    ("settings", "settings"),
    ("welcome", "welcome"),
    ("presence", "presence"),
    ("messages", "messages"),
    ("privacy", "privacy"),
    ("info", "info"),
];

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence admin reload",
        summary: "Start a feature, or all of them, again from what is stored",
        who: Who::Owner,
        place: Place::Guild,
        options: &[opt::choice(
            "feature",
            "Which; all if you do not say",
            FEATURES,
        )],
    },
    run: reload,
    complete: None,
};

fn reload(cx: &mut Cx<'_, Row>, _: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let only = match call.text("feature") {
        Some(name) => Some(Kind::from_name(name).ok_or(Refusal::UnknownFeature)?),
        None => None,
    };
    Ok(Reply::text(start_again(cx, only)))
}

/// Does it, to one feature or all of them, and says so.
pub(super) fn start_again(cx: &mut Cx<'_, Row>, only: Option<Kind>) -> String {
    let wanted = only.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
    let guild = cx.guild();
    for kind in &wanted {
        let machine = Address::guild(*kind, guild);
        cx.effect(Effect::House(Chore::Reload { machine }));
    }
    texts::reloaded(&wanted)
}

#[cfg(test)]
mod tests {
    use super::FEATURES;
    use crate::{
        kernel::{address::Kind, check::check},
        presence::Presence,
    };
    use expect_test::expect;

    #[test]
    fn one_feature_or_all_start_again() {
        check::<Presence>(
            r#"
            given told shared owner:owner
            owner /presence admin reload feature:welcome
            owner /presence admin reload
            mod /presence admin reload
            "#,
            expect![[r#"
                > owner /presence admin reload feature:welcome
                reload welcome
                reply owner "These start again from what is stored here: welcome. Nothing that waits for them is lost."
                > owner /presence admin reload
                reload settings
                reload info
                reload welcome
                reload presence
                reload privacy
                reload messages
                reply owner "These start again from what is stored here: settings, info, welcome, presence, privacy, messages. Nothing that waits for them is lost."
                > mod /presence admin reload
                refuse mod "This is for the server's owner, because it concerns what is stored about everybody here."
            "#]],
        );
    }

    #[test]
    fn every_feature_can_be_named() {
        let named = |kind: Kind| FEATURES.iter().any(|(_, value)| *value == kind.name());
        assert!(Kind::ALL.into_iter().all(named));
    }
}
