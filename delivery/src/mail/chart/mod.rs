//! Bar charts as pictures, for mail programs: they show PNG everywhere and SVG hardly anywhere.

mod canvas;

use tiny_skia::Color;

use canvas::{Anchor, Canvas};

/// The size of a picture. It is shown at less than half of that, so that it is sharp on every screen.
pub(super) const SIZE: (u32, u32) = (1_200, 480);

const WIDTH: f32 = 1_200.0;
const HEIGHT: f32 = 480.0;

/// The size of letters.
const TEXT: f32 = 26.0;

/// The widest bar.
const WIDEST: f32 = 72.0;

/// Bars side by side for each of some labels.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What stands below each group of bars.
    pub(super) labels: Vec<String>,
    /// The bars of each group, one of each series.
    pub(super) series: Vec<Series>,
}

/// Bars of one color.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// What the color means.
    pub(super) name: &'static str,
    /// How high the bars are, one for each label.
    pub(super) values: Vec<i64>,
}

/// The colors of series: blue and orange of Okabe and Ito, which everybody can tell apart, also by how
/// dark they are.
fn color(series: usize) -> Color {
    if series == 0 {
        Color::from_rgba8(0, 114, 178, 255)
    } else {
        Color::from_rgba8(230, 159, 0, 255)
    }
}

fn ink() -> Color {
    Color::from_rgba8(31, 41, 55, 255)
}

fn soft() -> Color {
    Color::from_rgba8(75, 85, 99, 255)
}

fn grid() -> Color {
    Color::from_rgba8(222, 226, 232, 255)
}

impl Chart {
    /// The chart as a PNG of [`SIZE`]. `None` if it cannot be drawn.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        let mut canvas = Canvas::new(SIZE.0, SIZE.1)?;
        let has_legend = self.series.len() > 1;
        if has_legend {
            self.legend(&mut canvas);
        }
        let (top, bottom) = (if has_legend { 96.0 } else { 44.0 }, HEIGHT - 60.0);
        let values = self.series.iter().flat_map(|series| &series.values);
        let axis = Axis::up_to(values.copied().max().unwrap_or(0));
        let height_of = |value: i64| (bottom - top) * number(value) / number(axis.top());
        let widest = canvas.width_of(&axis.top().to_string(), TEXT);
        let left = widest + 28.0;
        for tick in axis.ticks() {
            let y = (bottom - height_of(tick)).round();
            canvas.fill(left, y - 1.0, WIDTH - left, 2.0, grid());
            let place = (left - 16.0, y + TEXT * 0.36);
            canvas.write(&tick.to_string(), place, TEXT, Anchor::End, soft());
        }
        let slot = (WIDTH - left) / number(count(self.labels.len().max(1)));
        let bars = number(count(self.series.len().max(1)));
        let width = (slot * 0.68 / bars).min(WIDEST).floor();
        for (place, label) in (0_i64..).zip(&self.labels) {
            let middle = left + slot * (number(place) + 0.5);
            let below = (middle, bottom + 42.0);
            canvas.write(label, below, TEXT, Anchor::Middle, soft());
            for (order, series) in self.series.iter().enumerate() {
                let value = usize::try_from(place).ok();
                let value = value.and_then(|place| series.values.get(place));
                let value = value.copied().unwrap_or(0);
                let x = (middle + width * (number(count(order)) - bars / 2.0)).round();
                let y = bottom - height_of(value);
                canvas.fill(x + 2.0, y, width - 4.0, bottom - y, color(order));
                let text = value.to_string();
                let wide = canvas.width_of(&text, TEXT);
                if value > 0 && wide <= width + 4.0 {
                    let above = (x + width / 2.0, y - 10.0);
                    // No line runs through it.
                    let behind = (above.0 - wide / 2.0 - 2.0, above.1 - TEXT * 0.8);
                    canvas.fill(behind.0, behind.1, wide + 4.0, TEXT * 0.9, Color::WHITE);
                    canvas.write(&text, above, TEXT, Anchor::Middle, ink());
                }
            }
        }
        canvas.fill(left, bottom - 1.0, WIDTH - left, 2.0, soft());
        canvas.png()
    }

    fn legend(&self, canvas: &mut Canvas) {
        let mut x = 4.0;
        for (order, series) in self.series.iter().enumerate() {
            canvas.fill(x, 12.0, 28.0, 28.0, color(order));
            canvas.write(series.name, (x + 42.0, 35.0), TEXT, Anchor::Start, ink());
            x += 42.0 + canvas.width_of(series.name, TEXT) + 48.0;
        }
    }
}

/// The lines behind the bars: a few round numbers from 0 up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    step: i64,
    steps: i64,
}

impl Axis {
    /// The axis for values of at most `most`.
    fn up_to(most: i64) -> Self {
        let most = most.max(1);
        let mut unit = 1;
        loop {
            for step in [unit, 2 * unit, 5 * unit] {
                let steps = (most - 1) / step + 1;
                if steps <= 5 {
                    return Self { step, steps };
                }
            }
            unit *= 10;
        }
    }

    fn top(self) -> i64 {
        self.step * self.steps
    }

    fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=self.steps).map(move |tick| tick * self.step)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a pixel more or less")]
fn number(count: i64) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chart(values: &[i64]) -> Chart {
        Chart {
            labels: values.iter().map(|value| format!("v {value}")).collect(),
            series: vec![
                Series {
                    name: "One",
                    values: values.to_vec(),
                },
                Series {
                    name: "Two",
                    values: values.iter().rev().copied().collect(),
                },
            ],
        }
    }

    fn pixels(chart: &Chart) -> tiny_skia::Pixmap {
        tiny_skia::Pixmap::decode_png(&chart.png().unwrap()).unwrap()
    }

    /// How many pixels have the color of a series, below the legend.
    fn area(pixels: &tiny_skia::Pixmap, series: usize) -> usize {
        let wanted = color(series).to_color_u8();
        let below = pixels.pixels().iter().skip(1_200 * 60);
        below.filter(|pixel| pixel.demultiply() == wanted).count()
    }

    #[test]
    fn bars_are_as_high_as_their_values() {
        let drawn = pixels(&chart(&[0, 10, 5]));
        assert_eq!((drawn.width(), drawn.height()), SIZE);
        // Both series have the same values, so they have the same area.
        let (one, two) = (area(&drawn, 0), area(&drawn, 1));
        assert!(one > 20_000 && one.abs_diff(two) < 200, "{one} {two}");
        let half = area(&pixels(&chart(&[0, 0, 10, 0])), 0);
        let whole = area(&pixels(&chart(&[0, 10, 10, 0])), 0);
        assert!(whole.abs_diff(2 * half) < 400, "{half} {whole}");
        assert_eq!(area(&pixels(&chart(&[0, 0])), 0), 0);
    }

    #[test]
    fn text_is_seen() {
        let with = |label: &str| {
            let mut chart = chart(&[0]);
            chart.labels = vec![label.to_owned()];
            pixels(&chart)
        };
        assert_ne!(with("Mon 9"), with("Tue 10"));
        // Nothing is shown of what the font does not have, and nothing breaks.
        assert_eq!(with("日"), with(""));
    }

    #[test]
    fn axes_have_round_numbers() {
        let ticks = |most| Axis::up_to(most).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(0), [0, 1]);
        assert_eq!(ticks(5), [0, 1, 2, 3, 4, 5]);
        assert_eq!(ticks(6), [0, 2, 4, 6]);
        assert_eq!(ticks(99), [0, 20, 40, 60, 80, 100]);
        assert_eq!(ticks(101), [0, 50, 100, 150]);
    }

    proptest! {
        #[test]
        fn every_value_has_its_place_on_the_axis(most in 0..1_000_000_000_i64) {
            let axis = Axis::up_to(most);
            prop_assert!(axis.top() >= most && axis.steps <= 5);
            prop_assert!(axis.top() - axis.step < most.max(1));
        }
    }

    #[test]
    fn a_chart_of_nothing_can_be_drawn() {
        let nothing = Chart {
            labels: Vec::new(),
            series: Vec::new(),
        };
        assert!(nothing.png().is_some());
        let huge = chart(&[1_000_000_000_000]);
        assert!(huge.png().is_some());
    }
}
