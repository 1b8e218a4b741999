"""The few SVG shapes a chart is made of, and its colours.

Pure. Colours are of the Okabe-Ito set, which people with any kind of colour vision tell apart; nothing is said by
colour alone. Every text is escaped here, so no label can become markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final, Literal

WIDTH: Final = 800.0
HEIGHT: Final = 450.0

BLUE: Final = "#0072B2"
PALE: Final = "#CFE3F0"
INK: Final = "#1A1A1A"
QUIET: Final = "#595959"
GRID: Final = "#E3E3E3"
BASE: Final = "#8C8C8C"

Anchor = Literal["start", "middle", "end"]


def text(x: float, y: float, words: str, size: float, *, anchor: Anchor = "start", **look: str) -> str:
    """Words on one line, their baseline at `y`."""
    marks = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in look.items())
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" text-anchor="{anchor}"{marks}>{escape(words)}</text>'


def value(x: float, y: float, words: str, size: float, *, anchor: Anchor = "start") -> str:
    """A bar's or a place's number, heavier than other words and legible across lines."""
    halo = {"stroke": "#FFFFFF", "stroke_width": "3", "paint_order": "stroke"}
    return text(x, y, words, size, anchor=anchor, font_weight="600", **halo)


def box(x: float, y: float, width: float, height: float, fill: str = BLUE) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill}"/>'


def box_before(x: float, y: float, width: float, height: float) -> str:
    """The rectangle of what was before: pale, with an edge, so that it differs without colours too."""
    edge = 0.5
    inside = max(width - 2 * edge, 0.0), max(height - 2 * edge, 0.0)
    return (
        f'<rect x="{x + edge:.2f}" y="{y + edge:.2f}" width="{inside[0]:.2f}" height="{inside[1]:.2f}" fill="{PALE}" '
        f'stroke="{BLUE}" stroke-width="1"/>'
    )


def rule(x1: float, y1: float, x2: float, y2: float, stroke: str = GRID) -> str:
    """A thin straight line."""
    return f'<path d="M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}" stroke="{stroke}" stroke-width="1"/>'


def dot(x: float, y: float) -> str:
    """A small filled circle."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="3" fill="{BLUE}"/>'


def curve(places: Iterable[tuple[float, float]], thickness: float) -> str:
    """A line through all places."""
    return _through(places, f'stroke="{BLUE}" stroke-width="{thickness:g}"')


def curve_before(places: Iterable[tuple[float, float]]) -> str:
    """The line of what was before: grey, and broken."""
    return _through(places, f'stroke="{QUIET}" stroke-width="1.4" stroke-dasharray="5 3"')


def _through(places: Iterable[tuple[float, float]], look: str) -> str:
    path = "L".join(f"{x:.2f} {y:.2f}" for x, y in places)
    return f'<path d="M{path}" fill="none" {look} stroke-linejoin="round"/>'


def area(places: list[tuple[float, float]], base: float) -> str:
    """The faint surface between a line and its base."""
    around = [(places[0][0], base), *places, (places[-1][0], base)]
    path = "L".join(f"{x:.2f} {y:.2f}" for x, y in around)
    return f'<path d="M{path}Z" fill="{BLUE}" opacity="0.1"/>'


def drawing(shapes: Iterable[str], *, title: str, description: str) -> str:
    """The whole picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" '
        f'height="{HEIGHT:g}" font-family="Inter" fill="{INK}" role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(description)}</desc>{box(0, 0, WIDTH, HEIGHT, '#FFFFFF')}{''.join(shapes)}</svg>"
    )
