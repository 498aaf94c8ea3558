//! What charts are drawn on: rectangles and short texts, in pixels.

use tiny_skia::{Color, FillRule, NonZeroRect, Paint, Path, PathBuilder, Pixmap, Transform};
use ttf_parser::{Face, OutlineBuilder};

/// The font of labels. It has the Latin letters, digits and a few signs.
const FONT: &[u8] = include_bytes!("../../../fonts/DejaVuSans-Latin.ttf");

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A picture that is being drawn.
pub(super) struct Canvas {
    pixels: Pixmap,
    font: Face<'static>,
}

impl Canvas {
    /// A white picture. `None` if one of that size cannot be made.
    pub(super) fn new(width: u32, height: u32) -> Option<Self> {
        let mut pixels = Pixmap::new(width, height)?;
        pixels.fill(Color::WHITE);
        Some(Self {
            pixels,
            font: Face::parse(FONT, 0).ok()?,
        })
    }

    /// Fills a rectangle; one without an extent is not seen.
    pub(super) fn fill(&mut self, left: f32, top: f32, width: f32, height: f32, color: Color) {
        if let Some(path) = rectangle(left, top, width, height) {
            self.draw(&path, color);
        }
    }

    /// Writes a text whose letters stand on the line at `y`. What the font does not have is left out.
    pub(super) fn write(
        &mut self,
        text: &str,
        (x, y): (f32, f32),
        size: f32,
        anchor: Anchor,
        color: Color,
    ) {
        let width = self.width_of(text, size);
        let mut pen = Pen {
            x: match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            },
            y,
            scale: size / f32::from(self.font.units_per_em()),
            path: PathBuilder::new(),
        };
        for glyph in text.chars().filter_map(|c| self.font.glyph_index(c)) {
            self.font.outline_glyph(glyph, &mut pen);
            let advance = self.font.glyph_hor_advance(glyph).unwrap_or_default();
            pen.x += f32::from(advance) * pen.scale;
        }
        // A text of blanks has no outline.
        if let Some(path) = pen.path.finish() {
            self.draw(&path, color);
        }
    }

    /// How wide a text is.
    pub(super) fn width_of(&self, text: &str, size: f32) -> f32 {
        let glyphs = text.chars().filter_map(|c| self.font.glyph_index(c));
        let advances = glyphs.filter_map(|glyph| self.font.glyph_hor_advance(glyph));
        let units: f32 = advances.map(f32::from).sum();
        units * size / f32::from(self.font.units_per_em())
    }

    /// The picture as a PNG.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        self.pixels.encode_png().ok()
    }

    fn draw(&mut self, path: &Path, color: Color) {
        let mut paint = Paint::default();
        paint.set_color(color);
        let (rule, as_it_is) = (FillRule::Winding, Transform::identity());
        self.pixels.fill_path(path, &paint, rule, as_it_is, None);
    }
}

/// The outline of a rectangle; `None` for one without an extent, as the bar of nothing is.
fn rectangle(left: f32, top: f32, width: f32, height: f32) -> Option<Path> {
    let rect = NonZeroRect::from_xywh(left, top, width, height)?;
    Some(PathBuilder::from_rect(rect.to_rect()))
}

/// Where the next letter goes. Fonts count upwards, pictures downwards.
struct Pen {
    x: f32,
    y: f32,
    scale: f32,
    path: PathBuilder,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_extent_is_not_drawn() {
        assert!(rectangle(1.0, 2.0, 3.0, 4.0).is_some());
        // The library would complain in the log.
        assert!(rectangle(1.0, 2.0, 3.0, 0.0).is_none());
        assert!(rectangle(1.0, 2.0, 0.0, 4.0).is_none());
    }
}
