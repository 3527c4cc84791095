use crate::{
    kernel::check::{Stage, check},
    welcome::Welcome,
};
use expect_test::expect;

#[test]
fn the_form_opens_with_the_current_text_and_saves_a_new_one() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        mod presses edit:join
        mod submits edit:join text:"Hi {user}!\nRules: <#502> || Hello {user}"
        mod presses another:join:1
        mod presses edit:join
        alice joins
        "#,
        expect![[r#"
            > mod presses edit:join
            form mod edit:join "Text for who joins"
                text: "Welcome to {server}, {user}!"
            > mod submits edit:join text:"Hi {user}!\nRules: <#502> || Hello {user}"
            tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
            reply mod "Saved. So it will look:"
                # When somebody joins
                | Hi <@mod>!
                | Rules: <#general>
                (Variant 1 of 2)
                [Edit greeting → edit:join] [Another variant → another:join:1]
            > mod presses another:join:1
            reply mod
                # When somebody joins
                | Hello <@mod>
                (Variant 2 of 2)
                [Edit greeting → edit:join] [Another variant → another:join:0]
            > mod presses edit:join
            form mod edit:join "Text for who joins"
                text: "Hi {user}!\nRules: <#general> || Hello {user}"
            > alice joins
            post #welcome "Hello <@alice>" pings alice
        "#]],
    );
}

#[test]
fn a_rejected_text_is_kept_for_its_author_and_opens_again() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        mod submits edit:leave text:"{nmae} left"
        mod presses redo:leave
        owner presses redo:leave
        mod submits edit:leave text:"{name} left"
        mod presses redo:leave
        "#,
        expect![[r#"
            > mod submits edit:leave text:"{nmae} left"
            reply mod "There is no placeholder `{nmae}`. Did you mean `{name}`? You can use `{name}`, `{what}`, `{stayed}`, `{joined}`, `{roles}`, `{reason}`, `{by}`, `{user}`, `{id}`, `{server}`, `{count}`. Nothing was changed."
                [Edit again → redo:leave]
            > mod presses redo:leave
            form mod edit:leave "Text for who leaves"
                text: "{nmae} left"
            > owner presses redo:leave
            form owner edit:leave "Text for who leaves"
                text: "**{name}** {what}.\nMember for: {stayed} · Roles: {roles}"
            > mod submits edit:leave text:"{name} left"
            tell settings on: reports who leaves in <#mods>; next `/welcome join channel:…`
            reply mod "Saved. So it will look:"
                # When somebody leaves
                | mod left
                [Edit report → edit:leave]
            > mod presses redo:leave
            form mod edit:leave "Text for who leaves"
                text: "{name} left"
        "#]],
    );
}

#[test]
fn buttons_are_for_moderators_and_say_so_when_they_are_old() {
    check::<Welcome>(
        r#"
        given told shared log:#log moderators:@staff
        given mod /welcome join channel:#welcome
        given alice joins with @staff
        bob presses edit:join
        bob submits edit:join text:"mine"
        alice presses edit:join
        mod presses edit:leave
        mod presses edit:sideways
        mod presses dance:join
        mod submits dance:join text:"x"
        "#,
        expect![[r#"
            > bob presses edit:join
            refuse bob "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > bob submits edit:join text:"mine"
            refuse bob "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > alice presses edit:join
            form alice edit:join "Text for who joins"
                text: "Welcome to {server}, {user}!"
            > mod presses edit:leave
            refuse mod "That is switched off already. `/welcome leave channel:…` switches it on."
            > mod presses edit:sideways
            refuse mod "This button does nothing any more. `/welcome preview` has new ones."
            > mod presses dance:join
            refuse mod "This button does nothing any more. `/welcome preview` has new ones."
            > mod submits dance:join text:"x"
            refuse mod "This button does nothing any more. `/welcome preview` has new ones."
        "#]],
    );
}

#[test]
fn only_a_few_drafts_are_kept() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared moderators:@staff\n mod /welcome join channel:#welcome");
    for n in 1..=9 {
        stage.play(&format!(
            "m{n} joins with @staff\n m{n} submits edit:join text:\"{{\""
        ));
    }
    assert_eq!(stage.state().drafts.len(), 5);
    stage.play("1h pass\n mod submits edit:join text:\"{\"");
    assert_eq!(stage.state().drafts.len(), 1);
}
