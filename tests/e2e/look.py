"""A look at a screen: what keeps people out of it, and a picture of it for whoever wants to see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "serving" / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """
async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact))
  .map((found) => [found.id, ...found.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' | ' +
    [...node.any, ...node.all].map((check) => check.message).join('; ').slice(0, 200))])
"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(page: Page, name: str = "") -> list[Any]:
    """What is serious or critical to axe, and whether the page scrolls sideways; ``name`` is the screen's."""
    if name:
        keep_picture(page, name)
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = list(page.evaluate(RUN_AXE))
    wide = page.evaluate(TOO_WIDE)
    return [*found, *([f"the page is {wide} px too wide"] if wide > 0 else [])]


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the screen if ``CUELIGHT_PICTURES`` names a folder (`make pictures`)."""
    folder = os.environ.get("CUELIGHT_PICTURES")
    if folder and page.viewport_size:
        light = page.evaluate("document.documentElement.dataset.theme")
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}-{light}.png")
