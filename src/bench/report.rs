//! Figures by name, and what several rounds say about each.

use super::{Client, Settings};
use serde::Serialize;
use std::collections::BTreeMap;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Of whom.
    pub client: Client,
    /// With compression.
    pub zstd: bool,
    /// By name; [`super::table`] says what each means.
    pub figures: BTreeMap<String, f64>,
}

impl Sample {
    /// Without figures yet.
    #[must_use]
    pub const fn new(client: Client, zstd: bool) -> Self {
        Self {
            client,
            zstd,
            figures: BTreeMap::new(),
        }
    }

    /// Notes a figure.
    pub fn note(&mut self, name: impl Into<String>, value: f64) {
        self.figures.insert(name.into(), value);
    }

    /// Notes a figure, if there is one.
    pub fn note_if(&mut self, name: impl Into<String>, value: Option<f64>) {
        if let Some(value) = value {
            self.note(name, value);
        }
    }

    /// Adds to a figure.
    pub fn add(&mut self, name: &str, more: f64) {
        *self.figures.entry(name.to_owned()).or_default() += more;
    }
}

/// What several rounds say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// Half are not above it.
    pub median: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// Of at least one value.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
        let median = f64::midpoint(low, high);
        Some(Self { min, median, max })
    }
}

/// A figure with its goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// What is measured.
    pub measure: String,
    /// Not above this …
    pub must: f64,
    /// … and if possible not above this.
    pub aim: f64,
    /// What is reached; nothing where it was not measured.
    pub reached: Option<Spread>,
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was to be measured.
    pub settings: Settings,
    /// The program's version and commit.
    pub program: String,
    /// CPUs that the machine has.
    pub cpus: usize,
    /// Every measurement, in order.
    pub samples: Vec<Sample>,
}

impl Report {
    /// A figure over all rounds.
    #[must_use]
    pub fn spread(&self, client: Client, zstd: bool, name: &str) -> Option<Spread> {
        Spread::of(self.values(client, zstd, name))
    }

    fn values(&self, client: Client, zstd: bool, name: &str) -> Vec<f64> {
        let of = self.samples.iter();
        of.filter(|sample| sample.client == client && sample.zstd == zstd)
            .filter_map(|sample| sample.figures.get(name).copied())
            .collect()
    }

    /// The bot's figure over that of the decode loop, round by round.
    fn ratio(&self, zstd: bool, name: &str) -> Option<Spread> {
        let ours = self.values(Client::Guildhall, zstd, name);
        let theirs = self.values(Client::Loop, zstd, name);
        let ratios = ours.iter().zip(&theirs).filter(|(_, loops)| **loops > 0.0);
        Spread::of(ratios.map(|(our, their)| our / their).collect())
    }

    /// The goals, and what is reached of them.
    #[must_use]
    pub fn goals(&self, zstd: bool) -> Vec<Goal> {
        let own = |name: &str| self.spread(Client::Guildhall, zstd, name);
        let goal = |measure: &str, must, aim, reached| Goal {
            measure: measure.to_owned(),
            must,
            aim,
            reached,
        };
        let mut goals = vec![goal(
            "CPU per event, x loop",
            1.7,
            1.0,
            self.ratio(zstd, "cpu_us"),
        )];
        for (rate, must, aim) in [(1_000, 3.0, 1.5), (10_000, 5.0, 2.0)] {
            if self.settings.rates.contains(&rate) {
                let name = format!("p99 of a read-only answer at {rate}/s, x loop");
                let reached = self.ratio(zstd, &format!("read_p99_ms@{rate}"));
                goals.push(goal(&name, must, aim, reached));
            }
        }
        let (must, aim) = match self.settings.guilds * self.settings.members {
            0..=10_000 => (60.0, 25.0),
            _ => (120.0, 50.0),
        };
        goals.push(goal("peak memory, MiB", must, aim, own("peak_mib")));
        goals.push(goal(
            "warm start to READY, ms",
            50.0,
            15.0,
            own("warm_ready_ms"),
        ));
        goals.push(goal(
            "warm start to all guilds, ms",
            100.0,
            40.0,
            own("warm_guilds_ms"),
        ));
        if self.settings.rates.contains(&1_000) {
            let reached = own("written@1000");
            goals.push(goal(
                "bytes to the device per event at 1000/s",
                600.0,
                300.0,
                reached,
            ));
        }
        goals.push(goal(
            "recovery after kill -9, ms",
            5_000.0,
            2_000.0,
            own("recovery_ms"),
        ));
        for (name, measure, among) in [
            ("stale", "answers older than the question", "counted"),
            ("lost", "messages lost, by the audits", "audited"),
            (
                "surplus",
                "messages counted twice, by the audits",
                "audited",
            ),
            ("doubled", "questions answered twice", "answered"),
            ("unanswered", "questions not answered", "answered"),
        ] {
            // None among none proves nothing.
            let asked = own(among).is_some_and(|among| among.min > 0.0);
            let reached = own(name).filter(|_| asked);
            goals.push(goal(measure, 0.0, 0.0, reached));
        }
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let spread = Spread::of(vec![4.0, 1.0, 2.0, 9.0]).unwrap();
        assert_eq!((spread.min, spread.median, spread.max), (1.0, 3.0, 9.0));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
