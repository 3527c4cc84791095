//! Finds the route of a path: literal segments win over parameters, as on Discord.

use super::call::{Answer, Call, percent_decode};
use super::limits::Rule;
use super::routes;
use crate::world::World;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One route. A rule of `None` is not paced (interaction callbacks).
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    /// Needs no bot token: the path carries one.
    pub(crate) open: bool,
    pub(crate) rule: Option<Rule>,
    pub(crate) run: fn(&mut World, &Call) -> Answer,
}

impl Route {
    pub(crate) const fn new(
        method: &'static str,
        template: &'static str,
        run: fn(&mut World, &Call) -> Answer,
    ) -> Self {
        Self {
            method,
            template,
            open: false,
            rule: Some(super::limits::COMMON),
            run,
        }
    }

    pub(crate) const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    pub(crate) const fn paced(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    pub(crate) const fn unpaced(mut self) -> Self {
        self.rule = None;
        self
    }
}

/// A route and what its parameters are.
pub(crate) struct Matched {
    pub(crate) route: &'static Route,
    pub(crate) params: BTreeMap<&'static str, String>,
}

impl Matched {
    /// What separates buckets: the channel, guild or webhook (with its token) of the path; and the route itself
    /// where buckets are its own.
    pub(crate) fn major(&self) -> String {
        let value = |name: &str| self.params.get(name).map_or("", String::as_str);
        let mut major = ["channel_id", "guild_id", "webhook_id"].map(value).concat();
        major.push_str(value("webhook_token"));
        match self.route.rule {
            Some(rule) if rule == super::limits::COMMON => {
                format!("{} {} {major}", self.route.method, self.route.template)
            }
            _ => major,
        }
    }
}

struct Entry {
    route: &'static Route,
    segments: Vec<Segment>,
}

enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
}

/// All routes, those with more literals first.
fn table() -> &'static Vec<Entry> {
    static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: Vec<Entry> = routes::all().map(entry).collect();
        table.sort_by_key(|e| {
            e.segments
                .iter()
                .map(|s| matches!(s, Segment::Parameter(_)))
                .collect::<Vec<_>>()
        });
        table
    })
}

fn entry(route: &'static Route) -> Entry {
    let segment =
        |text: &'static str| match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
            Some(name) => Segment::Parameter(name),
            None => Segment::Literal(text),
        };
    Entry {
        route,
        segments: route.template.split('/').skip(1).map(segment).collect(),
    }
}

pub(crate) fn find(method: &str, path: &str) -> Option<Matched> {
    let pieces: Vec<&str> = path.split('/').skip(1).collect();
    table()
        .iter()
        .filter(|entry| entry.route.method == method && entry.segments.len() == pieces.len())
        .find_map(|entry| fit(entry, &pieces))
}

fn fit(entry: &'static Entry, pieces: &[&str]) -> Option<Matched> {
    let mut params = BTreeMap::new();
    for (segment, piece) in entry.segments.iter().zip(pieces) {
        match segment {
            Segment::Literal(text) if percent_decode(piece) != *text => return None,
            Segment::Literal(_) => {}
            Segment::Parameter(name) => {
                params.insert(*name, percent_decode(piece));
            }
        }
    }
    Some(Matched {
        route: entry.route,
        params,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_win_over_parameters() {
        let template = |method, path| find(method, path).map(|m| m.route.template);
        assert_eq!(
            template("PATCH", "/guilds/1/members/@me"),
            Some("/guilds/{guild_id}/members/@me")
        );
        assert_eq!(
            template("PATCH", "/guilds/1/members/2"),
            Some("/guilds/{guild_id}/members/{user_id}")
        );
        assert_eq!(template("GET", "/nowhere"), None);
        let reaction =
            find("PUT", "/channels/1/messages/2/reactions/%F0%9F%91%8D/%40me").expect("a route");
        assert_eq!(reaction.params["emoji_name"], "👍");
    }

    #[test]
    fn no_route_is_listed_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for route in routes::all() {
            assert!(
                seen.insert((route.method, route.template)),
                "{} {}",
                route.method,
                route.template
            );
        }
    }
}
