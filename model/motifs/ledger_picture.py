"""The ledger as an SVG drawing: a row for each theme, the reel from left to right, a bar for every statement.

The form is shown by shape, so that it can be read in black and white: solid bars are plain statements, hatched
ones varied, outlined ones hints, tall ones the climax. The thin line in a row shows where the theme's owner is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Language, Owner, PlannedStatement, Theme
from model.motifs.ledger import describe_transform
from model.motifs.ledger_table import start_frame
from model.motifs.transforms import apply
from model.spotting.notes import Cue, SpottingNotes
from model.time import Frame, Timebase

_LEFT_PX = 210.0
_TOP_PX = 100.0
_ROW_PX = 58.0
_FOOT_PX = 44.0
_RIGHT_PX = 26.0
_NARROWEST_PX = 1000.0
_WIDEST_PX = 4000.0
_SECOND_PX = 4.0
_TICK_PX = 92.0
_LETTER_PX = 5.4
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_COLOURS = ("#2f6fb2", "#c77f10", "#2a8f80", "#a3261d", "#7a4fd0", "#5b6b1f", "#b0487f", "#4a535e")
_STYLE = """
text{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;fill:#14171a}
.title{font-size:17px;font-weight:600}.dim{fill:#4a535e;font-size:11px}.name{font-size:13px;font-weight:600}
.tc{font-family:Menlo,Consolas,"Liberation Mono",monospace;font-size:10px;fill:#4a535e}
.said{font-size:10px;fill:#14171a}.cue{font-size:11px;font-weight:600;fill:#855400}
""".replace("\n", "")


@dataclass(frozen=True, slots=True)
class _Axis:
    """The horizontal axis: where frames are on the drawing."""

    base: Timebase
    frames: int
    width: float

    def x_of(self, frame: Frame) -> float:
        """X coordinate of a frame, in pixels."""
        return _LEFT_PX + self.width * min(max(frame.index / max(self.frames, 1), 0.0), 1.0)

    @property
    def seconds(self) -> float:
        return float(self.base.seconds(Frame(self.frames)))


@dataclass(frozen=True, slots=True)
class _Bar:
    """The bar of one statement: its left and right edges in pixels, its label and its tooltip."""

    left: float
    right: float
    form: str
    varied: bool
    label: str
    tooltip: str


def ledger_svg(language: Language, notes: SpottingNotes) -> str:
    """Draw the ledger as an SVG document without references to other files."""
    base, frames = notes.reel.timebase, max(notes.reel.frames, 1)
    seconds = float(base.seconds(Frame(frames)))
    axis = _Axis(base, frames, min(max(_NARROWEST_PX, seconds * _SECOND_PX), _WIDEST_PX))
    rows = len(language.themes)
    width, height = _LEFT_PX + axis.width + _RIGHT_PX, _TOP_PX + _ROW_PX * max(rows, 1) + _FOOT_PX
    body = [
        _draw_hatches(rows),
        _draw_heading(language, notes),
        _draw_cues(notes.cues, axis, height),
        _draw_ticks(axis, height),
    ]
    owners = {o.id: o for o in language.owners}
    cues = {c.id: c for c in notes.cues}
    for index, theme in enumerate(language.themes):
        planned = [p for p in language.ledger if p.theme == theme.id and p.cue in cues]
        body.append(_draw_row(theme, owners.get(theme.owner), _bars(planned, theme, cues, axis), index, axis))
    body.append(_draw_legend(height))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'height="{_n(height)}" role="img" aria-label="Leitmotif ledger of {escape(notes.reel.name)}">'
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/>{"".join(body)}</svg>\n'
    )


def _bars(planned: Sequence[PlannedStatement], theme: Theme, cues: dict[str, Cue], axis: _Axis) -> list[_Bar]:
    bars: list[_Bar] = []
    for item in planned:
        cue = cues[item.cue]
        start = start_frame(item, cue)
        stated = apply(theme, item.transform, theme.key)
        quarters = float(max(n.onset + n.duration for n in stated))
        lasts_s = quarters * 60.0 / max(sum(cue.tempo_bpm) / 2, 1.0)
        end = min(start.index + round(lasts_s * float(axis.base.rate)), cue.span.end.index)
        label = describe_transform(item.transform) if item.transform else item.form
        tooltip = (
            f"{axis.base.timecode(start)} {cue.number}: {item.form}, {describe_transform(item.transform)}. {item.why}"
        )
        left = axis.x_of(start)
        bars.append(_Bar(left, max(axis.x_of(Frame(end)), left + 3.0), item.form, bool(item.transform), label, tooltip))
    return sorted(bars, key=lambda b: b.left)


def _draw_row(theme: Theme, owner: Owner | None, bars: Sequence[_Bar], index: int, axis: _Axis) -> str:
    colour = _COLOURS[index % len(_COLOURS)]
    top = _TOP_PX + _ROW_PX * index
    middle = top + _ROW_PX / 2
    parts = [
        _line(0.0, top, _LEFT_PX + axis.width + _RIGHT_PX, top, "#d9dde2"),
        f'<rect x="16" y="{_n(middle - 14)}" width="5" height="28" rx="2.5" fill="{colour}"/>',
        _text(30, middle - 2, _short(theme.label, 25), "name"),
        _text(30, middle + 13, f"{INSTRUMENTS[theme.character.instrument].name}, {theme.character.contour}", "dim"),
    ]
    present = [(axis.x_of(s.start), axis.x_of(s.end)) for s in (owner.presence if owner else ())]
    parts += [_line(left, middle + 19, right, middle + 19, colour, 2.0, 0.35) for left, right in present]
    ends = [*(b.left for b in bars[1:]), _LEFT_PX + axis.width + _RIGHT_PX]
    for bar, end in zip(bars, ends, strict=False):  # a theme without a place has no bar, and one end too many
        tall = 4.0 if bar.form == "climax" else 0.0
        parts.append(_draw_statement(bar, colour, index, middle - 6 - tall, 16 + 2 * tall))
        if _LETTER_PX * len(bar.label) < end - bar.left - 6:
            parts.append(_text(bar.left, middle - 11 - tall, bar.label, "said"))
    return "".join(parts)


def _draw_statement(bar: _Bar, colour: str, index: int, y: float, height: float) -> str:
    fill = "#ffffff" if bar.form == "hint" else f"url(#hatch{index})" if bar.varied else colour
    return (
        f'<rect x="{_n(bar.left)}" y="{_n(y)}" width="{_n(bar.right - bar.left)}" height="{_n(height)}" rx="3" '
        f'fill="{fill}" stroke="{colour}" stroke-width="1.2"><title>{escape(bar.tooltip)}</title></rect>'
    )


def _draw_hatches(rows: int) -> str:
    hatches = "".join(
        f'<pattern id="hatch{k}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="5" height="5" fill="#ffffff"/>'
        f'<rect width="2.4" height="5" fill="{_COLOURS[k % len(_COLOURS)]}"/></pattern>'
        for k in range(rows)
    )
    return f"<defs>{hatches}</defs>"


def _draw_heading(language: Language, notes: SpottingNotes) -> str:
    count = len(language.ledger)
    varied = sum(bool(p.transform) for p in language.ledger)
    summary = f"{count} statements of {len(language.themes)} themes, {varied} varied"
    return _text(16, 30, f"Leitmotifs: {_short(notes.reel.name, 60)}", "title") + _text(16, 48, summary, "dim")


def _draw_cues(cues: Sequence[Cue], axis: _Axis, height: float) -> str:
    parts: list[str] = []
    for cue in cues:
        left, right = axis.x_of(cue.span.start), axis.x_of(cue.span.end)
        parts.append(
            f'<rect x="{_n(left)}" y="{_n(_TOP_PX - 22)}" width="{_n(max(right - left, 1))}" '
            f'height="{_n(height - _FOOT_PX - _TOP_PX + 22)}" fill="#fdf3dc" opacity="0.6"/>'
        )
        if right - left > 8 * len(cue.number):
            parts.append(_text(left + 4, _TOP_PX - 8, cue.number, "cue"))
    return "".join(parts)


def _draw_ticks(axis: _Axis, height: float) -> str:
    fits = max(axis.width / _TICK_PX, 1.0)
    step = next((s for s in _TICK_STEPS_S if axis.seconds / s <= fits), _TICK_STEPS_S[-1])
    bottom = height - _FOOT_PX
    parts: list[str] = []
    for second in range(0, int(axis.seconds) + 1, step):
        frame = axis.base.nearest(float(second))
        x = axis.x_of(frame)
        parts += [
            _line(x, _TOP_PX - 26, x, bottom, "#d9dde2"),
            _text(x + 2, _TOP_PX - 30, axis.base.timecode(frame), "tc"),
        ]
    return "".join(parts) + _line(0.0, bottom, _LEFT_PX + axis.width + _RIGHT_PX, bottom, "#d9dde2")


def _draw_legend(height: float) -> str:
    y, x = height - 18, 16.0
    parts: list[str] = []
    for fill, name in (("#4a535e", "as written"), ("url(#hatch0)", "varied"), ("#ffffff", "hinted at")):
        parts.append(
            f'<rect x="{_n(x)}" y="{_n(y - 9)}" width="22" height="11" rx="3" fill="{fill}" stroke="#4a535e"/>'
            + _text(x + 28, y, name, "dim")
        )
        x += 105
    return "".join(parts) + _line(x, y - 4, x + 22, y - 4, "#4a535e", 2.0, 0.5) + _text(x + 28, y, "owner there", "dim")


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{style}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0, opacity: float = 1.0) -> str:
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
        f'stroke-width="{_n(width)}" opacity="{_n(opacity)}"/>'
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
