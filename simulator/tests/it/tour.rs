//! A walk through the whole REST API, as a table of requests and the status that each should have. Other tests look
//! at the records that it leaves behind.

use crate::bot::start_with;
use crate::gateway::{Town, town};
use crate::raw::request;
use serde_json::{Value, json};
use simulator::{ChannelKind, Simulator};

pub(crate) struct Tour {
    pub(crate) sim: Simulator,
    town: Town,
}

impl Tour {
    pub(crate) async fn prepare() -> Self {
        let sim = start_with(|config| config.rate_limits = false).await;
        let town = town(&sim);
        Self { sim, town }
    }

    pub(crate) async fn walk() -> Self {
        let tour = Self::prepare().await;
        tour.run().await;
        tour
    }

    pub(crate) async fn run(&self) {
        self.about_the_bot().await;
        self.commands().await;
        self.messages().await;
        self.pins_and_reactions().await;
        self.channels().await;
        self.threads().await;
        self.guild().await;
        self.members().await;
        self.roles().await;
        self.webhooks().await;
        self.events_and_invites().await;
    }

    async fn ask(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        let body = (!body.is_null()).then_some(&body);
        let (got, answer) = request(&self.sim, method, path, body).await;
        assert_eq!(got, status, "{method} {path}: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null, 200).await
    }

    async fn about_the_bot(&self) {
        let (guild, ada) = (self.town.guild, self.town.ada);
        for path in [
            "/gateway",
            "/gateway/bot",
            "/users/@me",
            "/users/@me/guilds",
            "/users/@me/guilds?with_counts=true",
            "/applications/@me",
            "/oauth2/applications/@me",
            "/voice/regions",
        ] {
            self.get(path).await;
        }
        self.get(&format!("/users/{ada}")).await;
        self.ask("GET", "/users/1", Value::Null, 404).await;
        let dm = self
            .ask(
                "POST",
                "/users/@me/channels",
                json!({"recipient_id": ada.to_string()}),
                200,
            )
            .await;
        let dm = dm["id"].as_str().unwrap();
        self.get(&format!("/channels/{dm}")).await;
        self.ask(
            "POST",
            &format!("/channels/{dm}/messages"),
            json!({"content": "hello"}),
            200,
        )
        .await;
        self.sim.set_accepts_dms(ada, false);
        let refused = self
            .ask(
                "POST",
                &format!("/channels/{dm}/messages"),
                json!({"content": "hello"}),
                403,
            )
            .await;
        assert_eq!(refused["code"], 50007);
        self.sim.set_accepts_dms(ada, true);
        self.ask(
            "PATCH",
            &format!("/guilds/{guild}/members/@me"),
            json!({"nick": "Warden"}),
            200,
        )
        .await;
    }

    async fn commands(&self) {
        let (app, guild) = (self.sim.application_id(), self.town.guild);
        for base in [
            format!("/applications/{app}/commands"),
            format!("/applications/{app}/guilds/{guild}/commands"),
        ] {
            let option = json!({"type": 7, "name": "channel", "description": "where", "required": true, "channel_types": [0]});
            let sub = json!({"type": 1, "name": "join", "description": "on joining", "options": [option]});
            let list = json!([
                {"name": "welcome", "description": "greet", "options": [sub], "default_member_permissions": "32", "contexts": [0]},
                {"name": "ping", "description": "there?"}]);
            let made = self.ask("PUT", &base, list, 200).await;
            let id = made[0]["id"].as_str().unwrap();
            self.get(&base).await;
            self.get(&format!("{base}/{id}")).await;
            self.ask(
                "PATCH",
                &format!("{base}/{id}"),
                json!({"description": "greet well"}),
                200,
            )
            .await;
            self.ask(
                "POST",
                &base,
                json!({"name": "help", "description": "help"}),
                201,
            )
            .await;
            self.ask(
                "POST",
                &base,
                json!({"name": "help", "description": "more help"}),
                200,
            )
            .await;
            self.ask(
                "POST",
                &base,
                json!({"name": "Not Good", "description": "x"}),
                400,
            )
            .await;
            self.ask("DELETE", &format!("{base}/{id}"), Value::Null, 204)
                .await;
            self.ask("GET", &format!("{base}/{id}"), Value::Null, 404)
                .await;
        }
    }

    async fn messages(&self) {
        let path = format!("/channels/{}/messages", self.town.hall);
        let embed = json!({"title": "T", "description": "D", "color": 255, "timestamp": "2026-01-01T00:00:00Z",
            "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}, "image": {"url": "https://example.org/x.png"}});
        let row = json!({"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}, {"type": 2, "style": 5, "label": "Read", "url": "https://example.org"}]});
        let menu = json!({"type": 1, "components": [{"type": 3, "custom_id": "menu", "options": [{"label": "A", "value": "a"}]}]});
        let made = self
            .ask(
                "POST",
                &path,
                json!({"content": "hello <@1>", "embeds": [embed], "components": [row, menu],
            "allowed_mentions": {"parse": []}, "nonce": "abc", "enforce_nonce": true}),
                200,
            )
            .await;
        let id = made["id"].as_str().unwrap();
        assert_eq!(made["nonce"], "abc");
        let reply = json!({"content": "re", "message_reference": {"message_id": id}});
        let reply = self.ask("POST", &path, reply, 200).await;
        assert_eq!(reply["type"], 19);
        let text = json!({"type": 10, "content": "# Title"});
        let section = json!({"type": 9, "components": [text], "accessory": {"type": 2, "style": 2, "label": "x", "custom_id": "x"}});
        let v2 = json!({"flags": 1 << 15, "components": [{"type": 17, "accent_color": 255, "components": [text, section, {"type": 14}]}]});
        self.ask("POST", &path, v2, 200).await;
        self.get(&format!("{path}?limit=2")).await;
        self.get(&format!("{path}?around={id}&limit=5")).await;
        self.get(&format!("{path}/{id}")).await;
        self.ask(
            "PATCH",
            &format!("{path}/{id}"),
            json!({"content": "bye", "components": []}),
            200,
        )
        .await;
        self.refused_messages(&path).await;
        self.ask(
            "POST",
            &format!("/channels/{}/typing", self.town.hall),
            Value::Null,
            204,
        )
        .await;
        let ids = json!({"messages": [id, reply["id"]]});
        self.ask("POST", &format!("{path}/bulk-delete"), ids, 204)
            .await;
        self.ask("GET", &format!("{path}/{id}"), Value::Null, 404)
            .await;
        let last = self.sim.say(self.town.hall, self.town.ada, "spam");
        self.ask(
            "PATCH",
            &format!("{path}/{last}"),
            json!({"content": "mine"}),
            403,
        )
        .await;
        self.ask("DELETE", &format!("{path}/{last}"), Value::Null, 204)
            .await;
    }

    async fn refused_messages(&self, path: &str) {
        let long = json!({"title": "x".repeat(257)});
        let big: Vec<Value> = (0..2)
            .map(|_| json!({"description": "x".repeat(4_000)}))
            .collect();
        let refused = [
            (json!({}), 50006),
            (json!({"content": "   "}), 50006),
            (json!({"content": "x".repeat(2_001)}), 50035),
            (json!({"embeds": [long]}), 50035),
            (json!({"embeds": big}), 50035),
            (json!({"content": "x", "nonce": "x".repeat(26)}), 50035),
            (
                json!({"content": "x", "components": [{"type": 10, "content": "no flag"}]}),
                50035,
            ),
            (
                json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
                50035,
            ),
            (
                json!({"content": "x", "message_reference": {"message_id": "77"}}),
                50035,
            ),
        ];
        for (body, code) in refused {
            let answer = self.ask("POST", path, body, 400).await;
            assert_eq!(answer["code"], code, "{answer}");
        }
        let nowhere = self
            .ask(
                "POST",
                "/channels/77/messages",
                json!({"content": "x"}),
                404,
            )
            .await;
        assert_eq!(nowhere["code"], 10003);
    }

    async fn pins_and_reactions(&self) {
        let hall = self.town.hall;
        let id = self.sim.say(hall, self.town.ada, "keep this");
        let path = format!("/channels/{hall}/messages/{id}");
        self.ask(
            "PUT",
            &format!("/channels/{hall}/messages/pins/{id}"),
            Value::Null,
            204,
        )
        .await;
        assert_eq!(
            self.get(&format!("/channels/{hall}/messages/pins")).await["items"][0]["message"]["pinned"],
            true
        );
        assert_eq!(
            self.get(&format!("/channels/{hall}/pins"))
                .await
                .as_array()
                .unwrap()
                .len(),
            1
        );
        self.ask(
            "DELETE",
            &format!("/channels/{hall}/pins/{id}"),
            Value::Null,
            204,
        )
        .await;
        let thumb = format!("{path}/reactions/%F0%9F%91%8D");
        self.ask("PUT", &format!("{thumb}/@me"), Value::Null, 204)
            .await;
        self.ask(
            "PUT",
            &format!("{path}/reactions/party%3A99/%40me"),
            Value::Null,
            204,
        )
        .await;
        self.ask(
            "PUT",
            &format!("{path}/reactions/thumbsup/@me"),
            Value::Null,
            400,
        )
        .await;
        assert_eq!(self.get(&thumb).await.as_array().unwrap().len(), 1);
        assert_eq!(self.get(&path).await["reactions"][0]["me"], true);
        self.ask("DELETE", &format!("{thumb}/@me"), Value::Null, 204)
            .await;
        self.sim.react(id, self.town.ada, "👍");
        self.ask(
            "DELETE",
            &format!("{thumb}/{}", self.town.ada),
            Value::Null,
            204,
        )
        .await;
        self.ask(
            "DELETE",
            &format!("{path}/reactions/party%3A99"),
            Value::Null,
            204,
        )
        .await;
        self.ask("DELETE", &format!("{path}/reactions"), Value::Null, 204)
            .await;
    }

    async fn channels(&self) {
        let guild = self.town.guild;
        let path = format!("/guilds/{guild}/channels");
        let category = self
            .ask("POST", &path, json!({"name": "Desk", "type": 4}), 201)
            .await;
        let overwrite = json!({"id": guild.to_string(), "type": 0, "deny": "1024", "allow": "0"});
        let body = json!({"name": "Ticket One", "type": 0, "parent_id": category["id"], "topic": "t", "permission_overwrites": [overwrite,
            {"id": self.sim.bot_user_id().to_string(), "type": 1, "allow": "1024", "deny": "0"}]});
        let made = self.ask("POST", &path, body, 201).await;
        assert_eq!(made["name"], "ticket-one");
        let id = made["id"].as_str().unwrap();
        self.ask(
            "POST",
            &path,
            json!({"name": "Talk", "type": 2, "user_limit": 5}),
            201,
        )
        .await;
        self.ask("POST", &path, json!({"name": "Posts", "type": 15}), 201)
            .await;
        self.ask("POST", &path, json!({"name": ""}), 400).await;
        self.get(&path).await;
        self.get(&format!("/channels/{id}")).await;
        self.ask(
            "PATCH",
            &format!("/channels/{id}"),
            json!({"name": "ticket-2", "rate_limit_per_user": 5}),
            200,
        )
        .await;
        self.ask("PATCH", &path, json!([{"id": id, "position": 3}]), 204)
            .await;
        let ada = self.town.ada;
        self.ask(
            "PUT",
            &format!("/channels/{id}/permissions/{ada}"),
            json!({"type": 1, "allow": "1024", "deny": "0"}),
            204,
        )
        .await;
        self.ask(
            "DELETE",
            &format!("/channels/{id}/permissions/{ada}"),
            Value::Null,
            204,
        )
        .await;
        self.ask(
            "DELETE",
            &format!("/channels/{id}/permissions/{ada}"),
            Value::Null,
            404,
        )
        .await;
        self.ask("DELETE", &format!("/channels/{id}"), Value::Null, 200)
            .await;
        self.ask("GET", &format!("/channels/{id}"), Value::Null, 404)
            .await;
    }

    async fn threads(&self) {
        let (guild, hall, ada) = (self.town.guild, self.town.hall, self.town.ada);
        let id = self.sim.say(hall, ada, "a topic");
        let path = format!("/channels/{hall}/messages/{id}/threads");
        let thread = self
            .ask(
                "POST",
                &path,
                json!({"name": "topic", "auto_archive_duration": 1440}),
                201,
            )
            .await;
        assert_eq!(thread["id"].as_str().unwrap(), id.to_string());
        let twice = self.ask("POST", &path, json!({"name": "topic"}), 400).await;
        assert_eq!(twice["code"], 160_004);
        self.ask(
            "POST",
            &format!("/channels/{hall}/threads"),
            json!({"name": "secret", "type": 12}),
            201,
        )
        .await;
        self.ask(
            "POST",
            &format!("/channels/{hall}/threads"),
            json!({"name": "open", "type": 11}),
            201,
        )
        .await;
        let members = format!("/channels/{id}/thread-members");
        self.ask("PUT", &format!("{members}/{ada}"), Value::Null, 204)
            .await;
        self.get(&members).await;
        self.get(&format!("{members}/{ada}")).await;
        self.ask("DELETE", &format!("{members}/{ada}"), Value::Null, 204)
            .await;
        self.ask("DELETE", &format!("{members}/@me"), Value::Null, 204)
            .await;
        self.ask("PUT", &format!("{members}/@me"), Value::Null, 204)
            .await;
        self.ask(
            "POST",
            &format!("/channels/{id}/messages"),
            json!({"content": "inside"}),
            200,
        )
        .await;
        self.get(&format!("/guilds/{guild}/threads/active")).await;
        self.ask(
            "PATCH",
            &format!("/channels/{id}"),
            json!({"archived": true, "locked": true}),
            200,
        )
        .await;
        self.get(&format!("/channels/{hall}/threads/archived/public"))
            .await;
        self.get(&format!("/channels/{hall}/threads/archived/private"))
            .await;
        self.get(&format!(
            "/channels/{hall}/users/@me/threads/archived/private"
        ))
        .await;
        let forum = self.sim.create_channel(guild, "ideas", ChannelKind::Forum);
        let post = json!({"name": "An idea", "message": {"content": "what if"}});
        self.ask("POST", &format!("/channels/{forum}/threads"), post, 201)
            .await;
        self.ask("DELETE", &format!("/channels/{id}"), Value::Null, 200)
            .await;
    }

    async fn guild(&self) {
        let (guild, owner) = (self.town.guild, self.town.owner);
        let path = format!("/guilds/{guild}");
        self.get(&path).await;
        self.get(&format!("{path}?with_counts=true")).await;
        self.get(&format!("{path}/preview")).await;
        for list in [
            "emojis",
            "stickers",
            "integrations",
            "auto-moderation/rules",
        ] {
            self.get(&format!("{path}/{list}")).await;
        }
        self.ask("PATCH", &path, json!({"name": "New"}), 403).await;
        self.ask("GET", "/guilds/77", Value::Null, 404).await;
        let bob = self.sim.add_user("Bob");
        self.sim.join(guild, bob);
        let ban = format!("{path}/bans/{bob}");
        self.ask("PUT", &ban, json!({"delete_message_seconds": 60}), 204)
            .await;
        self.get(&format!("{path}/bans")).await;
        self.get(&ban).await;
        self.ask("DELETE", &ban, Value::Null, 204).await;
        self.ask("GET", &ban, Value::Null, 404).await;
        self.ask("PUT", &format!("{path}/bans/{owner}"), Value::Null, 403)
            .await;
        let log = self
            .get(&format!("{path}/audit-logs?action_type=22&limit=5"))
            .await;
        assert_eq!(
            log["audit_log_entries"][0]["target_id"].as_str().unwrap(),
            bob.to_string()
        );
        self.get(&format!("{path}/audit-logs")).await;
    }

    async fn members(&self) {
        let (guild, ada) = (self.town.guild, self.town.ada);
        let path = format!("/guilds/{guild}/members");
        self.get(&format!("{path}?limit=100")).await;
        self.get(&format!("{path}/search?query=ad&limit=5")).await;
        self.get(&format!("{path}/{ada}")).await;
        self.ask("GET", &format!("{path}/77"), Value::Null, 404)
            .await;
        let until = "2026-01-01T00:00:00+00:00";
        self.ask(
            "PATCH",
            &format!("{path}/{ada}"),
            json!({"nick": "Addie", "communication_disabled_until": until}),
            200,
        )
        .await;
        self.ask(
            "PATCH",
            &format!("{path}/{}", self.town.owner),
            json!({"nick": "Boss"}),
            403,
        )
        .await;
        let voice = self.sim.create_channel(guild, "talk", ChannelKind::Voice);
        self.sim.join_voice(voice, ada);
        self.get(&format!("/guilds/{guild}/voice-states/{ada}"))
            .await;
        self.ask(
            "PATCH",
            &format!("{path}/{ada}"),
            json!({"channel_id": null}),
            200,
        )
        .await;
        let cid = self.sim.add_user("Cid");
        self.sim.join(guild, cid);
        self.ask("DELETE", &format!("{path}/{cid}"), Value::Null, 204)
            .await;
        self.ask("DELETE", &format!("{path}/{cid}"), Value::Null, 404)
            .await;
    }

    async fn roles(&self) {
        let (guild, ada) = (self.town.guild, self.town.ada);
        let path = format!("/guilds/{guild}/roles");
        let made = self
            .ask(
                "POST",
                &path,
                json!({"name": "Members", "permissions": "0", "color": 255}),
                200,
            )
            .await;
        let id = made["id"].as_str().unwrap();
        self.get(&path).await;
        self.get(&format!("{path}/{id}")).await;
        self.ask(
            "PATCH",
            &format!("{path}/{id}"),
            json!({"name": "People", "hoist": true}),
            200,
        )
        .await;
        self.ask("PATCH", &path, json!([{"id": id, "position": 1}]), 200)
            .await;
        let of_ada = format!("/guilds/{guild}/members/{ada}/roles");
        self.ask("PUT", &format!("{of_ada}/{id}"), Value::Null, 204)
            .await;
        self.ask("DELETE", &format!("{of_ada}/{id}"), Value::Null, 204)
            .await;
        let bot_role = self.sim.bot_role(guild).unwrap();
        self.ask("PUT", &format!("{of_ada}/{bot_role}"), Value::Null, 403)
            .await;
        self.ask(
            "PATCH",
            &format!("/guilds/{guild}/members/{ada}"),
            json!({"roles": [id]}),
            200,
        )
        .await;
        self.ask("DELETE", &format!("{path}/{id}"), Value::Null, 204)
            .await;
        self.ask("GET", &format!("{path}/{id}"), Value::Null, 404)
            .await;
    }

    async fn webhooks(&self) {
        let (guild, hall) = (self.town.guild, self.town.hall);
        let made = self
            .ask(
                "POST",
                &format!("/channels/{hall}/webhooks"),
                json!({"name": "herald"}),
                200,
            )
            .await;
        let (id, token) = (
            made["id"].as_str().unwrap(),
            made["token"].as_str().unwrap(),
        );
        self.get(&format!("/channels/{hall}/webhooks")).await;
        self.get(&format!("/guilds/{guild}/webhooks")).await;
        self.get(&format!("/webhooks/{id}")).await;
        self.get(&format!("/webhooks/{id}/{token}")).await;
        self.ask(
            "PATCH",
            &format!("/webhooks/{id}"),
            json!({"name": "crier"}),
            200,
        )
        .await;
        let body = json!({"content": "hear!", "username": "Crier"});
        self.ask(
            "POST",
            &format!("/webhooks/{id}/{token}"),
            body.clone(),
            204,
        )
        .await;
        let message = self
            .ask(
                "POST",
                &format!("/webhooks/{id}/{token}?wait=true"),
                body,
                200,
            )
            .await;
        let path = format!(
            "/webhooks/{id}/{token}/messages/{}",
            message["id"].as_str().unwrap()
        );
        self.get(&path).await;
        self.ask("PATCH", &path, json!({"content": "hear, hear!"}), 200)
            .await;
        self.ask("DELETE", &path, Value::Null, 204).await;
        let wrong = self
            .ask(
                "POST",
                &format!("/webhooks/{id}/wrong"),
                json!({"content": "x"}),
                401,
            )
            .await;
        assert_eq!(wrong["code"], 50027);
        self.ask(
            "DELETE",
            &format!("/webhooks/{id}/{token}"),
            Value::Null,
            204,
        )
        .await;
        let gone = self
            .ask(
                "POST",
                &format!("/webhooks/{id}/{token}"),
                json!({"content": "x"}),
                404,
            )
            .await;
        assert_eq!(gone["code"], 10015);
    }

    async fn events_and_invites(&self) {
        let (guild, hall) = (self.town.guild, self.town.hall);
        let path = format!("/guilds/{guild}/scheduled-events");
        let event = json!({"name": "Cup", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "here"},
            "scheduled_start_time": "2099-01-01T12:00:00Z", "scheduled_end_time": "2099-01-01T14:00:00Z"});
        let made = self.ask("POST", &path, event, 200).await;
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        self.get(&path).await;
        self.get(&one).await;
        self.get(&format!("{one}/users")).await;
        self.ask("PATCH", &one, json!({"name": "Grand Cup"}), 200)
            .await;
        self.ask("DELETE", &one, Value::Null, 204).await;
        self.ask(
            "POST",
            &path,
            json!({"name": "x", "privacy_level": 2, "entity_type": 3}),
            400,
        )
        .await;
        let invite = self
            .ask(
                "POST",
                &format!("/channels/{hall}/invites"),
                json!({"max_age": 60}),
                200,
            )
            .await;
        let code = invite["code"].as_str().unwrap();
        self.get(&format!("/channels/{hall}/invites")).await;
        self.get(&format!("/invites/{code}")).await;
        self.ask("DELETE", &format!("/invites/{code}"), Value::Null, 200)
            .await;
    }
}
