"""Verovio at our service: MusicXML in, pages of SVG out."""

from __future__ import annotations

from dataclasses import dataclass, field

import verovio
from defusedxml import ElementTree as SafeET

from model.score.standalone import read_box, write_standalone

SEED = 7  # of verovio's ids: the same page in every run


@dataclass(frozen=True, slots=True)
class PageShape:
    """The paper of the music.

    Attributes
    ----------
    width_mm, height_mm: of the printed area
    staff_mm: height of a five-line staff
    fit_height: whether the page ends below its last system
    """

    width_mm: float
    height_mm: float
    staff_mm: float = 5.8
    fit_height: bool = False
    options: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def units_per_mm(self) -> float:
        """Verovio's units in a millimetre: its staff is eight half-spaces of nine units high."""
        return 72 / self.staff_mm


@dataclass(frozen=True, slots=True)
class Engraved:
    """Pages as SVG, and how high each is drawn."""

    pages: tuple[str, ...]
    heights_mm: tuple[float, ...]


def engrave_pages(musicxml: bytes, shape: PageShape, *, breaks: str = "auto") -> Engraved:
    """Lay a score out on pages.

    Parameters
    ----------
    breaks: ``auto``, or ``line`` for the line breaks written in the score

    Raises
    ------
    ValueError: verovio cannot read the score; ours it can
    """
    verovio.enableLog(verovio.LOG_ERROR)  # how tightly a line is set is nothing a user can act on
    toolkit = verovio.toolkit()
    toolkit.setOptions(verovio_options(shape, breaks))
    toolkit.resetXmlIdSeed(SEED)
    if not toolkit.loadData(musicxml.decode()):
        raise ValueError("Verovio cannot read the score.")
    raw = [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]
    roots = [SafeET.fromstring(page) for page in raw]
    heights = tuple(round(read_box(root)[3] / read_box(root)[2] * shape.width_mm, 3) for root in roots)
    return Engraved(tuple(write_standalone(root, number) for number, root in enumerate(roots)), heights)


def verovio_options(shape: PageShape, breaks: str) -> dict[str, object]:
    """Say how verovio shall lay out our pages."""
    return {
        "pageWidth": round(shape.width_mm * shape.units_per_mm),
        "pageHeight": round(shape.height_mm * shape.units_per_mm),
        "pageMarginLeft": 0,
        "pageMarginRight": 5,
        "pageMarginTop": 0,
        "pageMarginBottom": 0,
        "adjustPageHeight": shape.fit_height,
        "breaks": breaks,
        "justifyVertically": not shape.fit_height,
        "spacingStaff": 9,
        "spacingBraceGroup": 8,
        "spacingSystem": 6,
        "header": "none",
        "footer": "none",
        "scale": 100,
        "svgViewBox": True,
        "smuflTextFont": "none",
        "xmlIdSeed": SEED,
        **shape.options,
    }
