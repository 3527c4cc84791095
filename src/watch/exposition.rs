//! Prometheus' text format, version 0.0.4: the little of it that we need.
//!
//! A registry crate would keep numbers of its own, to be found by label in a map behind a lock for
//! every event. Ours are plain fields elsewhere; here they are only written down.

use super::status::Histogram;
use std::fmt::{Display, Write as _};

/// The content type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page of metrics in the making.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    /// Begins a family: something that is counted from the start of the process.
    pub fn counter(&mut self, name: &'static str, help: &str) -> &mut Self {
        self.begin(name, "counter", help)
    }

    /// Begins a family: something that goes up and down.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> &mut Self {
        self.begin(name, "gauge", help)
    }

    fn begin(&mut self, name: &'static str, sort: &str, help: &str) -> &mut Self {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.family = name;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {sort}"));
        self
    }

    /// A sample of the family that was begun last.
    pub fn of(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.sample(self.family, labels, value)
    }

    /// The only sample of its family.
    pub fn is(&mut self, value: impl Display) -> &mut Self {
        self.of(&[], value)
    }

    /// A whole family from a histogram whose values are divided by `unit`.
    pub fn histogram(&mut self, name: &'static str, help: &str, from: &Histogram, unit: f64) {
        self.begin(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (bound, count) in from.bounds.iter().zip(&from.counts) {
            below += count;
            let bound = float(*bound, unit).to_string();
            self.sample(&bucket, &[("le", &bound)], below);
        }
        let total = from.total();
        self.sample(&bucket, &[("le", "+Inf")], total);
        self.sample(&format!("{name}_sum"), &[], float(from.sum, unit));
        self.sample(&format!("{name}_count"), &[], total);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let mut written = String::new();
        for (label, text) in labels {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            let text = text.replace('\n', "\\n");
            let comma = if written.is_empty() { "" } else { "," };
            written.push_str(&format!("{comma}{label}=\"{text}\""));
        }
        if !written.is_empty() {
            written = format!("{{{written}}}");
        }
        self.line(format_args!("{name}{written} {value}"));
        self
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{line}").expect("writing to a text does not fail");
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }
}

/// A whole number in a larger unit.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums lose their last digits after 285 years of microseconds"
)]
pub fn float(number: u64, unit: f64) -> f64 {
    number as f64 / unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_page_is_written_as_the_format_says() {
        let mut page = Page::default();
        page.counter("a_total", "Back\\slash and\nline.")
            .of(&[("x", "q\"uo\\te\n"), ("y", "1")], 3)
            .of(&[("x", "")], 4);
        page.gauge("b", "Plain.").is(0.5);
        let histogram = Histogram {
            bounds: vec![500, 2_500_000],
            counts: vec![2, 1, 1],
            sum: 12_000_000,
        };
        page.histogram("c_seconds", "Times.", &histogram, 1e6);
        expect![[r#"
            # HELP a_total Back\\slash and\nline.
            # TYPE a_total counter
            a_total{x="q\"uo\\te\n",y="1"} 3
            a_total{x=""} 4
            # HELP b Plain.
            # TYPE b gauge
            b 0.5
            # HELP c_seconds Times.
            # TYPE c_seconds histogram
            c_seconds_bucket{le="0.0005"} 2
            c_seconds_bucket{le="2.5"} 3
            c_seconds_bucket{le="+Inf"} 4
            c_seconds_sum 12
            c_seconds_count 4
        "#]]
        .assert_eq(&page.finish());
    }
}
