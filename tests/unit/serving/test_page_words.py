"""The instruments that the page offers are those of the orchestra."""

import re
from pathlib import Path

from model.motifs.instruments import INSTRUMENTS

WORDS = Path(__file__).parents[3] / "serving/web/src/panels/words/vocabulary.ts"
OFFERED = re.compile(r'\{ id: "(\w+)", name: "([^"]+)", family: "(\w+)" \}')


def test_the_page_offers_every_instrument_by_its_name() -> None:
    offered = OFFERED.findall(WORDS.read_text(encoding="utf-8"))
    assert sorted(offered) == sorted((one.id, one.name, one.family) for one in INSTRUMENTS.values())
