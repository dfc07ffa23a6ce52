//! The chart of the page, once for light and once for dark surroundings.

use std::path::Path;

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

/// A group of bars, and the instructions of each: without CORS, by this crate, by tower-http.
pub(crate) struct Bars {
    pub(crate) label: String,
    pub(crate) values: [i64; 3],
}

/// Bars that are drawn to one scale.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) bars: Vec<Bars>,
}

/// What the bars of a group are, in their order.
pub(crate) const NAMES: [&str; 3] = ["no CORS", "cors-runtime", "tower-http"];

struct Theme {
    text: RGBColor,
    line: RGBColor,
    /// Told apart by those who see few colours as well.
    bars: [RGBColor; 3],
}

const LIGHT: Theme = Theme {
    text: RGBColor(0x1f, 0x23, 0x28),
    line: RGBColor(0xd1, 0xd9, 0xe0),
    bars: [RGBColor(0x8c, 0x95, 0x9f), RGBColor(0x09, 0x69, 0xda), RGBColor(0xe3, 0x8b, 0x1d)],
};
const DARK: Theme = Theme {
    text: RGBColor(0xf0, 0xf6, 0xfc),
    line: RGBColor(0x3d, 0x44, 0x4d),
    bars: [RGBColor(0x91, 0x98, 0xa1), RGBColor(0x58, 0xa6, 0xff), RGBColor(0xf0, 0xa0, 0x40)],
};

const WIDTH: i32 = 960;
const LEFT: i32 = 240;
/// Where bars end that reach the greatest value of their panel; behind it is room for the number.
const RIGHT: i32 = 860;
const BAR: i32 = 16;
const GROUP: i32 = 3 * BAR + 18;
const TITLE: i32 = 48;
const LEGEND: i32 = 44;

type DrawResult = Result<(), Box<dyn std::error::Error>>;

/// Writes `performance-light.svg` and `performance-dark.svg`.
pub(crate) fn draw(directory: &Path, panels: &[Panel]) -> DrawResult {
    for (name, theme) in [("performance-light.svg", LIGHT), ("performance-dark.svg", DARK)] {
        let heights = panels.iter().map(|panel| TITLE + GROUP * count(panel.bars.len()));
        let height = LEGEND + heights.clone().sum::<i32>();
        let path = directory.join(name);
        let root = SVGBackend::new(&path, (WIDTH.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        legend(&root, &theme)?;
        let mut top = LEGEND;
        for (panel, height) in panels.iter().zip(heights) {
            bars(&root, &theme, panel, top)?;
            top += height;
        }
        root.present()?;
    }
    Ok(())
}

fn count(bars: usize) -> i32 {
    i32::try_from(bars).expect("a few bars")
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn legend(root: &Area<'_>, theme: &Theme) -> DrawResult {
    for (number, (name, colour)) in (0..).zip(NAMES.into_iter().zip(theme.bars)) {
        let left = LEFT + number * 160;
        root.draw(&Rectangle::new([(left, 16), (left + 14, 30)], colour.filled()))?;
        root.draw(&text(name, (left + 22, 23), 18, HPos::Left, theme.text))?;
    }
    Ok(())
}

fn bars(root: &Area<'_>, theme: &Theme, panel: &Panel, top: i32) -> DrawResult {
    root.draw(&text(panel.title, (LEFT, top + 22), 20, HPos::Left, theme.text))?;
    let greatest = panel.bars.iter().flat_map(|bars| bars.values).max().unwrap_or_default().max(1);
    for (number, group) in (0..).zip(&panel.bars) {
        let first = top + TITLE + number * GROUP;
        let middle = first + 3 * BAR / 2;
        root.draw(&text(&group.label, (LEFT - 12, middle), 18, HPos::Right, theme.text))?;
        for (row, (value, colour)) in (0..).zip(group.values.into_iter().zip(theme.bars)) {
            let from = first + row * BAR;
            let length =
                i32::try_from(i64::from(RIGHT - LEFT) * value / greatest).expect("a part of the width");
            root.draw(&Rectangle::new([(LEFT, from + 1), (LEFT + length, from + BAR - 1)], colour.filled()))?;
            let number = thousands(value);
            root.draw(&text(&number, (LEFT + length + 8, from + BAR / 2), 16, HPos::Left, theme.text))?;
        }
    }
    let bottom = top + TITLE + GROUP * count(panel.bars.len()) - 14;
    root.draw(&PathElement::new([(LEFT, top + TITLE - 4), (LEFT, bottom)], theme.line))?;
    Ok(())
}

fn text<'t>(
    text: &'t str,
    at: (i32, i32),
    size: i32,
    side: HPos,
    colour: RGBColor,
) -> Text<'t, (i32, i32), &'t str> {
    let font = ("system-ui, sans-serif", size).into_font();
    let style = TextStyle { font, color: colour.to_backend_color(), pos: Pos::new(side, VPos::Center) };
    Text::new(text, at, style)
}

/// The number with a comma between every three digits.
pub(crate) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
