//! The samples as a small SVG: a panel for each measure, with the most of every ten seconds.

use std::fmt::Write as _;

use crate::growth::{MEASURES, Measure, Sample};

const WIDTH: f64 = 720.0;
const PANEL: f64 = 110.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 24.0;
/// From a panel's top to its greatest value, and from its lowest to the panel's end.
const ABOVE: f64 = 24.0;
const BELOW: f64 = 16.0;
/// Seconds that become one point.
const POINT: u32 = 10;

pub(crate) fn chart(samples: &[Sample]) -> String {
    let end = samples.last().map_or(1, |sample| sample.second);
    let tops = (0_u8..).map(|at| PANEL * f64::from(at));
    let height = tops.clone().nth(MEASURES.len()).unwrap_or(PANEL);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#555\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (top, measure) in tops.zip(&MEASURES) {
        panel(&mut svg, top, measure, samples, end);
    }
    svg + "</svg>\n"
}

fn panel(svg: &mut String, top: f64, measure: &Measure, samples: &[Sample], end: u32) {
    let points = points(samples, measure);
    let most = points.iter().map(|(_, value)| *value).max().unwrap_or(0);
    let scale = (f64::from(most) * 1.1).max(1.0);
    let (high, low) = (top + ABOVE, top + PANEL - BELOW);
    let x = |second: u32| LEFT + f64::from(second) / f64::from(end) * (WIDTH - LEFT - RIGHT);
    let y = |value: u32| low - f64::from(value) / scale * (low - high);
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.0}\" fill=\"#000\">{}</text>",
        top + 15.0,
        measure.name
    );
    for value in [0, most] {
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {0:.1}H{1}\" stroke=\"#ddd\"/><text x=\"{2}\" y=\"{3:.1}\" text-anchor=\"end\">{value}</text>",
            y(value),
            WIDTH - RIGHT,
            LEFT - 5.0,
            y(value) + 4.0
        );
    }
    for minute in (0..=end / 60).step_by(if end > 600 { 10 } else { 1 }) {
        let at = x(minute * 60);
        let _ = writeln!(
            svg,
            "<text x=\"{at:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{minute} min</text>",
            low + 13.0
        );
    }
    let line: Vec<String> = points
        .iter()
        .map(|(second, value)| format!("{:.1},{:.1}", x(*second), y(*value)))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline fill=\"none\" stroke=\"#06c\" points=\"{}\"/>",
        line.join(" ")
    );
}

/// The most of every ten seconds, at their end.
fn points(samples: &[Sample], measure: &Measure) -> Vec<(u32, u32)> {
    samples
        .chunk_by(|one, other| one.second / POINT == other.second / POINT)
        .filter_map(|chunk| {
            let most = chunk.iter().map(measure.of).max()?;
            Some((chunk.last()?.second, most))
        })
        .collect()
}
